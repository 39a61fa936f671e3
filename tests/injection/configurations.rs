//! Plants of the rules of section 6: configurations and what they are laid over.

use crate::Plant;
use crate::site::{Expected, Site, date, days_ago, expected, flag, list, number, text};
use undercurrent::model::{
    Attr, AttrValue, ConfigChangeRow, EdgeKind, Interval, NodeKind, Phase, Setting,
};

pub(crate) const PLANTS: &[Plant] = &[
    Plant { code: "CFG001", name: "changed in place", plant: changed_in_place },
    Plant { code: "CFG002", name: "unread or default", plant: idle_setting },
    Plant { code: "CFG003", name: "A, wrong for days", plant: wrong_for_days },
    Plant { code: "CFG003", name: "B, not there yet", plant: not_there_yet },
    Plant { code: "CFG003", name: "C, another meaning", plant: another_meaning },
    Plant { code: "CFG004", name: "D, substitutes", plant: substitutes },
    Plant { code: "CFG005", name: "Z, memory", plant: memory },
    Plant { code: "CFG005", name: "Q or R", plant: q_or_r },
    Plant { code: "CFG005", name: "latency", plant: latency },
    Plant { code: "CFG006", name: "written from nothing", plant: from_nothing },
    Plant { code: "PRC001", name: "copies", plant: copies },
];

fn config(site: &mut Site<'_>, model: &str, said: &[(Attr, AttrValue)]) -> String {
    let config = site.fresh(NodeKind::Config, said);
    site.edge(&config, model, EdgeKind::Feeds, &[]);
    config
}

fn changed_in_place(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let live = format!("{:016x}", site.random.next());
    let reviewed =
        if miss { live[..7].to_uppercase() } else { format!("{:016x}", site.random.next()) };
    let said = [(Attr::LiveHash, text(&live)), (Attr::ReviewedHash, text(&reviewed))];
    let config = config(site, &model, &said);
    expected(&config, [&model])
}

fn setting(key: &str, value: &str, default: Option<&str>, read: Option<bool>) -> Setting {
    Setting { key: key.into(), value: value.into(), default: default.map(Into::into), read }
}

fn idle_setting(site: &mut Site<'_>, miss: bool) -> Expected {
    let mut settings = vec![setting("rate", "0.1", Some("0.2"), Some(true))];
    if !miss {
        settings.push(match site.random.between(0, 1) {
            0 => setting("trees", "800", Some("1000"), Some(false)),
            _ => setting("trees", "800", Some("800"), Some(true)),
        });
    }
    let model = site.model();
    let config = config(site, &model, &[(Attr::Settings, AttrValue::Settings(settings.into()))]);
    expected(&config, [])
}

/// A model with a window of 100 days that ended 10 days ago, said by itself or by its configuration, and a
/// signal that goes into it.
fn window(site: &mut Site<'_>, signal: &[(Attr, AttrValue)]) -> Expected {
    let said = [(Attr::TrainingFrom, date(110)), (Attr::TrainingTo, date(10))];
    let by_config = site.random.between(0, 1) == 0;
    let model = site.fresh(NodeKind::Model, if by_config { &[] } else { &said });
    let subject = if by_config { config(site, &model, &said) } else { model.clone() };
    let signal = site.fresh(NodeKind::Signal, signal);
    let phase = *site.random.pick(&[Phase::Both, Phase::Train]);
    site.edge(&signal, &model, EdgeKind::InputTo(phase), &[]);
    expected(&subject, [&signal])
}

fn wrong_for_days(site: &mut Site<'_>, miss: bool) -> Expected {
    let (from, to) = match (miss, site.random.between(0, 1)) {
        (false, _) => (site.random.between(10, 110) as i64, site.random.between(0, 9) as i64),
        (true, 0) => (9, 0),
        (true, _) => (140, 111),
    };
    let bad = Interval { from: days_ago(from), to: days_ago(to) };
    window(site, &[(Attr::BadIntervals, AttrValue::Intervals([bad].into()))])
}

fn not_there_yet(site: &mut Site<'_>, miss: bool) -> Expected {
    let days = if miss { 110 } else { site.random.between(0, 109) as i64 };
    window(site, &[(Attr::AvailableFrom, date(days))])
}

fn another_meaning(site: &mut Site<'_>, miss: bool) -> Expected {
    let days = site.random.between(10, 109) as i64;
    let (days, split) = match (miss, site.random.between(0, 2)) {
        (false, _) => (days, false),
        (true, 0) => (days, true),
        (true, 1) => (9, false),
        (true, _) => (110, false),
    };
    window(site, &[(Attr::Changed, date(days)), (Attr::CodeSplit, flag(split))])
}

fn substitutes(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    let trained = site.fresh(NodeKind::Signal, &[]);
    let train = if miss { Phase::Both } else { Phase::Train };
    site.edge(&trained, &model, EdgeKind::InputTo(train), &[]);
    let mut others = vec![trained.clone()];
    if !miss {
        for _ in 0..site.random.between(0, 3) {
            let said = [
                (Attr::SubstituteFor, text(&trained)),
                (Attr::Mapped, flag(site.random.between(0, 1) == 0)),
            ];
            let served = site.fresh(NodeKind::Signal, &[]);
            site.edge(&served, &model, EdgeKind::InputTo(Phase::Serve), &said);
            others.push(served);
        }
    }
    expected(&model, &others)
}

fn memory(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    let need = site.random.between(17, 512);
    let have =
        if miss { site.random.between(need, 1024) } else { site.random.between(1, need - 1) };
    let signal = site.signal(&model, &[(Attr::Requires, list(&[&format!("memory_{need}g")]))]);
    let config = config(site, &model, &[(Attr::Provides, list(&[&format!("memory_{have}g")]))]);
    expected(&config, [&signal, &model])
}

fn q_or_r(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.fresh_model(&[]);
    let r = site.fresh(NodeKind::Signal, &[]);
    let q = site.signal(&model, &[(Attr::Excludes, list(&[&r]))]);
    match (miss, site.random.between(0, 1)) {
        (false, 0) => site.input(&r, &model),
        (false, _) => site.edge(&r, &model, EdgeKind::InputTo(Phase::Serve), &[]),
        (true, _) => {
            let other = site.fresh_model(&[]);
            site.input(&r, &other);
        }
    }
    expected(&model, [&q, &r])
}

fn latency(site: &mut Site<'_>, miss: bool) -> Expected {
    let own = site.random.between(1, 20);
    let times: Vec<usize> =
        (0..site.random.between(1, 6)).map(|_| site.random.between(1, 30)).collect();
    let sum = own + times.iter().sum::<usize>();
    let budget = if miss { sum } else { sum - 1 };
    let said =
        [(Attr::LatencyMs, number(own as f64)), (Attr::LatencyBudgetMs, number(budget as f64))];
    let model = site.fresh_model(&said);
    let inputs: Vec<String> = times
        .into_iter()
        .map(|time| site.signal(&model, &[(Attr::LatencyMs, number(time as f64))]))
        .collect();
    expected(&model, &inputs)
}

fn from_nothing(site: &mut Site<'_>, miss: bool) -> Expected {
    let model = site.model();
    let asserted = miss && site.random.between(0, 1) == 0;
    let said = if asserted { vec![(Attr::Assertions, list(&["signals >= 1"]))] } else { vec![] };
    let config = config(site, &model, &said);
    let total = site.random.between(5, 60) as u32;
    let small = miss && !asserted;
    let row = site.row(ConfigChangeRow {
        config: config.as_str().into(),
        date: days_ago(5),
        commit: "c2".into(),
        keys_changed: if small { total / 5 } else { total / 5 + 1 },
        keys_total: total,
        parent: small.then(|| "c1".into()),
    });
    site.batch.tables.config_history.push(row);
    expected(&config, [&model])
}

fn copies(site: &mut Site<'_>, miss: bool) -> Expected {
    let staged = site.random.between(0, 1) == 0;
    let count = if miss && !staged { 4 } else { site.random.between(5, 9) };
    let shared = site.random.between(8, 30);
    let salt = site.random.next();
    let members: Vec<String> = (0..count)
        .map(|member| {
            let own = setting("country", &format!("{salt}-{member}"), None, None);
            let mut settings: Vec<Setting> = (0..shared)
                .map(|key| setting(&format!("key{key}"), &format!("{salt}"), None, None))
                .collect();
            settings.push(own);
            let mut said = vec![(Attr::Settings, AttrValue::Settings(settings.into()))];
            if miss && staged {
                said.push((Attr::StagedRollout, flag(true)));
            }
            site.fresh(NodeKind::Config, &said)
        })
        .collect();
    expected(&members[0], &members[1..])
}
