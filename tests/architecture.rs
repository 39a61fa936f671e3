//! The shape of the house, held by tests: who may import whom, and that every file of a registry is
//! a row of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use undercurrent::analysis::{HEADINGS, rules};
use undercurrent::import;

/// A room and the rooms it may name. Reading order; see `ARCHITECTURE.md`.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("import", &["model"]),
    ("metrics", &["model"]),
    ("layout", &[]),
    ("analysis", &["model", "metrics"]),
    ("scene", &["model", "metrics", "layout", "analysis"]),
    ("export", &["model", "metrics", "layout", "analysis", "scene"]),
    (
        "session",
        &["model", "import", "metrics", "layout", "analysis", "scene", "export", "samples"],
    ),
    (
        "cli",
        &[
            "model", "import", "metrics", "layout", "analysis", "scene", "export", "session",
            "samples", "ui",
        ],
    ),
    (
        "ui",
        &[
            "model", "import", "metrics", "layout", "analysis", "scene", "export", "session",
            "samples",
        ],
    ),
];

/// Crates that only the window may name.
const WINDOW_CRATES: &[&str] = &[
    "egui",
    "eframe",
    "egui_graphs",
    "egui_tiles",
    "egui_table",
    "egui_plot",
    "egui_phosphor",
    "egui_notify",
    "rfd",
];

/// Rooms that may touch the file system.
const ROOMS_WITH_FILES: &[&str] = &["import", "session", "export", "cli", "metrics"];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                files.push((path.strip_prefix(&root).expect("below src").to_owned(), text));
            }
        }
    }
    files.sort();
    files
}

fn room(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?;
    Some(first.trim_end_matches(".rs").to_owned())
}

/// The text without its unit tests, which may build what they test from anywhere, and without comments.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..end]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Names that follow `crate::` in a text.
fn named_rooms(text: &str) -> Vec<String> {
    let name = |rest: &str| {
        rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let mut names: Vec<String> =
        text.split("crate::").skip(1).map(name).filter(|name| !name.is_empty()).collect();
    for rest in text.split("crate::{").skip(1) {
        let list = rest.split(';').next().unwrap_or_default();
        names.extend(list.split(',').map(|part| name(part.trim())).filter(|name| !name.is_empty()));
    }
    names
}

#[test]
fn rooms_import_only_what_lies_before_them() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    // Helpers of unit tests may build what they test from anywhere, as the tests themselves.
    let is_code = |path: &Path| !path.ends_with("testing.rs");
    for (path, text) in sources().into_iter().filter(|(path, _)| is_code(path)) {
        let Some(own) = room(&path) else { continue };
        let Some(may) = allowed.get(own.as_str()) else { continue };
        for name in named_rooms(&code(&text)) {
            if name != own && allowed.contains_key(name.as_str()) && !may.contains(&name.as_str()) {
                wrong.push(format!("src/{} names {name}, which {own} may not", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_a_known_room() {
    let known: Vec<&str> = ROOMS.iter().map(|(name, _)| *name).collect();
    for (path, _) in sources() {
        if path.components().count() > 1 {
            let own = room(&path).expect("a name");
            assert!(
                known.contains(&own.as_str()),
                "src/{own} is no room of the table in tests/architecture.rs"
            );
        }
    }
}

#[test]
fn only_the_window_names_the_window_crates() {
    for (path, text) in sources() {
        if room(&path).as_deref() == Some("ui") {
            continue;
        }
        let code = code(&text);
        for name in WINDOW_CRATES {
            let used =
                code.contains(&format!("{name}::")) || code.contains(&format!("use {name};"));
            assert!(!used, "src/{} names {name}; only ui may", path.display());
        }
    }
}

#[test]
fn only_some_rooms_touch_files() {
    for (path, text) in sources() {
        let own = room(&path).expect("a name");
        if !ROOMS_WITH_FILES.contains(&own.as_str()) {
            let code = code(&text);
            assert!(
                !code.contains("std::fs") && !code.contains("File::open"),
                "src/{} touches files",
                path.display()
            );
        }
    }
}

#[test]
fn colours_are_tokens() {
    for (path, text) in sources() {
        if path.ends_with("theme.rs") || path.starts_with("ui/theme") {
            continue;
        }
        let code = code(&text);
        for literal in ["from_rgb(", "from_rgba_", "Color::hex(\"", "from_gray("] {
            assert!(
                !code.contains(literal),
                "src/{} makes a colour by hand; add a token to the theme",
                path.display()
            );
        }
    }
}

#[test]
fn every_importer_has_a_page() {
    for importer in import::IMPORTERS {
        let meta = importer.meta();
        assert!(!meta.doc.trim().is_empty(), "{} has no documentation", meta.key);
        assert!(
            import::IMPORTERS.iter().filter(|other| other.meta().key == meta.key).count() == 1,
            "the key {} is not unique",
            meta.key
        );
    }
}

#[test]
fn every_importer_is_fuzzed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let targets = fs::read_to_string(folder.join("Cargo.toml")).expect("the fuzz package");
    for importer in import::IMPORTERS {
        let key = importer.meta().key;
        let target = fs::read_to_string(folder.join(format!("fuzz_targets/{key}.rs")));
        assert!(
            target.is_ok_and(|target| target.contains(&format!("import(\"{key}\"")))
                && targets.contains(&format!("name = \"{key}\"")),
            "fuzz has no target for {key}"
        );
    }
}

#[test]
fn every_rule_is_a_file_and_a_row_in_order() {
    let rows: Vec<&str> = rules::RULES.iter().map(|rule| rule.meta().code).collect();
    let mut sorted = rows.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(rows, sorted, "rules stand by code, each once");
    let files: Vec<String> = sources()
        .into_iter()
        .filter_map(|(path, _)| {
            Some(path.strip_prefix("analysis/rules").ok()?.file_stem()?.to_str()?.to_uppercase())
        })
        .filter(|name| name != "MOD")
        .collect();
    assert_eq!(rows, files);
}

#[test]
fn every_rule_is_explained_under_the_fixed_headings() {
    for rule in rules::RULES {
        let meta = rule.meta();
        let headings: Vec<&str> =
            meta.docs.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, HEADINGS, "{}", meta.code);
        for parameter in meta.parameters {
            let (least, most) = parameter.range;
            assert!(
                (least..=most).contains(&parameter.default),
                "{} {}: the default is out of range",
                meta.code,
                parameter.key
            );
        }
    }
}

/// The page of a table's row equals what is written in `docs`; `UPDATE=1` writes it.
fn assert_pages(folder: &str, pages: impl Iterator<Item = (String, String)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(folder);
    let update = std::env::var_os("UPDATE").is_some();
    let mut names = Vec::new();
    for (name, page) in pages {
        let path = folder.join(format!("{name}.md"));
        if update {
            fs::create_dir_all(&folder).expect("a folder in docs");
            fs::write(&path, &page).expect("a page");
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "{} is not current; run the test with UPDATE=1", path.display());
        names.push(format!("{name}.md"));
    }
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(names.contains(&name), "{} is the page of nothing", folder.join(name).display());
    }
}

#[test]
fn the_pages_of_the_formats_are_current() {
    let page = |meta: &import::FormatMeta| format!("# {}\n\n{}\n", meta.title, meta.doc.trim());
    let metas = import::IMPORTERS.iter().map(|importer| importer.meta());
    assert_pages("formats", metas.map(|meta| (meta.key.to_owned(), page(meta))));
}

#[test]
fn the_pages_of_the_rules_are_current() {
    let metas = rules::RULES.iter().map(|rule| rule.meta());
    assert_pages("rules", metas.map(|meta| (meta.code.to_owned(), meta.page())));
}
