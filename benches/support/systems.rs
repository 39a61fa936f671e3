//! Seeded systems of typed nodes: as large as wanted, with owners, loops through the world and tables in
//! proportion.

use super::support::graphs::Random;
use jiff::civil::{Date, date};
use undercurrent::model::{
    AblationRow, AccessRow, Attr, AttrValue, Batch, CorrelationRow, DeploymentRow, EdgeKind,
    Evidence, GraphBuilder, NodeKind, NodeRef, Phase, PredictionStatsRow, Provenance, Row,
    SourceFile, SystemGraph,
};

/// The day on which the system is judged.
pub(crate) const TODAY: Date = date(2026, 11, 15);

/// Nodes of one module: what one team builds round one model.
const MODULE: usize = 60;
/// Modules that act on one surface and learn from its log.
const SHARING: usize = 3;
/// Teams, each with many modules.
const TEAMS: usize = 40;

/// A system of about `nodes` nodes and three edges a node: modules of a source, datasets, jobs, signals, a
/// model, its prediction, monitors, tests and readers; a tenth of the edges from earlier modules; every
/// third module acts on a surface and learns from its log.
pub(crate) fn system(nodes: usize, seed: u64) -> SystemGraph {
    let mut builder = GraphBuilder::default();
    let file = SourceFile { path: "bench.yaml".into(), format: "bench", bytes: 0, hash: seed };
    let mut writer = Writer { batch: Batch::new(file), random: Random::new(seed), line: 0 };
    let mut signals: Vec<NodeRef> = Vec::new();
    let mut log = None;
    for module in 0..(nodes / MODULE).max(1) {
        if module % SHARING == 0 {
            log = Some(writer.surface(module));
        }
        let (surface, log) = log.expect("made for the first");
        let acts = module % SHARING != 1;
        writer.module(module, &mut signals, acts.then_some((surface, log)));
    }
    builder.add(writer.batch);
    builder.build().0
}

struct Writer {
    batch: Batch,
    random: Random,
    line: u32,
}

impl Writer {
    fn at(&mut self) -> Provenance {
        self.line += 1;
        Provenance::new(Batch::FILE, self.line, 1)
    }

    fn node(&mut self, kind: NodeKind, id: &str, module: usize) -> NodeRef {
        self.node_with(kind, id, module, [])
    }

    fn node_with<const N: usize>(
        &mut self,
        kind: NodeKind,
        id: &str,
        module: usize,
        attrs: [(Attr, AttrValue); N],
    ) -> NodeRef {
        let at = self.at();
        let changes = self.random.below(12) as f64;
        let node = self.batch.reference(id);
        let said = self.batch.define(node, kind, at);
        said.set(Attr::Owner, AttrValue::text(format!("team-{}", module % TEAMS)), at);
        said.set(Attr::Purpose, AttrValue::text("what it is for"), at);
        if changes < 6.0 {
            said.set(Attr::ChangesIn90Days, AttrValue::Number(changes), at);
        }
        for (attr, value) in attrs {
            said.set(attr, value, at);
        }
        node
    }

    fn edge(&mut self, from: NodeRef, to: NodeRef, kind: EdgeKind) {
        let at = self.at();
        self.batch.edge(from, to, kind, at);
    }

    fn surface(&mut self, module: usize) -> (NodeRef, NodeRef) {
        let surface = self.node(NodeKind::Surface, &format!("surface.{module}"), module);
        let log = self.node(NodeKind::Dataset, &format!("dataset.log{module}"), module);
        self.edge(surface, log, EdgeKind::LoggedAs);
        (surface, log)
    }

    fn pick(&mut self, from: &[NodeRef]) -> NodeRef {
        from[self.random.below(from.len())]
    }

    /// About [`MODULE`] nodes.
    fn module(&mut self, m: usize, signals: &mut Vec<NodeRef>, world: Option<(NodeRef, NodeRef)>) {
        let mut data: Vec<NodeRef> = vec![self.node(NodeKind::Source, &format!("source.{m}"), m)];
        data.extend(world.map(|(_, log)| log));
        for k in 0..9 {
            let job = self.node(NodeKind::Job, &format!("job.{m}.{k}"), m);
            for _ in 0..3 + self.random.below(4) {
                // Mostly what came last: pipelines, not one flat layer.
                let back = 1 + self.random.below(data.len().min(5));
                let from = data[data.len() - back];
                self.edge(from, job, EdgeKind::Reads(Evidence::Declared));
            }
            for part in 0..2 {
                let dataset = self.node(NodeKind::Dataset, &format!("dataset.{m}.{k}.{part}"), m);
                self.edge(job, dataset, EdgeKind::Writes);
                data.push(dataset);
            }
        }
        let own = self.signals(m, &data, signals);
        let model = self.model(m, &own, &data, signals);
        let prediction = self.node(NodeKind::Prediction, &format!("prediction.{m}"), m);
        self.edge(model, prediction, EdgeKind::Emits);
        self.readers(m, prediction, &data);
        if let Some((surface, _)) = world {
            let action = self.node(NodeKind::Action, &format!("action.{m}"), m);
            self.edge(prediction, action, EdgeKind::Decides);
            self.edge(action, surface, EdgeKind::ActsOn);
        }
        signals.extend(own);
        self.tables(m);
    }

    fn signals(&mut self, m: usize, data: &[NodeRef], others: &[NodeRef]) -> Vec<NodeRef> {
        let mut own = Vec::new();
        for k in 0..14 {
            let signal = self.node(NodeKind::Signal, &format!("signal.{m}.{k}"), m);
            for _ in 0..4 + self.random.below(5) {
                let from = if !others.is_empty() && self.random.unit() < 0.1 {
                    self.pick(others)
                } else {
                    self.pick(data)
                };
                self.edge(from, signal, EdgeKind::Derives);
            }
            own.push(signal);
        }
        own
    }

    fn model(
        &mut self,
        m: usize,
        own: &[NodeRef],
        data: &[NodeRef],
        others: &[NodeRef],
    ) -> NodeRef {
        let criticality = AttrValue::Number(self.random.unit());
        let trained = AttrValue::Date(date(2026, 1 + self.random.below(11) as i8, 5));
        let said = [(Attr::Criticality, criticality), (Attr::LastTrained, trained)];
        let model = self.node_with(NodeKind::Model, &format!("model.{m}"), m, said);
        for &signal in own {
            self.edge(signal, model, EdgeKind::InputTo(Phase::Both));
        }
        for _ in 0..6 {
            if !others.is_empty() {
                let other = self.pick(others);
                self.edge(other, model, EdgeKind::InputTo(Phase::Both));
            }
        }
        self.edge(data[data.len() - 1], model, EdgeKind::InputTo(Phase::Train));
        model
    }

    fn readers(&mut self, m: usize, prediction: NodeRef, data: &[NodeRef]) {
        for k in 0..4 {
            let reader = self.node(NodeKind::Consumer, &format!("consumer.{m}.{k}"), m);
            self.edge(prediction, reader, EdgeKind::Reads(Evidence::Declared));
        }
        let plane = self.node(NodeKind::ControlPlane, &format!("control_plane.{m}"), m);
        for k in 0..3 {
            let monitor = self.node(NodeKind::Monitor, &format!("monitor.{m}.{k}"), m);
            self.edge(prediction, monitor, EdgeKind::Reads(Evidence::Declared));
            let watched = self.pick(data);
            self.edge(watched, monitor, EdgeKind::Reads(Evidence::Declared));
            self.edge(monitor, plane, EdgeKind::Alerts);
        }
        for k in 0..7 {
            let test = self.node(NodeKind::Test, &format!("test.{m}.{k}"), m);
            let tested = self.pick(data);
            self.edge(tested, test, EdgeKind::Reads(Evidence::Declared));
        }
    }

    /// What is measured of a module: a row of ablation a signal, some correlations, a month of reads of
    /// its prediction, a quarter of deployments and of statistics.
    fn tables(&mut self, m: usize) {
        let day = |k: usize| date(2026, 8 + (k / 28) as i8, 1 + (k % 28) as i8);
        let model: Box<str> = format!("model.{m}").into();
        let signal = |k: usize| -> Box<str> { format!("signal.{m}.{k}").into() };
        for k in 0..14 {
            let row = AblationRow {
                signal: signal(k),
                model: model.clone(),
                delta: self.random.unit() * 0.01,
                std_error: 0.001,
                seeds: 8,
                date: day(60 + k),
                cost_hours: Some(4.0),
            };
            let at = self.at();
            self.batch.tables.ablation.push(Row { row, at });
        }
        for k in 0..6 {
            let rho = self.random.unit() * 2.0 - 1.0;
            let row =
                CorrelationRow { a: signal(k), b: signal(k + 7), rho, window: None, slice: None };
            let at = self.at();
            self.batch.tables.correlation.push(Row { row, at });
        }
        for k in 0..30 {
            let row = AccessRow {
                date: day(70 + k),
                reader: format!("consumer.{m}.{}", k % 4).into(),
                target: format!("prediction.{m}").into(),
                reads: 1 + k as u64,
            };
            let at = self.at();
            self.batch.tables.access.push(Row { row, at });
        }
        for k in 0..12 {
            let at = self.at();
            let row = DeploymentRow {
                model: model.clone(),
                version: format!("{k}").into(),
                date: day(7 * k),
                metric: "auc".into(),
                before: 0.7,
                after: 0.7 + self.random.unit() * 0.01,
            };
            self.batch.tables.deployments.push(Row { row, at });
            let row = PredictionStatsRow {
                model: model.clone(),
                version: None,
                slice: "all".into(),
                date: day(7 * k),
                n: 10_000,
                mean_prediction: 0.05 + self.random.unit() * 0.01,
                mean_label: 0.055,
                std_error: None,
                psi: None,
            };
            self.batch.tables.prediction_stats.push(Row { row, at });
        }
    }
}
