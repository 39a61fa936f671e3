//! Where a debt is planted: a further file of the host's project.

use crate::hosts::Host;
use jiff::civil::Date;
use undercurrent::model::{
    AblationRow, AccessRow, Attr, AttrValue, Batch, CorrelationRow, DeploymentRow, EdgeKind,
    ImportanceRow, NodeKind, Phase, PredictionStatsRow, Provenance, ResidualCorrelationRow, Row,
    SourceFile,
};

/// The day on which ages are judged.
pub(crate) const TODAY: Date = Date::constant(2026, 11, 15);

/// Whom the rule must name.
pub(crate) struct Expected {
    pub(crate) subject: String,
    pub(crate) others: Vec<String>,
}

/// Steele, Lea and Flood's SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly in `least..=most`.
    pub(crate) fn between(&mut self, least: usize, most: usize) -> usize {
        least + (self.next() % (most - least + 1) as u64) as usize
    }

    /// Evenly between two numbers.
    pub(crate) fn number(&mut self, least: f64, most: f64) -> f64 {
        least + (self.next() >> 11) as f64 / (1u64 << 53) as f64 * (most - least)
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.between(0, from.len() - 1)]
    }
}

/// The file that plants are written in.
pub(crate) fn file() -> SourceFile {
    SourceFile { path: "planted.yaml".into(), format: "planted", bytes: 0, hash: 0 }
}

/// A file in the making, beside a host.
pub(crate) struct Site<'h> {
    pub(crate) host: &'h Host,
    pub(crate) random: Random,
    pub(crate) batch: Batch,
    count: usize,
}

impl<'h> Site<'h> {
    pub(crate) fn new(host: &'h Host, seed: u64) -> Self {
        // Seeds of neighbouring hosts must not give the same numbers.
        let random = Random::new(seed ^ (host.name.len() as u64) << 32);
        Self { host, random, batch: Batch::new(file()), count: 0 }
    }

    pub(crate) fn finish(self) -> Batch {
        self.batch
    }

    fn at(&mut self) -> Provenance {
        self.count += 1;
        Provenance::new(Batch::FILE, self.count as u32, 1)
    }

    /// A row of a table of this file.
    pub(crate) fn row<T>(&mut self, row: T) -> Row<T> {
        Row { row, at: self.at() }
    }

    /// A node that the host does not have.
    pub(crate) fn fresh(&mut self, kind: NodeKind, said: &[(Attr, AttrValue)]) -> String {
        let at = self.at();
        let id = format!("planted.{}_{}", kind.meta().key, self.count);
        let reference = self.batch.reference(&id);
        let node = self.batch.define(reference, kind, at);
        for (attr, value) in said {
            node.set(*attr, value.clone(), at);
        }
        id
    }

    /// Says something of a node that is there.
    pub(crate) fn annotate(&mut self, id: &str, attr: Attr, value: AttrValue) {
        let at = self.at();
        let reference = self.batch.reference(id);
        self.batch.annotate(reference, at).set(attr, value, at);
    }

    pub(crate) fn edge(
        &mut self,
        from: &str,
        to: &str,
        kind: EdgeKind,
        said: &[(Attr, AttrValue)],
    ) {
        let at = self.at();
        let (from, to) = (self.batch.reference(from), self.batch.reference(to));
        let edge = self.batch.edge(from, to, kind, at);
        for (attr, value) in said {
            edge.set(*attr, value.clone(), at);
        }
    }

    pub(crate) fn input(&mut self, from: &str, model: &str) {
        self.edge(from, model, EdgeKind::InputTo(Phase::Both), &[]);
    }

    /// A node of the host that holds data, if it has any of these kinds.
    pub(crate) fn some(&mut self, kinds: &[NodeKind]) -> Option<String> {
        let all: Vec<&String> =
            kinds.iter().filter_map(|kind| self.host.ids.get(kind)).flatten().collect();
        if all.is_empty() { None } else { Some((*self.random.pick(&all)).clone()) }
    }

    /// Data of the host, or a fresh source.
    pub(crate) fn data(&mut self) -> String {
        let found = self.some(&[NodeKind::Source, NodeKind::Dataset, NodeKind::Signal]);
        found.unwrap_or_else(|| self.fresh(NodeKind::Source, &[]))
    }

    /// A model of the host, or in two of three cases a fresh one that takes in some of its data.
    pub(crate) fn model(&mut self) -> String {
        let known =
            if self.random.between(0, 2) == 0 { self.some(&[NodeKind::Model]) } else { None };
        known.unwrap_or_else(|| self.fresh_model(&[]))
    }

    pub(crate) fn fresh_model(&mut self, said: &[(Attr, AttrValue)]) -> String {
        let data = self.data();
        let model = self.fresh(NodeKind::Model, said);
        self.edge(&data, &model, EdgeKind::InputTo(Phase::Train), &[(Attr::Role, text("label"))]);
        model
    }

    /// What a model emits.
    pub(crate) fn prediction(&mut self, model: &str, said: &[(Attr, AttrValue)]) -> String {
        let prediction = self.fresh(NodeKind::Prediction, said);
        self.edge(model, &prediction, EdgeKind::Emits, &[]);
        prediction
    }

    /// A signal made of the host's data that goes into a model.
    pub(crate) fn signal(&mut self, model: &str, said: &[(Attr, AttrValue)]) -> String {
        let data = self.data();
        let signal = self.fresh(NodeKind::Signal, said);
        self.edge(&data, &signal, EdgeKind::Derives, &[]);
        self.input(&signal, model);
        signal
    }

    pub(crate) fn ablation(
        &mut self,
        signal: &str,
        model: &str,
        delta: f64,
        error: f64,
        date: Date,
    ) {
        let row = self.row(AblationRow {
            signal: signal.into(),
            model: model.into(),
            delta,
            std_error: error,
            seeds: 5,
            date,
            cost_hours: None,
        });
        self.batch.tables.ablation.push(row);
    }

    pub(crate) fn correlation(&mut self, a: &str, b: &str, rho: f64, window: &str) {
        let window = Some(window.into());
        let row = self.row(CorrelationRow { a: a.into(), b: b.into(), rho, window, slice: None });
        self.batch.tables.correlation.push(row);
    }

    pub(crate) fn importance(
        &mut self,
        model: &str,
        signal: &str,
        importance: f64,
        without: Option<&str>,
    ) {
        let row = self.row(ImportanceRow {
            model: model.into(),
            signal: signal.into(),
            importance,
            without: without.map(Into::into),
        });
        self.batch.tables.importance.push(row);
    }

    pub(crate) fn residual(
        &mut self,
        ensemble: &str,
        a: &str,
        b: &str,
        rho: f64,
        baseline: Option<f64>,
    ) {
        let row = self.row(ResidualCorrelationRow {
            ensemble: ensemble.into(),
            a: a.into(),
            b: b.into(),
            rho,
            baseline,
        });
        self.batch.tables.residual_correlation.push(row);
    }

    pub(crate) fn deployment(&mut self, model: &str, date: Date, before: f64, after: f64) {
        let row = self.row(DeploymentRow {
            model: model.into(),
            version: "1".into(),
            date,
            metric: "auc".into(),
            before,
            after,
        });
        self.batch.tables.deployments.push(row);
    }

    pub(crate) fn read(&mut self, reader: &str, target: &str, date: Date, reads: u64) {
        let row = self.row(AccessRow { date, reader: reader.into(), target: target.into(), reads });
        self.batch.tables.access.push(row);
    }

    pub(crate) fn psi(&mut self, model: &str, slice: &str, n: u64, psi: f64) {
        let row = self.row(PredictionStatsRow {
            model: model.into(),
            version: None,
            slice: slice.into(),
            date: days_ago(3),
            n,
            mean_prediction: 0.1,
            mean_label: 0.1,
            std_error: None,
            psi: Some(psi),
        });
        self.batch.tables.prediction_stats.push(row);
    }
}

pub(crate) fn text(text: &str) -> AttrValue {
    AttrValue::text(text)
}

pub(crate) fn list(items: &[&str]) -> AttrValue {
    AttrValue::List(items.iter().map(|&item| item.into()).collect())
}

pub(crate) fn number(value: f64) -> AttrValue {
    AttrValue::Number(value)
}

pub(crate) fn flag(value: bool) -> AttrValue {
    AttrValue::Flag(value)
}

/// So many days before the one on which ages are judged.
pub(crate) fn date(days: i64) -> AttrValue {
    AttrValue::Date(days_ago(days))
}

/// A day before the one on which ages are judged.
pub(crate) fn days_ago(days: i64) -> Date {
    TODAY.saturating_sub(jiff::Span::new().days(days))
}

pub(crate) fn expected<'s>(
    subject: &str,
    others: impl IntoIterator<Item = &'s String>,
) -> Expected {
    Expected { subject: subject.to_owned(), others: others.into_iter().cloned().collect() }
}
