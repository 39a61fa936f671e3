//! CFG006, unverifiable delta.

use crate::analysis::constraint::Assertion;
use crate::analysis::words::percent;
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, TableKind};

#[derive(Debug)]
pub(super) struct UnverifiableDelta;

static MOST_CHANGED: Parameter = Parameter {
    key: "most_changed",
    default: 0.2,
    range: (0.0, 1.0),
    unit: "share of keys",
    doc: "A change of a larger share of the keys is no small one.",
};

static META: RuleMeta = RuleMeta {
    code: "CFG006",
    name: "unverifiable delta",
    section: Section::Configuration,
    weight: Weight::Note,
    remedy: "Write a configuration as a small change of a parent, and assert basic facts such as the number of signals.",
    verify: "The last change has a parent and few keys, or assertions hold the number of signals or the size of the closure.",
    parameters: &[&MOST_CHANGED],
    docs: "\
## What it does
Looks at the last change of every configuration in the table `config_history`. It notes one that changed more than a fifth of the keys, or
that names no parent although the configuration was there before, when nothing asserts the number of signals or the closure of data that
the configuration should have. The first version of a configuration has no parent by nature.

## Why it is bad
A reviewer can read three changed keys and cannot read fourteen. Without a parent there is nothing to compare with; without an assertion
the mistake is found in production.

## Example
The promotions' configuration was written from nothing: 14 of 19 keys, no parent, no assertion. The window starts before its main signal
exists.

## How to fix
Inherit from the last good configuration and change what must change. Add assertions: `signals = 21`, `closure <= 60`.

## How to verify
Look at the change as a difference of two configurations; the window shows only what differs.

## References
Sculley et al. 2015, §6, principles of good configuration systems.
",
};

impl Rule for UnverifiableDelta {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for config in context.nodes_of(NodeKind::Config) {
            let rows = by_date(context, config);
            match rows.split_last() {
                None => verdicts.open(Open { subject: Some(config), missing: "config_history" }),
                Some((&last, before)) => {
                    verdicts.judged();
                    let found = judge(context, config, last, before);
                    found.into_iter().for_each(|finding| verdicts.found(finding));
                }
            }
        }
    }
}

/// Rows of the configuration's changes, oldest first.
fn by_date(context: &Context<'_>, config: NodeIx) -> Vec<u32> {
    let table = &context.graph.tables().config_history;
    let mut rows = context.measured.change_config().rows_of(config).to_vec();
    rows.sort_by_key(|&row| (table[row as usize].row.date, row));
    rows
}

fn judge(context: &Context<'_>, config: NodeIx, last: u32, before: &[u32]) -> Option<Finding> {
    let graph = context.graph;
    let row = &graph.tables().config_history[last as usize];
    let share = f64::from(row.row.keys_changed) / f64::from(row.row.keys_total.max(1));
    let most = context.value(&META, &MOST_CHANGED);
    let has_parent = row.row.parent.as_deref().is_some_and(|parent| !parent.trim().is_empty());
    let orphan = !has_parent && !before.is_empty();
    let assertions = graph.node(config).attrs.list(Attr::Assertions).unwrap_or_default();
    if (share <= most && !orphan) || assertions.iter().any(|text| Assertion::parse(text).is_some())
    {
        return None;
    }
    let parent = match row.row.parent.as_deref().filter(|_| has_parent) {
        Some(parent) => format!("against {parent}"),
        None => "without a parent".to_owned(),
    };
    let message = format!(
        "{} changed {} of {} keys ({}) on {} {parent}, and nothing asserts its signals or its closure",
        context.title(config),
        row.row.keys_changed,
        row.row.keys_total,
        percent(share),
        row.row.date
    );
    let mut finding = Finding::new(&META, graph, config, message)
        .at(row.at)
        .number("keys changed", 100.0 * share, 100.0 * most, "% of keys")
        .rows(TableKind::ConfigHistory, vec![last]);
    for edge in context.edges_from(config, |kind| kind == EdgeKind::Feeds) {
        finding = finding.with("configures", graph.edge(edge).to);
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, day, graph_with, judge_graph, row};
    use crate::model::ConfigChangeRow;

    fn with(config: &str, changes: &[(&str, u32, u32, &str)]) -> Judged {
        let graph = graph_with(config, |tables| {
            let rows = changes.iter().map(|&(date, keys_changed, keys_total, parent)| {
                row(ConfigChangeRow {
                    config: "c".into(),
                    date: day(date),
                    commit: date.into(),
                    keys_changed,
                    keys_total,
                    parent: (!parent.is_empty()).then(|| parent.into()),
                })
            });
            tables.config_history = rows.collect();
        });
        judge_graph(&UnverifiableDelta, graph)
    }

    #[test]
    fn fires_on_a_large_change_without_assertions() {
        let found = with("config c\nmodel m\nc -feeds-> m", &[("2026-09-14", 14, 19, "")]);
        assert_eq!(found.subjects(), ["c note"]);
        assert_eq!(found.others("configures"), ["m"]);
    }

    #[test]
    fn fires_where_the_parent_got_lost() {
        let found = with("config c", &[("2026-10-01", 1, 20, ""), ("2026-09-14", 1, 20, "")]);
        assert_eq!(found.subjects(), ["c note"]);
    }

    #[test]
    fn is_silent_on_small_changes_on_first_versions_and_on_asserted_ones() {
        assert_eq!(with("config c", &[("2026-10-01", 4, 20, "a1")]).status, Status::Pass);
        assert_eq!(with("config c", &[("2026-10-01", 4, 20, "")]).status, Status::Pass);
        let asserted = with("config c assertions=closure<=60", &[("2026-10-01", 14, 19, "")]);
        assert_eq!((asserted.status, asserted.subjects()), (Status::Pass, vec![]));
        let later = &[("2026-10-01", 1, 19, "a1"), ("2026-09-14", 14, 19, "")];
        assert_eq!(with("config c", later).status, Status::Pass);
    }

    #[test]
    fn an_assertion_of_something_else_does_not_help() {
        let found = with("config c assertions=owner=ads", &[("2026-10-01", 14, 19, "a")]);
        assert_eq!(found.subjects(), ["c note"]);
    }

    #[test]
    fn without_history_it_is_open() {
        assert_eq!(with("config c", &[]).status, Status::Open);
        assert_eq!(with("model m", &[]).status, Status::Open);
    }
}
