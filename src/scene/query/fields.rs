//! The fields of the query language: one row each, and every attribute of the manifest by its key.

use super::pattern::Pattern;
use crate::analysis::{Finding, Weight, rules};
use crate::model::{Attr, AttrValue, EdgeKind, Node, NodeIx, NodeKind, SystemGraph, ValueType};
use jiff::civil::Date;
use std::cmp::Ordering;

/// A field for help texts and completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldMeta {
    pub key: &'static str,
    pub doc: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Name,
    Kind,
    Owner,
    Group,
    Tag,
    File,
    Column,
    Has,
    Is,
    In,
    Rule,
    Severity,
    Debt,
    Slice,
    Attr(Attr),
}

/// Named fields, in the order in which help lists them; attributes come after them.
const NAMED: &[(Field, FieldMeta)] = &[
    (Field::Kind, FieldMeta { key: "kind", doc: "what it is: model, dataset, signal, …" }),
    (Field::Owner, FieldMeta { key: "owner", doc: "the team that owns it; none: nobody" }),
    (Field::Group, FieldMeta { key: "group", doc: "the group or any around it" }),
    (Field::Tag, FieldMeta { key: "tag", doc: "one of its tags" }),
    (Field::Name, FieldMeta { key: "name", doc: "its name alone" }),
    (Field::Id, FieldMeta { key: "id", doc: "its id or an alias alone" }),
    (Field::File, FieldMeta { key: "file", doc: "the file that says it" }),
    (Field::Column, FieldMeta { key: "column", doc: "one of its columns" }),
    (
        Field::Has,
        FieldMeta { key: "has", doc: "owner, columns, tests, monitors, or an attribute's key" },
    ),
    (Field::Is, FieldMeta { key: "is", doc: "root, sink, isolated, stub, observed" }),
    (
        Field::In,
        FieldMeta {
            key: "in",
            doc: "cycle: on a cycle of dependencies; loop: in a feedback loop through the world",
        },
    ),
    (Field::Rule, FieldMeta { key: "rule", doc: "found by the rules whose codes begin so" }),
    (Field::Severity, FieldMeta { key: "severity", doc: "has findings that weigh so much" }),
    (Field::Debt, FieldMeta { key: "debt", doc: "its score, 0 to 100, compared" }),
    (
        Field::Slice,
        FieldMeta { key: "slice", doc: "touched by the saved slice of predictions called so" },
    ),
];

const IN: &[&str] = &["cycle", "loop"];

const IS: &[&str] = &["root", "sink", "isolated", "stub", "observed"];
const HAS: &[&str] = &["owner", "columns", "tests", "monitors"];

/// Every field with what it asks.
pub fn fields() -> impl Iterator<Item = FieldMeta> {
    let attrs =
        Attr::ALL.iter().filter(|attr| Field::parse(attr.meta().key) == Some(Field::Attr(**attr)));
    NAMED
        .iter()
        .map(|(_, meta)| *meta)
        .chain(attrs.map(|attr| FieldMeta { key: attr.meta().key, doc: attr.meta().doc }))
}

/// The key most like `key`, if any is like it.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    /// Jaro–Winkler; below it suggestions look random.
    const ALIKE: f64 = 0.8;
    fields()
        .map(|meta| (strsim::jaro_winkler(meta.key, key), meta.key))
        .filter(|&(likeness, _)| likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}

impl Field {
    pub(super) fn parse(key: &str) -> Option<Self> {
        let key = key.to_ascii_lowercase();
        NAMED
            .iter()
            .find(|(_, meta)| meta.key == key)
            .map(|&(field, _)| field)
            .or_else(|| Attr::parse(&key).map(Self::Attr))
    }

    pub(super) fn expects(self) -> String {
        match self {
            Self::Kind => "a kind such as model or dataset".to_owned(),
            Self::Has => "owner, columns, tests, monitors, or an attribute's key".to_owned(),
            Self::Is => IS.join(", "),
            Self::In => IN.join(" or "),
            Self::Rule => "the code of a rule or its beginning, such as FBK".to_owned(),
            Self::Severity => weights().join(", "),
            Self::Debt => "a number of 0 to 100, or a comparison such as >50".to_owned(),
            Self::Attr(attr) => match attr.meta().value {
                ValueType::Number => "a number, or a comparison such as >7".to_owned(),
                ValueType::Date => {
                    "a date such as 2026-03-01, or a comparison such as <2026-03-01".to_owned()
                }
                ValueType::Flag => "yes or no".to_owned(),
                _ => "a text or a pattern such as ads*".to_owned(),
            },
            _ => "a text or a pattern such as ads*".to_owned(),
        }
    }

    /// Values worth suggesting in this graph, sorted.
    pub(super) fn values(self, graph: &SystemGraph) -> Vec<String> {
        let mut values: Vec<String> = match self {
            Self::Kind => NodeKind::ALL
                .iter()
                .filter(|&&kind| graph.nodes().iter().any(|node| node.kind == kind))
                .map(|kind| kind.meta().key.to_owned())
                .collect(),
            Self::Owner => graph
                .nodes()
                .iter()
                .filter(|node| node.kind == NodeKind::Team)
                .map(|node| node.name.to_string())
                .collect(),
            Self::Group => graph.groups().iter().map(|group| group.name.to_string()).collect(),
            Self::Tag => tags(graph),
            Self::File => graph.files().iter().map(|file| file.path.clone()).collect(),
            Self::Has => HAS.iter().map(|&word| word.to_owned()).collect(),
            Self::Is => IS.iter().map(|&word| word.to_owned()).collect(),
            Self::In => IN.iter().map(|&word| word.to_owned()).collect(),
            Self::Rule => rules::RULES.iter().map(|rule| rule.meta().code.to_owned()).collect(),
            Self::Severity => weights().iter().map(|&word| word.to_owned()).collect(),
            Self::Attr(attr) => attr_values(graph, attr),
            Self::Id | Self::Name | Self::Column | Self::Debt | Self::Slice => Vec::new(),
        };
        values.sort_unstable();
        values.dedup();
        values
    }
}

fn weights() -> Vec<&'static str> {
    Weight::ALL.iter().map(|weight| weight.key()).collect()
}

fn tags(graph: &SystemGraph) -> Vec<String> {
    graph
        .nodes()
        .iter()
        .flat_map(|node| node.attrs.list(Attr::Tags).unwrap_or_default())
        .map(ToString::to_string)
        .collect()
}

fn attr_values(graph: &SystemGraph, attr: Attr) -> Vec<String> {
    match attr.meta().value {
        ValueType::Flag => vec!["yes".to_owned(), "no".to_owned()],
        ValueType::Text => graph
            .nodes()
            .iter()
            .filter_map(|node| node.attrs.text(attr))
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Kind(NodeKind),
    Pattern(Pattern),
    Nobody,
    Compare(Comparison, Operand),
    Flag(bool),
    Has(Has),
    Is(&'static str),
    Cycle,
    Asked(Asked),
}

/// What is asked of the analysis.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    Loop,
    /// The beginning of a rule's code, in capitals.
    Rule(String),
    Severity(Weight),
    Debt(Comparison, f64),
    /// The name of a saved slice.
    Slice(Pattern),
}

impl Asked {
    /// Whether a single finding can answer it.
    pub(super) const fn is_of_findings(&self) -> bool {
        matches!(self, Self::Rule(_) | Self::Severity(_))
    }

    pub(super) fn is_about(&self, finding: &Finding) -> bool {
        match self {
            Self::Rule(code) => finding.code.starts_with(code.as_str()),
            Self::Severity(weight) => finding.weight == *weight,
            Self::Loop | Self::Debt(..) | Self::Slice(_) => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    Owner,
    Columns,
    Reader(NodeKind),
    Attr(Attr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    Number(f64),
    Date(Date),
}

impl Comparison {
    pub(super) const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::AtLeast => order.is_ge(),
            Self::More => order.is_gt(),
        }
    }
}

impl Value {
    /// Whether only the analysis can tell.
    pub(super) const fn is_of_analysis(&self) -> bool {
        matches!(self, Self::Asked(_))
    }

    /// # Errors
    /// What the field expects instead.
    pub(super) fn parse(field: Field, text: &str) -> Result<Self, String> {
        match field {
            Field::Kind => {
                NodeKind::parse(&text.to_ascii_lowercase()).map(Self::Kind).ok_or_else(|| {
                    let near = nearest_of(NodeKind::ALL.iter().map(|kind| kind.meta().key), text);
                    format!("there is no kind {text}{}", did_you_mean(near))
                })
            }
            Field::Is => {
                IS.iter().find(|&&word| word == text).map(|&word| Self::Is(word)).ok_or_else(|| {
                    format!(
                        "is: knows {}{}",
                        IS.join(", "),
                        did_you_mean(nearest_of(IS.iter().copied(), text))
                    )
                })
            }
            Field::In if text == "cycle" => Ok(Self::Cycle),
            Field::In if text == "loop" => Ok(Self::Asked(Asked::Loop)),
            Field::In => {
                let near = did_you_mean(nearest_of(IN.iter().copied(), text));
                Err(format!("in: knows {}{near}", IN.join(" and ")))
            }
            Field::Rule => rule(text),
            Field::Severity => severity(text),
            Field::Debt => debt(field, text),
            Field::Slice => Ok(Self::Asked(Asked::Slice(Pattern::new(text)))),
            Field::Has => has(text),
            Field::Owner if text == "none" => Ok(Self::Nobody),
            Field::Attr(attr) => attr_value(field, attr, text),
            _ => Ok(Self::Pattern(Pattern::new(text))),
        }
    }
}

fn rule(text: &str) -> Result<Value, String> {
    let code = text.to_ascii_uppercase();
    let codes = || rules::RULES.iter().map(|rule| rule.meta().code);
    if codes().any(|known| known.starts_with(&code)) {
        return Ok(Value::Asked(Asked::Rule(code)));
    }
    Err(format!("there is no rule {text}{}", did_you_mean(nearest_of(codes(), &code))))
}

fn severity(text: &str) -> Result<Value, String> {
    let weight = Weight::parse(&text.to_ascii_lowercase()).map(Asked::Severity);
    weight.map(Value::Asked).ok_or_else(|| {
        let near = nearest_of(weights().into_iter(), text);
        format!("severity: knows {}{}", weights().join(", "), did_you_mean(near))
    })
}

fn debt(field: Field, text: &str) -> Result<Value, String> {
    let (comparison, rest) = comparison(text);
    let number = rest.parse().ok().filter(|number: &f64| number.is_finite());
    number
        .map(|number| Value::Asked(Asked::Debt(comparison, number)))
        .ok_or_else(|| format!("debt wants {}", field.expects()))
}

fn has(text: &str) -> Result<Value, String> {
    Ok(Value::Has(match text {
        "owner" => Has::Owner,
        "columns" => Has::Columns,
        "tests" => Has::Reader(NodeKind::Test),
        "monitors" => Has::Reader(NodeKind::Monitor),
        _ => Has::Attr(Attr::parse(text).ok_or_else(|| {
            let keys = HAS.iter().copied().chain(Attr::ALL.iter().map(|attr| attr.meta().key));
            format!(
                "has: knows {} and attributes{}",
                HAS.join(", "),
                did_you_mean(nearest_of(keys, text))
            )
        })?),
    }))
}

fn attr_value(field: Field, attr: Attr, text: &str) -> Result<Value, String> {
    let (comparison, rest) = comparison(text);
    let wrong = || format!("{} wants {}", attr.meta().key, field.expects());
    match attr.meta().value {
        ValueType::Number => rest
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(|number| Value::Compare(comparison, Operand::Number(number)))
            .ok_or_else(wrong),
        ValueType::Date => rest
            .parse()
            .map(|date| Value::Compare(comparison, Operand::Date(date)))
            .map_err(|_| wrong()),
        ValueType::Flag => match text {
            "yes" | "true" => Ok(Value::Flag(true)),
            "no" | "false" => Ok(Value::Flag(false)),
            _ => Err(wrong()),
        },
        _ => Ok(Value::Pattern(Pattern::new(text))),
    }
}

fn comparison(text: &str) -> (Comparison, &str) {
    let signs = [
        (">=", Comparison::AtLeast),
        ("<=", Comparison::AtMost),
        (">", Comparison::More),
        ("<", Comparison::Less),
        ("=", Comparison::Equal),
    ];
    signs
        .iter()
        .find_map(|&(sign, comparison)| text.strip_prefix(sign).map(|rest| (comparison, rest)))
        .unwrap_or((Comparison::Equal, text))
}

fn nearest_of<'a>(words: impl Iterator<Item = &'a str>, text: &str) -> Option<&'a str> {
    words
        .map(|word| (strsim::jaro_winkler(word, text), word))
        .filter(|&(likeness, _)| likeness >= 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

fn did_you_mean(word: Option<&str>) -> String {
    word.map_or_else(String::new, |word| format!("; did you mean {word}"))
}

/// Whether `node` is what the field asks for. `cycle` tells who lies on a cycle; it is asked only for `in:cycle`.
pub(super) fn holds(
    graph: &SystemGraph,
    ix: NodeIx,
    field: Field,
    value: &Value,
    cycle: &dyn Fn(NodeIx) -> bool,
) -> bool {
    let node = graph.node(ix);
    match value {
        Value::Kind(kind) => node.kind == *kind,
        Value::Nobody => node.owner.is_none(),
        Value::Flag(flag) => {
            matches!(field, Field::Attr(attr) if node.attrs.flag(attr) == Some(*flag))
        }
        Value::Compare(comparison, operand) => {
            matches!(field, Field::Attr(attr) if compares(node, attr, *comparison, *operand))
        }
        Value::Has(has) => has_it(graph, ix, *has),
        Value::Is(word) => is_it(graph, ix, word),
        Value::Cycle => cycle(ix),
        // Whoever has the analysis answers it; see `Evaluation::asked`.
        Value::Asked(_) => false,
        Value::Pattern(pattern) => matches_pattern(graph, node, field, pattern),
    }
}

fn matches_pattern(graph: &SystemGraph, node: &Node, field: Field, pattern: &Pattern) -> bool {
    match field {
        Field::Id => {
            pattern.finds(node.id.as_str())
                || node.aliases.iter().any(|alias| pattern.finds(alias.as_str()))
        }
        Field::Name => pattern.finds(&node.name),
        Field::Owner => {
            node.owner.is_some_and(|team| pattern.equals(&graph.node(team).name))
                || owner_text(node, pattern)
        }
        Field::Group => node.group.is_some_and(|group| {
            let path = graph.group_path(group);
            path.iter().any(|name| pattern.equals(name)) || pattern.equals(&path.join("/"))
        }),
        Field::Tag => node
            .attrs
            .list(Attr::Tags)
            .is_some_and(|tags| tags.iter().any(|tag| pattern.equals(tag))),
        Field::File => std::iter::once(&node.at)
            .chain(&node.also_at)
            .any(|at| pattern.finds(&graph.file(at.file).path)),
        Field::Column => node.columns.iter().any(|column| pattern.equals(&column.name)),
        Field::Attr(attr) => match node.attrs.get(attr).map(|entry| &entry.value) {
            Some(AttrValue::Text(text)) => pattern.finds(text),
            Some(AttrValue::List(items)) => items.iter().any(|item| pattern.finds(item)),
            Some(AttrValue::Settings(settings)) => {
                settings.iter().any(|setting| pattern.finds(&setting.key))
            }
            _ => false,
        },
        Field::Kind
        | Field::Has
        | Field::Is
        | Field::In
        | Field::Rule
        | Field::Severity
        | Field::Debt
        | Field::Slice => false,
    }
}

fn owner_text(node: &Node, pattern: &Pattern) -> bool {
    node.attrs.text(Attr::Owner).is_some_and(|owner| pattern.equals(owner))
}

fn compares(node: &Node, attr: Attr, comparison: Comparison, operand: Operand) -> bool {
    let order = match operand {
        Operand::Number(number) => node.attrs.number(attr).map(|value| value.total_cmp(&number)),
        Operand::Date(date) => node.attrs.date(attr).map(|value| value.cmp(&date)),
    };
    order.is_some_and(|order| comparison.holds(order))
}

fn has_it(graph: &SystemGraph, ix: NodeIx, has: Has) -> bool {
    let node = graph.node(ix);
    match has {
        Has::Owner => node.owner.is_some(),
        Has::Columns => !node.columns.is_empty(),
        Has::Reader(kind) => {
            graph.outgoing(ix).iter().any(|&edge| graph.kind(graph.edge(edge).to) == kind)
        }
        Has::Attr(attr) => node.attrs.has(attr),
    }
}

fn is_it(graph: &SystemGraph, ix: NodeIx, word: &str) -> bool {
    let flows =
        |edges: &[crate::model::EdgeIx]| edges.iter().any(|&edge| graph.edge(edge).kind.is_flow());
    match word {
        "root" => !flows(graph.incoming(ix)),
        "sink" => !flows(graph.outgoing(ix)),
        "isolated" => !flows(graph.incoming(ix)) && !flows(graph.outgoing(ix)),
        "stub" => !graph.node(ix).defined,
        _ => {
            let observed = |edges: &[crate::model::EdgeIx]| {
                edges.iter().any(|&edge| matches!(graph.edge(edge).kind, EdgeKind::Reads(evidence) if evidence != crate::model::Evidence::Declared))
            };
            observed(graph.incoming(ix)) || observed(graph.outgoing(ix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_parses_back() {
        for meta in fields() {
            assert!(Field::parse(meta.key).is_some(), "{}", meta.key);
        }
    }
}
