//! `undercurrent info`: what the manifests hold, and what is wrong with them.

use super::failure::{Failure, Outcome};
use super::input::Paths;
use super::out::Out;
use crate::analysis::facts::{Csr, Depths, part_sizes, strong_components};
use crate::export::table::{Column, Table, one_line};
use crate::import::{ImportReport, Loaded, Skipped};
use crate::model::{EdgeIx, EdgeKind, NodeIx, NodeKind, Problem, Severity, SystemGraph};
use crate::scene::caption::{counted, thousands};
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Info {
    #[command(flatten)]
    paths: Paths,
    /// For scripts
    #[arg(long)]
    json: bool,
}

impl Info {
    /// Parts that could not be read are a finding.
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let loaded = self.paths.load()?;
        let summary = Summary::new(&loaded);
        if self.json {
            let text = serde_json::to_string_pretty(&summary)
                .map_err(|error| Failure::new(format!("no JSON could be written: {error}")))?;
            out.line(&text)?;
        } else {
            out.print(&summary.text())?;
        }
        let unread = loaded.report.counts.errors > 0;
        Ok(if unread { Outcome::Findings } else { Outcome::Done })
    }
}

/// Everything that `info` says; the fields are its JSON.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    nodes: usize,
    edges: usize,
    groups: usize,
    bytes: u64,
    /// XXH3 over the contents of all files.
    manifest_hash: String,
    files: Vec<FileSummary>,
    nodes_by_kind: Vec<Count>,
    edges_by_kind: Vec<Count>,
    nodes_by_team: Vec<Count>,
    without_owner: usize,
    not_defined: usize,
    shape: Shape,
    report: Report,
}

#[derive(Debug, Serialize)]
struct FileSummary {
    path: String,
    format: &'static str,
    bytes: u64,
    nodes: usize,
    edges: usize,
    problems: usize,
}

#[derive(Debug, Serialize)]
struct Count {
    key: String,
    title: String,
    count: usize,
}

/// Edges that carry no flow, such as ownership, do not count, nor do teams.
#[derive(Debug, Serialize)]
struct Shape {
    /// Sizes of the parts that no edge connects, the largest first; single nodes apart.
    components: Vec<u32>,
    isolated_nodes: usize,
    /// Sizes of the sets of nodes that lie on common cycles, the largest first.
    cycles: Vec<u32>,
    self_loops: usize,
    /// Ids along the longest path, where every cycle counts as one place.
    longest_path: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    errors: usize,
    warnings: usize,
    notes: usize,
    problems: Vec<ProblemSummary>,
    skipped: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ProblemSummary {
    severity: &'static str,
    kind: &'static str,
    place: Option<String>,
    also_at: Option<String>,
    message: String,
    hint: String,
    #[serde(skip)]
    line: String,
}

impl Summary {
    pub(super) fn new(loaded: &Loaded) -> Self {
        let Loaded { graph, report } = loaded;
        let owned = graph.nodes().iter().filter(|node| node.kind != NodeKind::Team);
        let files = report.files.iter().map(|file| FileSummary {
            path: file.path.clone(),
            format: file.format,
            bytes: file.bytes,
            nodes: file.nodes,
            edges: file.edges,
            problems: file.problems.total(),
        });
        Self {
            nodes: graph.nodes().len(),
            edges: graph.edges().len(),
            groups: graph.groups().len(),
            bytes: report.files.iter().map(|file| file.bytes).sum(),
            manifest_hash: format!("{:016x}", graph.content_hash()),
            files: files.collect(),
            nodes_by_kind: nodes_by_kind(graph),
            edges_by_kind: edges_by_kind(graph),
            nodes_by_team: nodes_by_team(graph),
            without_owner: owned.filter(|node| node.owner.is_none()).count(),
            not_defined: graph.nodes().iter().filter(|node| !node.defined).count(),
            shape: shape(graph),
            report: Report {
                errors: report.counts.errors,
                warnings: report.counts.warnings,
                notes: report.counts.notes,
                problems: report.problems.iter().map(|p| problem(p, graph)).collect(),
                skipped: skipped(&report.skipped),
            },
        }
    }

    /// Counts and shape, without files and problems.
    pub(super) fn overview(&self) -> String {
        let mut text = format!(
            "{} and {} in {}, {}\n\n",
            counted(self.nodes, "node", "nodes"),
            counted(self.edges, "edge", "edges"),
            counted(self.files.len(), "file", "files"),
            size(self.bytes)
        );
        text += &counts("Nodes", &self.nodes_by_kind);
        text += "\n";
        text += &self.teams();
        text += "\n";
        text += &self.shape.text();
        text
    }

    fn text(&self) -> String {
        let mut text = self.overview();
        let _ = write!(
            text,
            "\n{}\nManifest hash  {}\n\n{}",
            counts("Edges", &self.edges_by_kind),
            self.manifest_hash,
            self.file_table().text()
        );
        for words in &self.report.skipped {
            let _ = writeln!(text, "{words}");
        }
        let Report { errors, warnings, notes, problems, .. } = &self.report;
        let _ = writeln!(
            text,
            "\n{}, {}, {}",
            counted(*errors, "error", "errors"),
            counted(*warnings, "warning", "warnings"),
            counted(*notes, "note", "notes")
        );
        for problem in problems {
            let _ = writeln!(text, "{}: {}", problem.severity, one_line(&problem.line));
        }
        text
    }

    fn teams(&self) -> String {
        if self.nodes_by_team.is_empty() {
            return "Nothing has an owner\n".to_owned();
        }
        let owned = counts("Owned by", &self.nodes_by_team);
        if self.without_owner == 0 {
            return owned;
        }
        owned + &format!("{} without owner\n", counted(self.without_owner, "node", "nodes"))
    }

    fn file_table(&self) -> Table {
        let mut table = Table::new([
            Column::text("path", "File"),
            Column::text("format", "Format"),
            Column::number("bytes", "Size"),
            Column::number("nodes", "Nodes"),
            Column::number("edges", "Edges"),
            Column::number("problems", "Problems"),
        ]);
        table.rows.extend(self.files.iter().map(|file| {
            vec![
                file.path.clone(),
                file.format.to_owned(),
                size(file.bytes),
                thousands(file.nodes),
                thousands(file.edges),
                thousands(file.problems),
            ]
        }));
        table
    }
}

impl Shape {
    fn text(&self) -> String {
        /// How many sizes and how many steps of a path a terminal is shown.
        const SIZES: usize = 8;
        const STEPS: usize = 6;
        let sizes = |sizes: &[u32]| {
            let shown: Vec<String> =
                sizes.iter().take(SIZES).map(|&size| thousands(size as usize)).collect();
            let more = if sizes.len() > SIZES { ", …" } else { "" };
            format!("{}{more}", shown.join(", "))
        };
        let mut text = String::new();
        let parts = counted(self.components.len(), "connected part", "connected parts");
        let of = if self.components.is_empty() { "" } else { " of " };
        let alone = match self.isolated_nodes {
            0 => String::new(),
            count => format!("; {} alone", counted(count, "node", "nodes")),
        };
        let _ = writeln!(text, "{parts}{of}{}{alone}", sizes(&self.components));
        if self.cycles.is_empty() && self.self_loops == 0 {
            text += "No cycles\n";
        } else {
            let tangles = counted(self.cycles.len(), "tangle", "tangles");
            let of = if self.cycles.is_empty() { "" } else { " of " };
            let loops = counted(self.self_loops, "self-loop", "self-loops");
            let _ = writeln!(text, "Cycles: {tangles}{of}{} nodes; {loops}", sizes(&self.cycles));
        }
        if !self.longest_path.is_empty() {
            let path = &self.longest_path;
            let shown = if path.len() <= STEPS {
                path.join(" → ")
            } else {
                let half = STEPS / 2;
                format!(
                    "{} → … → {}",
                    path[..half].join(" → "),
                    path[path.len() - half..].join(" → ")
                )
            };
            let steps = counted(path.len() - 1, "step", "steps");
            let _ = writeln!(text, "Longest path: {steps}: {}", one_line(&shown));
        }
        text
    }
}

/// Linear in nodes plus edges.
fn shape(graph: &SystemGraph) -> Shape {
    let nodes = graph.nodes().len();
    let flow = graph.edges().iter().filter(|edge| edge.kind.is_flow());
    let arcs: Vec<(u32, u32)> = flow.map(|edge| (edge.from.0, edge.to.0)).collect();
    let largest_first = |mut sizes: Vec<u32>| {
        sizes.retain(|&size| size > 1);
        sizes.sort_unstable_by_key(|&size| std::cmp::Reverse(size));
        sizes
    };
    let parts = part_sizes(nodes, arcs.iter().copied());
    let components = strong_components(nodes, arcs.iter().copied());
    let depths = Depths::new(&Csr::new(nodes, arcs.iter().copied()), &components, |_, _| 1);
    let path = depths.longest_path(&components);
    let id = |node: u32| graph.nodes()[node as usize].id.to_string();
    let mut longest_path: Vec<String> = Vec::new();
    for &(from, to) in &path {
        // Within a cycle the path may leave from another node than it entered.
        if longest_path.last().is_none_or(|last| *last != id(from)) {
            longest_path.push(id(from));
        }
        longest_path.push(id(to));
    }
    // A team that anything flows to or from is in a part already.
    let is_lone_team = |ix: &NodeIx| {
        let flows = |edges: &[EdgeIx]| edges.iter().any(|&edge| graph.edge(edge).kind.is_flow());
        graph.kind(*ix) == NodeKind::Team
            && !flows(graph.outgoing(*ix))
            && !flows(graph.incoming(*ix))
    };
    let lone_teams = graph.node_indices().filter(is_lone_team).count();
    let single = parts.iter().filter(|&&size| size == 1).count() - lone_teams;
    Shape {
        components: largest_first(parts),
        isolated_nodes: single,
        cycles: largest_first(components.sizes()),
        self_loops: arcs.iter().filter(|(from, to)| from == to).count(),
        longest_path,
    }
}

fn nodes_by_kind(graph: &SystemGraph) -> Vec<Count> {
    let count = |kind| graph.nodes().iter().filter(|node| node.kind == kind).count();
    let rows = NodeKind::ALL.iter().map(|&kind| (kind.meta(), count(kind)));
    rows.filter(|&(_, count)| count > 0)
        .map(|(meta, count)| Count { key: meta.key.into(), title: meta.plural.into(), count })
        .collect()
}

fn edges_by_kind(graph: &SystemGraph) -> Vec<Count> {
    let count = |kind| graph.edges().iter().filter(|edge| edge.kind == kind).count();
    let rows = EdgeKind::ALL.iter().map(|&kind| (kind, count(kind)));
    rows.filter(|&(_, count)| count > 0)
        .map(|(kind, count)| Count { key: kind.key().into(), title: kind.title().into(), count })
        .collect()
}

/// Who owns most comes first.
fn nodes_by_team(graph: &SystemGraph) -> Vec<Count> {
    let mut owned: FxHashMap<_, usize> = FxHashMap::default();
    for team in graph.nodes().iter().filter_map(|node| node.owner) {
        *owned.entry(team).or_default() += 1;
    }
    let mut teams: Vec<Count> = owned
        .into_iter()
        .map(|(team, count)| {
            let team = graph.node(team);
            Count { key: team.id.to_string(), title: team.name.to_string(), count }
        })
        .collect();
    teams.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    teams
}

fn problem(problem: &Problem, graph: &SystemGraph) -> ProblemSummary {
    ProblemSummary {
        severity: match problem.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        kind: problem.kind.title(),
        place: problem.at.map(|at| graph.place(at)),
        also_at: problem.also_at.map(|at| graph.place(at)),
        message: problem.message.clone(),
        hint: problem.hint.clone(),
        line: ImportReport::line(problem, graph),
    }
}

/// What a folder held besides manifests, in words.
fn skipped(skipped: &Skipped) -> Vec<String> {
    let counts = [
        (skipped.hidden, "hidden file or folder", "hidden files and folders"),
        (skipped.links, "link", "links"),
        (skipped.foreign_folders, "folder of installed code", "folders of installed code"),
        (skipped.of_other_kinds, "file of another kind", "files of other kinds"),
        (skipped.unclaimed.len(), "file of no known format", "files of no known format"),
    ];
    let some = counts.into_iter().filter(|&(count, ..)| count > 0);
    some.map(|(count, one, many)| format!("Passed over: {}", counted(count, one, many))).collect()
}

fn counts(title: &'static str, counts: &[Count]) -> String {
    /// A terminal is shown this many; JSON has all.
    const SHOWN: usize = 20;
    let mut table = Table::new([Column::text("title", title), Column::number("count", "")]);
    table.rows.extend(
        counts.iter().take(SHOWN).map(|count| vec![count.title.clone(), thousands(count.count)]),
    );
    if counts.len() > SHOWN {
        let rest: usize = counts[SHOWN..].iter().map(|count| count.count).sum();
        table.rows.push(vec![format!("{} others", counts.len() - SHOWN), thousands(rest)]);
    }
    table.text()
}

/// "512 B", "18.5 MB".
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Input, Progress, load};
    use crate::samples::Sample;

    #[test]
    fn the_hello_sample_is_one_cycle() {
        let files = Sample::find("hello").expect("a sample").files;
        let loaded = load(&[Input::Embedded(files)], &Progress::default()).expect("read");
        let summary = Summary::new(&loaded);
        assert_eq!(summary.shape.cycles, [5]);
        assert_eq!(summary.shape.components, [5]);
        assert!(summary.shape.longest_path.is_empty());
        assert_eq!(summary.nodes_by_team[0].count, 5);
    }

    #[test]
    fn sizes_in_the_unit_that_fits() {
        assert_eq!([0, 999, 18_480_123].map(size), ["0 B", "999 B", "18.5 MB"]);
    }
}
