//! DEP002, explicitly unstable input.

use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
    Witness, Words,
};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, SystemGraph};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub(super) struct ExplicitlyUnstable;

static PLATFORM_READERS: Parameter = Parameter {
    key: "platform_readers",
    default: 3.0,
    range: (1.0, 1000.0),
    unit: "teams",
    doc: "A team without models whose data goes into the models of so many others is a platform.",
};

static META: RuleMeta = RuleMeta {
    code: "DEP002",
    name: "explicitly unstable input",
    section: Section::DataDependencies,
    weight: Weight::Warning,
    remedy: "Pin a version, or agree a contract with the owner.",
    verify: "`pinned_version` or `contract` is set on the signal.",
    parameters: &[&PLATFORM_READERS],
    docs: "\
## What it does
Finds inputs whose owner is another team than the model's, when neither a version is pinned nor a contract agreed. One finding an
input, with all models of other teams that take it in. Inputs or models without an owner stay open.

A platform team, which has no models and serves those of several other teams, agrees with all of them at once: its service-level
agreement or objective counts as a contract.

## Why it is bad
The owner may change the input at any time, and rightly so: to improve it. Nobody told them that a model has learned its present
faults, and they are not there when that model breaks.

## Example
Growth recomputes `user_topic` with a better language model. The topics are better; the ranking model of another team is worse.

## How to fix
Freeze a version for the readers, or write down what may not change without notice and test it on both sides.

## How to verify
The manifest names `pinned_version` or `contract`, and a test of the contract runs where the input is made.

## References
Sculley et al. 2015, §3, unstable data dependencies.
",
};

impl Rule for ExplicitlyUnstable {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let platforms = platforms(context);
        for input in context.graph.node_indices().filter(|&ix| context.graph.node(ix).defined) {
            let node = context.graph.node(input);
            let models = context.models_fed_by(input);
            if models.is_empty() || node.kind == NodeKind::Model {
                continue;
            }
            let Some(owner) = node.owner else {
                verdicts.open(Open { subject: Some(input), missing: "owner" });
                continue;
            };
            let (owned, unowned): (Vec<_>, Vec<_>) = models
                .iter()
                .copied()
                .partition(|&(model, _)| context.graph.node(model).owner.is_some());
            if owned.is_empty() {
                verdicts.open(Open { subject: Some(unowned[0].0), missing: "owner" });
                continue;
            }
            verdicts.judged();
            let stable = node.attrs.text(Attr::PinnedVersion).is_some()
                || node.attrs.text(Attr::Contract).is_some()
                || (platforms.contains(&owner)
                    && [Attr::Sla, Attr::Objective].into_iter().any(|attr| node.attrs.has(attr)));
            let foreign: Vec<(NodeIx, EdgeIx)> = owned
                .into_iter()
                .filter(|&(model, _)| context.graph.node(model).owner != Some(owner))
                .collect();
            if !stable && !foreign.is_empty() {
                verdicts.found(finding(context, input, owner, &foreign));
            }
        }
    }
}

/// Teams without models whose data goes into models of several other teams.
fn platforms(context: &Context<'_>) -> BTreeSet<NodeIx> {
    let graph = context.graph;
    let mut readers: BTreeMap<NodeIx, BTreeSet<NodeIx>> = BTreeMap::new();
    let mut with_models: BTreeSet<NodeIx> = BTreeSet::new();
    for model in context.nodes_of(NodeKind::Model) {
        let Some(team) = graph.node(model).owner else { continue };
        with_models.insert(team);
        for edge in context.edges_into(model, |kind| matches!(kind, EdgeKind::InputTo(_))) {
            if let Some(owner) = graph.node(graph.edge(edge).from).owner {
                readers.entry(owner).or_default().insert(team);
            }
        }
    }
    let least = context.value(&META, &PLATFORM_READERS);
    readers.retain(|owner, teams| !with_models.contains(owner) && teams.len() as f64 >= least);
    readers.into_keys().collect()
}

fn finding(
    context: &Context<'_>,
    input: NodeIx,
    owner: NodeIx,
    models: &[(NodeIx, EdgeIx)],
) -> Finding {
    let readers: Vec<NodeIx> = models.iter().map(|&(model, _)| model).collect();
    let message = Words::made(move |graph| message(graph, input, owner, &readers));
    let node = context.graph.node(input);
    let mut finding = Finding::new(&META, context.graph, input, message).with("owner", owner);
    if let Some(said) = node.attrs.get(Attr::Owner) {
        let label = ("owned by", owner).into();
        finding = finding.because(Evidence::Place { label, at: said.at });
    }
    for &(model, edge) in models {
        let label = Words::made(move |graph| {
            let owner = graph.owner(model).unwrap_or("nobody");
            format!("goes into {} of {owner}", graph.name(model))
        });
        finding = finding.with("model", model).because(Evidence::Walk {
            label,
            witness: Witness { edges: vec![edge], closed: false },
        });
    }
    finding
}

fn message(graph: &SystemGraph, input: NodeIx, owner: NodeIx, models: &[NodeIx]) -> String {
    let mut teams: Vec<&str> = models.iter().filter_map(|&model| graph.owner(model)).collect();
    teams.sort_unstable();
    teams.dedup();
    format!(
        "{} of {} is read by {} of {} and is neither pinned nor under contract",
        graph.title(input),
        graph.name(owner),
        if models.len() == 1 { "a model".to_owned() } else { format!("{} models", models.len()) },
        teams.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_when_another_team_owns_the_input() {
        let judged = judge(
            &ExplicitlyUnstable,
            "signal s owner=growth\nmodel m owner=ads\nmodel n owner=growth\ns -input_to-> m\ns -input_to-> n",
        );
        assert_eq!(judged.subjects(), ["s warning"]);
        assert_eq!(judged.others("model"), ["m"]);
        assert_eq!(judged.others("owner"), ["team:growth"]);
    }

    #[test]
    fn is_silent_when_pinned_or_agreed_or_own() {
        for said in ["pinned_version=2", "contract=features-v3"] {
            let text = format!("signal s owner=growth {said}\nmodel m owner=ads\ns -input_to-> m");
            assert_eq!(judge(&ExplicitlyUnstable, &text).status, Status::Pass, "{said}");
        }
        let own =
            judge(&ExplicitlyUnstable, "signal s owner=ads\nmodel m owner=ads\ns -input_to-> m");
        assert_eq!(own.status, Status::Pass);
    }

    #[test]
    fn a_platform_agrees_with_all_at_once() {
        let text = |said: &str, models: usize| -> String {
            let models =
                (0..models).map(|at| format!("model m{at} owner=t{at}\ns -input_to-> m{at}\n"));
            std::iter::once(format!("signal s owner=platform {said}\n")).chain(models).collect()
        };
        assert_eq!(judge(&ExplicitlyUnstable, &text("sla=daily", 3)).status, Status::Pass);
        assert_eq!(judge(&ExplicitlyUnstable, &text("", 3)).subjects(), ["s warning"]);
        assert_eq!(judge(&ExplicitlyUnstable, &text("sla=daily", 2)).subjects(), ["s warning"]);
    }

    #[test]
    fn without_owners_it_is_open() {
        assert_eq!(
            judge(&ExplicitlyUnstable, "signal s\nmodel m owner=ads\ns -input_to-> m").status,
            Status::Open
        );
        assert_eq!(
            judge(&ExplicitlyUnstable, "signal s owner=a\nmodel m\ns -input_to-> m").status,
            Status::Open
        );
    }
}
