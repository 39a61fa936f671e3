//! Plants of the rules of section 5: glue, jungles, dead paths, missing abstractions, smells.

use crate::Plant;
use crate::site::{Expected, Site, date, days_ago, expected, list, number, text};
use undercurrent::model::{Attr, EdgeKind, Evidence, LinesOfCodeRow, NodeKind, RunRow};

pub(crate) const PLANTS: &[Plant] = &[
    Plant { code: "ABS001", name: "few contracts", plant: few_contracts },
    Plant { code: "ABS001", name: "rival training", plant: rival_training },
    Plant { code: "DED001", name: "no traffic", plant: no_traffic },
    Plant { code: "DED001", name: "settled", plant: settled },
    Plant { code: "DED001", name: "identifier used again", plant: used_again },
    Plant { code: "DED001", name: "flags that meet", plant: flags_that_meet },
    Plant { code: "GLU001", name: "mostly glue", plant: mostly_glue },
    Plant { code: "GLU002", name: "called from everywhere", plant: called_from_everywhere },
    Plant { code: "PIP001", name: "jungle", plant: jungle },
    Plant { code: "SML001", name: "raw signal", plant: raw_signal },
    Plant { code: "SML001", name: "nameless prediction", plant: nameless_prediction },
    Plant { code: "SML002", name: "many languages", plant: many_languages },
    Plant { code: "SML003", name: "prototype before an action", plant: prototype },
    Plant { code: "SML003", name: "sandbox runs", plant: sandbox_runs },
];

fn few_contracts(site: &mut Site<'_>, miss: bool) -> Expected {
    let owner = (Attr::Owner, text("planted owners"));
    let model = site.fresh_model(&[]);
    let bare = if miss { 1 } else { site.random.between(2, 4) };
    let mut without = Vec::new();
    for at in 0..5 {
        if at < bare {
            without.push(site.prediction(&model, std::slice::from_ref(&owner)));
        } else {
            site.prediction(&model, &[owner.clone(), (Attr::Contract, text("v1"))]);
        }
    }
    expected("team:planted owners", &without)
}

fn rival_training(site: &mut Site<'_>, miss: bool) -> Expected {
    let way = |name: &str| (Attr::TrainingAbstraction, text(name));
    for _ in 0..2 {
        site.fresh_model(&[way("a planted way")]);
    }
    let rival =
        site.fresh_model(&[way(if miss { "a planted way" } else { "another planted way" })]);
    expected(&rival, [])
}

fn gated(site: &mut Site<'_>, flag: &str) -> String {
    let target = site.fresh(NodeKind::Job, &[]);
    site.edge(flag, &target, EdgeKind::Gates, &[]);
    target
}

fn no_traffic(site: &mut Site<'_>, miss: bool) -> Expected {
    let days = if miss { 89 } else { site.random.between(90, 2000) as i64 };
    let exposure = site.random.number(0.1, 0.9);
    let said = [(Attr::LastExposed, date(days)), (Attr::Exposure, number(exposure))];
    let flag = site.fresh(NodeKind::Flag, &said);
    let target = gated(site, &flag);
    expected(&flag, [&target])
}

fn settled(site: &mut Site<'_>, miss: bool) -> Expected {
    let days = if miss { 30 } else { site.random.between(31, 2000) as i64 };
    let exposure = site.random.between(0, 1) as f64;
    let said = [(Attr::ExposureSince, date(days)), (Attr::Exposure, number(exposure))];
    let flag = site.fresh(NodeKind::Flag, &said);
    let target = gated(site, &flag);
    expected(&flag, [&target])
}

fn used_again(site: &mut Site<'_>, miss: bool) -> Expected {
    let identifier = format!("planted_bit_{}", site.random.next() % 64);
    let retired = site.random.between(1, 4000) as i64;
    let old = [
        (Attr::Retired, date(retired)),
        (Attr::FlagIdentifier, text(&identifier)),
        (Attr::Exposure, number(0.0)),
        (Attr::ExposureSince, date(retired)),
    ];
    let old = site.fresh(NodeKind::Flag, &old);
    let own = if miss { format!("{identifier}_b") } else { identifier };
    let said = [(Attr::FlagIdentifier, text(&own)), (Attr::Exposure, number(0.3))];
    let new = site.fresh(NodeKind::Flag, &said);
    expected(&new, [&old])
}

fn flags_that_meet(site: &mut Site<'_>, miss: bool) -> Expected {
    let target = site.fresh(NodeKind::Job, &[]);
    let count = site.random.between(2, 5);
    let all = f64::from(1 << count);
    let mut flags = Vec::new();
    for at in 0..count {
        let tested = if at == 0 && !miss { all - 1.0 } else { all };
        let said = [(Attr::Exposure, number(0.5)), (Attr::TestedCombinations, number(tested))];
        let flag = site.fresh(NodeKind::Flag, &said);
        site.edge(&flag, &target, EdgeKind::Gates, &[]);
        flags.push(flag);
    }
    expected(&flags[0], &flags[1..])
}

fn lines(site: &mut Site<'_>, node: &str, role: &str, language: &str, lines: u64) {
    let row = site.row(LinesOfCodeRow {
        path: "planted".into(),
        role: role.into(),
        language: language.into(),
        lines,
        node: Some(node.into()),
    });
    site.batch.tables.lines_of_code.push(row);
}

fn mostly_glue(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    // More than the host has, so that the planted model holds most of the ML code.
    let ml = 1_000_000;
    lines(site, &model, "ml", "python", ml);
    let glue = if miss { ml } else { ml * site.random.between(19, 90) as u64 };
    lines(site, &model, "glue", "python", glue);
    expected(&model, [])
}

fn called_from_everywhere(site: &mut Site<'_>, miss: bool) -> Expected {
    let package = site.fresh(NodeKind::Package, &[]);
    let wrapped = site.random.between(0, 1) == 0;
    let count = if miss && !wrapped { 2 } else { site.random.between(3, 12) };
    let importers: Vec<String> = (0..count)
        .map(|_| {
            let importer = site.fresh(NodeKind::Job, &[]);
            site.edge(&package, &importer, EdgeKind::Imports, &[]);
            importer
        })
        .collect();
    if miss && wrapped {
        let own = site.fresh(NodeKind::Package, &[]);
        site.edge(&package, &own, EdgeKind::Wraps, &[]);
    }
    expected(&package, &importers)
}

/// A long line of steps; with the debt, scrapes feed it and its middle joins in again at every later step.
fn jungle(site: &mut Site<'_>, miss: bool) -> Expected {
    let operation = |name: &str| (Attr::Operations, list(&[name]));
    let first = site.fresh(NodeKind::Dataset, &[]);
    let mut scrapes = Vec::new();
    for _ in 0..site.random.between(3, 6) {
        let said = operation(if miss { "filter" } else { "scrape" });
        let scrape = site.fresh(NodeKind::Job, &[said]);
        site.edge(&scrape, &first, EdgeKind::Writes, &[]);
        scrapes.push(scrape);
    }
    let mut last = first.clone();
    for step in 0..site.random.between(4, 8) {
        let job = site.fresh(NodeKind::Job, &[operation("join")]);
        let next = site.fresh(NodeKind::Dataset, &[]);
        site.edge(&last, &job, EdgeKind::Reads(Evidence::Declared), &[]);
        if step > 0 && !miss {
            site.edge(&first, &job, EdgeKind::Reads(Evidence::Declared), &[]);
        }
        site.edge(&job, &next, EdgeKind::Writes, &[]);
        last = next;
    }
    let test = site.fresh(NodeKind::Test, &[(Attr::TestScope, text("unit"))]);
    site.edge(&last, &test, EdgeKind::Reads(Evidence::Declared), &[]);
    let model = site.fresh(NodeKind::Model, &[]);
    site.input(&last, &model);
    expected(&model, &scrapes)
}

fn raw_signal(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let said = match (miss, site.random.between(0, 1)) {
        (false, _) => vec![],
        (true, 0) => vec![(Attr::Unit, text("euro"))],
        (true, _) => vec![(Attr::SemanticType, text("count"))],
    };
    let signal = site.signal(&model, &said);
    expected(&signal, [&model])
}

fn nameless_prediction(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    let mut said = vec![(Attr::ModelVersion, text("logged")), (Attr::IntendedUse, text("ranking"))];
    if !miss {
        let lost = site.random.between(0, 1);
        said.remove(lost);
    }
    let prediction = site.prediction(&model, &said);
    expected(&prediction, [&model])
}

fn many_languages(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh(NodeKind::Model, &[]);
    let job = site.fresh(NodeKind::Job, &[]);
    site.edge(&job, &model, EdgeKind::Feeds, &[]);
    lines(site, &model, "ml", "python", 600);
    lines(site, &model, "serving", "c++", 300);
    let third = if miss { 40 } else { site.random.between(50, 400) as u64 };
    lines(site, &job, "data", "scala", third);
    expected(&model, if miss { vec![] } else { vec![&job] })
}

fn prototype(site: &mut Site<'_>, miss: bool) -> Expected {
    let word = *site.random.pick(&["prototype", "sandbox"]);
    let job = site.fresh(NodeKind::Job, &[(Attr::Maturity, text(word))]);
    let data = site.fresh(NodeKind::Dataset, &[]);
    let model = site.fresh(NodeKind::Model, &[]);
    let prediction = site.prediction(&model, &[]);
    let action = site.fresh(NodeKind::Action, &[]);
    site.edge(&prediction, &action, EdgeKind::Decides, &[]);
    match miss {
        false => {
            site.edge(&job, &data, EdgeKind::Writes, &[]);
            site.input(&data, &model);
        }
        true => site.edge(&prediction, &job, EdgeKind::Reads(Evidence::Declared), &[]),
    }
    expected(&job, [&action])
}

fn sandbox_runs(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    let sandbox = if miss { 5 } else { site.random.between(6, 20) };
    for run in 0..20 {
        let environment = if run < sandbox { "sandbox" } else { "production" };
        let row = site.row(RunRow {
            node: model.as_str().into(),
            date: days_ago(run as i64),
            environment: environment.into(),
            status: None,
            minutes: None,
            metric: None,
        });
        site.batch.tables.runs.push(row);
    }
    expected(&model, [])
}
