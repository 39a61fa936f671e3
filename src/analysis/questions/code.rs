//! Figure 1 of the paper: how little of a system's code is for machine learning.

use crate::analysis::Context;
use std::collections::BTreeMap;

/// A box of Figure 1.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeBox {
    /// `ml`, `glue`, `data`, `serving`, `config`, `monitoring`, `test`, or what the table says.
    pub role: String,
    pub lines: u64,
    /// Of all lines, 0 to 1.
    pub share: f64,
    /// With their lines, most first.
    pub languages: Vec<(String, u64)>,
    /// Positions in the table of lines of code.
    pub rows: Vec<u32>,
}

impl CodeBox {
    /// Whether it is the small black box in the middle.
    pub fn is_ml(&self) -> bool {
        self.role == "ml"
    }
}

/// Lines of one role.
#[derive(Default)]
struct Lines<'a> {
    lines: u64,
    languages: BTreeMap<&'a str, u64>,
    rows: Vec<u32>,
}

/// Boxes by lines of code: that of ML code first, the others by size. Empty without the table.
/// Near-linear in its rows.
pub fn figure_one(context: &Context<'_>) -> Vec<CodeBox> {
    let table = &context.graph.tables().lines_of_code;
    let all: u64 = table.iter().map(|row| row.row.lines).sum();
    let mut by_role: BTreeMap<&str, Lines<'_>> = BTreeMap::new();
    for (position, row) in table.iter().enumerate() {
        let of = by_role.entry(&row.row.role).or_default();
        of.lines += row.row.lines;
        *of.languages.entry(&row.row.language).or_default() += row.row.lines;
        of.rows.push(position as u32);
    }
    let boxed = |(role, of): (&str, Lines<'_>)| {
        let mut languages: Vec<(String, u64)> =
            of.languages.into_iter().map(|(name, lines)| (name.to_owned(), lines)).collect();
        languages.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let share = if all == 0 { 0.0 } else { of.lines as f64 / all as f64 };
        CodeBox { role: role.to_owned(), lines: of.lines, share, languages, rows: of.rows }
    };
    let mut boxes: Vec<CodeBox> = by_role.into_iter().map(boxed).collect();
    boxes.sort_by(|a, b| {
        b.is_ml().cmp(&a.is_ml()).then(b.lines.cmp(&a.lines)).then_with(|| a.role.cmp(&b.role))
    });
    boxes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Settings;
    use crate::analysis::testing::{TODAY, graph_with, row};
    use crate::model::{LinesOfCodeRow, SystemGraph};

    fn with<T>(graph: &SystemGraph, ask: impl FnOnce(&Context<'_>) -> T) -> T {
        let settings = Settings::on(TODAY);
        ask(&Context::new(graph, &settings))
    }

    #[test]
    fn the_boxes_of_figure_one_are_by_lines_with_ml_in_the_middle() {
        let graph = graph_with("model m", |tables| {
            let lines = |role: &str, language: &str, lines| {
                row(LinesOfCodeRow {
                    path: "p".into(),
                    role: role.into(),
                    language: language.into(),
                    lines,
                    node: None,
                })
            };
            tables.lines_of_code = vec![
                lines("glue", "python", 60),
                lines("ml", "go", 5),
                lines("data", "sql", 25),
                lines("glue", "perl", 10),
            ];
        });
        let boxes = with(&graph, figure_one);
        let told: Vec<(&str, u64)> = boxes.iter().map(|of| (of.role.as_str(), of.lines)).collect();
        assert_eq!(told, [("ml", 5), ("glue", 70), ("data", 25)]);
        assert_eq!((boxes[0].share, boxes[1].rows.clone()), (0.05, vec![0, 3]));
        assert_eq!(boxes[1].languages, [("python".to_owned(), 60), ("perl".to_owned(), 10)]);
        assert!(with(&crate::analysis::testing::graph("model m"), figure_one).is_empty());
    }
}
