//! GLU001, glue ratio.

use super::glu002::unwrapped;
use crate::analysis::words::{listed, percent};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{NodeIx, NodeKind, TableKind};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct GlueRatio;

/// The paper: "a mature system might end up being (at most) 5% machine learning code".
static MARK: Parameter = Parameter {
    key: "mark",
    default: 0.05,
    range: (0.0, 1.0),
    unit: "share of lines",
    doc: "Share of ML code at or below which it is shown.",
};

static META: RuleMeta = RuleMeta {
    code: "GLU001",
    name: "glue ratio",
    section: Section::AntiPatterns,
    weight: Weight::Note,
    remedy: "Wrap general packages behind one interface of your own; where little is left of them, write what you need natively.",
    verify: "The share of lines with the role `ml` rises, and the glue is in one place.",
    parameters: &[&MARK],
    docs: "\
## What it does
Counts the lines of code by role, as the table `lines_of_code` gives them, and shows the share of ML code where it is at or below the
mark of the paper. It is a mark and no limit: most systems are below it, and the finding is a note. It weighs more when a package is
called from many places without a wrapper (GLU002), because then the rest is glue that grows.

## Why it is bad
Code that carries data into and out of a general package freezes the system to the ways of that package. Trying another one then costs
more than anybody has, and what the package cannot express is never tried.

## Example
Of 160,000 lines, 8,000 learn something. 54,000 turn data into what five packages want to see.

## How to fix
Put each package behind an interface of your own, so that the rest of the code is written once. A small native learner can be cheaper
than the glue around a large one.

## How to verify
Count again by role; the window shows the boxes of the paper's Figure 1 from the same table.

## References
Sculley et al. 2015, §5, glue code, and Figure 1.
",
};

impl Rule for GlueRatio {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        match judge(context) {
            Ok(finding) => {
                verdicts.judged();
                finding.into_iter().for_each(|finding| verdicts.found(finding));
            }
            Err(missing) => verdicts.open(Open { subject: None, missing }),
        }
    }
}

fn judge(context: &Context<'_>) -> Result<Option<Finding>, &'static str> {
    let rows = &context.graph.tables().lines_of_code;
    if rows.is_empty() {
        return Err("lines of code");
    }
    let mut by_role: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        *by_role.entry(&row.row.role).or_default() += row.row.lines;
    }
    let all: u64 = by_role.values().sum();
    let Some(ml) = by_role.remove("ml").filter(|_| all > 0) else {
        return Err("lines of code with the role `ml`");
    };
    let learners = learners(context);
    let subject = *learners.first().ok_or("nodes of the lines of code with the role `ml`")?;
    let (share, mark) = (ml as f64 / all as f64, context.value(&META, &MARK));
    if share > mark {
        return Ok(None);
    }
    let (role, most) =
        by_role.iter().max_by_key(|&(role, lines)| (lines, role)).unwrap_or((&"", &0));
    let mut message = format!(
        "ML code is {} of {all} lines; the most, {}, is {role}",
        percent(share),
        percent(*most as f64 / all as f64)
    );
    let packages: Vec<NodeIx> =
        unwrapped(context).into_iter().map(|(package, _)| package).collect();
    let mut weight = Weight::Note;
    if !packages.is_empty() {
        weight = Weight::Warning;
        let names = listed(packages.iter().map(|&package| context.name(package)));
        message.push_str(&format!(", and {names} is called without a wrapper"));
    }
    let mut finding = Finding::new(&META, context.graph, subject, message).weight(weight).number(
        "ML code",
        100.0 * share,
        100.0 * mark,
        "% of lines",
    );
    for learner in learners.into_iter().skip(1) {
        finding = finding.with("model", learner);
    }
    for package in packages {
        finding = finding.with("package", package);
    }
    let ml_rows = rows.iter().enumerate().filter(|(_, row)| &*row.row.role == "ml");
    Ok(Some(finding.rows(
        TableKind::LinesOfCode,
        ml_rows.map(|(position, _)| position as u32).collect::<Vec<_>>(),
    )))
}

/// Whose the ML code is: models first, then those with the most of it.
fn learners(context: &Context<'_>) -> Vec<NodeIx> {
    let column = context.measured.lines_node();
    let mut lines: BTreeMap<NodeIx, u64> = BTreeMap::new();
    for (position, row) in context.graph.tables().lines_of_code.iter().enumerate() {
        if let Some(node) = column.node(position as u32).filter(|_| &*row.row.role == "ml") {
            *lines.entry(node).or_default() += row.row.lines;
        }
    }
    let mut learners: Vec<NodeIx> = lines.keys().copied().collect();
    learners.sort_by_key(|&node| {
        let is_other = context.graph.kind(node) != NodeKind::Model;
        (is_other, std::cmp::Reverse(lines[&node]), &context.graph.node(node).id)
    });
    learners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, graph_with, judge_graph, row};
    use crate::model::LinesOfCodeRow;

    fn with(text: &str, lines: &[(&str, u64, &str)]) -> Judged {
        let graph = graph_with(text, |tables| {
            let rows = lines.iter().map(|&(role, lines, node)| {
                row(LinesOfCodeRow {
                    path: "p".into(),
                    role: role.into(),
                    language: "python".into(),
                    lines,
                    node: (!node.is_empty()).then(|| node.into()),
                })
            });
            tables.lines_of_code = rows.collect();
        });
        judge_graph(&GlueRatio, graph)
    }

    #[test]
    fn shows_where_little_is_ml() {
        let found = with("model m\nmodel n", &[("ml", 3, "n"), ("ml", 1, "m"), ("glue", 96, "")]);
        assert_eq!(found.subjects(), ["n note"]);
        assert_eq!(found.others("model"), ["m"]);
        assert!(found.message(0).starts_with("ML code is 4 % of 100 lines"));
    }

    #[test]
    fn an_unwrapped_package_makes_it_a_warning() {
        let text = "model m\njob a\njob b\njob c\npackage p\np -imports-> a\np -imports-> b\np -imports-> c";
        let found = with(text, &[("ml", 1, "m"), ("glue", 99, "")]);
        assert_eq!(found.subjects(), ["m warning"]);
        assert_eq!(found.others("package"), ["p"]);
    }

    #[test]
    fn is_silent_above_the_mark() {
        let found = with("model m", &[("ml", 6, "m"), ("glue", 94, "")]);
        assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn without_lines_or_roles_it_is_open() {
        assert_eq!(with("model m", &[]).status, Status::Open);
        assert_eq!(with("model m", &[("glue", 94, "m")]).status, Status::Open);
        assert_eq!(with("model m", &[("ml", 1, ""), ("glue", 94, "m")]).status, Status::Open);
    }
}
