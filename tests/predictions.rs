//! The sample's predictions hold what its README says is planted in them.

use std::path::{Path, PathBuf};
use undercurrent::metrics::cube::SliceCube;
use undercurrent::metrics::find::{FindOptions, Objective, find};
use undercurrent::metrics::over_time::{ActionLimits, over_time, time_dimension};
use undercurrent::metrics::read::{Bucket, Loaded, ReadOptions, Role, Watch, read};
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
    let Loaded { predictions, report, .. } = sample();
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
    let low = found(Objective::TooLow { model: ctr });
    assert!(low.iter().any(|own| own == "device=phone, page=app_home"), "{low:?}");
    let high = found(Objective::TooHigh { model: ctr });
    assert_eq!(high.first().map(String::as_str), Some("country=pl"), "{high:?}");
}

/// Countries in which the click model's bias is an alarm, in stretches of time of some length.
fn alarmed(bucket: Bucket, limits: &ActionLimits) -> Vec<String> {
    let options = ReadOptions { bucket, ..ReadOptions::default() };
    let own = read(&[path()], &options, &Watch::none()).expect("the sample").predictions;
    let (time, country) = (time_dimension(&own).expect("a time"), own.dimension("country"));
    let ctr = model(&own, "model.ctr");
    let courses = over_time(&own, ctr, time, country, None, None).expect("few cells");
    assert_eq!(courses.len(), 7);
    let labels = &own.dimensions()[country.expect("a country")].labels;
    let alarmed =
        courses.iter().filter(|own| !own.alarms(Metric::Bias, BaseRate::Slice, limits).is_empty());
    alarmed.map(|own| labels[own.code.expect("a country")].to_string()).collect()
}

#[test]
fn poland_is_an_alarm_by_weeks_and_one_odd_day_in_italy_is_none() {
    let limits = ActionLimits { low: -0.05, high: 0.05, stretches: 2, ..Default::default() };
    assert_eq!(alarmed(Bucket::Week, &limits), ["pl"]);
    // By days Poland is within what chance does; of the countries with enough rows Italy is beyond it once.
    assert_eq!(alarmed(Bucket::Day, &limits), [""; 0]);
    let once = ActionLimits { high: 0.2, stretches: 1, support: 1200, ..limits };
    assert_eq!(alarmed(Bucket::Day, &once), ["it"]);
}

#[test]
fn a_cube_of_the_sample_says_the_same() {
    let own = sample().predictions;
    let cube = SliceCube::of(&own, &[0, 1], &[1, 2, 3], None, 0).expect("few cells");
    let rows = tables(&own, &TableRequest::new(&own, vec![vec![1]])).expect("few cells");
    let cells = Predictions::from(&cube);
    let of_cells = tables(&cells, &TableRequest::new(&cells, vec![vec![0]])).expect("few cells");
    assert_eq!(of_cells[0].groups, rows[0].groups);
}
