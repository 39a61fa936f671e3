//! STA001, missing annotation.

use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, Node, NodeIx, NodeKind};
use rustc_hash::{FxHashMap, FxHashSet};

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
rationale. An annotation is asked for where it is the custom: where half of the nodes of the same kind and format have it (for access: of the
same materialization as well, because dbt has access for models and none for seeds and snapshots), or where the format is one in which
most annotations are used. A tool's export that cannot say who may read a table is not blamed for it; its nodes are open.

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
        for (ix, node) in context.graph.node_indices().zip(context.graph.nodes()) {
            let may = Annotations::of(node.kind);
            if !node.defined || may.is_empty() {
                continue;
            }
            let said = may.said(node);
            let asked = said.or(may.and(customs.ask(node)));
            if asked.is_empty() {
                verdicts.open(Open { subject: Some(ix), missing: "annotations in its format" });
                continue;
            }
            verdicts.judged();
            let missing = asked.without(said);
            if !missing.is_empty() {
                verdicts.found(finding(context, ix, missing));
            }
        }
    }
}

/// Some of [`ANNOTATIONS`], a bit each.
#[derive(Clone, Copy, Default)]
struct Annotations(u8);

/// The bit of [`Attr::Access`].
const ACCESS: Annotations = Annotations(1 << 4);
const _: () = assert!(matches!(ANNOTATIONS[4].0, Attr::Access));

impl Annotations {
    /// Those that nodes of a kind may have.
    fn of(kind: NodeKind) -> Self {
        let own = (0..ANNOTATIONS.len()).filter(|&at| ANNOTATIONS[at].1.contains(&kind));
        own.collect()
    }

    /// Those of them that `node` has.
    fn said(self, node: &Node) -> Self {
        let says = |&at: &usize| match ANNOTATIONS[at].0 {
            Attr::Owner => node.owner.is_some(),
            attr => node.attrs.has(attr),
        };
        self.each().filter(says).collect()
    }

    fn each(self) -> impl Iterator<Item = usize> {
        (0..ANNOTATIONS.len()).filter(move |at| self.0 >> at & 1 == 1)
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl FromIterator<usize> for Annotations {
    fn from_iter<T: IntoIterator<Item = usize>>(places: T) -> Self {
        Self(places.into_iter().map(|at| 1 << at).sum())
    }
}

/// Nodes that may say something and nodes that do.
#[derive(Clone, Copy, Default)]
struct Said {
    may: u32,
    do_say: u32,
}

impl Said {
    fn and(self, other: Self) -> Self {
        Self { may: self.may + other.may, do_say: self.do_say + other.do_say }
    }

    fn is_custom(self, share: f64) -> bool {
        self.do_say > 0 && f64::from(self.do_say) >= share * f64::from(self.may)
    }
}

/// How many may say and do say each of [`ANNOTATIONS`].
type Counts = [Said; ANNOTATIONS.len()];

/// What is usually said.
struct Customs<'a> {
    /// By file, the number of its format.
    formats: Vec<usize>,
    /// By format, then by kind: what is asked of its nodes.
    asked: Vec<[Annotations; NodeKind::ALL.len()]>,
    /// Formats, kinds and materializations of which it is the custom to say who may read them.
    with_access: FxHashSet<(usize, NodeKind, &'a str)>,
}

impl<'a> Customs<'a> {
    /// Linear in the nodes.
    fn new(context: &Context<'a>) -> Self {
        let files = context.graph.files();
        let mut names: Vec<&str> = files.iter().map(|file| file.format).collect();
        names.sort_unstable();
        names.dedup();
        let number = |format: &str| names.binary_search(&format).unwrap_or_default();
        let formats: Vec<usize> = files.iter().map(|file| number(file.format)).collect();
        let mut by_kind = vec![[Counts::default(); NodeKind::ALL.len()]; names.len()];
        let mut stored: FxHashMap<(usize, NodeKind, &str), Said> = FxHashMap::default();
        for node in context.graph.nodes().iter().filter(|node| node.defined) {
            let format = formats[node.at.file.at()];
            let mut may = Annotations::of(node.kind);
            let said = may.said(node);
            if let Some(how) = stored_access(node) {
                let counts = stored.entry((format, node.kind, how)).or_default();
                counts.may += 1;
                counts.do_say += u32::from(!said.and(ACCESS).is_empty());
                may = may.without(ACCESS);
            }
            let counts = &mut by_kind[format][node.kind as usize];
            may.each().for_each(|at| counts[at].may += 1);
            said.and(may).each().for_each(|at| counts[at].do_say += 1);
        }
        let share = context.value(&META, &CUSTOM);
        let with_access = stored.into_iter().filter(|(_, said)| said.is_custom(share));
        Self {
            formats,
            asked: by_kind.iter().map(|kinds| asked(kinds, share)).collect(),
            with_access: with_access.map(|(stored, _)| stored).collect(),
        }
    }

    fn ask(&self, node: &Node) -> Annotations {
        let format = self.formats[node.at.file.at()];
        let asked = self.asked[format][node.kind as usize];
        match stored_access(node) {
            Some(how) if self.with_access.contains(&(format, node.kind, how)) => asked.or(ACCESS),
            _ => asked,
        }
    }
}

/// The materialization of a node that may say who reads it.
fn stored_access(node: &Node) -> Option<&str> {
    let may = !Annotations::of(node.kind).and(ACCESS).is_empty();
    may.then(|| node.attrs.text(Attr::Materialization)).flatten()
}

/// What is asked of each kind in one format: what its like say, and everything where people write other
/// annotations.
fn asked(kinds: &[Counts; NodeKind::ALL.len()], share: f64) -> [Annotations; NodeKind::ALL.len()] {
    let of_format: Annotations = (0..ANNOTATIONS.len())
        .filter(|&at| {
            let all = kinds.iter().map(|counts| counts[at]);
            all.fold(Said::default(), Said::and).is_custom(share)
        })
        .collect();
    kinds.map(|counts| {
        let is_asked = |&at: &usize| {
            let others = of_format.each().filter(|&other| other != at).count();
            counts[at].is_custom(share) || others >= VOCABULARY
        };
        (0..ANNOTATIONS.len()).filter(is_asked).collect()
    })
}

fn finding(context: &Context<'_>, ix: NodeIx, missing: Annotations) -> Finding {
    let node = context.graph.node(ix);
    let words: Vec<String> = missing.each().map(|at| format!("no {}", ANNOTATIONS[at].2)).collect();
    let count = words.len() as f64;
    let words = match words.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        all => all.concat(),
    };
    let message = format!("{} `{}` has {words}", node.kind.meta().title, node.name);
    Finding::new(&META, context.graph, ix, message)
        .number("annotations that it lacks", count, 1.0, "")
        .magnitude(count)
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
    fn access_is_the_custom_of_a_materialization() {
        let said = "owner=ads purpose=x";
        let table = |name| format!("dataset {name} {said} materialization=table");
        let models = format!("{} access=ads\n{} access=ads\n", table("a"), table("b"));
        let seed = format!("{models}dataset c {said} materialization=seed");
        assert_eq!(judge(&MissingAnnotation, &seed).status, Status::Pass);
        let found = judge(&MissingAnnotation, &format!("{models}{}", table("d")));
        assert_eq!(found.subjects(), ["d note"]);
        assert!(found.message(0).ends_with("has no access rule"));
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
