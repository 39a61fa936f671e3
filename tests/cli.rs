//! The program as a shell runs it: what is printed where, and the exit codes.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

/// The program without a display.
fn undercurrent(words: &[&str]) -> Command {
    let mut command = Command::cargo_bin("undercurrent").expect("the program");
    command.args(words).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

struct Answer {
    code: i32,
    out: String,
    err: String,
}

fn run(words: &[&str]) -> Answer {
    let output = undercurrent(words).output().expect("it runs");
    Answer {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

fn path_in(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("a plain path").to_owned()
}

#[test]
fn without_a_display_the_sample_is_told_and_the_way_to_a_picture() {
    let answer = run(&[]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    for words in ["Ads ranking", "nodes and", "snapshot sample:ads_ranking -o map.svg"] {
        assert!(answer.out.contains(words), "{words} is not in:\n{}", answer.out);
    }
    let own = run(&["sample:hello"]);
    assert_eq!(own.code, 0);
    assert!(own.out.contains("6 nodes and 5 edges in 1 file"), "{}", own.out);
}

#[test]
fn info_counts_and_reports() {
    let answer = run(&["info", "sample:hello"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    insta::assert_snapshot!("info_of_hello", answer.out);
    let json = run(&["info", "sample:ads_ranking", "--json"]);
    let read: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let models = read["nodes_by_kind"].as_array().expect("a list");
    let models = models.iter().find(|row| row["key"] == "model").expect("models");
    assert_eq!(models["count"], 12);
    assert_eq!(read["report"]["errors"], 0);
}

#[test]
fn what_cannot_be_read_is_told_by_exit_code_and_message() {
    let nothing = run(&["info", "no/such/file.json"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.out.is_empty());
    assert!(nothing.err.contains("`no/such/file.json` does not exist"), "{}", nothing.err);

    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("good.csv"), "source,target\na,b\n").expect("written");
    fs::write(folder.path().join("cut.json"), "{\"undercurrent\": 1, \"nodes\": [{\"id\": ")
        .expect("written");
    let part = run(&["info", folder.path().to_str().expect("a plain path")]);
    assert_eq!(part.code, 1, "{}", part.out);
    assert!(part.out.contains("cut.json:1"), "{}", part.out);
}

#[test]
fn snapshots_are_whole_files_that_are_the_same_each_time() {
    let folder = tempfile::tempdir().expect("a folder");
    for (ending, start) in [("svg", "<svg"), ("png", "\u{fffd}PNG"), ("pdf", "%PDF-")] {
        let files = ["a", "b"].map(|name| path_in(&folder, &format!("{name}.{ending}")));
        for file in &files {
            let answer = run(&["snapshot", "sample:hello", "-o", file, "--date", "2026-03-01"]);
            assert_eq!(answer.code, 0, "{}", answer.err);
            assert!(answer.out.is_empty() && answer.err.is_empty(), "{}", answer.err);
        }
        let [first, second] = files.map(|file| fs::read(file).expect("a file"));
        assert!(String::from_utf8_lossy(&first).starts_with(start), "{ending}");
        assert!(first == second, "two {ending} files differ");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 6);
}

#[test]
fn a_snapshot_shows_what_was_asked_for() {
    let shown = |words: &[&str]| {
        let all = [&["snapshot", "sample:hello", "-o", "-", "--format", "svg"], words].concat();
        let answer = run(&all);
        assert_eq!(answer.code, 0, "{}", answer.err);
        answer.out.matches("<g class=\"card\">").count()
    };
    assert_eq!(shown(&[]), 5);
    assert_eq!(shown(&["--query", "kind:model"]), 1);
    assert_eq!(shown(&["--focus", "model.picks", "--up", "1", "--down", "1"]), 3);
    assert_eq!(shown(&["--view", "cascades"]), 3);
    assert_eq!(shown(&["--group", "kind", "--open", "none"]), 0);
}

#[test]
fn a_snapshot_shows_debt_as_the_window_does() {
    let drawn = |words: &[&str]| {
        let all = [&["snapshot", "sample:page_loop", "-o", "-", "--format", "svg"], words].concat();
        let answer = run(&all);
        assert_eq!(answer.code, 0, "{}", answer.err);
        answer.out
    };
    assert!(drawn(&[]).contains("Debt, 0 to 100"));
    let cards = |svg: &str| svg.matches("<g class=\"card\">").count();
    let all = cards(&drawn(&[]));
    let indebted = cards(&drawn(&["--query", "rule:FBK002"]));
    assert!(0 < indebted && indebted < all, "{indebted} of {all}");
}

#[test]
fn debt_that_the_settings_accept_opens_the_gate_and_stays_in_the_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = undercurrent::samples::Sample::find("page_loop").expect("a sample");
    for (name, bytes) in sample.files {
        fs::write(folder.path().join(name), bytes).expect("written");
    }
    let path = folder.path().to_str().expect("a plain path");
    let words = ["check", path, "--select", "FBK", "--format", "json"];
    assert_eq!(run(&words).code, 1, "there is a loop");
    let settings = ["FBK001", "FBK002"]
        .map(|rule| format!("[[allow]]\nrule = \"{rule}\"\nreason = \"agreed\"\n"))
        .concat();
    fs::write(folder.path().join("undercurrent.toml"), &settings).expect("written");
    let accepted = run(&words);
    assert_eq!(accepted.code, 0, "{}", accepted.err);
    assert!(accepted.out.contains("\"place\": \"undercurrent.toml:2\""), "{}", accepted.out);
    fs::write(folder.path().join("undercurrent.toml"), settings.replace("agreed", " "))
        .expect("written");
    let silent = run(&words);
    assert_eq!(silent.code, 2, "nobody accepts debt in silence");
    assert!(silent.err.contains("undercurrent.toml:3: say why"), "{}", silent.err);
}

#[test]
fn a_snapshot_that_cannot_be_made_says_why_and_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = path_in(&folder, "map.png");
    let refused = |words: &[&str], because: &str| {
        let answer = run(&[&["snapshot", "sample:hello"], words].concat());
        assert_eq!(answer.code, 2, "{words:?}");
        assert!(
            answer.err.starts_with("error: ") && answer.err.contains(because),
            "{}",
            answer.err
        );
    };
    refused(&["-o", &file, "--focus", "model.pick"], "Did you mean `model.picks`");
    refused(&["-o", &file, "--query", "kind:modle"], "kind:modle\n       ^^^^^");
    refused(&["-o", &file, "--width", "900000"], "Ask for a width of at most");
    refused(&["-o", &path_in(&folder, "map.bmp")], "the ending of `map.bmp` tells no format");
    refused(&["-o", &path_in(&folder, "no/map.svg")], "there is no such folder");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn queries_list_ids() {
    let answer = run(&["query", "sample:hello", "model.picks+1"]);
    assert_eq!((answer.code, &*answer.out), (0, "model.picks\nprediction.picks\n"));
    let csv = run(&["query", "sample:hello", "kind:surface", "--format", "csv"]);
    assert_eq!(
        csv.out,
        "id,name,kind,owner,group,place\nsurface.page,Front page,surface,shop,,hello.yaml:10\n"
    );
    let json = run(&["query", "sample:hello", "kind:surface", "--format", "json"]);
    let read: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(read[0]["id"], "surface.page");
    assert_eq!(run(&["query", "sample:hello", "kind:flag"]).code, 1);
}

#[test]
fn a_query_that_is_none_is_pointed_at() {
    let answer = run(&["query", "sample:hello", "onwer:shop"]);
    assert_eq!(answer.code, 2);
    assert_eq!(
        answer.err,
        "error: there is no field onwer; did you mean owner:\n  onwer:shop\n  ^^^^^\n"
    );
}

#[test]
fn impact_lists_distance_owner_and_way() {
    let csv = run(&["impact", "sample:hello", "prediction.picks", "--format", "csv"]);
    assert_eq!(csv.code, 0, "{}", csv.err);
    let second = csv.out.lines().nth(2).expect("a second row");
    assert_eq!(
        second,
        "2,surface.page,Front page,surface,shop,prediction.picks → action.show → surface.page"
    );
    let up = run(&["impact", "sample:hello", "Score", "--up", "--format", "markdown"]);
    assert!(up.out.contains("| 1 | model.picks |"), "{}", up.out);
    let owners = run(&["impact", "sample:ads_ranking", "model.ctr", "--by-owner"]);
    assert!(owners.out.lines().count() > 3, "{}", owners.out);
}

#[test]
fn what_the_program_knows_of_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let written = |path: &str| fs::read_to_string(root.join(path)).expect("a file");
    assert_eq!(run(&["schema"]).out, written("assets/undercurrent.schema.json"));
    assert_eq!(run(&["explain", "dep001"]).out, written("docs/rules/DEP001.md"));
    assert!(run(&["explain"]).out.contains("DEP001"));
    let unknown = run(&["explain", "DEP999"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("DEP001"), "{}", unknown.err);
    assert!(run(&["samples"]).out.contains("sample:ads_ranking"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).out.contains("snapshot"), "{shell}");
    }
    assert_eq!(run(&["--version"]).out, concat!("undercurrent ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(run(&["snapshot"]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_pipe_that_closes_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("undercurrent"))
        .args(["info", "sample:ads_ranking", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn formats_for_programs_hold_everything() {
    let lines = |words: &[&str]| {
        let all = [&["snapshot", "sample:jaffle_like", "-o", "-"], words].concat();
        let answer = run(&all);
        assert_eq!(answer.code, 0, "{}", answer.err);
        answer.out.lines().count()
    };
    let whole = lines(&["--format", "csv"]);
    assert!(whole > lines(&["--format", "csv", "--open", "none"]), "{whole}");
    assert!(lines(&["--format", "dot"]) > whole);
}

/// A manifest in which DEP002 finds something.
const UNSTABLE: &str = "undercurrent: 1
nodes:
  - {id: topic, kind: signal, owner: growth}
  - {id: ctr, kind: model, owner: ads, inputs: [topic]}
";

#[test]
fn the_gate_opens_and_closes() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = path_in(&folder, "system.yaml");
    fs::write(&manifest, UNSTABLE).expect("written");
    let check =
        |words: &[&str]| run(&[&["check", &manifest, "--select", "DEP002"], words].concat());
    let closed = check(&[]);
    assert_eq!(closed.code, 1, "{}{}", closed.out, closed.err);
    assert!(closed.out.contains("DEP002") && closed.out.contains("system.yaml:"), "{}", closed.out);
    assert!(closed.out.ends_with("1 finding: 1 warning\n"), "{}", closed.out);
    assert_eq!(check(&["--fail-on", "error"]).code, 0);
    assert_eq!(check(&["--ignore", "DEP"]).code, 0);

    let baseline = path_in(&folder, "baseline.json");
    assert_eq!(check(&["--write-baseline", &baseline]).code, 0);
    let compared = check(&["--baseline", &baseline]);
    assert_eq!(compared.code, 0, "{}", compared.out);
    assert!(compared.out.ends_with("0 new findings; 1 known\n"), "{}", compared.out);

    fs::write(
        &manifest,
        UNSTABLE.replace("inputs: [topic]", "inputs: [topic, trend]")
            + "  - {id: trend, kind: signal, owner: growth}\n",
    )
    .expect("written");
    let one_more = check(&["--baseline", &baseline, "--format", "github"]);
    assert_eq!(one_more.code, 1);
    assert!(one_more.out.starts_with("::warning file=") && one_more.out.lines().count() == 1);
}

#[test]
fn what_cannot_be_judged_is_no_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = path_in(&folder, "system.yaml");
    fs::write(&manifest, UNSTABLE).expect("written");
    fs::write(folder.path().join("cut.json"), "{\"undercurrent\": 1, \"nodes\": [{\"id\": ")
        .expect("written");
    let whole = folder.path().to_str().expect("a plain path");
    let refused = |words: &[&str], because: &str| {
        let answer = run(&[&["check", whole], words].concat());
        assert_eq!(answer.code, 2, "{words:?}: {}", answer.out);
        assert!(answer.err.contains(because), "{}", answer.err);
    };
    refused(&["--select", "THR001"], "not everything could be judged");
    refused(&["--select", "ZZZ"], "there is no rule `ZZZ`");
    refused(&["--baseline", &path_in(&folder, "none.json")], "could not be read");
    let other = path_in(&folder, "other.json");
    fs::write(&other, "{\"undercurrent_baseline\": 9}").expect("written");
    refused(&["--baseline", &other], "is a baseline of version 9");
    fs::write(folder.path().join("undercurrent.toml"), "[check]\nfail_on = \"warn\"\n")
        .expect("written");
    refused(&[], "undercurrent.toml:2: fail_on is one of error, warning, note, review");
}

#[test]
fn settings_beside_the_manifests_count() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("system.yaml"), UNSTABLE).expect("written");
    let whole = folder.path().to_str().expect("a plain path");
    let code = |settings: &str| {
        fs::write(folder.path().join("undercurrent.toml"), settings).expect("written");
        run(&["check", whole]).code
    };
    assert_eq!(code("[check]\nselect = [\"DEP002\"]\n"), 1);
    assert_eq!(code("[check]\nselect = [\"DEP002\"]\nfail_on = \"error\"\n"), 0);
    fs::write(folder.path().join("b.json"), "{\"undercurrent_baseline\": 1, \"findings\": []}")
        .expect("written");
    assert_eq!(code("[check]\nselect = [\"DEP002\"]\nbaseline = \"b.json\"\n"), 1);
}

#[test]
fn what_people_answered_in_the_window_counts_in_the_gate() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_projects/ads_ranking");
    for entry in fs::read_dir(sample).expect("a sample").map(|entry| entry.expect("a file").path())
    {
        if entry.is_file() {
            fs::copy(&entry, folder.path().join(entry.file_name().expect("a name")))
                .expect("copied");
        }
    }
    let whole = folder.path().to_str().expect("a plain path");
    let gate = ["check", whole, "--select", "FBK003", "--fail-on", "review"];
    let may_influence = |answer: &Answer| answer.out.contains("may influence one another through");
    let unanswered = run(&gate);
    assert!(unanswered.code == 1 && may_influence(&unanswered), "{}", unanswered.out);

    let file = folder.path().join("undercurrent.workspace.json");
    let denied = r#"{"version": 1, "influences": {"a -> b": {"confirmed": false,
        "from": "surface.ad_exchange", "to": "surface.partner_auction", "by": "ana", "why": "two markets"}}}"#;
    fs::write(&file, denied).expect("written");
    let answered = run(&gate);
    assert!(answered.out.contains("\n0 findings") && !may_influence(&answered), "{}", answered.out);

    fs::write(&file, "<<<<<<< HEAD\n").expect("written");
    let broken = run(&gate);
    assert_eq!(broken.code, 2);
    assert!(broken.err.contains("undercurrent.workspace.json:1:"), "{}", broken.err);
    let asked = run(&["query", whole, "model.bid"]);
    assert_eq!((asked.code, asked.out.trim()), (0, "model.bid"), "{}", asked.err);
    assert!(asked.err.contains("undercurrent.workspace.json:1:"), "{}", asked.err);
}

#[test]
fn a_report_can_go_to_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = path_in(&folder, "report.sarif");
    let answer = run(&["check", "sample:ads_ranking", "--format", "sarif", "-o", &file]);
    assert_eq!((answer.code, &*answer.out), (1, ""));
    let text = fs::read_to_string(&file).expect("a file");
    let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(read["version"], "2.1.0");
    let again = run(&["check", "sample:ads_ranking", "--format", "sarif"]);
    assert!(again.out == text, "two reports differ");
}
