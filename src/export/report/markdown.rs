//! For a pull request: short whatever is found, with the rest counted.

use super::words::{one, summary};
use super::{Judgement, ReportMeta, Reporter, Standing};
use crate::analysis::Finding;
use crate::export::table::markdown_text;
use crate::scene::caption::counted;
use std::cmp::Reverse;
use std::fmt::Write;

/// A comment of more rows is scrolled past.
const MOST_ROWS: usize = 10;

/// A sentence of more characters is told by its beginning; the other formats have the whole.
const LONGEST_MESSAGE: usize = 240;

#[derive(Debug)]
pub(super) struct Markdown;

impl Reporter for Markdown {
    fn meta(&self) -> &'static ReportMeta {
        &ReportMeta { key: "markdown", title: "Markdown", doc: "Short, for a pull request." }
    }

    fn report(&self, judgement: &Judgement<'_>) -> String {
        let mut text = format!("### Undercurrent: {}\n", summary(judgement));
        let mut new: Vec<&Finding> = judgement
            .findings()
            .filter(|(_, standing)| *standing == Standing::New)
            .map(|(finding, _)| finding)
            .collect();
        new.sort_by_key(|finding| Reverse(finding.weight));
        if !new.is_empty() {
            text.push_str("\n| Rule | Where | What |\n| --- | --- | --- |\n");
            for finding in new.iter().take(MOST_ROWS) {
                row(judgement, finding, &mut text);
            }
        }
        if new.len() > MOST_ROWS {
            let more = counted(new.len() - MOST_ROWS, "more finding", "more findings");
            let _ = writeln!(text, "\nand {more}; `undercurrent check` lists all.");
        }
        let notes = notes(judgement);
        if !notes.is_empty() {
            let _ = writeln!(text, "\n{}", notes.join(" "));
        }
        text
    }
}

fn row(judgement: &Judgement<'_>, finding: &Finding, text: &mut String) {
    // Rules put names between backticks, which a name may hold as well: no ground for code spans.
    let named = finding.message.read(judgement.graph).replace('`', "\"");
    let mut message: String = named.chars().take(LONGEST_MESSAGE).collect();
    if message.len() < named.len() {
        message.push('…');
    }
    let _ = writeln!(
        text,
        "| {} ({}) | {} | {} |",
        finding.code,
        one(finding.weight),
        markdown_text(&judgement.place(finding)),
        markdown_text(&message)
    );
}

fn notes(judgement: &Judgement<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let open = judgement.open_rules().count();
    if open > 0 {
        let rules = counted(open, "rule", "rules");
        let all = judgement.analysis.rules.len();
        notes.push(format!("{rules} of {all} could not judge for want of input."));
    }
    let broken = judgement.broken_rules().count();
    if broken > 0 {
        notes.push(format!("{} failed with an internal error.", counted(broken, "rule", "rules")));
    }
    let lapsed = judgement.lapsed.len();
    if lapsed > 0 {
        let what = counted(lapsed, "acceptance of debt accepts", "acceptances of debt accept");
        notes.push(format!("{what} nothing."));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::report::testing::judged;

    #[test]
    fn it_is_short_and_the_worst_come_first() {
        let judged = judged();
        let judgement = judged.judgement(None);
        let text = Markdown.report(&judgement);
        let new = judgement.total(Standing::New);
        assert!(new > MOST_ROWS, "{new}");
        assert!(text.lines().count() < MOST_ROWS + 12 && text.len() < 6_000, "{text}");
        assert!(text.contains(&format!("and {} more findings", new - MOST_ROWS)), "{text}");
        let rows: Vec<&str> = text.lines().filter(|line| line.contains(") | ")).collect();
        assert_eq!(rows.len(), MOST_ROWS);
        let weights: Vec<bool> = rows.iter().map(|row| row.contains("(error)")).collect();
        assert!(weights.is_sorted_by(|a, b| a >= b), "{rows:?}");
    }
}
