//! Plants of the rules of sections 7 and 8: thresholds, monitoring, data, reruns, processes, teams.

use crate::Plant;
use crate::site::{Expected, Site, date, days_ago, expected, flag, list, number, text};
use undercurrent::model::{Attr, AttrValue, EdgeKind, Evidence, NodeKind, PredictionStatsRow};

pub(crate) const PLANTS: &[Plant] = &[
    Plant { code: "CUL001", name: "only adds", plant: only_adds },
    Plant { code: "CUL001", name: "divided", plant: divided },
    Plant { code: "MON001", name: "unwatched", plant: unwatched },
    Plant { code: "MON001", name: "biased slice", plant: biased_slice },
    Plant { code: "MON002", name: "no limit", plant: no_limit },
    Plant { code: "MON003", name: "promises nothing", plant: promises_nothing },
    Plant { code: "MON003", name: "too old along the way", plant: too_old },
    Plant { code: "MON004", name: "unheard", plant: unheard },
    Plant { code: "MON005", name: "slower than the harm", plant: slow_people },
    Plant { code: "PRC002", name: "outranked", plant: outranked },
    Plant { code: "PRC002", name: "full pool", plant: full_pool },
    Plant { code: "PRC003", name: "late", plant: late },
    Plant { code: "PRC004", name: "no way back", plant: no_way_back },
    Plant { code: "PRC005", name: "by hand", plant: by_hand },
    Plant { code: "REP001", name: "something lost", plant: something_lost },
    Plant { code: "REP001", name: "wide reruns", plant: wide_reruns },
    Plant { code: "THR001", name: "set before training", plant: fixed_threshold },
    Plant { code: "TST001", name: "a check less", plant: a_check_less },
];

const READS: EdgeKind = EdgeKind::Reads(Evidence::Declared);

fn only_adds(site: &mut Site<'_>, miss: bool) -> Expected {
    let added = site.random.between(5, 60);
    let least = added.div_ceil(5);
    let deleted = if miss { least } else { site.random.between(0, least - 1) };
    let said = [
        (Attr::FeaturesAdded, number(added as f64)),
        (Attr::FeaturesDeleted, number(deleted as f64)),
    ];
    let team = site.fresh(NodeKind::Team, &said);
    expected(&team, [])
}

fn divided(site: &mut Site<'_>, miss: bool) -> Expected {
    let serving = if miss { ["wren", "otter"] } else { ["vole", "otter"] };
    let said =
        [(Attr::ResearchAuthors, list(&["finch", "wren"])), (Attr::ServingAuthors, list(&serving))];
    let team = site.fresh(NodeKind::Team, &said);
    expected(&team, [])
}

fn unwatched(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    let prediction = site.prediction(&model, &[]);
    let word = if miss { "bias" } else { "drift" };
    if miss || site.random.between(0, 1) == 0 {
        let monitor = site.fresh(NodeKind::Monitor, &[(Attr::Watches, list(&[word]))]);
        site.edge(&prediction, &monitor, READS, &[]);
    }
    expected(&model, [&prediction])
}

fn biased_slice(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    let prediction = site.prediction(&model, &[]);
    let monitor = site.fresh(NodeKind::Monitor, &[(Attr::Watches, list(&["bias"]))]);
    site.edge(&prediction, &monitor, READS, &[]);
    let up = site.random.between(0, 1) == 0;
    let (small, once) = (site.random.between(0, 1) == 0, miss);
    for window in 0..4u32 {
        let off = window == 0 || (window < 3 && (!once || small));
        let size = if miss && small { 0.09 } else { site.random.number(0.12, 0.6) };
        let factor = match (off, up) {
            (false, _) => 1.0,
            (true, true) => 1.0 + size,
            (true, false) => 1.0 - size,
        };
        let row = site.row(PredictionStatsRow {
            model: model.as_str().into(),
            version: None,
            slice: "country=XX".into(),
            date: days_ago(7 * i64::from(window) + 1),
            n: 200_000,
            mean_prediction: 0.05 * factor,
            mean_label: 0.05,
            std_error: None,
            psi: None,
        });
        site.batch.tables.prediction_stats.push(row);
    }
    expected(&model, [&prediction])
}

fn no_limit(site: &mut Site<'_>, miss: bool) -> Expected {
    let mut said = vec![(Attr::Automatic, flag(true))];
    if miss {
        said.push((Attr::Limit, text("9 a day")));
    }
    let action = site.fresh(NodeKind::Action, &said);
    let plane = site.fresh(NodeKind::ControlPlane, &[]);
    site.edge(&plane, &action, EdgeKind::Gates, &[]);
    expected(&action, [])
}

fn promises_nothing(site: &mut Site<'_>, miss: bool) -> Expected {
    let promise = |said: bool| if said { vec![(Attr::Objective, text("daily"))] } else { vec![] };
    let source = site.fresh(NodeKind::Source, &promise(miss));
    let job = site.fresh(NodeKind::Job, &[]);
    let data = site.fresh(NodeKind::Dataset, &promise(true));
    let model = site.fresh(NodeKind::Model, &[]);
    site.edge(&source, &job, READS, &[]);
    site.edge(&job, &data, EdgeKind::Writes, &[]);
    site.input(&data, &model);
    expected(&source, [&model])
}

fn too_old(site: &mut Site<'_>, miss: bool) -> Expected {
    let hours: Vec<usize> =
        (0..site.random.between(1, 4)).map(|_| site.random.between(2, 40)).collect();
    let sum: usize = hours.iter().sum();
    let need = if miss { sum } else { sum - 1 };
    let model = site.fresh(NodeKind::Model, &[(Attr::FreshnessNeedHours, number(need as f64))]);
    let mut last: Option<String> = None;
    let mut oldest = (0, String::new());
    for &age in &hours {
        let said =
            [(Attr::Objective, text("daily")), (Attr::FreshnessErrorHours, number(age as f64))];
        let data = site.fresh(NodeKind::Dataset, &said);
        if let Some(before) = &last {
            site.edge(before, &data, EdgeKind::Derives, &[]);
        }
        if age > oldest.0 {
            oldest = (age, data.clone());
        }
        last = Some(data);
    }
    site.input(&last.expect("at least one"), &model);
    expected(&oldest.1, [&model])
}

fn unheard(site: &mut Site<'_>, miss: bool) -> Expected {
    let owner = |name: &str| (Attr::Owner, text(name));
    let source = site.fresh(NodeKind::Source, &[owner("planted makers")]);
    let model = site.fresh(NodeKind::Model, &[owner("planted readers")]);
    let signal = site.fresh(NodeKind::Signal, &[]);
    site.edge(&source, &signal, EdgeKind::Derives, &[]);
    site.input(&signal, &model);
    let monitor = site.fresh(NodeKind::Monitor, &[(Attr::Watches, list(&["freshness"]))]);
    site.edge(&source, &monitor, READS, &[]);
    let own = site.fresh(NodeKind::ControlPlane, &[owner("planted makers")]);
    let theirs = site.fresh(NodeKind::ControlPlane, &[owner("planted readers")]);
    site.edge(&monitor, &own, EdgeKind::Alerts, &[]);
    if miss {
        site.edge(&monitor, &theirs, EdgeKind::Alerts, &[]);
    }
    expected(&monitor, [&model])
}

fn slow_people(site: &mut Site<'_>, miss: bool) -> Expected {
    let harm = site.random.between(1, 60);
    let answer =
        if miss { site.random.between(1, harm) } else { harm + site.random.between(1, 90) };
    let said = [(Attr::Automatic, flag(true)), (Attr::HarmMinutes, number(harm as f64))];
    let action = site.fresh(NodeKind::Action, &said);
    let said = [(Attr::Response, text("paged")), (Attr::ResponseMinutes, number(answer as f64))];
    let plane = site.fresh(NodeKind::ControlPlane, &said);
    site.edge(&plane, &action, EdgeKind::Gates, &[]);
    expected(&action, [&plane])
}

fn outranked(site: &mut Site<'_>, miss: bool) -> Expected {
    let wanted = site.random.between(10, 90);
    let own = if miss { wanted } else { site.random.between(0, wanted - 1) };
    let job = site.fresh(NodeKind::Job, &[(Attr::Priority, number(own as f64))]);
    let mut last = job.clone();
    for _ in 0..site.random.between(1, 4) {
        let data = site.fresh(NodeKind::Dataset, &[]);
        site.edge(&last, &data, EdgeKind::Feeds, &[]);
        last = data;
    }
    let model = site.fresh(NodeKind::Model, &[(Attr::Priority, number(wanted as f64))]);
    site.input(&last, &model);
    expected(&job, [&model])
}

fn full_pool(site: &mut Site<'_>, miss: bool) -> Expected {
    let pool = format!("planted pool {}", site.random.next());
    let share = |share: f64| [(Attr::Pool, text(&pool)), (Attr::PoolShare, number(share))];
    let largest = site.fresh(NodeKind::Job, &share(0.5));
    let others: Vec<String> = [0.3, if miss { 0.2 } else { 0.25 }]
        .into_iter()
        .map(|of| site.fresh(NodeKind::Job, &share(of)))
        .collect();
    expected(&largest, &others)
}

fn late(site: &mut Site<'_>, miss: bool) -> Expected {
    let hours = if miss { 0.0 } else { site.random.number(0.5, 40.0) };
    let source = site.fresh(NodeKind::Source, &[(Attr::LateHours, number(0.0))]);
    let job = site.fresh(NodeKind::Job, &[(Attr::LateHours, number(hours))]);
    let data = site.fresh(NodeKind::Dataset, &[(Attr::LateHours, number(hours / 2.0))]);
    let model = site.fresh(NodeKind::Model, &[]);
    site.edge(&source, &job, READS, &[]);
    site.edge(&job, &data, EdgeKind::Writes, &[]);
    site.input(&data, &model);
    expected(&job, [&data, &model])
}

fn no_way_back(site: &mut Site<'_>, miss: bool) -> Expected {
    let mut said = vec![
        (Attr::Rollback, text("image")),
        (Attr::Replay, text("by day")),
        (Attr::Owner, text("planted owners")),
        (Attr::LastDrill, date(180)),
    ];
    if !miss {
        match site.random.between(0, 3) {
            3 => said[3] = (Attr::LastDrill, date(site.random.between(181, 900) as i64)),
            lost => drop(said.remove(lost)),
        }
    }
    let job = site.fresh(NodeKind::Job, &said);
    expected(&job, [])
}

fn by_hand(site: &mut Site<'_>, miss: bool) -> Expected {
    let (steps, manual, runs) = match (miss, site.random.between(0, 1)) {
        (false, 0) => (40, site.random.between(3, 40), 1.0),
        (false, _) => (5, 2, site.random.number(1.0, 60.0)),
        (true, 0) => (10, 2, 30.0),
        (true, _) => (5, 4, 0.9),
    };
    let said = [
        (Attr::Steps, number(f64::from(steps))),
        (Attr::ManualSteps, number(manual as f64)),
        (Attr::RunsPerMonth, number(runs)),
    ];
    let job = site.fresh(NodeKind::Job, &said);
    expected(&job, [])
}

/// Everything that a rerun needs.
fn record() -> Vec<(Attr, AttrValue)> {
    [
        Attr::Seed,
        Attr::DataSnapshot,
        Attr::CodeHash,
        Attr::EnvironmentHash,
        Attr::InitialConditions,
        Attr::ParallelMode,
        Attr::WorldRecord,
    ]
    .map(|attr| (attr, text("kept")))
    .into()
}

fn something_lost(site: &mut Site<'_>, miss: bool) -> Expected {
    let mut said = record();
    if !miss {
        let lost = site.random.between(0, said.len() - 1);
        match site.random.between(0, 1) {
            0 => drop(said.remove(lost)),
            _ => said[lost].1 = text("none"),
        }
    }
    let model = site.fresh_model(&said);
    expected(&model, [])
}

fn wide_reruns(site: &mut Site<'_>, miss: bool) -> Expected {
    let tolerance = site.random.number(0.0001, 0.01);
    let times = if miss { 2.9 } else { site.random.number(3.1, 20.0) };
    let mut said = record();
    said.push((Attr::RerunTolerance, number(tolerance)));
    said.push((Attr::RerunSpread, number(tolerance * times)));
    let model = site.fresh_model(&said);
    expected(&model, [])
}

fn fixed_threshold(site: &mut Site<'_>, miss: bool) -> Expected {
    let trained = site.random.between(1, 100) as i64;
    let model = site.fresh_model(&[(Attr::LastTrained, date(trained))]);
    let prediction = site.prediction(&model, &[]);
    let (by, set) = match (miss, site.random.between(0, 1)) {
        (false, _) => ("hand", trained + site.random.between(1, 400) as i64),
        (true, 0) => ("learned", trained + 90),
        (true, _) => ("hand", trained),
    };
    let threshold =
        site.fresh(NodeKind::Threshold, &[(Attr::SetBy, text(by)), (Attr::SetOn, date(set))]);
    site.edge(&prediction, &threshold, EdgeKind::Decides, &[]);
    expected(&threshold, [&model])
}

fn a_check_less(site: &mut Site<'_>, miss: bool) -> Expected {
    let mut checks = vec!["schema", "range", "null", "distribution"];
    if !miss {
        let lost = site.random.between(0, 3);
        checks.remove(lost);
    }
    let model = site.fresh(NodeKind::Model, &[]);
    let kind = *site.random.pick(&[NodeKind::Source, NodeKind::Dataset, NodeKind::Signal]);
    let input = site.fresh(kind, &[(Attr::Checks, list(&checks))]);
    site.input(&input, &model);
    expected(&input, [&model])
}
