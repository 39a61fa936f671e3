//! STA001, missing annotation.

use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, Node, NodeIx, NodeKind};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct MissingAnnotation;

static CUSTOM: Parameter = Parameter {
    key: "custom",
    default: 0.5,
    range: (0.0, 1.0),
    unit: "share of the nodes of a kind",
    doc: "An annotation is asked for where so many nodes of the kind, read from the same format, have it.",
};

/// A format in which others of the annotations than the one in question are used, this many, can say them
/// all: a manifest that people write.
const VOCABULARY: usize = 4;

static META: RuleMeta = RuleMeta {
    code: "STA001",
    name: "missing annotation",
    section: Section::DataDependencies,
    weight: Weight::Note,
    remedy: "Say who owns it, what it is for, and what its readers may rely on.",
    verify: "The inspector shows owner, purpose, type, cadence and access; a model says why it was built as it was.",
    parameters: &[&CUSTOM],
    docs: "\
## What it does
Finds nodes without an owner, purpose, semantic type, cadence or access rule, as far as their kind needs one, and models without a
rationale. An annotation is asked for where it is the custom: where half of the nodes of the same kind and format have it, or where the
format is one in which most annotations are used. A tool's export that cannot say who may read a table is not blamed for it; its
nodes are open.

## Why it is bad
Without owner and purpose nobody can tell whether a thing may be changed or deleted, so it stays. Without type, cadence and access its
readers guess.

## Example
`keyboard_layout` has no purpose and no type. Nobody knows why it is there, so nobody dares to take it out.

## How to fix
Add the missing lines to the manifest. A native file may annotate what another tool exports.

## How to verify
The rule passes; `undercurrent info` shows the share of annotated nodes.

## References
Sculley et al. 2015, §3, static analysis of data dependencies: all dependencies have the appropriate annotations.
",
};

/// What is asked for, of which kinds, and how its want is put into words.
const ANNOTATIONS: [(Attr, &[NodeKind], &str); 6] = [
    (Attr::Owner, OWNED, "owner"),
    (Attr::Purpose, EXPLAINED, "purpose"),
    (Attr::SemanticType, &[NodeKind::Signal, NodeKind::Prediction], "semantic type"),
    (Attr::CadenceDays, &[NodeKind::Source, NodeKind::Dataset, NodeKind::Signal], "cadence"),
    (Attr::Access, &[NodeKind::Dataset, NodeKind::Signal, NodeKind::Prediction], "access rule"),
    (Attr::Rationale, &[NodeKind::Model], "rationale"),
];

const OWNED: &[NodeKind] = &[
    NodeKind::Source,
    NodeKind::Dataset,
    NodeKind::Signal,
    NodeKind::Job,
    NodeKind::Model,
    NodeKind::Prediction,
    NodeKind::Threshold,
    NodeKind::Action,
    NodeKind::Consumer,
    NodeKind::Surface,
    NodeKind::Config,
    NodeKind::Flag,
    NodeKind::Monitor,
    NodeKind::ControlPlane,
];

const EXPLAINED: &[NodeKind] = &[
    NodeKind::Source,
    NodeKind::Dataset,
    NodeKind::Signal,
    NodeKind::Job,
    NodeKind::Model,
    NodeKind::Prediction,
    NodeKind::Action,
    NodeKind::Consumer,
    NodeKind::Surface,
    NodeKind::Config,
    NodeKind::Flag,
];

impl Rule for MissingAnnotation {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let customs = Customs::new(context);
        for ix in context.graph.node_indices() {
            let node = context.graph.node(ix);
            let may = (0..ANNOTATIONS.len()).filter(|&at| ANNOTATIONS[at].1.contains(&node.kind));
            let may: Vec<usize> = may.collect();
            if !node.defined || may.is_empty() {
                continue;
            }
            let format = context.graph.file(node.at.file).format;
            let asked: Vec<usize> = may
                .into_iter()
                .filter(|&at| says(node, at) || customs.ask(format, node.kind, at))
                .collect();
            if asked.is_empty() {
                verdicts.open(Open { subject: Some(ix), missing: "annotations in its format" });
                continue;
            }
            verdicts.judged();
            let missing: Vec<usize> = asked.into_iter().filter(|&at| !says(node, at)).collect();
            if !missing.is_empty() {
                verdicts.found(finding(context, ix, &missing));
            }
        }
    }
}

fn says(node: &Node, annotation: usize) -> bool {
    let (attr, ..) = ANNOTATIONS[annotation];
    match attr {
        Attr::Owner => node.owner.is_some(),
        _ => node.attrs.get(attr).is_some(),
    }
}

/// Nodes that may say something and nodes that do.
#[derive(Clone, Copy, Default)]
struct Said {
    may: u32,
    do_say: u32,
}

impl Said {
    fn is_custom(self, share: f64) -> bool {
        self.do_say > 0 && f64::from(self.do_say) >= share * f64::from(self.may)
    }
}

/// What is usually said, by format.
struct Customs {
    share: f64,
    by_kind: BTreeMap<(&'static str, NodeKind), [Said; ANNOTATIONS.len()]>,
    by_format: BTreeMap<&'static str, [Said; ANNOTATIONS.len()]>,
}

impl Customs {
    /// Linear in the nodes.
    fn new(context: &Context<'_>) -> Self {
        let share = context.value(&META, &CUSTOM);
        let mut this = Self { share, by_kind: BTreeMap::new(), by_format: BTreeMap::new() };
        for node in context.graph.nodes().iter().filter(|node| node.defined) {
            let format = context.graph.file(node.at.file).format;
            let of_kind = this.by_kind.entry((format, node.kind)).or_default();
            let of_format = this.by_format.entry(format).or_default();
            for at in 0..ANNOTATIONS.len() {
                if ANNOTATIONS[at].1.contains(&node.kind) {
                    let said = u32::from(says(node, at));
                    for counts in [&mut of_kind[at], &mut of_format[at]] {
                        counts.may += 1;
                        counts.do_say += said;
                    }
                }
            }
        }
        this
    }

    fn ask(&self, format: &'static str, kind: NodeKind, annotation: usize) -> bool {
        let of_kind = self.by_kind.get(&(format, kind)).copied().unwrap_or_default();
        let of_format = self.by_format.get(format).copied().unwrap_or_default();
        let others = (0..ANNOTATIONS.len()).filter(|&at| at != annotation);
        of_kind[annotation].is_custom(self.share)
            || others.filter(|&at| of_format[at].is_custom(self.share)).count() >= VOCABULARY
    }
}

fn finding(context: &Context<'_>, ix: NodeIx, missing: &[usize]) -> Finding {
    let node = context.graph.node(ix);
    let words: Vec<String> =
        missing.iter().map(|&at| format!("no {}", ANNOTATIONS[at].2)).collect();
    let words = match words.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        all => all.concat(),
    };
    let message = format!("{} `{}` has {words}", node.kind.meta().title, node.name);
    Finding::new(&META, context.graph, ix, message)
        .number("annotations that it lacks", missing.len() as f64, 1.0, "")
        .magnitude(missing.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    const FULL: &str = "owner=ads purpose=x semantic_type=count cadence_days=1 access=ads";

    fn judged(text: &str) -> Judged {
        judge(&MissingAnnotation, &format!("signal a {FULL}\nsignal b {FULL}\n{text}"))
    }

    #[test]
    fn fires_on_what_its_like_have() {
        let found = judged("signal s owner=ads cadence_days=1 access=ads");
        assert_eq!(found.subjects(), ["s note"]);
        assert_eq!(found.message(0), "Signal `s` has no purpose and no semantic type");
    }

    #[test]
    fn a_model_without_a_why_is_found_where_people_annotate() {
        let found = judged("model m owner=ads purpose=x");
        assert_eq!(found.subjects(), ["m note"]);
        assert!(found.message(0).ends_with("has no rationale"));
        assert_eq!(judged("model m owner=ads purpose=x rationale=y").status, Status::Pass);
    }

    #[test]
    fn is_silent_on_what_its_kind_does_not_need() {
        assert_eq!(judged("job j owner=ads purpose=x\nteam t\ntest u").status, Status::Pass);
    }

    #[test]
    fn a_format_that_cannot_say_it_is_open() {
        assert_eq!(judge(&MissingAnnotation, "dataset a\ndataset b").status, Status::Open);
        let half = "dataset a owner=ads purpose=x\ndataset b owner=ads purpose=x";
        assert_eq!(judge(&MissingAnnotation, half).status, Status::Pass);
        let some = format!("{half}\ndataset c owner=ads");
        assert_eq!(
            judge(&MissingAnnotation, &some).subjects(),
            ["c note"],
            "no cadence is asked for"
        );
    }
}
