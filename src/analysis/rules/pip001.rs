//! PIP001, pipeline jungle.

use crate::analysis::preparation::{MOST_NODES, Walk, edges_along, is_data, prepares};
use crate::analysis::words::percent;
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct PipelineJungle;

static LEAST_SIGNS: Parameter = Parameter {
    key: "least_signs",
    default: 3.0,
    range: (1.0, 6.0),
    unit: "of 6 signs",
    doc: "How many signs make a jungle.",
};
static DEPTH: Parameter = Parameter {
    key: "depth",
    default: 8.0,
    range: (1.0, 1000.0),
    unit: "steps",
    doc: "Longest way of preparation from which on it is a sign.",
};
static ONE_READER: Parameter = Parameter {
    key: "one_reader",
    default: 0.4,
    range: (0.0, 1.0),
    unit: "share of intermediates",
    doc: "Share of intermediate datasets with a single reader from which on it is a sign.",
};
static EXCESS: Parameter = Parameter {
    key: "excess_edges",
    default: 10.0,
    range: (1.0, 10000.0),
    unit: "edges",
    doc: "Edges beyond those of a tree (E − V + C) from which on they are a sign.",
};
static SCRAPES: Parameter = Parameter {
    key: "scrapes",
    default: 3.0,
    range: (1.0, 1000.0),
    unit: "jobs",
    doc: "Jobs that scrape from which on they are a sign.",
};
static REJOINS: Parameter = Parameter {
    key: "rejoins",
    default: 3.0,
    range: (1.0, 1000.0),
    unit: "inputs",
    doc: "Inputs that come in a second time, past a step that already had them, from which on they are a sign.",
};

/// Rejoins are looked for among so many nearest nodes upstream of a step: those that people make are near,
/// and a search without bound would cost the square of the graph.
const REJOIN_NODES: usize = 128;

static META: RuleMeta = RuleMeta {
    code: "PIP001",
    name: "pipeline jungle",
    section: Section::AntiPatterns,
    weight: Weight::Warning,
    remedy: "Think of collection and features as a whole and prepare the data anew, from few sources in few steps.",
    verify: "Fewer signs are left, and steps are tested by themselves.",
    parameters: &[&LEAST_SIGNS, &DEPTH, &ONE_READER, &EXCESS, &SCRAPES, &REJOINS],
    docs: "\
## What it does
Looks at everything that prepares a model's data, up to other models and the outside world, for six signs: a long way; many intermediate
datasets with one reader; many more edges than a tree has; several scrapes; data that is joined in again past a step that already had it;
and none but end-to-end tests. Three signs make a jungle. A signal that goes into the model beside one derived from it is no rejoin: that
is how features are made. Of a preparation of more than 512 nodes the nearest are looked at. Where `operations` or tests are not known and could decide, the model stays open.

## Why it is bad
Such a pipeline grew one source at a time. Nobody can tell what a change does, errors appear far from their cause, and only a run of the
whole, which takes hours, shows whether it still works.

## Example
Prices are scraped, matched, cleaned, joined to the prices again because matching lost some, and sampled; then sessions are joined back
that sampling dropped.

## How to fix
Start from what the model needs and draw the shortest way to it. Keep what several readers share; drop what one step writes and the next
reads. Test each step on its own.

## How to verify
The numbers in the finding fall below their marks.

## References
Sculley et al. 2015, §5, pipeline jungles.
",
};

impl Rule for PipelineJungle {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let steps = Steps::of(context);
        let mut rejoins = Rejoins::new(context);
        let mut walk = Walk::new(context.graph.nodes().len());
        for model in context.nodes_of(NodeKind::Model) {
            walk.clear();
            walk.start(model);
            walk.run(context.preparation().upstream(), MOST_NODES);
            if walk.count() == 1 {
                verdicts.open(Open { subject: Some(model), missing: "what prepares its data" });
                continue;
            }
            let jungle = Jungle::of(context, (&steps, &mut rejoins), model, &walk);
            let (signs, unknown) = (jungle.met(), jungle.unknown());
            let least = context.value(&META, &LEAST_SIGNS) as usize;
            if signs < least && signs + unknown >= least {
                let missing = "operations of its jobs, or tests";
                verdicts.open(Open { subject: Some(model), missing });
                continue;
            }
            verdicts.judged();
            if signs >= least {
                verdicts.found(jungle.finding(context, model, &walk));
            }
        }
    }
}

/// One sign: what was measured, against what; nothing measured where the manifest does not tell.
struct Sign {
    label: &'static str,
    unit: &'static str,
    value: Option<f64>,
    mark: f64,
}

impl Sign {
    fn is_met(&self) -> bool {
        self.value.is_some_and(|value| value >= self.mark)
    }
}

struct Jungle {
    signs: Vec<Sign>,
    scrapes: Vec<NodeIx>,
    rejoined: Vec<NodeIx>,
}

/// What a node is to the models whose data it prepares.
#[derive(Clone, Copy, Default)]
struct Step {
    owner: Option<NodeIx>,
    /// Whether it is a dataset between two steps, and whether a single step reads it.
    is_intermediate: bool,
    is_lonely: bool,
    /// Whether it tells what it does, and whether it scrapes.
    tells: bool,
    scrapes: bool,
    /// Whether a test reads it, and whether one that does not run the whole does.
    is_tested: bool,
    is_tested_apart: bool,
}

/// All nodes, looked at once: many models share what prepares their data.
struct Steps(Vec<Step>);

impl Steps {
    fn of(context: &Context<'_>) -> Self {
        let (graph, preparation) = (context.graph, context.preparation());
        let of = |node: NodeIx| {
            if !is_data(graph.kind(node)) {
                return Step::default();
            }
            let own = graph.node(node);
            let readers = preparation.downstream().of(node.0);
            let operations = own.attrs.list(Attr::Operations);
            Step {
                owner: own.owner,
                is_intermediate: own.kind == NodeKind::Dataset
                    && !preparation.upstream().of(node.0).is_empty()
                    && !readers.is_empty(),
                is_lonely: readers.len() == 1,
                tells: operations.is_some(),
                scrapes: operations.is_some_and(|all| all.iter().any(|word| &**word == "scrape")),
                ..Step::default()
            }
        };
        let mut steps: Vec<Step> = graph.node_indices().map(of).collect();
        for test in graph.node_indices().filter(|&node| graph.kind(node) == NodeKind::Test) {
            let is_apart = graph.node(test).attrs.text(Attr::TestScope) != Some("end_to_end");
            for edge in context.edges_into(test, |kind| matches!(kind, EdgeKind::Reads(_))) {
                let step = &mut steps[graph.edge(edge).from.at()];
                step.is_tested = true;
                step.is_tested_apart |= is_apart;
            }
        }
        Self(steps)
    }

    /// What prepares the data of `model`, counted.
    fn counted(&self, context: &Context<'_>, model: NodeIx, walk: &Walk) -> Counted {
        let owner = self.0[model.at()].owner;
        let edges = walk.steps_within(context.preparation().upstream());
        let mut counted = Counted { edges, ..Counted::default() };
        for node in walk.found() {
            let step = &self.0[node.at()];
            counted.intermediates += u32::from(step.is_intermediate);
            counted.lonely += u32::from(step.is_intermediate && step.is_lonely);
            counted.tells |= step.tells;
            if step.scrapes {
                counted.scrapes.push(node);
            }
            if step.is_tested && (owner.is_none() || step.owner.is_none() || step.owner == owner) {
                let before = counted.only_end_to_end.unwrap_or(true);
                counted.only_end_to_end = Some(before && !step.is_tested_apart);
            }
        }
        counted
    }
}

/// What prepares the data of one model. Edges from beyond what was looked at do not count.
#[derive(Default)]
struct Counted {
    /// Datasets between two steps, and those of them that a single step reads.
    intermediates: u32,
    lonely: u32,
    /// Whether any job tells what it does, and the jobs that scrape.
    tells: bool,
    scrapes: Vec<NodeIx>,
    /// Whether the tests of what the model's owner answers for all run the whole; `None` without any test.
    only_end_to_end: Option<bool>,
    edges: usize,
}

impl Counted {
    /// Share of the datasets between two steps that a single one reads; 0 where there are none.
    fn one_reader(&self) -> f64 {
        if self.intermediates == 0 {
            return 0.0;
        }
        f64::from(self.lonely) / f64::from(self.intermediates)
    }

    /// E − V + C of `nodes` steps; C is 1, because everything leads to the model.
    fn excess(&self, nodes: usize) -> f64 {
        (self.edges + 1) as f64 - nodes as f64
    }
}

impl Jungle {
    fn of(
        context: &Context<'_>,
        (steps, rejoins): (&Steps, &mut Rejoins<'_, '_>),
        model: NodeIx,
        walk: &Walk,
    ) -> Self {
        let sign = |label, unit, value, mark| Sign { label, unit, value, mark };
        let at = |parameter| context.value(&META, parameter);
        let depth = f64::from(context.preparation().depth(model));
        let counted = steps.counted(context, model, walk);
        let scraped = counted.tells.then_some(counted.scrapes.len() as f64);
        let mut signs = vec![
            sign("longest way", "steps", Some(depth), at(&DEPTH)),
            sign(
                "intermediates with one reader",
                "% of intermediates",
                Some(100.0 * counted.one_reader()),
                100.0 * at(&ONE_READER),
            ),
            sign("edges beyond a tree", "edges", Some(counted.excess(walk.count())), at(&EXCESS)),
            sign("scrapes", "jobs", scraped, at(&SCRAPES)),
            sign(
                "only end-to-end tests",
                "of 1",
                counted.only_end_to_end.map(|only| f64::from(u8::from(only))),
                1.0,
            ),
        ];
        let near = signs.iter().filter(|sign| sign.is_met() || sign.value.is_none()).count();
        let mut rejoined = Vec::new();
        // Rejoins cost the most, so they are counted only where they could decide.
        if near + 1 >= at(&LEAST_SIGNS) as usize {
            let mut count = 0;
            for step in walk.found().filter(|&step| step != model) {
                let again = rejoins.at(step);
                if again > 0 {
                    count += again;
                    rejoined.push(step);
                }
            }
            let count = Some(f64::from(count));
            signs.push(sign("data joined in again", "inputs", count, at(&REJOINS)));
        }
        Self { signs, scrapes: counted.scrapes, rejoined }
    }

    fn met(&self) -> usize {
        self.signs.iter().filter(|sign| sign.is_met()).count()
    }

    fn unknown(&self) -> usize {
        self.signs.iter().filter(|sign| sign.value.is_none()).count()
    }

    fn finding(self, context: &Context<'_>, model: NodeIx, walk: &Walk) -> Finding {
        let met: Vec<String> =
            self.signs.iter().filter(|sign| sign.is_met()).map(Sign::in_words).collect();
        let message = format!(
            "The data of model `{}` comes through a jungle: {}",
            context.name(model),
            met.join(", ")
        );
        let mut finding = Finding::new(&META, context.graph, model, message)
            .magnitude(met.len() as f64 / context.value(&META, &LEAST_SIGNS));
        for sign in self.signs.iter().filter(|sign| sign.is_met()) {
            let value = sign.value.unwrap_or_default();
            finding = finding.number(sign.label, value, sign.mark, sign.unit);
        }
        let preparation = context.preparation();
        let farthest = walk.found().last().unwrap_or(model);
        let way = edges_along(context.graph, &walk.back(farthest), prepares);
        finding = finding.way(("from", farthest), way);
        finding.others.reserve(self.scrapes.len() + self.rejoined.len());
        for scrape in self.scrapes {
            finding = finding.with("scrape", scrape);
        }
        for step in self.rejoined {
            debug_assert!(preparation.upstream().of(step.0).len() > 1, "a step that joins");
            finding = finding.with("rejoin", step);
        }
        finding
    }
}

impl Sign {
    fn in_words(&self) -> String {
        let value = self.value.unwrap_or_default();
        match self.unit {
            "steps" => format!("{value} steps deep"),
            "% of intermediates" => {
                format!("{} of its intermediates have one reader", percent(value / 100.0))
            }
            "edges" => format!("{value} edges more than a tree"),
            "jobs" => format!("{value} scrapes"),
            "inputs" => format!("data joined in again {value} times"),
            _ => self.label.to_owned(),
        }
    }
}

/// Inputs that a step had already through another of its inputs, counted once a step.
struct Rejoins<'c, 'a> {
    context: &'c Context<'a>,
    /// By node, once it was asked for.
    counted: Vec<Option<u32>>,
    /// By node, the step whose input it is and that did not find it again yet.
    input_of: Vec<u32>,
    walk: Walk,
}

const NO_STEP: u32 = u32::MAX;

impl<'c, 'a> Rejoins<'c, 'a> {
    fn new(context: &'c Context<'a>) -> Self {
        let nodes = context.graph.nodes().len();
        let walk = Walk::new(nodes);
        Self { context, counted: vec![None; nodes], input_of: vec![NO_STEP; nodes], walk }
    }

    fn at(&mut self, step: NodeIx) -> u32 {
        let count = self.counted[step.at()].unwrap_or_else(|| self.count(step));
        self.counted[step.at()] = Some(count);
        count
    }

    fn count(&mut self, step: NodeIx) -> u32 {
        let preparation = self.context.preparation();
        let upstream = preparation.upstream();
        let joins = matches!(self.context.graph.kind(step), NodeKind::Job | NodeKind::Dataset);
        if !joins || upstream.of(step.0).len() < 2 {
            return 0;
        }
        self.walk.clear();
        for &input in upstream.of(step.0) {
            self.input_of[input as usize] = step.0;
            self.walk.start(NodeIx(input));
        }
        self.walk.run(upstream, REJOIN_NODES);
        let components = preparation.components();
        let mut again = 0;
        for node in self.walk.found() {
            for &input in upstream.of(node.0) {
                // On a cycle everything lies before everything.
                let is_again = self.input_of[input as usize] == step.0
                    && components.of(input) != components.of(step.0);
                if is_again {
                    self.input_of[input as usize] = NO_STEP;
                    again += 1;
                }
            }
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    /// Three scrapes, four steps, two datasets with one reader, joined again twice.
    const JUNGLE: &str = "source s\njob a operations=scrape\njob b operations=scrape\njob c operations=scrape\n\
        dataset d\njob e operations=join\ndataset f\njob g operations=join\ndataset h\njob i\ndataset k\nmodel m\n\
        s -feeds-> a\ns -feeds-> b\ns -feeds-> c\na -writes-> d\nb -writes-> d\nc -writes-> d\n\
        d -reads-> e\ne -writes-> f\nf -reads-> g\nd -reads-> g\ng -writes-> h\nh -reads-> i\nd -reads-> i\nf -reads-> i\n\
        i -writes-> k\nk -input_to-> m\n";

    #[test]
    fn fires_on_three_signs() {
        let judged = judge(&PipelineJungle, JUNGLE);
        assert_eq!(judged.subjects(), ["m warning"]);
        assert_eq!(judged.others("scrape"), ["a", "b", "c"]);
        assert_eq!(judged.others("rejoin"), ["i", "g"]);
        let message = &judged.message(0);
        assert!(message.contains("9 steps deep") && message.contains("3 scrapes"), "{message}");
        assert!(message.contains("joined in again 3 times"), "{message}");
    }

    #[test]
    fn a_long_tidy_line_is_no_jungle() {
        let line = "source s\njob a operations=filter\ndataset b\njob c operations=join\ndataset d\njob e operations=sample\n\
            dataset f\njob g operations=aggregate\ndataset h\nmodel m\ntest t test_scope=unit\n\
            s -reads-> a\na -writes-> b\nb -reads-> c\nc -writes-> d\nd -reads-> e\ne -writes-> f\nf -reads-> g\n\
            g -writes-> h\nh -input_to-> m\nh -reads-> t";
        let judged = judge(&PipelineJungle, line);
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn features_beside_what_they_are_derived_from_are_no_rejoins() {
        let features = "dataset d\nsignal a\nsignal b\nsignal c\nmodel m\njob j operations=filter\ntest t test_scope=end_to_end\nj -writes-> d\nd -reads-> t\n\
            d -derives-> a\na -derives-> b\nb -derives-> c\nd -input_to-> m\na -input_to-> m\nb -input_to-> m\nc -input_to-> m";
        assert_eq!(judge(&PipelineJungle, features).status, Status::Pass);
    }

    #[test]
    fn without_operations_and_tests_that_could_decide_it_is_open() {
        let untold = JUNGLE.replace(" operations=scrape", "").replace(" operations=join", "");
        let without_rejoins = untold.replace("d -reads-> i\nf -reads-> i\n", "");
        assert_eq!(judge(&PipelineJungle, &without_rejoins).status, Status::Open);
        assert_eq!(judge(&PipelineJungle, "model m").status, Status::Open);
    }
}
