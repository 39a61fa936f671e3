//! A node's debt, opened to its terms: score, formula, clusters, findings, rows.

use super::evidence::number;
use super::findings::{detail_ui, sign};
use crate::analysis::Analysis;
use crate::analysis::score::Share;
use crate::model::{NodeIx, SystemGraph};
use crate::scene::Theme;
use crate::session::{Command, Session};
use egui::{CollapsingHeader, Label, RichText, Ui};

/// Session, graph and theme: what every part reads.
type Shown<'a> = (&'a Session, &'a SystemGraph, &'a Theme);

/// What the score is made of; every cluster opens to its findings, every finding to its evidence.
pub(super) fn terms_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    analysis: &Analysis,
    node: NodeIx,
    commands: &mut Vec<Command>,
) {
    let mut shares = analysis.scores.shares(node);
    shares.sort_by(|a, b| b.hours().total_cmp(&a.hours()).then(a.cluster.cmp(&b.cluster)));
    for share in shares {
        share_ui(ui, shown, analysis, &share, commands);
    }
    let score = analysis.scores.node(node);
    let line = |ui: &mut Ui, words: String| {
        ui.add(Label::new(words).wrap());
    };
    line(ui, format!("Own: {} hours a year, the sum of these", one(score.own)));
    line(ui, format!("Criticality downstream, halved a step: {:.2}", score.exposure));
    line(ui, format!("Changes in 90 days: {}", number(score.changes)));
    line(
        ui,
        format!(
            "Heat: own × (1 + log₂(1 + downstream)) × (1 + log₂(1 + changes)) = {}",
            one(score.hot)
        ),
    );
    line(ui, format!("Score: 100 × (1 − e^(−heat / 200)) = {}", one(score.score)));
    if score.accepted > 0.0 {
        line(ui, format!("Of its own, accepted: {}", one(score.accepted)));
    }
    let apart = format!("Inherited from upstream, apart: {} hours a year", one(score.inherited));
    ui.add(Label::new(RichText::new(apart).weak()).wrap());
}

fn one(value: f64) -> String {
    number((value * 10.0).round() / 10.0)
}

/// A cluster of findings of one cause: the one that adds most counts.
fn share_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    analysis: &Analysis,
    share: &Share,
    commands: &mut Vec<Command>,
) {
    let (_, graph, theme) = shown;
    let first = &analysis.findings[share.cluster as usize];
    let about = if first.subject == share.node {
        String::new()
    } else {
        format!(" about {}", graph.name(first.subject))
    };
    let title = format!(
        "{}{about}: {} h × {:.2} = {}",
        first.family(),
        one(share.interest),
        share.share,
        one(share.hours())
    );
    CollapsingHeader::new(title).id_salt(("share", share.cluster)).show(ui, |ui| {
        if analysis.of_cluster(share.cluster).nth(1).is_some() {
            ui.weak("One cause: only the largest of these counts.");
        }
        for at in analysis.of_cluster(share.cluster) {
            let finding = &analysis.findings[at as usize];
            let (mark, ink) = sign(finding.weight, theme);
            let counts = if at == share.finding { "" } else { ", not counted again" };
            let title = format!("{mark} {}: {} h{counts}", finding.code, one(finding.interest()));
            CollapsingHeader::new(RichText::new(title).color(ink)).id_salt(("finding", at)).show(
                ui,
                |ui| {
                    detail_ui(ui, finding, shown, commands);
                },
            );
        }
    });
}
