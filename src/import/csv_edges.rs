//! Edge lists in CSV, with a list of nodes beside them if there is one.

use super::suggest;
use super::tables::delimiter;
use super::{Cancelled, Claim, FormatMeta, Importer, Source, attr_text};
use crate::model::{
    Attr, AttrValue, Batch, EdgeKind, GroupRef, NodeKind, Place, Problem, ProblemKind, Provenance,
    Severity,
};
use csv::StringRecord;

/// How often a cancelled reading is noticed.
const ROWS_BETWEEN_CHECKS: u64 = 8192;

#[derive(Debug)]
pub(super) struct CsvEdges;

impl Importer for CsvEdges {
    fn meta(&self) -> &'static FormatMeta {
        &FormatMeta { key: "csv", title: "CSV edge list", extensions: &["csv", "tsv"], doc: DOC }
    }

    fn claim(&self, name: &str, head: &str) -> Claim {
        let headers = headers(head);
        let is_nodes = is_node_list(&headers) && (has(&headers, KIND) || is_nodes_name(name));
        if is_edge_list(&headers) || is_nodes { Claim::Sure } else { Claim::No }
    }

    fn companions(&self, name: &str) -> Vec<String> {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let (own, other) =
            if is_nodes_name(name) { ("nodes", "edges") } else { ("edges", "nodes") };
        let pair = stem.strip_suffix(own).map(|start| format!("{start}{other}.csv"));
        let beside = [Some(format!("{other}.csv")), Some(format!("{stem}.{other}.csv")), pair];
        beside.into_iter().flatten().filter(|beside| beside != name).collect()
    }

    fn import(&self, source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled> {
        let headers = headers(source.text.as_str());
        let roles = roles(&headers, source, batch);
        read(source, batch, &headers, &roles)
    }
}

const DOC: &str = "\
The plainest lineage there is: one line a dependency.

```csv
source,target,kind,share
table.clicks,signal.ctr_7d,derives,
signal.ctr_7d,model.ctr,input_to,
```

The header names the columns in any order and case; the delimiter is a comma, a semicolon or a tab.

| Column | Meaning |
| --- | --- |
| `source`, `src` or `from` | Where information comes from. |
| `target`, `dst` or `to` | Where it goes. |
| `kind` or `type` | The kind of edge; `feeds` where it is empty. |
| a key of an edge's attribute | That attribute, such as `share` or `importance`. |
| anything else | Kept in the edge's label. |

A file `nodes.csv`, `<name>.nodes.csv` or, beside `<name>.edges.csv`, `<name>.nodes.csv` says more about nodes: `id`, and any of `kind`,
`name`, `group` (`/` nests), `aliases` and the keys of nodes' attributes. Lists are separated by `;`.
Nodes that only edges name are datasets until another file says what they are.

Reported are rows without an end, unknown kinds, and values that a column cannot hold; such a row or
value is left out and the rest is read.
";

const SOURCE: &[&str] = &["source", "src", "from"];
const TARGET: &[&str] = &["target", "dst", "to"];
const KIND: &[&str] = &["kind", "type"];
const NAME: &[&str] = &["name", "label"];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Source,
    Target,
    Id,
    Kind,
    Name,
    Group,
    Aliases,
    Attr(Attr),
    /// Of an edge: goes into the label.
    Label,
    /// Of a node: nothing reads it.
    Unread,
}

fn headers(text: &str) -> Vec<String> {
    let end = text.find('\n').map_or(text.len(), |end| end + 1);
    let line = &text.as_bytes()[..end];
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(line))
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(line);
    let mut record = StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(str::to_lowercase).collect(),
        _ => Vec::new(),
    }
}

fn has(headers: &[String], names: &[&str]) -> bool {
    headers.iter().any(|header| names.contains(&&**header))
}

fn is_edge_list(headers: &[String]) -> bool {
    has(headers, SOURCE) && has(headers, TARGET)
}

fn is_node_list(headers: &[String]) -> bool {
    has(headers, &["id"]) && !is_edge_list(headers)
}

fn is_nodes_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "nodes.csv" || name.ends_with(".nodes.csv")
}

/// The role of each column; the first of two columns for one role has it.
fn roles(headers: &[String], source: &Source<'_>, batch: &mut Batch) -> Vec<Role> {
    let edges = is_edge_list(headers);
    let mut roles: Vec<Role> = Vec::with_capacity(headers.len());
    let mut unread: Vec<&str> = Vec::new();
    for header in headers {
        let name = &**header;
        let attr = || Attr::parse(name).filter(|a| (a.meta().place == Place::Edges) == edges);
        let role = match name {
            _ if edges && SOURCE.contains(&name) => Role::Source,
            _ if edges && TARGET.contains(&name) => Role::Target,
            _ if KIND.contains(&name) => Role::Kind,
            _ if edges => {
                attr().filter(|attr| *attr != Attr::Label).map_or(Role::Label, Role::Attr)
            }
            "id" => Role::Id,
            "group" => Role::Group,
            "aliases" => Role::Aliases,
            _ if NAME.contains(&name) => Role::Name,
            _ => attr().map_or(Role::Unread, Role::Attr),
        };
        let role = if role != Role::Label && roles.contains(&role) { Role::Unread } else { role };
        if role == Role::Unread {
            unread.push(name);
        }
        roles.push(role);
    }
    if let Some(first) = unread.first() {
        let known = Attr::ALL.iter().map(|attr| attr.meta().key);
        batch.report(Problem::new(
            Severity::Note,
            ProblemKind::UnknownKey,
            Some(source.text.at_offset(0)),
            format!("Columns that are not read: {}", unread.join(", ").escape_debug()),
            suggest::hint(
                first,
                known,
                "Columns are keys of attributes, or id, kind, name, group, aliases.",
            ),
        ));
    }
    roles
}

fn read(
    source: &Source<'_>,
    batch: &mut Batch,
    headers: &[String],
    roles: &[Role],
) -> Result<(), Cancelled> {
    let text = source.text.as_str();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text.as_bytes()[..text.find('\n').unwrap_or(text.len())]))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut rows = Rows { batch, headers, roles };
    let mut counted = 0;
    for count in 1_u64.. {
        // The text is checked UTF-8 and rows may be of any length, so reading cannot fail.
        if !matches!(reader.read_record(&mut record), Ok(true)) {
            break;
        }
        if count.is_multiple_of(ROWS_BETWEEN_CHECKS) {
            let done = reader.position().byte();
            source.progress.advance(done.saturating_sub(counted))?;
            counted = done;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let at = Provenance::new(Batch::FILE, u32::try_from(line).unwrap_or(u32::MAX), 1);
        if roles.contains(&Role::Source) {
            rows.edge(&record, at);
        } else {
            rows.node(&record, at);
        }
    }
    Ok(())
}

struct Rows<'a> {
    batch: &'a mut Batch,
    headers: &'a [String],
    roles: &'a [Role],
}

impl Rows<'_> {
    fn field<'r>(&self, record: &'r StringRecord, role: Role) -> Option<&'r str> {
        let column = self.roles.iter().position(|other| *other == role)?;
        record.get(column).filter(|field| !field.is_empty())
    }

    fn edge(&mut self, record: &StringRecord, at: Provenance) {
        let ends = (self.field(record, Role::Source), self.field(record, Role::Target));
        let (Some(from), Some(to)) = ends else {
            return self.left_out(at, "This row has no source or no target".into(), "The row was");
        };
        let kind = match self.field(record, Role::Kind) {
            None => EdgeKind::Feeds,
            Some(key) => EdgeKind::parse(&key.to_lowercase()).unwrap_or_else(|| {
                let known = EdgeKind::ALL.iter().map(|kind| kind.key());
                self.unknown_kind(at, key, known, "The row was read as `feeds`.");
                EdgeKind::Feeds
            }),
        };
        let (from, to) = (self.batch.reference(from), self.batch.reference(to));
        self.batch.mention(from, at);
        self.batch.mention(to, at);
        let attrs = self.attributes(record, at);
        let labels: Vec<(usize, &str)> = (record.iter().enumerate())
            .filter(|(column, field)| {
                self.roles.get(*column) == Some(&Role::Label) && !field.is_empty()
            })
            .collect();
        let label = match labels[..] {
            [] => None,
            // A column that is called label says it all.
            [(column, text)] if self.headers[column] == "label" => Some(text.to_owned()),
            _ => {
                let one =
                    |(column, text): &(usize, &str)| format!("{}: {text}", self.headers[*column]);
                Some(labels.iter().map(one).collect::<Vec<_>>().join("; "))
            }
        };
        let edge = self.batch.edge(from, to, kind, at);
        for (attr, value) in attrs {
            edge.set(attr, value, at);
        }
        if let Some(label) = label {
            edge.set(Attr::Label, AttrValue::text(label), at);
        }
    }

    fn node(&mut self, record: &StringRecord, at: Provenance) {
        let Some(id) = self.field(record, Role::Id) else {
            return self.left_out(at, "This row has no id".into(), "The row was");
        };
        let reference = self.batch.reference(id);
        let kind = self.field(record, Role::Kind).and_then(|key| {
            let kind = NodeKind::parse(&key.to_lowercase());
            if kind.is_none() {
                let known = NodeKind::ALL.iter().map(|kind| kind.meta().key);
                self.unknown_kind(at, key, known, "The node has no kind.");
            }
            kind
        });
        let attrs = self.attributes(record, at);
        let group = self.field(record, Role::Group).and_then(|path| {
            let parts = path.split('/').map(str::trim).filter(|part| !part.is_empty());
            parts.fold(None, |parent: Option<GroupRef>, part| Some(self.batch.group(parent, part)))
        });
        let name = self.field(record, Role::Name).map(Into::into);
        let aliases = self.field(record, Role::Aliases).unwrap_or("").split([';', '|']);
        let node = match kind {
            Some(kind) => self.batch.define(reference, kind, at),
            None => self.batch.mention(reference, at),
        };
        node.name = name.or_else(|| node.name.take());
        node.group = group.or(node.group);
        node.aliases
            .extend(aliases.map(str::trim).filter(|alias| !alias.is_empty()).map(Into::into));
        for (attr, value) in attrs {
            node.set(attr, value, at);
        }
    }

    fn attributes(&mut self, record: &StringRecord, at: Provenance) -> Vec<(Attr, AttrValue)> {
        let mut attrs = Vec::new();
        for (role, field) in self.roles.iter().zip(record) {
            let &Role::Attr(attr) = role else { continue };
            if field.is_empty() {
                continue;
            }
            match attr_text::parse(attr, field) {
                Ok(value) => attrs.push((attr, value)),
                Err(expected) => {
                    let field: String =
                        field.chars().take(60).flat_map(char::escape_debug).collect();
                    let key = attr.meta().key;
                    let message =
                        format!("`{field}` in column {key}, where {expected} was expected");
                    self.left_out(at, message, "The value was");
                }
            }
        }
        attrs
    }

    fn left_out(&mut self, at: Provenance, message: String, what: &str) {
        let (severity, kind) = (Severity::Warning, ProblemKind::Value);
        let hint = format!("{what} left out; mend it or take it out.");
        self.batch.report(Problem::new(severity, kind, Some(at), message, hint));
    }

    fn unknown_kind(
        &mut self,
        at: Provenance,
        key: &str,
        known: impl Iterator<Item = &'static str> + Clone,
        instead: &str,
    ) {
        let shown: String = key.chars().take(60).flat_map(char::escape_debug).collect();
        let hint = format!(
            "{} {instead}",
            suggest::hint(&key.to_lowercase(), known, "See `undercurrent schema` for the kinds.")
        );
        let (severity, kind) = (Severity::Warning, ProblemKind::Value);
        self.batch.report(Problem::new(
            severity,
            kind,
            Some(at),
            format!("`{shown}` is no kind"),
            hint,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_lies_beside_one_another() {
        let beside = |name| CsvEdges.companions(name);
        assert_eq!(beside("flow.csv"), ["nodes.csv", "flow.nodes.csv"]);
        assert!(beside("flow.edges.csv").contains(&"flow.nodes.csv".to_owned()));
        assert!(beside("flow.nodes.csv").contains(&"flow.edges.csv".to_owned()));
        assert!(beside("edges.csv").contains(&"nodes.csv".to_owned()));
    }
}
