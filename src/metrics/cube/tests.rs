//! Cubes say what rows say, in every format.

use super::*;
use crate::metrics::read::{Bucket, Role, Roles};
use crate::metrics::testing::{predictions, seeded};
use crate::metrics::{Group, GroupTable, Mass, TableRequest, tables};
use std::path::PathBuf;

const SIZES: [usize; 3] = [3, 12, 2];

fn own() -> Predictions {
    let mut rows = seeded(41, 5000, &SIZES, 2, true);
    rows.iter_mut().step_by(17).for_each(|row| row.label = None);
    let mut own = predictions(&SIZES, 2, &rows);
    own.dimensions[1].labels = (0..12).map(|hour| hour.to_string().into()).collect();
    own
}

fn all(own: &Predictions) -> SliceCube {
    SliceCube::of(own, &[0, 1], &[0, 1, 2], None, 0).expect("few cells")
}

/// With a histogram of every bin that the rows have.
fn with_scores(own: &Predictions, rows: Option<&Bits>) -> SliceCube {
    SliceCube::of(own, &[0, 1], &[0, 1, 2], rows, 1 << 16).expect("few cells")
}

fn unweighted() -> Predictions {
    let mut rows = seeded(43, 4000, &SIZES, 2, false);
    rows.iter_mut().step_by(23).for_each(|row| row.label = None);
    predictions(&SIZES, 2, &rows)
}

/// The tables of a cube's cells.
fn by_cell(cube: &SliceCube, slicings: Vec<Vec<usize>>) -> Vec<GroupTable> {
    let cells = Predictions::from(cube);
    tables(&cells, &TableRequest::new(&cells, slicings)).expect("few cells")
}

#[test]
fn tables_of_a_cube_are_those_of_the_rows() {
    let own = own();
    let cube = all(&own);
    assert_eq!(cube.rows(), 5000);
    let slicings = vec![vec![], vec![1], vec![2, 0], vec![0, 1, 2]];
    let rows = tables(&own, &TableRequest::new(&own, slicings.clone())).expect("few cells");
    assert_eq!(by_cell(&cube, slicings), rows);
}

/// Tables, brushes and grids of a cube laid out as predictions have the digits of the rows.
#[test]
fn cells_in_place_of_rows_give_the_same_sums() {
    let own = own();
    let cells = Predictions::from(&all(&own));
    assert!(cells.is_aggregated() && cells.rows() < 100);
    assert_eq!((cells.counted_rows(), cells.unlabelled()), (5000, own.unlabelled()));
    let slicings = vec![vec![], vec![1], vec![2, 0]];
    let request =
        |own| TableRequest { intervals: true, ..TableRequest::new(own, slicings.clone()) };
    let by_cell = tables(&cells, &request(&cells)).expect("few cells");
    for (by_cell, by_row) in by_cell.iter().zip(tables(&own, &request(&own)).expect("few")) {
        assert_eq!(by_cell.groups.len(), by_row.groups.len());
        for (by_cell, by_row) in by_cell.groups.iter().zip(&by_row.groups) {
            let sums = |group: &Group| group.stats.iter().map(|own| own.sums).collect::<Vec<_>>();
            assert_eq!((&by_cell.key, sums(by_cell)), (&by_row.key, sums(by_row)));
            assert!(by_cell.stats.iter().all(|own| own.auc.is_none()));
        }
    }
    let mut bars = crate::metrics::Bars::default();
    let mut expected = crate::metrics::Bars::default();
    for (own, bars) in [(&own, &mut expected), (&cells, &mut bars)] {
        let mut brushes = crate::metrics::Brushes::none(own);
        brushes.choose(own, 2, 0..1);
        let tiles = crate::metrics::Tiles::build(own, &[0, 1], 1, &[0], &brushes, None);
        tiles.expect("the same rows").brush(0, 3..9, bars);
    }
    assert_eq!(bars, expected);
    assert!(cells.need_rows().is_err() && own.need_rows().is_ok());
}

/// Histograms have the digits of the rows where rows count one; weights are rounded once less.
#[test]
fn the_auc_of_a_cube_with_histograms_is_that_of_the_rows() {
    for (own, mass, room) in [(unweighted(), Mass::Rows, 0.0), (own(), Mass::Weights, 1e-9)] {
        let cells = Predictions::from(&with_scores(&own, None));
        assert!(cells.has_scores() && cells.has_weights() == own.has_weights());
        let slicings = vec![vec![], vec![1], vec![2, 0]];
        let request =
            |own| TableRequest { auc: Some(mass), ..TableRequest::new(own, slicings.clone()) };
        let of_cells = tables(&cells, &request(&cells)).expect("few cells");
        let of_rows = tables(&own, &request(&own)).expect("few cells");
        let mut compared = 0;
        for (cells, rows) in of_cells.iter().zip(&of_rows) {
            for (cells, rows) in cells.groups.iter().zip(&rows.groups) {
                for (cells, rows) in cells.stats.iter().zip(&rows.stats) {
                    assert_eq!(cells.sums, rows.sums);
                    let (Some(cells), Some(rows)) = (cells.auc, rows.auc) else {
                        assert_eq!(cells.auc, rows.auc);
                        continue;
                    };
                    assert!((cells.value - rows.value).abs() <= room);
                    assert!((cells.bound - rows.bound).abs() <= room);
                    compared += 1;
                }
            }
        }
        assert!(compared > 20);
    }
}

/// A brush with the AUC over it: bins of tiles are fewer than those of the cube.
#[test]
fn a_brush_over_histograms_is_that_over_rows() {
    let own = unweighted();
    let cells = Predictions::from(&with_scores(&own, None));
    let bars = [&own, &cells].map(|own| {
        let mut bars = crate::metrics::Bars::default();
        let brushes = crate::metrics::Brushes::none(own);
        let tiles = crate::metrics::Tiles::build(own, &[0, 1], 1, &[0], &brushes, Some(Mass::Rows));
        tiles.expect("the same rows").brush(0, 3..9, &mut bars);
        bars
    });
    let [rows, cells] = bars;
    // Units of weights differ, and nothing else does.
    assert_eq!(format!("{rows:?}").split("mass").next(), format!("{cells:?}").split("mass").next());
}

#[test]
fn parts_with_histograms_add_up_unless_their_ranges_differ() {
    let own = own();
    let part = |of: usize| with_scores(&own, Some(&Bits::from_fn(own.rows(), |row| row % 3 == of)));
    let mut joined = part(2);
    for of in [0, 1] {
        joined.add(part(of), "the first").expect("one shape");
    }
    joined.settle();
    assert_eq!(joined, with_scores(&own, None));
    let told = |part: SliceCube| joined.clone().add(part, "a.csv").expect_err("other ranges");
    let few = SliceCube::of(&own, &[0, 1], &[0, 1, 2], None, 7).expect("few cells");
    assert!(told(few).to_string().starts_with("its ranges of scores do not fit those of a.csv"));
    assert!(matches!(told(all(&own)), CubeError::Ranges(_)));
    let cells = Predictions::from(&joined);
    let again = SliceCube::of(&cells, &[0, 1], &[0], None, 8);
    assert!(matches!(again, Err(CubeError::NoScores)));
}

#[test]
fn broken_histograms_say_where() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("cube.csv");
    let mut bytes = Vec::new();
    let own = unweighted();
    let cube = SliceCube::of(&own, &[0, 1], &[0], None, 2).expect("few cells");
    cube.write(CubeFormat::Csv, &mut bytes).expect("memory");
    let text = String::from_utf8(bytes).expect("text");
    let broken = |text: &str| {
        std::fs::write(&path, text).expect("a file");
        SliceCube::read(&path).expect_err("broken").to_string()
    };
    let line = text.lines().nth(1).expect("a bin").to_owned();
    let fields: Vec<&str> = line.split(',').collect();
    assert_eq!(fields[2], "0");
    let odd = line.replacen(",0,", ",NaN,", 1);
    assert_eq!(
        broken(&text.replace(&line, &odd)),
        "row 1, column score_from: \"NaN\" is no score from 0 to 1"
    );
    let wide = line.replacen(fields[3], "0.9", 1);
    assert!(broken(&text.replace(&line, &wide)).starts_with("ranges of scores overlap"));
    let gone = text.replace(&format!("{line}\n"), "");
    assert!(broken(&gone).starts_with("its models did not score the same rows"));
    let mut own = own;
    own.dimensions[0].name = "model".into();
    let taken = SliceCube::of(&own, &[0], &[0], None, 2);
    assert!(matches!(taken, Err(CubeError::Taken(_))));
}

#[test]
fn every_format_gives_the_same_cube_back() {
    every_format_gives_back(&all(&own()));
    every_format_gives_back(&with_scores(&own(), None));
}

fn every_format_gives_back(cube: &SliceCube) {
    let folder = tempfile::TempDir::new().expect("a folder");
    for format in [CubeFormat::Parquet, CubeFormat::Csv, CubeFormat::Json] {
        let path: PathBuf = folder.path().join("cube");
        let mut bytes = Vec::new();
        cube.write(format, &mut bytes).expect("memory");
        std::fs::write(&path, bytes).expect("a file");
        let mut read = SliceCube::read(&path).expect("a cube");
        // The scale of histograms is no part of a cube.
        read.scale.mass = cube.scale.mass;
        assert_eq!(read, *cube, "{format:?}");
    }
}

#[test]
fn combinations_that_occur_are_enough_where_all_would_be_too_many() {
    let sizes = [200, 300, 50];
    let rows = seeded(42, 3000, &sizes, 1, false);
    let own = predictions(&sizes, 1, &rows);
    let cube = SliceCube::of(&own, &[0], &[0, 1, 2], None, 0).expect("few that occur");
    assert!(cube.cells.len() <= 3000 && cube.rows() == 3000);
    let rows = tables(&own, &TableRequest::new(&own, vec![vec![1]])).expect("few cells");
    assert_eq!(by_cell(&cube, vec![vec![1]]), rows);
}

#[test]
fn broken_cubes_say_where() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("cube.csv");
    let mut bytes = Vec::new();
    all(&own()).write(CubeFormat::Csv, &mut bytes).expect("memory");
    let text = String::from_utf8(bytes).expect("text");
    let broken = |text: String| {
        std::fs::write(&path, text).expect("a file");
        SliceCube::read(&path).expect_err("broken").to_string()
    };
    assert_eq!(
        broken(text.replace("wwyy", "other")),
        "the cube has no column wwyy; write it with the query of slices sql"
    );
    let cell = text.lines().nth(1).expect("a cell").to_owned();
    let fields: Vec<&str> = cell.split(',').collect();
    let odd = cell.replace(fields[5], "many");
    assert_eq!(broken(text.replace(&cell, &odd)), "row 1, column w: \"many\" is no whole number");
    let unit = fields[fields.len() - 3..].join(",");
    let told = broken(
        text.replace(&unit, &format!("4000000000,{}", fields[fields.len() - 2..].join(","))),
    );
    assert!(told.starts_with("row 1, column weight_exponent: sums are counted in 2 to"), "{told}");
}

/// Workers write a file each, in any order, and a day may have been counted more finely than another.
#[test]
fn parts_add_up_to_the_whole() {
    let own = own();
    let models: Vec<usize> = (0..own.models().len()).collect();
    let dimensions: Vec<usize> = (0..own.dimensions().len()).collect();
    let part = |of: usize| {
        let rows = Bits::from_fn(own.rows(), |row| row % 3 == of);
        SliceCube::of(&own, &models, &dimensions, Some(&rows), 0).expect("few cells")
    };
    let [a, b, mut c] = [0, 1, 2].map(part);
    c.models.reverse();
    c.cells.iter_mut().for_each(|cell| cell.models.reverse());
    let whole = all(&own);
    for order in [[&a, &b, &c], [&c, &a, &b], [&b, &c, &a]] {
        let mut joined = order[0].clone();
        for part in &order[1..] {
            joined.add((*part).clone(), "the first").expect("one shape");
        }
        joined.settle();
        if joined.models != whole.models {
            joined.models.reverse();
            joined.cells.iter_mut().for_each(|cell| cell.models.reverse());
        }
        assert_eq!(joined, whole);
    }
    let mut finer = b.clone();
    finer.scale.weight += 3;
    for cell in &mut finer.cells {
        for sum in [&mut cell.rows.w, &mut cell.rows.wy] {
            *sum <<= 3;
        }
        cell.models
            .iter_mut()
            .for_each(|own| (own.wp, own.square) = (own.wp << 3, own.square << 3));
    }
    let mut mixed = a.clone();
    mixed.add(finer, "the first").expect("one shape");
    assert_eq!(mixed.scale.weight, a.scale.weight + 3);
    let bias = |cube: &SliceCube| {
        let table = by_cell(cube, vec![vec![0]]).remove(0);
        table.groups.iter().map(|own| own.stats[0].sums.bias()).collect::<Vec<_>>()
    };
    let mut plain = a.clone();
    plain.add(b, "the first").expect("one shape");
    mixed.settle();
    plain.settle();
    assert_eq!(bias(&mixed), bias(&plain));
}

#[test]
fn parts_of_another_shape_are_refused() {
    let cube = all(&own());
    let mut other = cube.clone();
    other.dimensions[0].name = "elsewhere".into();
    let told = cube.clone().add(other, "a.csv").expect_err("another dimension").to_string();
    assert!(told.starts_with("its dimension elsewhere is not in a.csv"), "{told}");
    let mut fewer = cube.clone();
    fewer.models.pop();
    fewer.cells.iter_mut().for_each(|cell| cell.models.truncate(1));
    let told = cube.clone().add(fewer, "a.csv").expect_err("a model less").to_string();
    assert!(told.starts_with("it has no model"), "{told}");
    let mut huge = cube.clone();
    huge.scale.weight += 120;
    assert!(matches!(cube.clone().add(huge, "a.csv"), Err(CubeError::Finest)));
}

#[test]
fn the_query_names_every_column_of_a_cube() {
    let mut roles = Roles::default();
    roles.declare("ts", Role::Time);
    roles.declare("country", Role::Dimension);
    roles.declare("label", Role::Label);
    roles.declare("score_a", Role::Score);
    roles.declare("weight", Role::Weight);
    for &dialect in Dialect::ALL {
        let request = SqlRequest {
            dialect,
            table: "logs",
            roles: &roles,
            largest_weight: 8.0,
            bucket: Bucket::Day,
            time: TimeForm::default(),
            ranges: &[],
        };
        let text = sql(&request).expect("a label and a score");
        let quote = if dialect == Dialect::DuckDb { '"' } else { '`' };
        for column in
            ["ts", "country", "rows", "labelled", "w", "wy", "wwyy", "wp:a", "loss:a", "wwpy:a"]
        {
            assert!(text.contains(&format!(" AS {quote}{column}{quote},")), "{column}\n{text}");
        }
        assert!(text.contains("47 AS weight_exponent"));
        assert!(text.trim_end().ends_with("GROUP BY d0, d1"));
    }
    let nothing = Roles::default();
    let request = SqlRequest {
        dialect: Dialect::Spark,
        table: "logs",
        roles: &nothing,
        largest_weight: 1.0,
        bucket: Bucket::Day,
        time: TimeForm::Seconds,
        ranges: &[],
    };
    assert!(sql(&request).is_err());
}
