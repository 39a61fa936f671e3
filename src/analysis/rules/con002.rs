//! CON002, unrestricted output.

use crate::analysis::preparation::Walk;
use crate::analysis::{
    Context, Evidence, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight, Words,
};
use crate::model::{Attr, AttrSet, EdgeKind, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct UnrestrictedOutput;

static META: RuleMeta = RuleMeta {
    code: "CON002",
    name: "unrestricted output",
    section: Section::Entanglement,
    weight: Weight::Warning,
    remedy: "Say who may read it, and agree with them what they may rely on.",
    verify: "`access` and `sla` are set, and the store refuses everybody else.",
    parameters: &[],
    docs: "\
## What it does
Finds predictions, and signals that a team other than its owner reads, with no access rule, with one that lets in everybody (`public`),
or with no service-level agreement. A signal that only its owner is known to read needs an access rule and no agreement; where no data
names its readers anywhere, as in the exports of tools that have no words for it, such signals are open.

## Why it is bad
What anybody may read, somebody will read without telling. Such a reader is coupled to the model: improving it may harm them, and
they may feed it back in ways that nobody sees. Without an agreement each change is a gamble for both sides.

## Example
`prediction.ctr` has no `access`. A pricing service starts to read it; the next retraining moves prices.

## How to fix
Set `access` to the list of readers and enforce it where the data is stored. Write down what is promised in `sla`.

## How to verify
The manifest names both, and a read by somebody else is refused.

## References
Sculley et al. 2015, §2, undeclared consumers.
",
};

impl Rule for UnrestrictedOutput {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let access_is_said = is_access_said(context);
        let mut walk = Walk::new(context.graph.nodes().len());
        let signals = context.nodes_of(NodeKind::Signal);
        for node in context.nodes_of(NodeKind::Prediction).chain(signals) {
            let attrs = &context.graph.node(node).attrs;
            let readers = readers(context, &mut walk, node);
            let promised = context.graph.kind(node) == NodeKind::Prediction
                || is_shared(context, node, &readers);
            if !promised && !access_is_said {
                verdicts.open(Open { subject: Some(node), missing: "access" });
                continue;
            }
            verdicts.judged();
            let agreed = attrs.text(Attr::Sla).is_some() || !promised;
            let wants = [lack_of_control(attrs), (!agreed).then_some("no service-level agreement")];
            if wants == [None, None] {
                continue;
            }
            let count = readers.len();
            let message = Words::made(move |graph| {
                let wants: Vec<&str> = wants.iter().flatten().copied().collect();
                let (wants, count) = (wants.join(" and "), counted(count));
                format!("{} has {wants}; {count} read it", graph.title(node))
            });
            let mut finding = Finding::new(&META, context.graph, node, message);
            for reader in readers {
                let label = ("read by", reader).into();
                let at = context.graph.node(reader).at;
                finding = finding.with("reader", reader).because(Evidence::Place { label, at });
            }
            verdicts.found(finding);
        }
    }
}

/// What is wrong with who may read it.
fn lack_of_control(attrs: &AttrSet) -> Option<&'static str> {
    match attrs.list(Attr::Access) {
        None => Some("no access rule"),
        Some(readers) => readers.iter().any(|r| &**r == "public").then_some("access for everybody"),
    }
}

fn counted(readers: usize) -> String {
    match readers {
        0 => "none that are known".to_owned(),
        1 => "one".to_owned(),
        readers => readers.to_string(),
    }
}

/// Nodes that information flows to from `node`, once each. `walk` is used to tell them apart.
fn readers(context: &Context<'_>, walk: &mut Walk, node: NodeIx) -> Vec<NodeIx> {
    walk.clear();
    for edge in context.edges_from(node, EdgeKind::is_flow) {
        let reader = context.graph.edge(edge).to;
        if !matches!(context.graph.kind(reader), NodeKind::Test | NodeKind::Monitor) {
            walk.start(reader);
        }
    }
    walk.found().collect()
}

/// Whether anything in the graph says who may read a signal or a prediction.
fn is_access_said(context: &Context<'_>) -> bool {
    let is_output = |kind| matches!(kind, NodeKind::Signal | NodeKind::Prediction);
    let mut outputs = context.graph.nodes().iter().filter(|node| is_output(node.kind));
    outputs.any(|node| node.attrs.has(Attr::Access))
}

/// Whether a team other than the owner is among its readers.
fn is_shared(context: &Context<'_>, signal: NodeIx, readers: &[NodeIx]) -> bool {
    let owner = context.graph.node(signal).owner;
    readers.iter().any(|&reader| {
        let other = context.graph.node(reader).owner;
        owner.is_some() && other.is_some() && other != owner
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_a_prediction_without_rules() {
        let judged = judge(
            &UnrestrictedOutput,
            "prediction p owner=ads\nconsumer c\np -reads-> c\nprediction q access=ads\nprediction r sla=hourly",
        );
        assert_eq!(judged.subjects(), ["p warning", "q warning", "r warning"]);
        assert!(
            judged
                .message(0)
                .ends_with("no access rule and no service-level agreement; one read it")
        );
    }

    #[test]
    fn is_silent_on_agreed_outputs_and_private_signals() {
        let judged = judge(
            &UnrestrictedOutput,
            "prediction p access=ads sla=hourly\nprediction q access= sla=none\nsignal s owner=ads access=ads\nmodel m owner=ads\n\
             s -input_to-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn access_for_everybody_is_no_control() {
        let judged = judge(&UnrestrictedOutput, "prediction p access=ads|public sla=hourly");
        assert!(
            judged.message(0).contains("has access for everybody; none"),
            "{}",
            judged.message(0)
        );
    }

    #[test]
    fn a_signal_read_by_another_team_counts() {
        let judged =
            judge(&UnrestrictedOutput, "signal s owner=ads\nmodel m owner=web\ns -input_to-> m");
        assert_eq!(judged.subjects(), ["s warning"]);
    }

    #[test]
    fn a_private_signal_needs_an_access_rule_where_such_are_written() {
        let text = "signal s owner=ads\nsignal t owner=ads access=ads\nmodel m owner=ads\ns -input_to-> m\nt -input_to-> m";
        let judged = judge(&UnrestrictedOutput, text);
        assert_eq!(judged.subjects(), ["s warning"]);
        assert!(judged.message(0).contains("has no access rule;"));
        assert_eq!(judge(&UnrestrictedOutput, "signal s owner=ads").status, Status::Open);
    }

    #[test]
    fn without_predictions_and_shared_signals_it_is_open() {
        assert_eq!(judge(&UnrestrictedOutput, "dataset d\nmodel m").status, Status::Open);
    }
}
