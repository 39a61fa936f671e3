//! Rows of the list of undeclared consumers.

use crate::analysis::Context;
use crate::analysis::consumers::{Reads, Standing};
use crate::model::{EdgeIx, NodeIx, SystemGraph};
use jiff::civil::Date;

/// A reader that nobody declared.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerRow {
    pub edge: EdgeIx,
    pub reader: NodeIx,
    pub target: NodeIx,
    /// `None` where it is known that it happened and not how often.
    pub reads: Option<u64>,
    pub days: Option<u64>,
    pub first: Option<Date>,
    pub last: Option<Date>,
    pub standing: Standing,
}

impl ConsumerRow {
    /// The reader's team; where nobody knows it, the team of what is read, which can ask.
    pub fn talk_to(&self, graph: &SystemGraph) -> String {
        let owner = |node: NodeIx| graph.node(node).owner.map(|team| &*graph.node(team).name);
        match (owner(self.reader), owner(self.target)) {
            (Some(team), _) => team.to_owned(),
            (None, Some(team)) => format!("{team} (own the target)"),
            (None, None) => String::from("nobody is known"),
        }
    }

    /// As what it counts.
    pub const fn standing_words(&self) -> &'static str {
        match self.standing {
            Standing::Consumer => "undeclared consumer",
            Standing::Few => "too few reads or days",
            Standing::Scanner => "a scanner: a little of everything",
            Standing::Shared => "an account that jobs may share",
        }
    }
}

/// Everything that was read and not declared: those that count first, then the most reads, then by id.
/// `None` where there is neither a log nor an observed read to tell.
pub fn consumer_rows(context: &Context<'_>) -> Option<Vec<ConsumerRow>> {
    let seen = Reads::of(context);
    if !seen.is_known {
        return None;
    }
    let row = |read: &crate::analysis::consumers::Read| {
        let (first, last) = read.seen(context);
        ConsumerRow {
            edge: read.edge,
            reader: read.reader,
            target: read.target,
            reads: read.count,
            days: read.days,
            first,
            last,
            standing: read.standing,
        }
    };
    let mut rows: Vec<ConsumerRow> = seen.reads.iter().map(row).collect();
    rows.sort_by(|a, b| {
        let counts = |row: &ConsumerRow| row.standing != Standing::Consumer;
        let ids = |row: &ConsumerRow| {
            (&context.graph.node(row.reader).id, &context.graph.node(row.target).id)
        };
        let by_weight = counts(a).cmp(&counts(b)).then(b.reads.cmp(&a.reads));
        by_weight.then_with(|| ids(a).cmp(&ids(b)))
    });
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Settings;
    use crate::analysis::testing::{TODAY, day, graph, graph_with, row};
    use crate::model::AccessRow;

    #[test]
    fn those_that_count_stand_first_with_whom_to_talk_to() {
        let read = |reader: &str, date: &str, reads| {
            row(AccessRow { date: day(date), reader: reader.into(), target: "p".into(), reads })
        };
        let graph = graph_with("prediction p owner=ads\nconsumer c owner=web", |tables| {
            tables.access = vec![
                read("once", "2026-11-03", 900),
                read("svc-x", "2026-11-03", 2),
                read("svc-x", "2026-11-09", 2),
                read("c", "2026-11-08", 30),
                read("c", "2026-11-09", 30),
            ];
        });
        let settings = Settings::on(TODAY);
        let rows = consumer_rows(&Context::new(&graph, &settings)).expect("a log");
        let told: Vec<(&str, String, Standing)> = rows
            .iter()
            .map(|row| (&*graph.node(row.reader).name, row.talk_to(&graph), row.standing))
            .collect();
        assert_eq!(told[0], ("c", "web".to_owned(), Standing::Consumer));
        assert_eq!(told[1].1, "ads (own the target)");
        assert_eq!(told[2].2, Standing::Few);
        assert_eq!(
            (rows[1].first, rows[1].last),
            (Some(day("2026-11-03")), Some(day("2026-11-09")))
        );
    }

    #[test]
    fn without_a_log_nothing_is_known() {
        let graph = graph("prediction p");
        let settings = Settings::on(TODAY);
        assert_eq!(consumer_rows(&Context::new(&graph, &settings)), None);
    }
}
