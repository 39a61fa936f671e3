//! OpenLineage events, as a file of lines, a list, or one event.
//!
//! Owns: the event format of the specification 1 to 2. Must never know: another format. Start reading
//! at [`OpenLineage`]; `walk` streams a file's events, `event` declares what is read of one, `lineage`
//! joins them, `describe` reads their facets, `flow` keeps their edges, `naming` makes ids.

mod describe;
mod event;
mod flow;
mod lineage;
mod naming;
mod walk;

use super::{Cancelled, Claim, FormatMeta, Importer, Source, json};
use crate::model::Batch;

/// Reads files of events.
#[derive(Debug)]
pub(super) struct OpenLineage;

static META: FormatMeta = FormatMeta {
    key: "openlineage",
    title: "OpenLineage",
    extensions: &["json", "ndjson", "jsonl"],
    doc: include_str!("doc.md"),
};

impl Importer for OpenLineage {
    fn meta(&self) -> &'static FormatMeta {
        &META
    }

    /// By the keys of the first event. A key may be out of sight behind facets of any size, and the
    /// address of the specification may be missing, so two of its keys are enough if one of them is
    /// the event's own; a single one needs the address beside it.
    fn claim(&self, _name: &str, head: &str) -> Claim {
        const OWN: [&str; 2] = ["eventTime", "eventType"];
        const PARTS: [&str; 6] = ["run", "job", "dataset", "inputs", "outputs", "schemaURL"];
        let keys = json::head_keys(head);
        let count = |known: &[&str]| known.iter().filter(|key| keys.contains(key)).count();
        match (count(&OWN), count(&PARTS)) {
            (own, parts) if own > 0 && own + parts > 1 => Claim::Sure,
            (own, parts) if own + parts > 0 && head.contains("openlineage.io/spec/") => {
                Claim::Maybe
            }
            _ => Claim::No,
        }
    }

    fn import(&self, source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled> {
        walk::read(source, batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_known_by_their_keys() {
        for (head, claim) in [
            (r#"{"eventType": "START", "run": {"facets": {"spark": "#, Claim::Sure),
            (r#"[ {"eventTime": "x", "dataset": {}}]"#, Claim::Sure),
            (r#"{"dataset": {"facets": {"s": {"_u": "https://openlineage.io/spec/f"#, Claim::Maybe),
            (r#"{"eventTime": "2026-03-01", "target": "x", "reader": "y"}"#, Claim::No),
            (
                r#"{"$id": "https://openlineage.io/spec/2-0-2/OpenLineage.json", "$defs": "#,
                Claim::No,
            ),
            (r#"{"run": {"eventTime": 1}, "job": {}}"#, Claim::No),
            ("eventTime,eventType,job\n", Claim::No),
        ] {
            assert_eq!(OpenLineage.claim("x.json", head), claim, "{head}");
        }
    }
}
