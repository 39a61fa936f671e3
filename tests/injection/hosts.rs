//! Projects that debt is planted into: clean ones made by seed, and those of the samples.

use crate::site::{Random, TODAY, days_ago, list, text};
use std::collections::BTreeMap;
use undercurrent::import::{Input, Progress, load};
use undercurrent::model::{
    AblationRow, Attr, AttrValue, Batch, CorrelationRow, EdgeKind, Node, NodeKind, Phase,
    Provenance, Row, SourceFile, SystemGraph,
};
use undercurrent::samples::Sample;

/// A project as one file.
pub(crate) struct Host {
    pub(crate) name: String,
    /// Made so that no rule has anything to say.
    pub(crate) is_clean: bool,
    pub(crate) batch: Batch,
    /// Ids of what files define and what is not on its way out, by kind, in their order.
    pub(crate) ids: BTreeMap<NodeKind, Vec<String>>,
}

/// Every host, the clean ones first.
pub(crate) fn all() -> Vec<Host> {
    let clean = (0..3).map(clean);
    let samples = ["ads_ranking", "jaffle_like", "hello"].into_iter().map(|key| {
        let sample = Sample::find(key).expect("a sample");
        let loaded = load(&[Input::Embedded(sample.files)], &Progress::default());
        host(key.to_owned(), false, batch_of(&loaded.expect("nobody cancels").graph))
    });
    clean.chain(samples).collect()
}

fn host(name: String, is_clean: bool, batch: Batch) -> Host {
    let mut builder = undercurrent::model::GraphBuilder::default();
    builder.add(batch.clone());
    let (graph, _) = builder.build();
    let mut ids: BTreeMap<NodeKind, Vec<String>> = BTreeMap::new();
    let stays = |node: &&Node| {
        let leaves = [Attr::Deprecated, Attr::Expires];
        node.defined && !leaves.into_iter().any(|attr| node.attrs.get(attr).is_some())
    };
    for node in graph.nodes().iter().filter(stays) {
        ids.entry(node.kind).or_default().push(node.id.as_str().to_owned());
    }
    Host { name, is_clean, batch, ids }
}

/// The graph as one file that says the same.
fn batch_of(graph: &SystemGraph) -> Batch {
    let mut batch =
        Batch::new(SourceFile { path: "host".into(), format: "host", bytes: 0, hash: 0 });
    let at = |line: u32| Provenance::new(Batch::FILE, line, 1);
    for node in graph.nodes().iter().filter(|node| node.defined) {
        let reference = batch.reference(node.id.as_str());
        let decl = batch.define(reference, node.kind, at(node.at.line));
        decl.name = Some(node.name.clone());
        decl.aliases = node.aliases.iter().map(|alias| alias.as_str().into()).collect();
        for entry in node.attrs.iter() {
            decl.set(entry.attr, entry.value.clone(), at(entry.at.line));
        }
    }
    let edges = graph.edges().iter().zip(graph.all_details());
    for (edge, details) in edges.filter(|(edge, _)| !edge.kind.is_observed()) {
        let ends = [edge.from, edge.to].map(|node| batch.reference(graph.node(node).id.as_str()));
        let decl = batch.edge(ends[0], ends[1], edge.kind, at(details.at.line));
        for entry in details.attrs().iter() {
            decl.set(entry.attr, entry.value.clone(), at(entry.at.line));
        }
    }
    batch.tables = graph.tables().clone();
    // The tables' files are not in this batch; rows are known by their position.
    macro_rules! move_here {
        ($($table:ident)*) => {
            $(for (line, row) in batch.tables.$table.iter_mut().enumerate() {
                row.at = at(line as u32 + 1);
            })*
        };
    }
    move_here!(access ablation correlation importance residual_correlation deployments prediction_stats
        predictions lines_of_code runs config_history incidents alerts);
    batch
}

/// A system in good order: sources, jobs, tables, features and models of several teams, everything owned,
/// explained, pinned, watched and measured.
fn clean(seed: u64) -> Host {
    let mut maker = Maker {
        batch: Batch::new(SourceFile { path: "host".into(), format: "host", bytes: 0, hash: 0 }),
        line: 0,
    };
    let mut random = Random::new(seed);
    let teams = random.between(2, 4);
    for team in 0..teams {
        maker.team(&format!("team{team}"), &mut random);
    }
    host(format!("clean {seed}"), true, maker.batch)
}

struct Maker {
    batch: Batch,
    line: u32,
}

impl Maker {
    fn at(&mut self) -> Provenance {
        self.line += 1;
        Provenance::new(Batch::FILE, self.line, 1)
    }

    fn node(&mut self, id: &str, kind: NodeKind, owner: &str, said: &[(Attr, AttrValue)]) {
        let at = self.at();
        let reference = self.batch.reference(id);
        let node = self.batch.define(reference, kind, at);
        let common = [(Attr::Owner, text(owner)), (Attr::Purpose, text("clear"))];
        for (attr, value) in common.iter().chain(said) {
            node.set(*attr, value.clone(), at);
        }
    }

    fn data(&mut self, id: &str, kind: NodeKind, owner: &str, said: &[(Attr, AttrValue)]) {
        let mut all = vec![
            (Attr::SemanticType, text("count")),
            (Attr::CadenceDays, AttrValue::Number(1.0)),
            (Attr::Access, list(&["everybody"])),
            (Attr::Sla, text("daily")),
            (Attr::Contract, text("v1")),
            (Attr::Updated, AttrValue::Date(days_ago(1))),
            (Attr::LiveVersions, AttrValue::Number(1.0)),
        ];
        all.extend_from_slice(said);
        self.node(id, kind, owner, &all);
    }

    fn edge(&mut self, from: &str, to: &str, kind: EdgeKind) {
        let at = self.at();
        let (from, to) = (self.batch.reference(from), self.batch.reference(to));
        self.batch.edge(from, to, kind, at);
    }

    fn row<T>(&mut self, row: T) -> Row<T> {
        Row { row, at: self.at() }
    }

    /// One team with a source, a job, a table, and models with features of their own.
    fn team(&mut self, team: &str, random: &mut Random) {
        let (source, job, table) =
            (format!("source.{team}"), format!("job.{team}"), format!("dataset.{team}"));
        self.data(&source, NodeKind::Source, team, &[]);
        self.node(&job, NodeKind::Job, team, &[]);
        self.data(&table, NodeKind::Dataset, team, &[]);
        self.edge(&source, &job, EdgeKind::Feeds);
        self.edge(&job, &table, EdgeKind::Writes);
        for number in 0..random.between(2, 4) {
            self.model(team, number, &table, random);
        }
    }

    fn model(&mut self, team: &str, number: usize, table: &str, random: &mut Random) {
        let model = format!("model.{team}_{number}");
        let last =
            [Attr::LastTrained, Attr::LastEvaluated].map(|attr| (attr, AttrValue::Date(TODAY)));
        let family = (Attr::TargetFamily, text(&model));
        let said = [(Attr::Rationale, text("simple")), family, last[0].clone(), last[1].clone()];
        self.node(&model, NodeKind::Model, team, &said);
        let mut signals: Vec<String> = Vec::new();
        for feature in 0..random.between(2, 6) {
            let signal = format!("signal.{team}_{number}_{feature}");
            let said = [
                (Attr::Learned, AttrValue::Flag(false)),
                (Attr::PinnedVersion, text("1")),
                (Attr::Introduced, AttrValue::Date(days_ago(400))),
                (Attr::Changed, AttrValue::Date(days_ago(300))),
            ];
            self.data(&signal, NodeKind::Signal, team, &said);
            self.edge(table, &signal, EdgeKind::Derives);
            self.edge(&signal, &model, EdgeKind::InputTo(Phase::Both));
            let row = self.row(AblationRow {
                signal: signal.as_str().into(),
                model: model.as_str().into(),
                delta: random.number(0.01, 0.05),
                std_error: 0.0005,
                seeds: 5,
                date: days_ago(10),
                cost_hours: Some(random.number(3.0, 6.0)),
            });
            self.batch.tables.ablation.push(row);
            if let Some(before) = signals.last() {
                let (a, b) = (before.as_str().into(), signal.as_str().into());
                let rho = random.number(-0.3, 0.3);
                let row = self.row(CorrelationRow {
                    a,
                    b,
                    rho,
                    window: Some("2026-10".into()),
                    slice: None,
                });
                self.batch.tables.correlation.push(row);
            }
            signals.push(signal);
        }
        let prediction = format!("prediction.{team}_{number}");
        let said =
            [(Attr::ModelVersion, text("logged")), (Attr::IntendedUse, text("what it is for"))];
        self.data(&prediction, NodeKind::Prediction, team, &said);
        self.edge(&model, &prediction, EdgeKind::Emits);
        let monitor = format!("monitor.{team}_{number}");
        let watches = (Attr::Watches, list(&["prediction_diff", "bias", "drift"]));
        let coverage = (Attr::SliceCoverage, AttrValue::Number(0.95));
        self.node(&monitor, NodeKind::Monitor, team, &[watches, coverage]);
        self.edge(&prediction, &monitor, EdgeKind::Reads(undercurrent::model::Evidence::Declared));
    }
}
