//! A judged sample for the tests of reports.

use super::{Baseline, Judgement};
use crate::analysis::{Analysis, Settings, Weight, analyse};
use crate::model::SystemGraph;
use jiff::civil::{Date, date};

pub(super) const TODAY: Date = date(2026, 11, 25);

pub(super) struct Judged {
    pub(super) graph: SystemGraph,
    pub(super) analysis: Analysis,
    pub(super) settings: Settings,
}

impl Judged {
    pub(super) fn judgement(&self, baseline: Option<&Baseline>) -> Judgement<'_> {
        Judgement::new(&self.graph, &self.analysis, &self.settings, baseline, Weight::Warning)
    }
}

fn of(inputs: &[crate::import::Input]) -> Judged {
    let loaded = crate::import::load(inputs, &crate::import::Progress::default());
    let graph = loaded.expect("nobody cancels").graph;
    let settings = Settings::on(TODAY);
    Judged { analysis: analyse(&graph, &settings), graph, settings }
}

/// The large sample.
pub(super) fn judged() -> Judged {
    let files = crate::samples::Sample::find("ads_ranking").expect("a sample").files;
    of(&[crate::import::Input::Embedded(files)])
}

/// A small system that rules find something in, and `more` of its manifest.
pub(super) fn judged_beside(more: &str) -> (SystemGraph, Analysis, Settings) {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = format!(
        "undercurrent: 1
nodes:
  - {{id: topic, kind: signal, owner: growth, learned: true}}
  - {{id: ctr, kind: model, owner: ads, inputs: [topic], emits: [p_click]}}
  - {{id: p_click, kind: prediction, owner: ads, decides: [bid]}}
  - {{id: bid, kind: action, owner: ads, automatic: true, acts_on: [market]}}
  - {{id: market, kind: surface}}
{more}"
    );
    std::fs::write(folder.path().join("small.yaml"), manifest).expect("written");
    let judged = of(&[crate::import::Input::Path(folder.path().to_owned())]);
    (judged.graph, judged.analysis, judged.settings)
}
