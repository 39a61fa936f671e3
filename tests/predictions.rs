//! The sample's predictions hold what its README says is planted in them.

use std::path::{Path, PathBuf};
use undercurrent::metrics::cube::SliceCube;
use undercurrent::metrics::find::{FindOptions, Objective, find};
use undercurrent::metrics::over_time::{ActionLimits, over_time, time_dimension};
use undercurrent::metrics::read::{Loaded, ReadOptions, Role, Watch, read};
use undercurrent::metrics::{BaseRate, Metric, Predictions, SliceSpec, TableRequest, tables};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_projects/ads_ranking/predictions.parquet")
}

fn sample() -> Loaded {
    read(&[path()], &ReadOptions::default(), &Watch::none()).expect("the sample")
}

fn model(own: &Predictions, name: &str) -> usize {
    own.model(name).unwrap_or_else(|| panic!("no model {name}"))
}

/// Bias of a model in a slice.
fn bias(own: &Predictions, slice: &str, name: &str) -> f64 {
    let rows = SliceSpec::parse(slice).expect("a slice").rows(own).expect("known values");
    let request = TableRequest { filter: Some(&rows), ..TableRequest::new(own, vec![vec![]]) };
    let table = tables(own, &request).expect("one cell").remove(0);
    table.total.stats[model(own, name)].value(Metric::Bias, BaseRate::Slice).expect("clicks")
}

#[test]
fn the_sample_is_small_and_understood_without_a_word() {
    assert!(std::fs::metadata(path()).expect("the file").len() <= 3 << 20);
    let Loaded { predictions, report } = sample();
    assert_eq!(report.problems, []);
    assert_eq!((report.rows, report.left_out, report.unlabelled), (240_000, 0, 0));
    let names: Vec<&str> = predictions.models().iter().map(|own| &*own.name).collect();
    assert_eq!(names, ["model.ctr", "model.ctr_newcomers"]);
    let label = report.roles.of(Role::Label).next().expect("a label");
    assert_eq!((&*label.column, label.guessed), ("clicked", true));
    let names: Vec<&str> = predictions.dimensions().iter().map(|own| &*own.name).collect();
    assert_eq!(names, ["time", "country", "device", "page", "tenure", "category", "position"]);
}

#[test]
fn what_is_planted_is_there_and_the_rest_is_right() {
    let own = sample().predictions;
    let near = |slice: &str, name: &str, expected: f64, off: f64| {
        let found = bias(&own, slice, name);
        assert!((found - expected).abs() < off, "{slice} {name}: {found}");
    };
    near("country=pl", "model.ctr", 0.16, 0.04);
    near("device=phone, page=app_home", "model.ctr", -0.26, 0.05);
    near("tenure=new, category=garden", "model.ctr_newcomers", 1.0, 0.2);
    for country in ["de", "fr", "es", "nl", "at"] {
        let slice = format!("country={country}, page=results|product");
        near(&slice, "model.ctr", 0.0, 0.06);
    }
    near("tenure=settled|young", "model.ctr_newcomers", 0.0, 0.03);
}

#[test]
fn the_finder_finds_the_planted_slices() {
    let own = sample().predictions;
    let all: Vec<usize> = (1..own.dimensions().len()).collect();
    let found = |objective: Objective| {
        let found = find(&own, objective, &all, &FindOptions::default(), &|| false).expect("rows");
        found.slices.iter().map(|own| own.spec.to_string()).collect::<Vec<_>>()
    };
    let (ctr, newcomers) = (model(&own, "model.ctr"), model(&own, "model.ctr_newcomers"));
    let worse = found(Objective::Worse { model: newcomers, than: ctr });
    assert_eq!(worse.first().map(String::as_str), Some("tenure=new, category=garden"), "{worse:?}");
    let low = found(Objective::Worse { model: ctr, than: newcomers });
    assert!(
        low.iter().any(|own| own.contains("device=phone") && own.contains("page=app_home")),
        "{low:?}"
    );
}

#[test]
fn poland_is_an_alarm_and_one_odd_day_in_italy_is_none() {
    let own = sample().predictions;
    let (time, country) = (time_dimension(&own).expect("a time"), own.dimension("country"));
    let courses =
        over_time(&own, model(&own, "model.ctr"), time, country, None, None).expect("cells");
    assert_eq!(courses.len(), 7);
    let dimension = &own.dimensions()[country.expect("a country")];
    let limits = ActionLimits { low: -0.05, high: 0.05, stretches: 2, ..Default::default() };
    for course in &courses {
        let name = &*dimension.labels[course.code.expect("a country")];
        let alarms = course.alarms(Metric::Bias, BaseRate::Slice, &limits);
        assert_eq!(!alarms.is_empty(), name == "pl", "{name}: {alarms:?}");
    }
    let italy = dimension.code_of("it").expect("Italy");
    let odd = &courses[italy];
    let values: Vec<f64> = (0..odd.points.len())
        .filter_map(|at| odd.value(at, Metric::Bias, BaseRate::Slice))
        .collect();
    let worst = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]));
    assert_eq!(
        worst.map(|at| &*own.dimensions()[time].labels[odd.points[at].at]),
        Some("2026-11-03")
    );
}

#[test]
fn a_cube_of_the_sample_says_the_same() {
    let own = sample().predictions;
    let cube = SliceCube::of(&own, &[0, 1], &[1, 2, 3], None).expect("few cells");
    let rows = tables(&own, &TableRequest::new(&own, vec![vec![1]])).expect("few cells");
    assert_eq!(cube.table(&[0]).groups, rows[0].groups);
}
