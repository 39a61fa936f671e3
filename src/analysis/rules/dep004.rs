//! DEP004, stale or many copies.

use crate::analysis::words::counted;
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, FileIx, NodeIx, NodeKind};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub(super) struct StaleCopies;

static AGE_DAYS: Parameter = Parameter {
    key: "age_days",
    default: 90.0,
    range: (1.0, 3650.0),
    unit: "days",
    doc: "Younger data is never stale.",
};

static CADENCES: Parameter = Parameter {
    key: "cadences",
    default: 3.0,
    range: (1.0, 100.0),
    unit: "times its cadence",
    doc: "Data that is made anew every so often is stale after so many of these spans.",
};

static LAG: Parameter = Parameter {
    key: "lag",
    default: 2.0,
    range: (1.0, 100.0),
    unit: "versions",
    doc: "A copy that is so many versions behind is stale.",
};

static LIVE_VERSIONS: Parameter = Parameter {
    key: "live_versions",
    default: 3.0,
    range: (2.0, 100.0),
    unit: "versions",
    doc: "So many versions in use at once are many.",
};

static META: RuleMeta = RuleMeta {
    code: "DEP004",
    name: "stale or many copies",
    section: Section::DataDependencies,
    weight: Weight::Note,
    remedy: "Move the readers to the last version, and retire the others.",
    verify: "`updated` is young, `version_lag` below 2 and `live_versions` below 3.",
    parameters: &[&AGE_DAYS, &CADENCES, &LAG, &LIVE_VERSIONS],
    docs: "\
## What it does
Finds data that is old for how often it is made, or several versions behind, and data of which several versions are in use at once. Both
together weigh more. Data that says nothing of its age, lag or versions is open. So is the age of data in a file in which nothing is
young: that export is old, and says nothing of the data's age today.

## Why it is bad
A frozen copy is the remedy for unstable inputs, and has its own price: it goes stale, and each copy must be kept, explained and mended.

## Example
The identity map was copied by hand in March; four copies are in use, three versions behind, and nobody knows by whom.

## How to fix
Name an owner and a day for moving to the next version. Retire a version as soon as nothing reads it.

## How to verify
The catalog shows one or two versions, the older with a day of deletion.

## References
Sculley et al. 2015, §3, unstable data dependencies: versioning carries its own costs.
",
};

impl Rule for StaleCopies {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        const DATA: [NodeKind; 4] =
            [NodeKind::Source, NodeKind::Dataset, NodeKind::Signal, NodeKind::Prediction];
        let old_exports = old_exports(context);
        for node in DATA.into_iter().flat_map(|kind| context.nodes_of(kind)) {
            let attrs = &context.graph.node(node).attrs;
            let known = [Attr::Updated, Attr::VersionLag, Attr::LiveVersions];
            if !known.into_iter().any(|attr| attrs.has(attr)) {
                let missing = "updated, version_lag or live_versions";
                verdicts.open(Open { subject: Some(node), missing });
                continue;
            }
            let mut faults = faults(context, node);
            let said = attrs.get(Attr::Updated).map(|updated| updated.at.file);
            let is_old = said.is_some_and(|file| old_exports.contains(&file));
            faults.retain(|fault| fault.attr != Attr::Updated || !is_old);
            if faults.is_empty() && is_old {
                verdicts.open(Open { subject: Some(node), missing: "a younger export" });
                continue;
            }
            verdicts.judged();
            if !faults.is_empty() {
                verdicts.found(finding(context, node, &faults));
            }
        }
    }
}

/// Files that tell the age of several things, of which none is young.
fn old_exports(context: &Context<'_>) -> BTreeSet<FileIx> {
    let mut newest: BTreeMap<FileIx, (u32, Date)> = BTreeMap::new();
    for node in context.graph.nodes() {
        let updated = node.attrs.get(Attr::Updated).zip(node.attrs.date(Attr::Updated));
        if let Some((entry, date)) = updated {
            let (count, last) = newest.entry(entry.at.file).or_insert((0, date));
            *count += 1;
            *last = (*last).max(date);
        }
    }
    let oldest = context.value(&META, &AGE_DAYS);
    newest.retain(|_, (count, last)| *count > 1 && context.age_days(*last) as f64 > oldest);
    newest.into_keys().collect()
}

/// One way in which data is stale or many.
struct Fault {
    words: String,
    label: &'static str,
    value: f64,
    threshold: f64,
    unit: &'static str,
    attr: Attr,
}

fn faults(context: &Context<'_>, node: NodeIx) -> Vec<Fault> {
    let attrs = &context.graph.node(node).attrs;
    let mut faults = Vec::new();
    let cadence = attrs.number(Attr::CadenceDays).unwrap_or(0.0);
    let oldest = (cadence * context.value(&META, &CADENCES)).max(context.value(&META, &AGE_DAYS));
    if let Some(age) = attrs.date(Attr::Updated).map(|date| context.age_days(date) as f64)
        && age > oldest
    {
        faults.push(Fault {
            words: format!("is {} old", counted(age as usize, "day", "days")),
            label: "age",
            value: age,
            threshold: oldest,
            unit: "days",
            attr: Attr::Updated,
        });
    }
    let counts = [
        (Attr::VersionLag, &LAG, "versions behind"),
        (Attr::LiveVersions, &LIVE_VERSIONS, "versions in use"),
    ];
    for (attr, parameter, label) in counts {
        let threshold = context.value(&META, parameter);
        if let Some(value) = attrs.number(attr)
            && value >= threshold
        {
            let words = match attr {
                Attr::VersionLag => format!("is {value} versions behind"),
                _ => format!("has {value} versions in use"),
            };
            faults.push(Fault { words, label, value, threshold, unit: "versions", attr });
        }
    }
    faults
}

fn finding(context: &Context<'_>, node: NodeIx, faults: &[Fault]) -> Finding {
    let subject = context.graph.node(node);
    let words: Vec<&str> = faults.iter().map(|fault| fault.words.as_str()).collect();
    let message =
        format!("{} `{}` {}", subject.kind.meta().title, subject.name, words.join(" and "));
    let many = faults.iter().any(|fault| fault.attr == Attr::LiveVersions);
    let stale = faults.iter().any(|fault| fault.attr != Attr::LiveVersions);
    let weight = if many && stale { Weight::Warning } else { Weight::Note };
    let mut finding = Finding::new(&META, context.graph, node, message).weight(weight);
    for fault in faults {
        finding = finding.number(fault.label, fault.value, fault.threshold, fault.unit);
        if let Some(said) = subject.attrs.get(fault.attr) {
            let label = format!("said in `{}`", fault.attr.meta().key);
            finding = finding.because(Evidence::Place { label: label.into(), at: said.at });
        }
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    fn judged(said: &str) -> Judged {
        judge(&StaleCopies, &format!("dataset d {said}"))
    }

    #[test]
    fn fires_on_age_lag_and_versions() {
        for said in ["updated=2026-08-01", "version_lag=2", "live_versions=3"] {
            assert_eq!(judged(said).subjects(), ["d note"], "{said}");
        }
    }

    #[test]
    fn stale_and_many_weighs_more() {
        let found = judged("updated=2026-03-30 cadence_days=30 version_lag=3 live_versions=4");
        assert_eq!(found.subjects(), ["d warning"]);
        assert_eq!(
            found.message(0),
            "Dataset `d` is 230 days old and is 3 versions behind and has 4 versions in use"
        );
        assert_eq!(judged("updated=2026-03-30 version_lag=3").subjects(), ["d note"]);
    }

    #[test]
    fn is_silent_on_what_is_young_for_its_cadence() {
        for said in [
            "updated=2026-08-24",
            "updated=2026-03-30 cadence_days=80",
            "version_lag=1 live_versions=2",
        ] {
            assert_eq!(judged(said).status, Status::Pass, "{said}");
        }
    }

    #[test]
    fn an_old_export_says_nothing_of_today() {
        let old = "dataset a updated=2024-12-01\ndataset b updated=2024-12-02";
        let found = judge(&StaleCopies, old);
        assert_eq!((found.status, found.open.len()), (Status::Open, 2));
        let young = format!("{old}\ndataset c updated=2026-11-01");
        assert_eq!(judge(&StaleCopies, &young).subjects(), ["a note", "b note"]);
    }

    #[test]
    fn unsaid_is_open() {
        assert_eq!(judged("cadence_days=1").status, Status::Open);
        assert_eq!(judge(&StaleCopies, "model m").status, Status::Open);
    }
}
