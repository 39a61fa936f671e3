//! Plants of the rules of section 2: entanglement, cascades, undeclared consumers.

use crate::Plant;
use crate::site::{Expected, Site, date, days_ago, expected, list, number, text};
use undercurrent::model::{Attr, AttrValue, EdgeKind, Evidence, NodeKind, Phase};

pub(crate) const PLANTS: &[Plant] = &[
    Plant { code: "CON001", name: "reads in a log", plant: undeclared_reads },
    Plant { code: "CON001", name: "reads that lead to an action", plant: acting_reads },
    Plant { code: "CON001", name: "reads seen in run events", plant: observed_edge },
    Plant { code: "CON002", name: "open prediction", plant: open_prediction },
    Plant { code: "CON002", name: "shared signal", plant: shared_signal },
    Plant { code: "COR001", name: "marked chain", plant: marked_chain },
    Plant { code: "COR001", name: "heavy input", plant: heavy_input },
    Plant { code: "COR002", name: "gains and losses", plant: gains_and_losses },
    Plant { code: "COR002", name: "between owners", plant: between_owners },
    Plant { code: "ENT001", name: "wide signal", plant: wide_signal },
    Plant { code: "ENT001", name: "shifted importance", plant: shifted_importance },
    Plant { code: "ENT002", name: "alike errors", plant: alike_errors },
    Plant { code: "ENT003", name: "unwatched", plant: unwatched },
    Plant { code: "ENT003", name: "few slices", plant: few_slices },
    Plant { code: "ENT003", name: "changed slice", plant: changed_slice },
];

/// Something of the host that is read: data that two jobs read under accounts that no log shows stays open,
/// so it is no place for this plant.
fn read_target(site: &mut Site<'_>) -> String {
    let found = site.some(&[NodeKind::Prediction, NodeKind::Signal, NodeKind::Source]);
    found.unwrap_or_else(|| {
        let model = site.fresh_model(&[]);
        site.prediction(&model, &[])
    })
}

fn log_reads(site: &mut Site<'_>, reader: &str, target: &str, miss: bool) {
    let days = if miss { 1 } else { site.random.between(2, 9) };
    let first = site.random.between(1, 15);
    for day in 0..days {
        let reads = site.random.between(2, 400) as u64;
        site.read(reader, target, days_ago((first + day) as i64), reads);
    }
}

fn undeclared_reads(site: &mut Site<'_>, miss: bool) -> Expected {
    let target = read_target(site);
    let reader = format!("svc-{}", site.random.next() % 1000);
    log_reads(site, &reader, &target, miss);
    expected(&target, [&format!("reader:{reader}")])
}

fn acting_reads(site: &mut Site<'_>, miss: bool) -> Expected {
    let target = read_target(site);
    let reader = site.fresh(NodeKind::Consumer, &[]);
    let action = site.fresh(NodeKind::Action, &[]);
    site.edge(&reader, &action, EdgeKind::Decides, &[]);
    if miss {
        site.edge(&target, &reader, EdgeKind::Reads(Evidence::Declared), &[]);
    }
    log_reads(site, &reader, &target, false);
    expected(&target, [&reader, &action])
}

fn observed_edge(site: &mut Site<'_>, miss: bool) -> Expected {
    let target = site.data();
    let reader = site.fresh(NodeKind::Job, &[]);
    let reads = site.random.between(3, 50) as f64;
    let days = if miss { 1.0 } else { site.random.between(2, 20) as f64 };
    let said = [
        (Attr::ReadCount, number(reads.max(days))),
        (Attr::ReadDays, number(days)),
        (Attr::LastSeen, date(2)),
    ];
    site.edge(&target, &reader, EdgeKind::Reads(Evidence::Observed), &said);
    expected(&target, [&reader])
}

fn open_prediction(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let mut said = vec![(Attr::Access, list(&["ads"])), (Attr::Sla, text("daily"))];
    if !miss {
        let gone = site.random.between(0, 1);
        said.remove(gone);
    }
    let prediction = site.prediction(&model, &said);
    expected(&prediction, [])
}

fn shared_signal(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[(Attr::Owner, text("planted readers"))]);
    let owner = if miss { "planted readers" } else { "planted makers" };
    let said = [(Attr::Owner, text(owner)), (Attr::Access, list(&["everybody"]))];
    let signal = site.signal(&model, &said);
    expected(&signal, [&model])
}

/// Models of one family upon one another; the first may be the host's.
fn chain(
    site: &mut Site<'_>,
    corrections: usize,
    input: &[(Attr, AttrValue)],
    owned: bool,
) -> Vec<String> {
    let mut models: Vec<String> = Vec::new();
    for at in 0..=corrections {
        let owner = if owned { format!("planted {at}") } else { "planted".to_owned() };
        let said = [(Attr::TargetFamily, text("planted")), (Attr::Owner, text(&owner))];
        let model = site.fresh_model(&said);
        if let Some(base) = models.last() {
            let base = base.clone();
            let prediction = site.prediction(&base, &[]);
            site.edge(&prediction, &model, EdgeKind::InputTo(Phase::Both), input);
        }
        models.push(model);
    }
    models
}

fn marked_chain(site: &mut Site<'_>, miss: bool) -> Expected {
    let corrections = site.random.between(1, 5);
    let marks = ["residual", "offset"];
    let role = if miss { "embedding" } else { *site.random.pick(&marks) };
    let models = chain(site, corrections, &[(Attr::Role, text(role))], true);
    expected(&models[corrections], &models[..corrections])
}

fn heavy_input(site: &mut Site<'_>, miss: bool) -> Expected {
    let weight = if miss { site.random.number(0.1, 0.49) } else { site.random.number(0.5, 1.0) };
    let models = chain(site, 1, &[(Attr::Importance, number(weight))], true);
    expected(&models[1], [&models[0]])
}

fn gains_and_losses(site: &mut Site<'_>, miss: bool) -> Expected {
    let models = chain(site, 1, &[(Attr::Role, text("feature"))], false);
    let gains = site.random.between(2, 6);
    for gain in 0..gains {
        let day = 30 + 40 * gain as i64;
        let after = if miss { 20 } else { site.random.between(0, 14) as i64 };
        site.deployment(&models[0], days_ago(day), 0.7, 0.71);
        site.deployment(&models[1], days_ago(day - after), 0.6, 0.59);
    }
    expected(&models[0], [&models[1]])
}

fn between_owners(site: &mut Site<'_>, miss: bool) -> Expected {
    let models = chain(site, 1, &[(Attr::Role, text("residual"))], true);
    if miss {
        site.annotate(&models[1].clone(), Attr::JointEvaluation, AttrValue::Flag(true));
    }
    expected(&models[1], [&models[0]])
}

/// Enough models to make a quarter of all, by several teams.
fn wide_signal(site: &mut Site<'_>, miss: bool) -> Expected {
    let known = site.host.ids.get(&NodeKind::Model).map_or(0, Vec::len);
    let count = known.div_ceil(3).max(2) + site.random.between(0, 2);
    let models: Vec<String> = (0..count)
        .map(|at| site.fresh_model(&[(Attr::Owner, text(&format!("planted {}", at % 3)))]))
        .collect();
    let signal = site.fresh(NodeKind::Signal, &[(Attr::JoinKey, AttrValue::Flag(miss))]);
    for model in &models {
        site.input(&signal, model);
    }
    expected(&signal, &models)
}

fn shifted_importance(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let taken = site.signal(&model, &[]);
    let others: Vec<String> =
        (0..site.random.between(2, 5)).map(|_| site.signal(&model, &[])).collect();
    site.importance(&model, &taken, 0.05, None);
    let shift = if miss { site.random.number(0.0, 0.25) } else { site.random.number(0.32, 1.0) };
    for (at, other) in others.iter().enumerate() {
        let before = site.random.number(0.1, 0.3);
        let sign = if at % 2 == 0 { 1.0 } else { -1.0 };
        site.importance(&model, other, before, None);
        site.importance(&model, other, (before * (1.0 + sign * shift)).max(0.0), Some(&taken));
    }
    expected(&taken, [&model])
}

fn alike_errors(site: &mut Site<'_>, miss: bool) -> Expected {
    let ensemble = site.fresh_model(&[]);
    let members: Vec<String> = (0..site.random.between(2, 4))
        .map(|_| site.fresh_model(&[(Attr::Ensemble, text(&ensemble))]))
        .collect();
    let rises = site.random.between(0, 1) == 0;
    for at in 1..members.len() {
        let (rho, baseline) = match (miss, rises) {
            (true, _) => (site.random.number(0.0, 0.5), None),
            (false, true) => (0.4, Some(site.random.number(0.0, 0.29))),
            (false, false) => (site.random.number(0.61, 1.0), None),
        };
        site.residual(&ensemble, &members[at - 1], &members[at], rho, baseline);
    }
    expected(&ensemble, &members)
}

/// A prediction of a fresh model with a monitor; slices of the host's models are another matter.
fn watched(site: &mut Site<'_>, said: &[(Attr, AttrValue)]) -> (String, String, String) {
    let model = site.fresh_model(&[]);
    let prediction = site.prediction(&model, &[]);
    let monitor = site.fresh(NodeKind::Monitor, said);
    site.edge(&prediction, &monitor, EdgeKind::Reads(Evidence::Declared), &[]);
    (model, prediction, monitor)
}

fn unwatched(site: &mut Site<'_>, miss: bool) -> Expected {
    let what = if miss { "prediction_diff" } else { "drift" };
    let said = [(Attr::Watches, list(&[what])), (Attr::SliceCoverage, number(0.9))];
    if !miss && site.random.between(0, 1) == 0 {
        let model = site.model();
        let prediction = site.prediction(&model, &[]);
        return expected(&prediction, [&model]);
    }
    let (model, prediction, _) = watched(site, &said);
    expected(&prediction, [&model])
}

fn few_slices(site: &mut Site<'_>, miss: bool) -> Expected {
    let coverage = if miss { 0.8 } else { site.random.number(0.0, 0.79) };
    let said =
        [(Attr::Watches, list(&["prediction_diff"])), (Attr::SliceCoverage, number(coverage))];
    let (_, prediction, monitor) = watched(site, &said);
    expected(&prediction, [&monitor])
}

fn changed_slice(site: &mut Site<'_>, miss: bool) -> Expected {
    let said = [(Attr::Watches, list(&["prediction_diff"])), (Attr::SliceCoverage, number(1.0))];
    let (model, prediction, _) = watched(site, &said);
    let (rows, psi) = if miss {
        (site.random.between(10, 499) as u64, 0.9)
    } else {
        (site.random.between(500, 100_000) as u64, site.random.number(0.25, 2.0))
    };
    site.psi(&model, "country=PL", rows, psi);
    expected(&prediction, [&model])
}
