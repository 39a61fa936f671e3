//! SML002, multiple languages.

use crate::analysis::preparation::{MOST_NODES, Walk};
use crate::analysis::words::percent;
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, NodeIx, NodeKind, TableKind};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct MultipleLanguages;

static LEAST_LANGUAGES: Parameter = Parameter {
    key: "least_languages",
    default: 3.0,
    range: (2.0, 20.0),
    unit: "languages",
    doc: "From how many languages on the path of a model is found.",
};

static LEAST_SHARE: Parameter = Parameter {
    key: "least_share",
    default: 0.05,
    range: (0.0, 1.0),
    unit: "share of lines",
    doc: "Languages with a smaller share of the path's lines are not counted.",
};

/// What is written in these is data or prose; no skill is needed to take it over.
const NOT_CODE: &[&str] = &["yaml", "json", "toml", "xml", "ini", "csv", "markdown", "text"];

static META: RuleMeta = RuleMeta {
    code: "SML002",
    name: "multiple languages",
    section: Section::AntiPatterns,
    weight: Weight::Note,
    remedy: "Bring the path to one or two languages, those that the owning team reviews and tests in.",
    verify: "The lines of code on the path are in fewer languages.",
    parameters: &[&LEAST_LANGUAGES, &LEAST_SHARE],
    docs: "\
## What it does
For every model, counts the lines of its own code and of what prepares its data by language, and finds models whose path mixes three or
more with a twentieth of the lines each. Code that another team answers for is left out: whoever owns the model need not take it over.
Lines come from the table `lines_of_code`, else from `language` and `lines_of_code` of the nodes; configuration is no code. Of a
preparation of more than 512 nodes the nearest are counted.

## Why it is bad
Each language has its own tests, types and people. What crosses from one to the next is tested by nobody, and the path can be handed over
only to somebody who knows them all.

## Example
Prices are scraped in Python and Perl, joined in SQL, sampled in Scala and served from C++. Who fixes a wrong price?

## How to fix
Rewrite the smallest parts first, in the language of their neighbours. Where two must stay, put a typed contract between them.

## How to verify
Count again. The finding lists the rows that were counted.

## References
Sculley et al. 2015, §5, common smells.
",
};

impl Rule for MultipleLanguages {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let code = Code::of(context);
        let is_known = !code.is_empty();
        let mut walk = Walk::new(context.graph.nodes().len());
        for model in context.nodes_of(NodeKind::Model) {
            let path = if is_known { code.on_path(context, &mut walk, model) } else { None };
            match path {
                Some(path) => {
                    verdicts.judged();
                    path.finding(context, model).into_iter().for_each(|f| verdicts.found(f));
                }
                None => verdicts.open(Open { subject: Some(model), missing: "lines of code" }),
            }
        }
    }
}

/// Lines of code by node.
struct Code<'a> {
    of: Vec<Vec<Lines<'a>>>,
}

#[derive(Clone, Copy)]
struct Lines<'a> {
    language: &'a str,
    lines: f64,
    row: Option<u32>,
}

impl<'a> Code<'a> {
    fn of(context: &Context<'a>) -> Self {
        let graph = context.graph;
        let mut of: Vec<Vec<Lines<'a>>> = vec![Vec::new(); graph.nodes().len()];
        let column = context.measured.lines_node();
        for (position, row) in graph.tables().lines_of_code.iter().enumerate() {
            let (row, position) = (&row.row, position as u32);
            if let Some(node) = column.node(position).filter(|_| is_code(&row.role, &row.language))
            {
                let lines = row.lines as f64;
                of[node.at()].push(Lines { language: &row.language, lines, row: Some(position) });
            }
        }
        for (node, lines) in graph.nodes().iter().zip(&mut of) {
            let said = (node.attrs.text(Attr::Language), node.attrs.number(Attr::LinesOfCode));
            if let (true, (Some(language), Some(count))) = (lines.is_empty(), said)
                && is_code(node.kind.meta().key, language)
            {
                lines.push(Lines { language, lines: count, row: None });
            }
        }
        Self { of }
    }

    fn is_empty(&self) -> bool {
        self.of.iter().all(Vec::is_empty)
    }

    /// Code of the model and of what prepares its data, as far as the model's owner answers for it; `None`
    /// when none is known. Linear in what prepares the model's data.
    fn on_path(&self, context: &Context<'a>, walk: &mut Walk, model: NodeIx) -> Option<Path<'a>> {
        walk.clear();
        walk.start(model);
        walk.run(context.preparation().upstream(), MOST_NODES);
        let mut path = Path::default();
        let owner = context.graph.node(model).owner;
        for node in walk.found().filter(|node| !self.of[node.at()].is_empty()) {
            let other = context.graph.node(node).owner;
            if owner.is_some() && other.is_some() && other != owner {
                continue;
            }
            for part in &self.of[node.at()] {
                path.add(node, part);
            }
        }
        (path.all > 0.0).then_some(path)
    }
}

fn is_code(role: &str, language: &str) -> bool {
    role != "config" && !NOT_CODE.contains(&language.to_ascii_lowercase().as_str())
}

#[derive(Default)]
struct Path<'a> {
    by_language: BTreeMap<&'a str, f64>,
    all: f64,
    rows: Vec<u32>,
    nodes: Vec<(NodeIx, &'a str)>,
}

impl<'a> Path<'a> {
    fn add(&mut self, node: NodeIx, part: &Lines<'a>) {
        *self.by_language.entry(part.language).or_default() += part.lines;
        self.all += part.lines;
        self.rows.extend(part.row);
        self.nodes.push((node, part.language));
    }

    fn finding(mut self, context: &Context<'_>, model: NodeIx) -> Option<Finding> {
        let least_share = context.value(&META, &LEAST_SHARE);
        let least = context.value(&META, &LEAST_LANGUAGES);
        let mut counted: Vec<(&str, f64)> = self
            .by_language
            .iter()
            .map(|(&language, lines)| (language, lines / self.all))
            .filter(|&(_, share)| share >= least_share)
            .collect();
        if (counted.len() as f64) < least {
            return None;
        }
        counted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        let shares: Vec<String> =
            counted.iter().map(|(name, share)| format!("{name} {}", percent(*share))).collect();
        let message = format!(
            "The path of model `{}` is written in {} languages: {}",
            context.name(model),
            counted.len(),
            shares.join(", ")
        );
        let mut finding = Finding::new(&META, context.graph, model, message)
            .number("languages", counted.len() as f64, least, "languages")
            .magnitude(counted.len() as f64 / least);
        let mut seen = rustc_hash::FxHashSet::default();
        for &(node, language) in &self.nodes {
            let is_counted = counted.iter().any(|&(name, _)| name == language);
            if is_counted && node != model && seen.insert(node) {
                finding = finding.with("code", node);
            }
        }
        self.rows.sort_unstable();
        Some(finding.rows(TableKind::LinesOfCode, self.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, graph_with, judge, judge_graph, row};
    use crate::model::LinesOfCodeRow;

    const CHAIN: &str =
        "job j owner=ads\ndataset d owner=ads\nmodel m owner=ads\nj -writes-> d\nd -input_to-> m\n";

    fn with(text: &str, lines: &[(&str, &str, u64, &str)]) -> Judged {
        let graph = graph_with(text, |tables| {
            let rows = lines.iter().map(|&(role, language, lines, node)| {
                row(LinesOfCodeRow {
                    path: "p".into(),
                    role: role.into(),
                    language: language.into(),
                    lines,
                    node: Some(node.into()),
                })
            });
            tables.lines_of_code = rows.collect();
        });
        judge_graph(&MultipleLanguages, graph)
    }

    #[test]
    fn fires_on_three_languages_along_the_path() {
        let lines =
            [("data", "scala", 20, "j"), ("ml", "python", 60, "m"), ("serving", "c++", 20, "m")];
        let found = with(CHAIN, &lines);
        assert_eq!(found.subjects(), ["m note"]);
        assert_eq!(found.others("code"), ["j"]);
        assert!(found.message(0).ends_with("python 60 %, c++ 20 %, scala 20 %"));
    }

    #[test]
    fn small_shares_configuration_and_the_code_of_others_do_not_count() {
        let lines =
            [("data", "perl", 4, "j"), ("ml", "python", 76, "m"), ("serving", "c++", 20, "m")];
        assert_eq!(with(CHAIN, &lines).status, Status::Pass);
        let lines = [
            ("config", "dhall", 50, "m"),
            ("glue", "yaml", 50, "m"),
            ("ml", "python", 50, "m"),
            ("ml", "go", 9, "m"),
        ];
        assert_eq!(with(CHAIN, &lines).status, Status::Pass);
        let others = CHAIN.replace("job j owner=ads", "job j owner=web");
        let lines =
            [("data", "scala", 20, "j"), ("ml", "python", 60, "m"), ("serving", "c++", 20, "m")];
        assert_eq!(with(&others, &lines).status, Status::Pass);
    }

    #[test]
    fn attributes_stand_in_for_the_table() {
        let judged = judge(
            &MultipleLanguages,
            "job j language=scala lines_of_code=50\njob k language=sql lines_of_code=50\ndataset d\n\
             model m language=python lines_of_code=50\nj -writes-> d\nk -writes-> d\nd -input_to-> m",
        );
        assert_eq!(judged.subjects(), ["m note"]);
    }

    #[test]
    fn without_lines_of_code_it_is_open() {
        assert_eq!(judge(&MultipleLanguages, CHAIN).status, Status::Open);
        assert_eq!(with(CHAIN, &[("data", "scala", 20, "elsewhere")]).status, Status::Open);
    }
}
