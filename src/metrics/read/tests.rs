//! What files may hold, and what is said of it.

use super::*;
use crate::metrics::{DimensionKind, MISSING, OTHER, Sums, TableRequest, tables};
use arrow_array::{ArrayRef, Float32Array, Int64Array, RecordBatch, StringArray};
use std::io::Write;
use std::sync::Arc;
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    }
    folder
}

fn load(folder: &TempDir, options: &ReadOptions) -> Result<Loaded, ReadError> {
    read(&[folder.path().to_owned()], options, &Watch::none())
}

/// Problems as lines, without the folder.
fn told(folder: &TempDir, problems: &[ReadProblem]) -> Vec<String> {
    let start = format!("{}/", folder.path().display());
    problems.iter().map(|problem| problem.to_string().replace(&start, "")).collect()
}

fn csv(text: &str) -> (Loaded, Vec<String>) {
    let folder = folder(&[("p.csv", text.as_bytes())]);
    let loaded = load(&folder, &ReadOptions::default()).expect("rows");
    let lines = told(&folder, &loaded.report.problems);
    (loaded, lines)
}

fn labels(loaded: &Loaded, dimension: &str) -> Vec<String> {
    let own = &loaded.predictions;
    let own = &own.dimensions()[own.dimension(dimension).expect("a dimension")];
    (0..own.codes.len()).map(|row| own.labels[own.codes.get(row)].to_string()).collect()
}

const PLAIN: &str = "country,hour,label,score_a,score_b,weight\nBR,3,1,0.25,0.5,1.5\nAT,12,0,0.125,0.25,1\n\"B,R\",3,,1,0,2\n";

fn assert_plain(loaded: &Loaded) {
    let own = &loaded.predictions;
    assert_eq!(labels(loaded, "country"), ["BR", "AT", "B,R"]);
    assert_eq!(labels(loaded, "hour"), ["3", "12", "3"]);
    assert_eq!([0, 1, 2].map(|row| own.label(row)), [Some(true), Some(false), None]);
    assert_eq!([0, 1, 2].map(|row| own.weight(row)), [1.5, 1.0, 2.0]);
    assert_eq!([0, 1, 2].map(|row| own.score(0, row)), [Some(0.25), Some(0.125), Some(1.0)]);
    let names: Vec<&str> = own.models().iter().map(|model| &*model.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(loaded.report.unlabelled, 1);
}

#[test]
fn of_columns_of_one_name_the_first_is_read() {
    let text = "country,label,p,p,,\nBR,1,0.25,0.5,x,y\nAT,0,0.125,0.75,x,y\n";
    let (loaded, problems) = csv(text);
    let own = &loaded.predictions;
    assert_eq!((own.models().len(), loaded.report.rows), (1, 2));
    assert_eq!([0, 1].map(|row| own.score(0, row)), [Some(0.25), Some(0.125)]);
    assert!(problems.iter().any(|told| told.contains("same name")), "{problems:?}");
    let (json, _) = csv("{\"label\":1,\"p\":0.25,\"p\":0.5}\n");
    assert_eq!(json.predictions.score(0, 0), Some(0.25));
}

fn packed(bytes: &[u8], gzip: bool) -> Vec<u8> {
    if !gzip {
        return zstd::encode_all(bytes, 3).expect("zstd");
    }
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("gzip");
    packer.finish().expect("gzip")
}

const OBJECTS: &str = r#"{"country":"BR","hour":3,"label":1,"score_a":0.25,"score_b":0.5,"weight":1.5}
{"hour":12,"country":"AT","extra":{"deep":[1]},"label":false,"score_a":0.125,"score_b":0.25,"weight":1}

{"country":"B,R","hour":3,"label":null,"score_a":1,"score_b":0,"weight":2.0}
"#;

#[test]
fn csv_and_ndjson_are_read_plain_and_packed() {
    for (name, bytes) in [
        ("p.csv", PLAIN.as_bytes().to_vec()),
        ("p.csv", PLAIN.replace('\n', "\r\n").into_bytes()),
        ("p.csv", [b"\xEF\xBB\xBF", PLAIN.as_bytes()].concat()),
        ("p.csv.gz", packed(PLAIN.as_bytes(), true)),
        ("p.csv.zst", packed(PLAIN.as_bytes(), false)),
        ("p.ndjson", OBJECTS.as_bytes().to_vec()),
        ("p.ndjson.gz", packed(OBJECTS.as_bytes(), true)),
        ("p.jsonl.zst", packed(OBJECTS.as_bytes(), false)),
    ] {
        let folder = folder(&[(name, &bytes)]);
        let loaded = load(&folder, &ReadOptions::default()).expect(name);
        assert_plain(&loaded);
        assert_eq!(told(&folder, &loaded.report.problems), [""; 0], "{name}");
    }
}

/// A Parquet file of the plain rows' columns, in row groups of `group` rows.
fn parquet_bytes(rows: usize, group: usize) -> Vec<u8> {
    let countries: StringArray = (0..rows).map(|row| Some(["BR", "AT", "CL"][row % 3])).collect();
    let labels: Int64Array =
        (0..rows).map(|row| (row % 7 != 6).then_some((row % 5 == 0).into())).collect();
    let scores: Float32Array = (0..rows).map(|row| Some((row % 97) as f32 / 97.0)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("country", Arc::new(countries)),
        ("label", Arc::new(labels)),
        ("score", Arc::new(scores)),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let properties = ::parquet::file::properties::WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .build();
    let mut bytes = Vec::new();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))
            .expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
    bytes
}

#[test]
fn parquet_is_read_over_row_groups() {
    let folder = folder(&[("p.parquet", &parquet_bytes(1000, 300))]);
    let loaded = load(&folder, &ReadOptions::default()).expect("rows");
    let own = &loaded.predictions;
    assert_eq!(own.rows(), 1000);
    assert_eq!(labels(&loaded, "country")[301..304], ["AT", "CL", "BR"]);
    for row in 0..1000 {
        let label = (row % 7 != 6).then_some(row % 5 == 0);
        assert_eq!(own.label(row), label);
        assert_eq!(own.score(0, row), Some((row % 97) as f32 / 97.0));
    }
    assert_eq!(told(&folder, &loaded.report.problems), [""; 0]);
}

/// The last column of a group is found broken when the others are long put together; its rows are left out everywhere.
#[test]
fn a_broken_row_group_is_left_out_whole() {
    let mut bytes = parquet_bytes(1000, 300);
    let whole = folder(&[("p.parquet", &bytes)]);
    let file = std::fs::File::open(whole.path().join("p.parquet")).expect("a file");
    let reader = ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file);
    let (start, length) = reader.expect("a footer").metadata().row_group(1).column(2).byte_range();
    let (start, end) = (start as usize, (start + length) as usize);
    bytes[start..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
    let folder = folder(&[("p.parquet", &bytes)]);
    let loaded = load(&folder, &ReadOptions::default()).expect("rows");
    let own = &loaded.predictions;
    assert_eq!((own.rows(), loaded.report.files), (700, 1));
    // Row 600 follows row 299.
    assert_eq!(labels(&loaded, "country")[299..302], ["CL", "BR", "AT"]);
    assert_eq!(own.score(0, 300), Some((600 % 97) as f32 / 97.0));
    let told = told(&folder, &loaded.report.problems);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("the row group cannot be decoded"), "{told:?}");
}

#[test]
fn parts_of_a_folder_are_one_table_whatever_their_order_and_kind() {
    let rest = "country,label,score\nCL,1,0.5\n,0,0.25\n";
    let one = folder(&[("a.parquet", &parquet_bytes(50, 20)), ("b.csv", rest.as_bytes())]);
    let paths = |order: [&str; 2]| order.map(|name| one.path().join(name)).to_vec();
    let options = ReadOptions::default();
    let read = |order| read(&paths(order), &options, &Watch::none()).expect("rows").predictions;
    let (whole, turned) = (read(["a.parquet", "b.csv"]), read(["b.csv", "a.parquet"]));
    assert_eq!(whole, turned);
    assert_eq!(whole.rows(), 52);
    assert_eq!(&*whole.dimensions()[0].labels[3], MISSING);
}

#[test]
fn a_row_a_model_is_one_model_for_each_name_and_version() {
    let (loaded, problems) =
        csv("model,version,site,score,label\nctr,1,x,0.5,1\nctr,2,x,0.25,1\nctr,1,y,0.75,0\n");
    let own = &loaded.predictions;
    let names: Vec<&str> = own.models().iter().map(|model| &*model.name).collect();
    assert_eq!(names, ["ctr 1", "ctr 2"]);
    assert_eq!([0, 1, 2].map(|row| own.score(0, row)), [Some(0.5), None, Some(0.75)]);
    assert!(own.comparable(0, 1).is_err());
    assert_eq!(problems, [""; 0]);
}

#[test]
fn times_are_bucketed_and_those_without_zone_are_told() {
    let (loaded, problems) = csv(
        "ts,score,label\n2026-11-01T05:00:00Z,0.5,1\n2026-11-20 06:00:00,0.5,0\n1794744000,0.5,0\nsoon,0.5,1\n",
    );
    assert_eq!(labels(&loaded, "ts"), ["2026-11-01", "2026-11-20", "2026-11-15", MISSING]);
    assert_eq!(loaded.predictions.dimensions()[0].kind, DimensionKind::Times);
    assert_eq!(
        problems,
        [
            "p.csv, row 2, column ts: 1 times without a zone, taken as UTC, the first is \
             \"2026-11-20 06:00:00\" (write the zone, as in 2026-11-15T08:00:00Z)",
            "p.csv, row 4, column ts: 1 times that cannot be read, the first is \"soon\" (these rows \
             count under (missing); write seconds since 1970 or 2026-11-15T08:00:00Z)",
        ]
    );
}

#[test]
fn values_that_cannot_be_are_told_and_the_rest_is_read() {
    let (loaded, problems) = csv(
        "site,label,score,weight\nx,2,0.5,1\ny,1,1.5,1\nx,0,NaN,1\nx,1,0.5,-1\nx,0,0.5,inf\nx,1,0.5,\ny,0,0.5,2\nx,1\n",
    );
    assert_eq!(loaded.report.rows, 7);
    assert_eq!(loaded.report.left_out, 4);
    let own = &loaded.predictions;
    assert_eq!(own.rows(), 3);
    assert_eq!([0, 1, 2].map(|row| own.score(0, row)), [None, None, Some(0.5)]);
    assert_eq!(
        problems,
        [
            "p.csv, row 8: 1 rows with another number of fields than the header, the first is \"x,1\" \
             (these rows are left out; quote fields that hold the delimiter)",
            "p.csv, row 1, column label: 1 labels that are neither 0 nor 1, the first is \"2\" (these \
             rows are left out; a label is 0, 1, true, false or empty)",
            "p.csv, row 2, column score: 1 scores that are not within 0 to 1, the first is \"1.5\" \
             (these rows count as not scored; give probabilities, not log odds or ranks)",
            "p.csv, row 4, column weight: 3 weights that are missing, negative or not finite, the \
             first is \"-1\" (these rows are left out; a weight is a number from 0 on)",
        ]
    );
}

#[test]
fn many_values_are_folded_and_many_numbers_are_ranges() {
    let mut text = String::from("user,price,score,label\n");
    for row in 0..3000 {
        text += &format!("u{},{},0.5,{}\n", row % 1500, f64::from(row) / 7.0, row % 2);
    }
    let folder = folder(&[("p.csv", text.as_bytes())]);
    let options = ReadOptions { values: 100, ..ReadOptions::default() };
    let loaded = load(&folder, &options).expect("rows");
    let own = loaded.predictions.dimensions();
    assert_eq!((own[0].labels.len(), own[0].folded, &*own[0].labels[100]), (101, 1400, OTHER));
    assert_eq!((own[1].kind, own[1].labels.len()), (DimensionKind::Ranges, 10));
    let mut counts = vec![0; 10];
    own[1].codes.for_each(0..3000, |_, code| counts[code as usize] += 1);
    assert!(counts.iter().all(|&count| (295..=305).contains(&count)), "{counts:?}");
    assert_eq!(
        loaded.report.problems[0].message,
        "has 1500 values; the rarest 1400 are folded into (other)"
    );
}

#[test]
fn cuts_can_be_chosen_and_numbers_be_names() {
    let mut roles = Roles::default();
    roles.declare("age", Role::Dimension).binning = Binning::Cuts(vec![18.0, 65.0]);
    roles.declare("zip", Role::Dimension).binning = Binning::Names;
    let folder =
        folder(&[("p.csv", b"age,zip,score,label\n17,08001,0.5,1\n18,8001,0.5,0\n99,1,0.5,1\n")]);
    let loaded = load(&folder, &ReadOptions { roles, ..Default::default() }).expect("rows");
    assert_eq!(labels(&loaded, "age"), ["below 18", "18 to 65", "from 65"]);
    assert_eq!(labels(&loaded, "zip"), ["08001", "8001", "1"]);
}

#[test]
fn mixed_types_over_parts_are_names_and_told() {
    let numbers: Vec<u8> = {
        let sites: Int64Array = (0..3).map(Some).collect();
        let scores: Float32Array = (0..3).map(|_| Some(0.5)).collect();
        let columns: Vec<(&str, ArrayRef)> =
            vec![("site", Arc::new(sites)), ("score", Arc::new(scores))];
        let batch = RecordBatch::try_from_iter(columns).expect("columns");
        let mut bytes = Vec::new();
        let mut writer = ::parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None)
            .expect("a writer");
        writer.write(&batch).expect("rows");
        writer.close().expect("a footer");
        bytes
    };
    let folder = folder(&[("a.parquet", &numbers), ("b.csv", b"site,score\nx,0.5\n")]);
    let loaded = load(&folder, &ReadOptions::default()).expect("rows");
    let said = &loaded.report.problems;
    assert_eq!(labels(&loaded, "site"), ["0", "1", "2", "x"], "{said:?}");
    assert!(
        said.iter().any(|problem| problem.message.contains("numbers in some parts")),
        "{said:?}"
    );
    assert!(said.iter().any(|problem| problem.message.contains("no column looks like a label")));
}

#[test]
fn broken_files_are_told_and_the_others_read() {
    let whole = parquet_bytes(100, 50);
    let rows: String = (0..5000).map(|row| format!("s{},1,0.{row}\n", row % 37)).collect();
    let gz = packed(format!("country,label,score\n{rows}").as_bytes(), true);
    for (name, bytes, what) in [
        ("a.parquet", &whole[..whole.len() / 2], "the file is cut off or no Parquet"),
        ("a.parquet", b"PAR1".as_slice(), "the file is cut off or no Parquet"),
        ("a.csv", b"".as_slice(), "the file is empty"),
        ("a.csv", b"\n\n".as_slice(), "the file is empty"),
        ("a.csv.gz", &gz[..gz.len() / 2], "the file is cut off or damaged"),
        ("a.csv", b"a\0b".as_slice(), "neither Parquet nor text"),
    ] {
        let folder = folder(&[(name, bytes), ("b.parquet", &whole)]);
        let loaded = load(&folder, &ReadOptions::default()).expect("the other file");
        assert!(loaded.predictions.rows() >= if name == "a.csv.gz" { 1000 } else { 100 });
        let said = told(&folder, &loaded.report.problems);
        let found = said.iter().any(|line| line.starts_with(name) && line.contains(what));
        assert!(found, "{name}: {said:?}");
    }
}

#[test]
fn one_huge_line_is_refused() {
    let mut text = b"site,score,label\nx,0.5,1\ny,0.5,\"".to_vec();
    text.resize(40 << 20, b'z');
    let folder = folder(&[("p.csv", &text)]);
    let loaded = load(&folder, &ReadOptions::default());
    let problems = match loaded {
        Ok(loaded) => loaded.report.problems,
        Err(ReadError::Nothing { problems }) => problems,
        Err(other) => panic!("{other}"),
    };
    let said = told(&folder, &problems);
    assert!(said.iter().any(|line| line.contains("a row is longer than 32 MB")), "{said:?}");
}

#[test]
fn nothing_to_read_says_why() {
    let folder = folder(&[("p.csv", b"site,label\nx,1\n")]);
    let error = load(&folder, &ReadOptions::default()).expect_err("no score");
    let line = told(
        &folder,
        match &error {
            ReadError::Nothing { problems } => problems,
            other => panic!("{other}"),
        },
    );
    assert_eq!(
        line,
        ["p.csv: no column looks like a score; there are site, label (declare the column of \
          probabilities)"]
    );
    let absent = read(&["nowhere.csv".into()], &ReadOptions::default(), &Watch::none());
    assert!(absent.expect_err("no file").to_string().contains("nowhere.csv: "));
}

/// The sums of every model by every dimension, and over all.
fn sums(own: &Predictions, dimensions: &[&str]) -> Vec<(Vec<String>, Vec<Sums>)> {
    let places = dimensions.iter().map(|name| own.dimension(name).expect(name));
    let slicings: Vec<Vec<usize>> = places.map(|at| vec![at]).chain([vec![]]).collect();
    let made = tables(own, &TableRequest::new(own, slicings)).expect("few cells");
    let labels = |slicing: &[usize], key: &[usize]| {
        let pairs = slicing.iter().zip(key);
        pairs.map(|(&at, &code)| own.dimensions()[at].labels[code].to_string()).collect()
    };
    let mut all = Vec::new();
    for table in made {
        for group in &table.groups {
            let sums = group.stats.iter().map(|own| own.sums).collect();
            all.push((labels(&table.slicing, &group.key), sums));
        }
    }
    all
}

/// What stands beyond the memory is summed exactly, whatever the form of the table, and a sample stays.
#[test]
fn rows_beyond_the_memory_become_exact_sums_and_a_sample() {
    let mut wide = "day,site,age,label,w,p_score,q_score,r_score\n".to_owned();
    let mut long = "model,site,age,label,score\n".to_owned();
    for row in 0..4000_usize {
        let label = ["0", "1", "", "7"][(row * 7 % 11).min(3)];
        let (age, site) = (row * 37 % 90, ["a", "b", "c"][row % 3]);
        let (p, q) = ((row * 13 % 101) as f64 / 101.0, (row * 29 % 103) as f64 / 103.0);
        let day = row / 400 + 1;
        let part = if row % 9 == 4 { String::new() } else { q.to_string() };
        wide += &format!("2026-11-{day:02},{site},{age},{label},{},{p},{part},{q}\n", 1 + row % 4);
        long += &format!("m{},{site},{age},{label},{p}\n", row % 2);
    }
    // With the bytes of a row in memory, of which the sample takes a quarter.
    let given_up: [(&[&str], usize); 2] = [(&["age"], 36), (&[], 16)];
    let texts = [(&wide, ["day", "site"]), (&long, ["site", "age"])];
    for ((text, by), (given_up, bytes)) in texts.into_iter().zip(given_up) {
        let folder = folder(&[("p.csv", text.as_bytes())]);
        let whole = load(&folder, &ReadOptions::default()).expect("rows");
        let tight = ReadOptions { memory: 60_000, ..ReadOptions::default() };
        let read = load(&folder, &tight).expect("cells");
        let counts = |own: &ReadReport| (own.rows, own.left_out, own.unlabelled);
        assert_eq!(read.predictions.counted_rows(), whole.predictions.counted_rows());
        assert_eq!(counts(&read.report), counts(&whole.report));
        assert!(read.predictions.is_aggregated() && whole.sample.is_none());
        let only: Vec<&str> = read.report.sample_only.iter().map(|own| &**own).collect();
        assert_eq!(only, given_up, "with it there would be too many cells");
        let names = |own: &Predictions| -> Vec<_> {
            own.models().iter().map(|model| model.name.clone()).collect()
        };
        assert_eq!(names(&read.predictions), names(&whole.predictions));
        assert_eq!(sums(&read.predictions, &by), sums(&whole.predictions, &by));
        let sample = read.sample.expect("some rows");
        let expected = 60_000 / 4 / bytes * whole.predictions.rows() / 4000;
        let near = expected * 4 / 5..=expected * 6 / 5;
        assert!(near.contains(&sample.rows()), "{} of {near:?}", sample.rows());
        assert_eq!(names(&sample), names(&whole.predictions));
        // Models that scored the same rows stay comparable; no other two become so.
        let comparable = |own: &Predictions| -> Vec<bool> {
            let pairs = (0..own.models().len()).flat_map(|a| (0..a).map(move |b| (a, b)));
            pairs.map(|(a, b)| own.comparable(a, b).is_ok()).collect()
        };
        assert_eq!(comparable(&read.predictions), comparable(&whole.predictions));
        let own = sample.dimension("site").expect("the same dimensions");
        assert_eq!(sample.dimensions()[own].labels.len(), 3);
    }
}

#[test]
fn a_reading_can_be_cancelled() {
    let folder = folder(&[("p.parquet", &parquet_bytes(1000, 100)), ("q.csv", PLAIN.as_bytes())]);
    let watch = Watch { cancelled: &|| true, advanced: &|_| {} };
    let paths = [folder.path().to_owned()];
    let error = read(&paths, &ReadOptions::default(), &watch).expect_err("cancelled");
    assert_eq!(error, ReadError::Cancelled(Cancelled));
}

/// Any change of any byte of a Parquet file gives rows or a reason, never a panic.
#[test]
fn hostile_parquet_is_data() {
    let whole = parquet_bytes(60, 30);
    for at in (0..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] = bytes[at].wrapping_add(0x55);
        let folder = folder(&[("p.parquet", &bytes)]);
        if let Ok(loaded) = load(&folder, &ReadOptions::default()) {
            assert!(loaded.predictions.rows() <= 60);
        }
    }
}

#[test]
fn a_cube_is_read_in_place_of_rows() {
    let csv = "day,label,score\n2026-11-01,1,.5\n2026-11-02,0,.25\n2026-11-02,,.5\n";
    let rows = folder(&[("p.csv", csv.as_bytes())]);
    let loaded = load(&rows, &ReadOptions::default()).expect("rows").predictions;
    let cube = SliceCube::of(&loaded, &[0], &[0], None, 0).expect("few cells");
    let mut bytes = Vec::new();
    cube.write(crate::metrics::cube::CubeFormat::Csv, &mut bytes).expect("memory");
    let folder = folder(&[("cube.csv", &bytes)]);
    let path = folder.path().join("cube.csv");
    let read = read(&[path], &ReadOptions::default(), &Watch::none()).expect("a cube");
    assert_eq!((read.report.rows, read.report.unlabelled), (3, 1));
    let (own, time) = (&loaded.dimensions()[0], &read.predictions.dimensions()[0]);
    assert_eq!(time.kind, DimensionKind::Times);
    assert_eq!((&time.labels, &time.starts), (&own.labels, &own.starts));
}
