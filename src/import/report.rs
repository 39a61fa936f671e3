//! What was read, what was not, and what is wrong with it, in an order that never changes.

use crate::model::{FileIx, Problem, ProblemKind, Severity, SystemGraph};
use std::fmt::Write;

/// A file with a thousand broken lines is told by its first hundred; the rest is counted.
pub const PROBLEMS_PER_KIND_AND_FILE: usize = 100;

/// How many problems of each severity there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeverityCounts {
    pub notes: usize,
    pub warnings: usize,
    pub errors: usize,
}

impl SeverityCounts {
    pub fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Note => self.notes += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Error => self.errors += 1,
        }
    }

    pub const fn total(self) -> usize {
        self.notes + self.warnings + self.errors
    }
}

/// What came of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// The file in [`SystemGraph::files`].
    pub file: FileIx,
    pub path: String,
    /// Title of the format, or [`NOT_READ`].
    pub format: &'static str,
    pub bytes: u64,
    /// Declared in this file; a node of two files counts in both.
    pub nodes: usize,
    pub edges: usize,
    pub problems: SeverityCounts,
}

/// Stands for the format of a file that could not be read.
pub const NOT_READ: &str = "Not read";

/// What a folder held besides manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Hidden files and folders.
    pub hidden: usize,
    /// Links, which are not followed.
    pub links: usize,
    /// Folders of installed code and caches.
    pub foreign_folders: usize,
    /// Files whose ending no format has.
    pub of_other_kinds: usize,
    /// Files that look as if they could be a manifest, but no format claims them; paths as shown.
    pub unclaimed: Vec<String>,
}

/// The report on one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// In the order of [`SystemGraph::files`].
    pub files: Vec<FileReport>,
    /// Sorted by place; those of no file first. At most [`PROBLEMS_PER_KIND_AND_FILE`] of one kind in
    /// one file, then one that says how many more there are.
    pub problems: Vec<Problem>,
    /// Of all problems, also of those that are only counted.
    pub counts: SeverityCounts,
    pub skipped: Skipped,
}

impl ImportReport {
    /// Sorts and cuts `problems`, and counts them by file. Near-linear in the number of problems.
    pub(super) fn new(
        mut files: Vec<FileReport>,
        mut problems: Vec<Problem>,
        skipped: Skipped,
    ) -> Self {
        let mut counts = SeverityCounts::default();
        for problem in &problems {
            counts.add(problem.severity);
            if let Some(at) = problem.at {
                files[at.file.at()].problems.add(problem.severity);
            }
        }
        problems.sort_by(|a, b| {
            let place = |problem: &Problem| problem.at;
            place(a)
                .cmp(&place(b))
                .then_with(|| b.severity.cmp(&a.severity))
                .then_with(|| a.message.cmp(&b.message))
        });
        Self { files, problems: cut(problems), counts, skipped }
    }

    /// Whether nothing at all was read.
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(|file| file.format == NOT_READ)
    }

    /// One problem on one line: `file:line: message — hint`.
    pub fn line(problem: &Problem, graph: &SystemGraph) -> String {
        let mut line = String::new();
        if let Some(at) = problem.at {
            line += &graph.place(at);
            line += ": ";
        }
        line += &problem.message;
        if let Some(other) = problem.also_at {
            line += " (also at ";
            line += &graph.place(other);
            line.push(')');
        }
        line + " — " + &problem.hint
    }

    /// All problems, one on a line, each after its severity.
    pub fn text(&self, graph: &SystemGraph) -> String {
        let mut text = String::new();
        for problem in &self.problems {
            let severity = match problem.severity {
                Severity::Note => "note",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let _ = writeln!(text, "{severity}: {}", Self::line(problem, graph));
        }
        text
    }
}

/// Keeps the first of each kind in each file and says how many were left out. `problems` is sorted by place.
fn cut(problems: Vec<Problem>) -> Vec<Problem> {
    let mut kept = Vec::with_capacity(problems.len());
    // Counts of one file at a time; kinds are few.
    let mut counts: Vec<(ProblemKind, Severity, usize)> = Vec::new();
    let mut file: Option<FileIx> = None;
    for problem in problems {
        let next = problem.at.map(|at| at.file);
        if next != file {
            kept.extend(left_out(&mut counts, file));
            file = next;
        }
        let seen = match counts.iter_mut().find(|(kind, ..)| *kind == problem.kind) {
            Some((_, worst, count)) => {
                *worst = (*worst).max(problem.severity);
                *count += 1;
                *count
            }
            None => {
                counts.push((problem.kind, problem.severity, 1));
                1
            }
        };
        if seen <= PROBLEMS_PER_KIND_AND_FILE {
            kept.push(problem);
        }
    }
    kept.extend(left_out(&mut counts, file));
    kept
}

fn left_out(
    counts: &mut Vec<(ProblemKind, Severity, usize)>,
    file: Option<FileIx>,
) -> Vec<Problem> {
    counts
        .drain(..)
        .filter(|&(_, _, count)| count > PROBLEMS_PER_KIND_AND_FILE)
        .map(|(kind, severity, count)| {
            Problem::new(
                severity,
                kind,
                file.map(crate::model::Provenance::file),
                format!(
                    "+{} more of the same kind ({}) in this file",
                    count - PROBLEMS_PER_KIND_AND_FILE,
                    kind.title()
                ),
                "Mend those shown first; they often have one cause.",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Provenance;

    fn problem(file: u32, line: u32, kind: ProblemKind) -> Problem {
        let at = Provenance::new(FileIx(file), line, 1);
        Problem::new(Severity::Warning, kind, Some(at), format!("p{line}"), "")
    }

    #[test]
    fn many_problems_are_counted_and_not_listed() {
        let file = |ix| FileReport {
            file: FileIx(ix),
            path: ix.to_string(),
            format: "",
            bytes: 0,
            nodes: 0,
            edges: 0,
            problems: SeverityCounts::default(),
        };
        let mut problems: Vec<Problem> =
            (1..=250).rev().map(|line| problem(0, line, ProblemKind::Unresolved)).collect();
        problems.push(problem(0, 7, ProblemKind::Value));
        problems.push(problem(1, 1, ProblemKind::Unresolved));
        let report = ImportReport::new(vec![file(0), file(1)], problems, Skipped::default());
        assert_eq!(report.counts.warnings, 252);
        assert_eq!(report.files[0].problems.warnings, 251);
        assert_eq!(report.problems.len(), PROBLEMS_PER_KIND_AND_FILE + 3);
        let messages: Vec<&str> = report.problems.iter().map(|problem| &*problem.message).collect();
        assert_eq!(messages[0], "p1");
        assert!(
            messages.contains(&"+150 more of the same kind (Unresolved reference) in this file")
        );
        assert_eq!(report.problems.last().unwrap().at.unwrap().file, FileIx(1));
    }
}
