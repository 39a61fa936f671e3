//! `undercurrent slices` as a shell runs it, on the sample's predictions.

use assert_cmd::Command;

struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

fn slices(words: &[&str]) -> Answer {
    let mut command = Command::cargo_bin("undercurrent").expect("the program");
    let output = command.arg("slices").args(words).output().expect("it runs");
    Answer {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

const SAMPLE: &str = "sample:ads_ranking";

#[test]
fn a_table_by_country_shows_poland_and_the_gate_closes() {
    let table = slices(&[SAMPLE, "--by", "country", "--baseline", "model.ctr", "--format", "csv"]);
    assert_eq!(table.code, Some(0), "{}", table.err);
    let mut lines = table.out.lines();
    assert_eq!(
        lines.next(),
        Some("slice,model,rows,labelled,metric,value,low,high,z,bound,change")
    );
    let poland = table.out.lines().find(|line| line.starts_with("country=pl,model.ctr,"));
    let cells: Vec<&str> = poland.expect("Poland").split(',').collect();
    let bias: f64 = cells[5].parse().expect("a number");
    assert!((0.1..0.25).contains(&bias), "{bias}");
    let gate = |limit| slices(&[SAMPLE, "--by", "country", "--limit", limit]).code;
    assert_eq!((gate("0.08"), gate("0.9")), (Some(1), Some(0)));
}

/// A slice may be fine by itself and worse than the rest, or worse than it was.
#[test]
fn the_gate_holds_slices_against_all_rows_and_against_the_baseline() {
    let gate = |options: &[&str]| {
        let given = [SAMPLE, "--by", "country", "--format", "csv"];
        slices(&[&given[..], options].concat())
    };
    let relative = gate(&["--limit-relative", "0.05"]);
    assert_eq!(relative.code, Some(1), "{}", relative.err);
    assert!(relative.out.contains("beyond --limit-relative"), "{}", relative.out);
    assert_eq!(gate(&["--limit-relative", "0.5"]).code, Some(0));
    let change = ["--baseline", "model.ctr", "--limit-change"];
    assert_eq!(gate(&[&change[..], &["0.5"]].concat()).code, Some(0));
    let closed = gate(&[&change[..], &["0"]].concat());
    assert_eq!(closed.code, Some(1), "{}", closed.err);
    let own = closed.out.lines().find(|line| line.starts_with("all rows,model.ctr,"));
    assert!(own.is_some_and(|line| line.ends_with(',')), "the baseline has no change to itself");
    assert_eq!(gate(&["--limit-change", "0.5"]).code, Some(2), "there is no baseline");
}

#[test]
fn a_gate_that_could_judge_nothing_does_not_pass() {
    let gate = slices(&[SAMPLE, "--by", "country", "--metric", "ece", "--limit", ".9"]);
    assert_eq!(gate.code, Some(2));
    assert!(gate.err.contains("could be held against a limit"), "{}", gate.err);
    let without_slices = slices(&[SAMPLE, "--limit-relative", "5%"]);
    assert_eq!(without_slices.code, Some(2));
    assert!(without_slices.err.contains("take slices (--by)"), "{}", without_slices.err);
}

/// A folder as engines leave it, with a part that was cut off.
#[test]
fn parts_of_a_cube_are_one_and_do_not_mix_with_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let cube = ["cube", SAMPLE, "--by", "country,device", "-o"];
    for name in ["part-0.csv", "part-1.csv"] {
        let written = slices(&[&cube[..], &[&path(name)]].concat());
        assert_eq!(written.code, Some(0), "{}", written.err);
    }
    let text = std::fs::read_to_string(path("part-0.csv")).expect("a cube");
    std::fs::write(path("part-2.csv"), &text[..text.len() - 20]).expect("written");
    let table = slices(&[&path(""), "--format", "csv"]);
    assert_eq!(table.code, Some(0), "{}", table.err);
    assert!(table.out.contains("all rows,model.ctr,480000,480000,"), "{}", table.out);
    assert!(table.err.contains("part-2.csv"), "the part that was cut off: {}", table.err);
    let mixed = slices(&[SAMPLE, &path("part-0.csv")]);
    assert_eq!(mixed.code, Some(2));
    assert!(mixed.err.contains("give one or the other"), "{}", mixed.err);
}

#[test]
fn the_finder_names_the_planted_slice() {
    let found = slices(&["find", SAMPLE, "--model", "model.ctr_newcomers", "--than", "model.ctr"]);
    assert_eq!(found.code, Some(1), "{}", found.err);
    let first = found.out.lines().nth(1).expect("a slice");
    assert!(first.starts_with("tenure=new, category=garden"), "{first}");
    assert!(found.err.contains("slices were looked at"), "{}", found.err);
}

#[test]
fn thresholds_cubes_and_queries_are_printed() {
    let learned = slices(&[
        "thresholds",
        SAMPLE,
        "--goal",
        "recall=0.8",
        "--current",
        "0.2",
        "--format",
        "csv",
    ]);
    assert_eq!(learned.code, Some(0), "{}", learned.err);
    assert_eq!(learned.out.lines().count(), 5, "{}", learned.out);
    let cube = slices(&["cube", SAMPLE, "--by", "country,device"]);
    assert_eq!((cube.code, cube.out.lines().count()), (Some(0), 22), "{}", cube.err);
    assert!(cube.out.starts_with("country,device,rows,labelled,w,wy,wwyy,wp:model.ctr,"));
    let query =
        slices(&["sql", SAMPLE, "--dialect", "duckdb", "--table", "logs", "--by", "country"]);
    assert_eq!(query.code, Some(0), "{}", query.err);
    assert!(
        query.out.contains("FROM logs") && query.out.ends_with("GROUP BY d0\n"),
        "{}",
        query.out
    );
}

#[test]
fn wrong_words_say_what_there_is() {
    let wrong = |words: &[&str]| {
        let answer = slices(words);
        assert_eq!(answer.code, Some(2), "{}", answer.out);
        answer.err
    };
    let said = wrong(&[SAMPLE, "--by", "land"]);
    assert!(said.contains("there is no dimension land; there are time, country"), "{said}");
    let said = wrong(&[SAMPLE, "--metric", "accuracy"]);
    assert!(said.contains("there is no metric accuracy; there are bias"), "{said}");
    let said = wrong(&[SAMPLE, "--where", "country=xx"]);
    assert!(said.contains("country has no value xx; it has at, de"), "{said}");
    let said = wrong(&["no/such/file.csv"]);
    assert!(said.contains("no/such/file.csv: "), "{said}");
}

#[test]
fn a_cube_says_what_its_rows_say() {
    let folder = tempfile::tempdir().expect("a folder");
    for ending in ["csv", "json", "parquet"] {
        let cube = folder.path().join(format!("cube.{ending}"));
        let cube = cube.to_str().expect("text");
        let written = slices(&["cube", SAMPLE, "--by", "country,device", "-o", cube]);
        assert_eq!(written.code, Some(0), "{}", written.err);
        let words = ["--by", "country", "--metric", "logloss", "--where", "device=phone"];
        let told = |path: &str| {
            let words =
                [&[path, "--baseline", "model.ctr", "--format", "csv"], &words[..]].concat();
            let answer = slices(&words);
            assert_eq!(answer.code, Some(0), "{}", answer.err);
            // Intervals of rows are by a jackknife, which a cube has not.
            let kept = |line: &str| {
                let cells: Vec<&str> = line.split(',').collect();
                [&cells[..6], &cells[8..]].concat().join(",")
            };
            answer.out.lines().map(kept).collect::<Vec<_>>()
        };
        let (of_cube, of_rows) = (told(cube), told(SAMPLE));
        assert!(of_rows.len() > 10);
        assert_eq!(of_cube, of_rows, "{ending}");
        let refused = slices(&[cube, "--metric", "auc_loss"]);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("auc_loss takes the rows, or a cube"), "{}", refused.err);
        let unknown = slices(&[cube, "--where", "device=fridge"]);
        assert!(unknown.err.contains("device has no value fridge"), "{}", unknown.err);
    }
}

/// Histograms in a cube give the AUC of the rows, and a gate on it.
#[test]
fn a_cube_with_scores_tells_the_auc() {
    let folder = tempfile::tempdir().expect("a folder");
    let cube = folder.path().join("cube.parquet");
    let cube = cube.to_str().expect("text");
    let written =
        slices(&["cube", SAMPLE, "--by", "country,device", "--scores", "1024", "-o", cube]);
    assert_eq!(written.code, Some(0), "{}", written.err);
    let words = ["--by", "country", "--metric", "auc_loss", "--format", "csv"];
    let told = |path: &str| {
        let answer = slices(&[&[path], &words[..]].concat());
        assert_eq!(answer.code, Some(0), "{}", answer.err);
        let kept = |line: &str| line.split(',').take(6).collect::<Vec<_>>().join(",");
        answer.out.lines().map(kept).collect::<Vec<_>>()
    };
    assert_eq!(told(cube), told(SAMPLE));
    let gate = slices(&[&[cube], &words[..], &["--limit", "0.3"]].concat());
    assert_eq!(gate.code, Some(1), "{}", gate.err);
    let refused = slices(&[cube, "--metric", "ece"]);
    assert!(refused.err.contains("ece needs the rows"), "{}", refused.err);
}

/// Beyond the memory sums are exact, and what they cannot tell ends the gate in place of passing it.
#[test]
fn beyond_the_memory_sums_are_exact_and_a_sample_is_searched() {
    let table = |more: &[&str]| {
        let words = [&[SAMPLE, "--by", "country", "--format", "csv"], more].concat();
        slices(&words)
    };
    let bias = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(',').take(6).collect::<Vec<_>>().join(",")).collect()
    };
    let (all, few) = (table(&[]), table(&["--memory", "4"]));
    assert_eq!(bias(&few.out), bias(&all.out));
    assert!(few.err.contains("240000 rows do not fit 4 MB"), "{}", few.err);
    assert!(all.err.is_empty(), "{}", all.err);
    let limited = table(&["--memory", "4", "--metric", "logloss", "--limit", ".1"]);
    assert_eq!(limited.code, Some(2));
    assert!(limited.err.contains("logloss needs the rows"), "{}", limited.err);
    let found = slices(&["find", SAMPLE, "--memory", "4"]);
    assert!(matches!(found.code, Some(0 | 1)), "{}", found.err);
    assert!(found.err.contains("take a sample of"), "{}", found.err);
}
