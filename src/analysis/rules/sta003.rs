//! STA003, deep closure.

use crate::analysis::facts::Search;
use crate::analysis::words::{counted, thousands};
use crate::analysis::{
    Context, Evidence, Finding, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
    Words,
};
use crate::model::{EdgeIx, NodeIx, NodeKind};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct DeepClosure;

static DEPTH: Parameter = Parameter {
    key: "depth",
    default: 8.0,
    range: (1.0, 1e6),
    unit: "steps",
    doc: "Longest way of data that is not yet found.",
};

static ANCESTORS: Parameter = Parameter {
    key: "ancestors",
    default: 200.0,
    range: (1.0, 1e9),
    unit: "nodes",
    doc: "Most things that something may depend on without being found.",
};

static GROWTH: Parameter = Parameter {
    key: "growth",
    default: 0.2,
    range: (0.0, 100.0),
    unit: "of the baseline",
    doc: "By which share more than at the baseline a model or consumer may depend on without being found.",
};

/// Ends that one finding names beside its subject; the rest are counted.
const SHOWN_ENDS: usize = 32;

static META: RuleMeta = RuleMeta {
    code: "STA003",
    name: "deep closure",
    section: Section::DataDependencies,
    weight: Weight::Note,
    remedy: "Cut the chain where it crosses teams: a versioned copy with a contract, or a table that is made in one step.",
    verify: "Depth and number of ancestors of the node are below the limits.",
    parameters: &[&DEPTH, &ANCESTORS, &GROWTH],
    docs: "\
## What it does
Finds models and consumers whose data comes a long way or from very many things, and tables and signals at the end of such ways that
nothing reads. Where there is a baseline, also models and consumers that depend on more than a fifth more things than they did then. Of those that lie at the end of one long way only the farthest is a finding, which counts the others. Steps are edges along which data flows inside the system; a cycle counts as one place, and ways through the outside world, alerts,
code and configuration do not count.

## Why it is bad
Whatever lies upstream can break what lies downstream. Nobody can name two hundred dependencies, let alone test a change of one of them.

## Example
The bidder takes in a correction of a correction of a correction of the click model: its data passes twelve hands.

## How to fix
Make long chains short: join steps that only one reader needs, freeze versions between teams, drop what gives nothing.

## How to verify
The closure view of the node shows fewer steps.

## References
Sculley et al. 2015, §3, data dependency chains; §9, what is the transitive closure of all data dependencies?
",
};

impl Rule for DeepClosure {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let supply = context.supply();
        let mut search = Search::new(supply.nodes());
        let read = [NodeKind::Model, NodeKind::Consumer]
            .into_iter()
            .flat_map(|kind| context.nodes_of(kind))
            .filter(|node| !supply.reverse().of(node.0).is_empty());
        let mut deep: Vec<Vec<NodeIx>> = Vec::new();
        for node in read {
            verdicts.judged();
            if is_deep(context, &mut search, node) {
                deep.push(vec![node]);
            }
        }
        deep.extend(deep_ends(context, &mut search, verdicts));
        let subjects: Vec<u32> = deep.iter().map(|nodes| nodes[0].0).collect();
        // To count for some costs less than to count for all.
        for (nodes, ancestors) in deep.iter().zip(supply.ancestor_counts(&subjects)) {
            verdicts.found(finding(context, nodes[0], ancestors, &nodes[1..]));
        }
        if !context.settings.closures.is_empty() {
            for (node, ancestors) in context.closures() {
                growth(context, node, ancestors)
                    .into_iter()
                    .for_each(|found| verdicts.found(found));
            }
        }
    }
}

/// About a node that depends on more than it did at the baseline, by more than the share that may be. The node is
/// in a role of its own, so that a baseline that knows the node as deep does not know this.
fn growth(context: &Context<'_>, node: NodeIx, ancestors: u32) -> Option<Finding> {
    let before = *context.settings.closures.get(context.graph.node(node).id.as_str())?;
    let most = f64::from(before) * (1.0 + context.value(&META, &GROWTH));
    (f64::from(ancestors) > most).then(|| {
        let message = format!(
            "{} depends on {}, where it was {} at the baseline",
            context.title(node),
            counted(ancestors as usize, "thing", "things"),
            thousands(before as usize),
        );
        Finding::new(&META, context.graph, node, message)
            .magnitude(f64::from(ancestors) / most.max(1.0))
            .number("ancestors", f64::from(ancestors), most, "nodes")
            .with("grown", node)
    })
}

fn is_deep(context: &Context<'_>, search: &mut Search, node: NodeIx) -> bool {
    let supply = context.supply();
    f64::from(supply.depth(node.0)) > context.value(&META, &DEPTH)
        || search.meets_more(supply.reverse(), node.0, context.value(&META, &ANCESTORS) as usize)
}

/// Ends of the data: tables and signals that take something in and give nothing on. Those whose longest ways
/// share their beginning, as far as the limit, stand together, the farthest first.
fn deep_ends(
    context: &Context<'_>,
    search: &mut Search,
    verdicts: &mut Verdicts,
) -> Vec<Vec<NodeIx>> {
    let supply = context.supply();
    let components = supply.components();
    let limit = context.value(&META, &DEPTH) as usize;
    let mut trunks: BTreeMap<Option<u32>, Vec<NodeIx>> = BTreeMap::new();
    for node in context.graph.node_indices() {
        let kind = context.graph.kind(node);
        let is_end = matches!(kind, NodeKind::Dataset | NodeKind::Signal)
            && supply.forward().of(node.0).is_empty()
            && !supply.reverse().of(node.0).is_empty()
            && context.graph.node(node).defined;
        if !is_end {
            continue;
        }
        verdicts.judged();
        if is_deep(context, search, node) {
            let way = supply.depths().path_into(components.of(node.0), components);
            let trunk = way.get(limit.saturating_sub(1)).map(|&(_, to)| to);
            trunks.entry(trunk).or_default().push(node);
        }
    }
    let mut together: Vec<Vec<NodeIx>> = trunks.into_values().collect();
    for ends in &mut together {
        ends.sort_by_key(|&end| (std::cmp::Reverse(supply.depth(end.0)), end));
    }
    together
}

/// About `node`, and other ends that lie on the same way.
fn finding(context: &Context<'_>, node: NodeIx, ancestors: u32, beside: &[NodeIx]) -> Finding {
    let depth = context.supply().depth(node.0);
    let (most_depth, most_ancestors) =
        (context.value(&META, &DEPTH), context.value(&META, &ANCESTORS));
    let others = beside.len();
    let message = Words::made(move |graph| {
        let ends = match others {
            0 => String::new(),
            some => {
                let ends = counted(some, "other end lies", "other ends lie");
                format!("; {ends} on the same way")
            }
        };
        format!(
            "{} depends on {}, by ways of up to {}{ends}",
            graph.title(node),
            counted(ancestors as usize, "thing", "things"),
            counted(depth as usize, "step", "steps"),
        )
    });
    let excess = (f64::from(depth) / most_depth).max(f64::from(ancestors) / most_ancestors);
    let mut finding = Finding::new(&META, context.graph, node, message)
        .number("steps on the longest way", f64::from(depth), most_depth, "steps")
        .number("ancestors", f64::from(ancestors), most_ancestors, "nodes")
        .magnitude(excess.max(1.0));
    let edges = longest_way(context, node);
    if !edges.is_empty() {
        let first = context.graph.edge(edges[0]).from;
        finding = finding.with("start", first).because(Evidence::Walk {
            label: "the longest way".into(),
            witness: Witness { edges, closed: false },
        });
    }
    let beside = beside.iter().take(SHOWN_ENDS);
    beside.fold(finding, |finding, &end| finding.with("end", end))
}

/// One edge for each step; where the way crosses a cycle, the steps inside it are left out.
fn longest_way(context: &Context<'_>, node: NodeIx) -> Vec<EdgeIx> {
    let supply = context.supply();
    let components = supply.components();
    let steps = supply.depths().path_into(components.of(node.0), components);
    steps
        .into_iter()
        .filter_map(|(from, to)| {
            context
                .edges_from(NodeIx(from), Context::carries_data)
                .find(|&edge| context.graph.edge(edge).to.0 == to)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Judged, TODAY, judge};
    use crate::analysis::{Settings, Status, analyse};

    fn judged(text: &str) -> Judged {
        judge(&DeepClosure, text)
    }

    /// Datasets in a chain, the last of which goes into a model.
    fn chain(steps: usize) -> String {
        let links: String =
            (1..steps).map(|at| format!("d{} -derives-> d{at}\n", at - 1)).collect();
        let nodes: String = (0..steps).map(|at| format!("dataset d{at}\n")).collect();
        format!("{nodes}{links}model m\nd{} -input_to-> m\n", steps - 1)
    }

    #[test]
    fn fires_on_nine_steps_and_shows_them() {
        let found = judged(&chain(9));
        assert_eq!(found.subjects(), ["m note"]);
        assert_eq!(found.others("start"), ["d0"]);
        assert_eq!(judged(&chain(8)).status, Status::Pass);
    }

    #[test]
    fn fires_on_many_ancestors() {
        let many = |count: usize| -> String {
            let inputs = (0..count).map(|at| format!("signal s{at}\ns{at} -input_to-> m\n"));
            std::iter::once("model m\n".to_owned()).chain(inputs).collect()
        };
        assert_eq!(judged(&many(201)).subjects(), ["m note"]);
        assert_eq!(judged(&many(200)).status, Status::Pass);
    }

    #[test]
    fn fires_on_a_fifth_more_than_at_the_baseline() {
        let graph =
            crate::analysis::testing::graph(&format!("{}consumer c\nm -feeds-> c", chain(6)));
        let judged = |was: u32| -> Vec<String> {
            let mut settings = Settings::on(TODAY);
            settings.closures = [("m".to_owned(), was), ("gone".to_owned(), 1)].into();
            let found = analyse(&graph, &settings).findings;
            let found = found.into_iter().filter(|found| found.code == META.code);
            found.map(|found| found.message.read(&graph).into_owned()).collect()
        };
        assert_eq!(judged(4), ["Model `m` depends on 6 things, where it was 4 at the baseline"]);
        assert!(judged(5).is_empty(), "a fifth more is what may be");
    }

    #[test]
    fn the_way_through_the_world_does_not_count() {
        let text = format!(
            "{}prediction p\naction a\nsurface s\nm -emits-> p\np -decides-> a\na -acts_on-> s\ns -logged_as-> d0",
            chain(7)
        );
        assert_eq!(judged(&text).status, Status::Pass);
    }

    #[test]
    fn ends_of_one_way_are_one_finding() {
        let text = chain(10).replace("model m", "dataset m").replace("input_to", "derives");
        assert_eq!(judged(&text).subjects(), ["m note"]);
        let fork = format!("{text}dataset n\nd9 -derives-> n");
        let found = judged(&fork);
        assert_eq!((found.subjects(), found.others("end")), (vec!["m note".to_owned()], vec!["n"]));
        assert_eq!(judged("dataset d").status, Status::Open);
    }
}
