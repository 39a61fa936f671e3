//! COR001, correction cascade.

use crate::analysis::cascade::{Dependence, Use, dependences, use_of};
use crate::analysis::facts::{Csr, Depths, components_of};
use crate::analysis::words::{counted, listed, percent};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::NodeIx;
use rustc_hash::FxHashMap;

#[derive(Debug)]
pub(super) struct CorrectionCascade;

static IMPORTANCE: Parameter = Parameter {
    key: "importance",
    default: 0.5,
    range: (0.0, 1.0),
    unit: "share of the model's quality",
    doc: "An output of another model that carries this much counts as corrected, though nothing marks it.",
};

static DEPTH: Parameter = Parameter {
    key: "depth",
    default: 3.0,
    range: (1.0, 100.0),
    unit: "corrections",
    doc: "So many corrections one upon another are an error.",
};

static META: RuleMeta = RuleMeta {
    code: "COR001",
    name: "correction cascade",
    section: Section::Entanglement,
    weight: Weight::Warning,
    remedy: "Learn the correction in the first model, with features that tell the cases apart, or build a separate model for the other problem.",
    verify: "The correcting model is gone, or takes in no output of the other.",
    parameters: &[&IMPORTANCE, &DEPTH],
    docs: "\
## What it does
Finds models that learn a small correction of another model's output: the targets are of one family, and the output is marked as
`residual` or `offset` or carries most of the model. One finding for each model at the end of a cascade, with all that it stands upon;
three corrections one upon another weigh more. An output of which neither role nor importance is known stays open.

Members of an ensemble, models that are trained together with their inputs, and embeddings are no corrections.

## Why it is bad
The first model can no longer be improved by itself: those that have learned its faults get worse when it gets better. Each further
correction makes it harder, until nothing in the chain can be improved at all.

## Example
Growth corrects the click model for newcomers, storefront corrects that for the app, bidding corrects that for sales days.

## How to fix
Add features to the first model that tell the cases apart, and learn the correction there. Or accept the cost of a separate model for
the other problem. A further model that learns the mistakes of the last is the debt itself, not its remedy.

## How to verify
No model of the family takes in another's prediction; the first model is right in every slice that had a correction.

## References
Sculley et al. 2015, §2, correction cascades.
",
};

impl Rule for CorrectionCascade {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let least = context.value(&META, &IMPORTANCE);
        let mut corrections = Vec::new();
        for dependence in dependences(context) {
            match use_of(context, &dependence, least) {
                Use::Unknown(missing) => {
                    verdicts.open(Open { subject: Some(dependence.model), missing });
                }
                Use::Plain => verdicts.judged(),
                Use::Correction { importance, confidence, .. } => {
                    verdicts.judged();
                    corrections.push(Correction { dependence, importance, confidence });
                }
            }
        }
        let cascades = Cascades::new(corrections);
        for end in cascades.ends() {
            verdicts.found(cascades.finding(context, &end));
        }
    }
}

struct Correction {
    dependence: Dependence,
    importance: Option<f64>,
    confidence: f64,
}

/// The corrections as a graph of their models, numbered densely.
struct Cascades {
    models: Vec<NodeIx>,
    /// By its ends.
    corrections: FxHashMap<(u32, u32), Correction>,
    arcs: Vec<(u32, u32)>,
}

impl Cascades {
    fn new(corrections: Vec<Correction>) -> Self {
        let ends = |of: &Correction| [of.dependence.base, of.dependence.model];
        let mut models: Vec<NodeIx> = corrections.iter().flat_map(ends).collect();
        models.sort_unstable();
        models.dedup();
        let number = |model: NodeIx| models.binary_search(&model).map_or(0, |at| at as u32);
        let mut by_ends: FxHashMap<(u32, u32), Correction> = FxHashMap::default();
        let mut arcs = Vec::new();
        for correction in corrections {
            let arc = (number(correction.dependence.base), number(correction.dependence.model));
            by_ends.entry(arc).or_insert_with(|| {
                arcs.push(arc);
                correction
            });
        }
        Self { models, corrections: by_ends, arcs }
    }

    /// Where cascades end: models that nobody corrects further, with the steps of the longest way there.
    /// Models that correct one another in a circle are one end.
    fn ends(&self) -> Vec<End> {
        let nodes = self.models.len();
        let csr = Csr::new(nodes, self.arcs.iter().copied());
        let components = components_of(&csr);
        let depths = Depths::new(&csr, &components, |_, _| 1);
        let sizes = components.sizes();
        let mut goes_on = vec![false; components.count()];
        for &(from, to) in &self.arcs {
            goes_on[components.of(from) as usize] |= components.of(from) != components.of(to);
        }
        let mut last = vec![None; components.count()];
        for model in (0..nodes as u32).rev() {
            last[components.of(model) as usize] = Some(model);
        }
        let upstream = Csr::reversed(nodes, self.arcs.iter().copied());
        let ends = (0..components.count() as u32).filter(|&at| !goes_on[at as usize]);
        ends.filter_map(|component| {
            let steps = depths.path_into(component, &components);
            let model = steps.last().map(|&(_, to)| to).or(last[component as usize])?;
            let round = sizes[component as usize] > 1;
            let below = reach(&upstream, model);
            Some(End { model, steps, below, round })
        })
        .collect()
    }

    fn finding(&self, context: &Context<'_>, end: &End) -> Finding {
        let most = context.value(&META, &DEPTH);
        let model = self.models[end.model as usize];
        let steps: Vec<&Correction> =
            end.steps.iter().filter_map(|arc| self.corrections.get(arc)).collect();
        let weight = match end.round || steps.len() as f64 >= most {
            true => Weight::Error,
            false => Weight::Warning,
        };
        let mut finding = Finding::new(&META, context.graph, model, self.message(context, end))
            .weight(weight)
            .magnitude((steps.len() as f64).max(1.0))
            .confidence(steps.iter().map(|step| step.confidence).fold(1.0, f64::min))
            .number("corrections one upon another", steps.len() as f64, most, "corrections");
        if !steps.is_empty() {
            let edges = steps.iter().flat_map(|step| step.dependence.edges.clone()).collect();
            let witness = Witness { edges, closed: false };
            finding = finding.because(Evidence::Walk { label: "the cascade".into(), witness });
        }
        let inside = |arc: &&(u32, u32)| {
            (arc.1 == end.model || end.below.contains(&arc.1))
                && (arc.0 == end.model || end.below.contains(&arc.0))
        };
        for arc in self.arcs.iter().filter(inside) {
            let Some(correction) = self.corrections.get(arc) else { continue };
            let input = correction.dependence.edges[correction.dependence.edges.len() - 1];
            let label = format!(
                "`{}` corrects `{}`{}",
                context.name(correction.dependence.model),
                context.name(correction.dependence.base),
                correction.importance.map_or_else(String::new, |importance| {
                    format!(", which carries {} of it", percent(importance))
                })
            );
            finding = finding.because(Evidence::Place {
                label: label.into(),
                at: context.graph.details(input).at,
            });
        }
        end.below
            .iter()
            .fold(finding, |finding, &below| finding.with("corrected", self.models[below as usize]))
    }

    fn message(&self, context: &Context<'_>, end: &End) -> String {
        let name = |model: u32| context.name(self.models[model as usize]);
        if end.round {
            let all = std::iter::once(end.model).chain(end.below.iter().copied());
            return format!("Models {} correct one another in a circle", listed(all.map(name)));
        }
        let mut owners: Vec<&str> = std::iter::once(&end.model)
            .chain(&end.below)
            .filter_map(|&model| context.owner(self.models[model as usize]))
            .collect();
        owners.sort_unstable();
        owners.dedup();
        let first = end.steps.first().map_or(end.model, |&(from, _)| from);
        let chain: Vec<String> = std::iter::once(first)
            .chain(end.steps.iter().map(|&(_, to)| to))
            .map(|model| format!("`{}`", name(model)))
            .collect();
        let whose = match owners.len() {
            0 | 1 => String::new(),
            teams => format!(" of {}", counted(teams, "team", "teams")),
        };
        format!(
            "{}{whose} upon model `{}`: {}",
            counted(end.steps.len(), "correction", "corrections"),
            name(first),
            chain.join(" → ")
        )
    }
}

struct End {
    model: u32,
    /// The longest way into it.
    steps: Vec<(u32, u32)>,
    /// All models that it stands upon, in order.
    below: Vec<u32>,
    round: bool,
}

/// Everything that arcs lead to from `start`, without it, in order.
fn reach(arcs: &Csr, start: u32) -> Vec<u32> {
    let mut seen = rustc_hash::FxHashSet::default();
    seen.insert(start);
    let mut open = vec![start];
    let mut found = Vec::new();
    while let Some(here) = open.pop() {
        for &next in arcs.of(here) {
            if seen.insert(next) {
                found.push(next);
                open.push(next);
            }
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    /// A chain of models of one family, each taking in the output of the one before.
    fn chain(length: usize, input: &str) -> String {
        (0..length)
            .map(|at| {
                let model = format!(
                    "model m{at} target_family=click owner=t{at}\nprediction p{at}\nm{at} -emits-> p{at}\n"
                );
                match at {
                    0 => model,
                    _ => format!("{model}p{} -input_to-> m{at} {input}\n", at - 1),
                }
            })
            .collect()
    }

    fn judged(text: &str) -> Judged {
        judge(&CorrectionCascade, text)
    }

    #[test]
    fn fires_on_one_correction_and_weighs_three_more() {
        let found = judged(&chain(2, "role=residual"));
        assert_eq!(found.subjects(), ["m1 warning"]);
        assert_eq!(found.others("corrected"), ["m0"]);
        let found = judged(&chain(4, "role=offset"));
        assert_eq!(found.subjects(), ["m3 error"]);
        assert_eq!(found.others("corrected"), ["m0", "m1", "m2"]);
        assert!(found.message(0).contains("3 corrections of 4 teams upon model `m0`"));
        let Evidence::Walk { witness, .. } = &found.findings[0].evidence[1] else { panic!() };
        assert_eq!(witness.edges.len(), 6, "out of a model and into the next, three times");
    }

    #[test]
    fn two_corrections_of_one_model_are_two_ends() {
        let text = format!(
            "{}model n target_family=click\np0 -input_to-> n importance=0.6",
            chain(2, "role=residual")
        );
        assert_eq!(judged(&text).subjects(), ["m1 warning", "n warning"]);
    }

    #[test]
    fn models_that_correct_one_another_are_an_error() {
        let text = format!("{}p1 -input_to-> m0 role=residual", chain(2, "role=residual"));
        let found = judged(&text);
        assert_eq!(found.subjects(), ["m0 error"]);
        assert_eq!(found.others("corrected"), ["m1"]);
    }

    #[test]
    fn is_silent_on_ordinary_inputs_and_joint_training() {
        let found = judged(&chain(4, "role=feature importance=0.4"));
        assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]));
        let joint = "model a target_family=x\nprediction p\nmodel b target_family=x joint_training=yes\n\
                     a -emits-> p\np -input_to-> b role=residual";
        assert_eq!(judged(joint).status, Status::Pass);
    }

    #[test]
    fn without_role_and_importance_it_is_open() {
        assert_eq!(judged(&chain(3, "")).status, Status::Open);
        assert_eq!(judged("model m").status, Status::Open);
    }
}
