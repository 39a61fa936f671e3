//! Plants of the rules of section 3: unstable, underutilized and unknown data dependencies.

use crate::Plant;
use crate::site::{Expected, Site, date, days_ago, expected, flag, list, number, text};
use undercurrent::model::{Attr, EdgeKind, Evidence, NodeKind, Phase};

pub(crate) const PLANTS: &[Plant] = &[
    Plant { code: "DEP001", name: "learned signal", plant: learned_signal },
    Plant { code: "DEP001", name: "another model's output", plant: another_output },
    Plant { code: "DEP002", name: "another team's signal", plant: another_team },
    Plant { code: "DEP003", name: "change without evaluation", plant: silent_change },
    Plant { code: "DEP004", name: "stale", plant: stale },
    Plant { code: "DEP004", name: "many and behind", plant: many_copies },
    Plant { code: "STA001", name: "one annotation less", plant: one_less },
    Plant { code: "STA002", name: "reference to nothing", plant: dangling },
    Plant { code: "STA002", name: "deprecated and needed", plant: deprecated },
    Plant { code: "STA003", name: "long chain", plant: long_chain },
    Plant { code: "STA003", name: "many ancestors", plant: many_ancestors },
    Plant { code: "UTL001", name: "legacy", plant: legacy },
    Plant { code: "UTL002", name: "member of a bundle", plant: bundled },
    Plant { code: "UTL003", name: "tiny gain", plant: tiny_gain },
    Plant { code: "UTL004", name: "duplicates", plant: duplicates },
    Plant { code: "UTL005", name: "never measured", plant: never_measured },
    Plant { code: "UTL006", name: "product numbers", plant: product_numbers },
];

fn learned_signal(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let mut said =
        vec![(Attr::Learned, flag(true)), (Attr::Online, flag(site.random.between(0, 1) == 0))];
    if miss {
        said.push((Attr::PinnedVersion, text("7")));
    }
    let signal = site.signal(&model, &said);
    expected(&signal, [&model])
}

fn another_output(site: &mut Site<'_>, miss: bool) -> Expected {
    let (base, model) = (site.model(), site.fresh_model(&[(Attr::JointTraining, flag(miss))]));
    let prediction = site.prediction(&base, &[]);
    site.input(&prediction, &model);
    expected(&prediction, [&model])
}

fn another_team(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[(Attr::Owner, text("planted readers"))]);
    let mut said = vec![(Attr::Owner, text("planted makers"))];
    if miss {
        said.push(match site.random.between(0, 2) {
            0 => (Attr::PinnedVersion, text("3")),
            1 => (Attr::Contract, text("v3")),
            _ => (Attr::Owner, text("planted readers")),
        });
    }
    let signal = site.signal(&model, &said);
    expected(&signal, [&model])
}

fn silent_change(site: &mut Site<'_>, miss: bool) -> Expected {
    let changed = site.random.between(7, 200) as i64;
    let evaluated = if miss { changed - 1 } else { changed + site.random.between(1, 90) as i64 };
    let model = site.fresh_model(&[(Attr::LastEvaluated, date(evaluated))]);
    let signal = site.signal(&model, &[(Attr::Changed, date(changed))]);
    expected(&signal, [&model])
}

/// Data of the host, or fresh data where it has none.
fn some_data(site: &mut Site<'_>) -> String {
    let found = site.some(&[NodeKind::Source, NodeKind::Dataset, NodeKind::Signal]);
    found.unwrap_or_else(|| site.fresh(NodeKind::Dataset, &[]))
}

fn stale(site: &mut Site<'_>, miss: bool) -> Expected {
    let cadence = site.random.between(1, 60) as f64;
    let oldest = (3.0 * cadence).max(90.0);
    let age = if miss { oldest } else { oldest + site.random.between(1, 500) as f64 };
    // Fresh: of two files the one that saw the later update counts.
    let said = [(Attr::CadenceDays, number(cadence)), (Attr::Updated, date(age as i64))];
    let data = site.fresh(NodeKind::Dataset, &said);
    let from = site.data();
    site.edge(&from, &data, EdgeKind::Derives, &[]);
    expected(&data, [])
}

fn many_copies(site: &mut Site<'_>, miss: bool) -> Expected {
    let data = if miss { site.fresh(NodeKind::Dataset, &[]) } else { some_data(site) };
    let (lag, live) = match (miss, site.random.between(0, 2)) {
        (true, _) => (1.0, 2.0),
        (_, 0) => (site.random.between(2, 9) as f64, 1.0),
        (_, 1) => (0.0, site.random.between(3, 9) as f64),
        _ => (site.random.between(2, 9) as f64, site.random.between(3, 9) as f64),
    };
    site.annotate(&data, Attr::VersionLag, number(lag));
    site.annotate(&data, Attr::LiveVersions, number(live));
    expected(&data, [])
}

/// A signal that lacks one of what its neighbours in the file have.
fn one_less(site: &mut Site<'_>, miss: bool) -> Expected {
    let full = [
        (Attr::Owner, text("planted")),
        (Attr::Purpose, text("clear")),
        (Attr::SemanticType, text("count")),
        (Attr::CadenceDays, number(1.0)),
        (Attr::Access, list(&["everybody"])),
    ];
    let model = site.model();
    for _ in 0..site.random.between(2, 4) {
        site.signal(&model, &full);
    }
    let mut said = full.to_vec();
    if !miss {
        let gone = site.random.between(0, full.len() - 1);
        said.remove(gone);
    }
    let signal = site.signal(&model, &said);
    expected(&signal, [])
}

fn dangling(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let id = format!("signal.nowhere_{}", site.random.next() % 1000);
    if miss {
        let own = site.signal(&model, &[]);
        return expected(&own, []);
    }
    site.input(&id, &model);
    expected(&id, [&model])
}

fn deprecated(site: &mut Site<'_>, miss: bool) -> Expected {
    let attr = *site.random.pick(&[Attr::Deprecated, Attr::Expires]);
    let since = site.random.between(0, 300) as i64 - 100;
    let data = site.data();
    let signal = site.fresh(NodeKind::Signal, &[(attr, date(since))]);
    site.edge(&data, &signal, EdgeKind::Derives, &[]);
    if miss {
        let test = site.fresh(NodeKind::Test, &[]);
        site.edge(&signal, &test, EdgeKind::Reads(Evidence::Declared), &[]);
        return expected(&signal, []);
    }
    let model = site.fresh_model(&[]);
    site.input(&signal, &model);
    expected(&signal, [&model])
}

fn long_chain(site: &mut Site<'_>, miss: bool) -> Expected {
    let steps = if miss { 8 } else { site.random.between(9, 40) };
    let mut last = site.fresh(NodeKind::Source, &[]);
    for step in 1..steps {
        let kind = if step % 2 == 1 { NodeKind::Job } else { NodeKind::Dataset };
        let next = site.fresh(kind, &[]);
        let edge = if step % 2 == 1 { EdgeKind::Feeds } else { EdgeKind::Writes };
        site.edge(&last, &next, edge, &[]);
        last = next;
    }
    let model = site.fresh(NodeKind::Model, &[]);
    site.edge(&last, &model, EdgeKind::InputTo(Phase::Train), &[]);
    expected(&model, [])
}

fn many_ancestors(site: &mut Site<'_>, miss: bool) -> Expected {
    let count = if miss { 200 } else { site.random.between(201, 260) };
    let model = site.fresh(NodeKind::Model, &[]);
    for _ in 0..count {
        let signal = site.fresh(NodeKind::Signal, &[]);
        site.input(&signal, &model);
    }
    expected(&model, [])
}

fn legacy(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let age = site.random.between(400, 2000) as i64;
    let old = site.signal(&model, &[(Attr::Introduced, date(age))]);
    let young = site.random.between(20, 300) as i64;
    let newer = site.signal(&model, &[(Attr::Introduced, date(young))]);
    let now = if miss { 0.004 } else { site.random.number(-0.001, 0.001) };
    let once = site.random.number(0.01, 0.05);
    site.ablation(&old, &model, once, 0.001, days_ago(age - 10));
    site.ablation(&old, &model, now, 0.0003, days_ago(20));
    site.ablation(&newer, &model, 0.02, 0.0005, days_ago(20));
    let (rho, sign) = (site.random.number(0.8, 0.99), site.random.between(0, 1));
    site.correlation(&newer, &old, if sign == 0 { rho } else { -rho }, "2026-10");
    expected(&old, [&model, &newer])
}

fn bundled(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let said = [(Attr::Bundle, text("planted"))];
    let useful: Vec<String> =
        (0..site.random.between(1, 3)).map(|_| site.signal(&model, &said)).collect();
    let useless = site.signal(&model, &said);
    for signal in &useful {
        let delta = site.random.number(0.002, 0.01);
        site.ablation(signal, &model, delta, 0.0004, days_ago(20));
    }
    let delta = if miss { 0.003 } else { site.random.number(-0.002, 0.001) };
    site.ablation(&useless, &model, delta, 0.0004, days_ago(20));
    site.ablation("bundle:planted", &model, 0.012, 0.0005, days_ago(20));
    expected(&useless, [&model])
}

fn tiny_gain(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let signal = site.signal(&model, &[]);
    // As small, but measured so badly that it may be large.
    let error = if miss { 0.002 } else { 0.0002 };
    let delta = site.random.number(-0.002, 0.0006).max(if miss { 0.0 } else { -1.0 });
    site.ablation(&signal, &model, delta, error, days_ago(20));
    expected(&signal, [&model])
}

fn duplicates(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    // The newest stays, so the first is the one to go.
    let signals: Vec<String> = (0..site.random.between(2, 4))
        .map(|at| site.signal(&model, &[(Attr::Introduced, date(900 - 100 * at as i64))]))
        .collect();
    for (at, a) in signals.iter().enumerate() {
        for b in &signals[at + 1..] {
            let rho =
                if miss { site.random.number(0.3, 0.89) } else { site.random.number(0.9, 1.0) };
            site.correlation(a, b, rho, "2026-10");
        }
    }
    let others: Vec<String> = signals[1..].iter().cloned().chain([model]).collect();
    expected(&signals[0], &others)
}

fn never_measured(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    let signals: Vec<String> =
        (0..site.random.between(2, 8)).map(|_| site.signal(&model, &[])).collect();
    for signal in &signals {
        let age = if miss { 90 } else { site.random.between(91, 900) as i64 };
        site.ablation(signal, &model, 0.01, 0.0005, days_ago(age));
    }
    expected(&model, if miss { &[] } else { signals.as_slice() })
}

fn product_numbers(site: &mut Site<'_>, miss: bool) -> Expected {
    let entity = format!("thing {}", site.random.next() % 1000);
    let identifier = |coverage: f64, before: f64| {
        vec![
            (Attr::Identifier, flag(true)),
            (Attr::Entity, text(&entity)),
            (Attr::Coverage, number(coverage)),
            (Attr::CoverageBefore, number(before)),
        ]
    };
    let model = site.fresh_model(&[]);
    let now = site.random.number(0.2, 0.6);
    let fall = if miss { 0.0 } else { site.random.number(0.02, 0.3) };
    let old = site.signal(&model, &identifier(now, now + fall));
    let new = site.signal(&model, &identifier(0.97, 0.9));
    let end = *site.random.pick(&[Attr::Expires, Attr::Deprecated]);
    let since = site.random.between(0, 200) as i64 - 150;
    let job = site.fresh(NodeKind::Job, &[(end, date(since))]);
    site.edge(&job, &old, EdgeKind::Writes, &[]);
    expected(&old, [&new, &job, &model])
}
