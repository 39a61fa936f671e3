//! Slices of predictions in the window: each view driven by what a screen reader would find.
#![cfg(feature = "gui")]

#[path = "support/window.rs"]
mod support;

use egui::OutputCommand;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use support::{Window, open, session, settle, window};
use undercurrent::import::Input;
use undercurrent::scene::Emphasis;

/// The sample with its slices in front.
fn slices() -> Window {
    let mut harness = open("ads_ranking");
    harness.get_by_label("Slices").click();
    settle(&mut harness);
    harness
}

/// The sample in one of the views.
fn view(title: &str) -> Window {
    let mut harness = slices();
    click(&mut harness, title);
    harness
}

/// Clicks what is called so, and waits for everything that follows.
fn click(harness: &mut Window, label: &str) {
    harness.get_by_label(label).click();
    settle(harness);
}

/// Clicks what is called so by a screen reader, where the pointer would have to scroll first.
fn press(harness: &mut Window, label: &str) {
    harness.get_by_label_contains(label).click_accesskit();
    settle(harness);
}

/// Chooses an entry of the list that shows this choice now.
fn choose(harness: &mut Window, now: &str, choice: &str) {
    harness.get_by_value(now).click();
    harness.run_ok();
    click(harness, choice);
}

/// What a screen reader says of the one thing whose label holds this.
fn label(harness: &Window, part: &str) -> String {
    harness.get_by_label_contains(part).accesskit_node().label().unwrap_or_default()
}

/// Clicks the number of rows.
fn open_what_was_read(harness: &mut Window) {
    let named = harness.query_all_by_label_contains("240,000 rows");
    let button = named.into_iter().find(|own| own.accesskit_node().role() == Role::Button);
    button.expect("the rows' button").click();
    settle(harness);
}

fn slice(harness: &Window) -> String {
    session(harness).slices().slice().to_string()
}

fn emphasis(harness: &Window, id: &str) -> Option<Emphasis> {
    let session = session(harness);
    let node = session.graph()?.find(id)?;
    Some(session.emphasis().of_box(session.scene()?.box_of(node)?))
}

#[test]
fn without_predictions_one_button_opens_them() {
    let mut harness = open("hello");
    click(&mut harness, "Slices");
    assert!(harness.query_by_label_contains("No manifest names predictions").is_some());
    assert!(harness.query_by_label("Open predictions…").is_some());
}

#[test]
fn the_grid_shows_what_is_planted() {
    let harness = slices();
    let poland = label(&harness, "model.ctr, country=pl, Bias");
    assert!(poland.contains("+16 %"), "{poland}");
    let home = label(&harness, "model.ctr, page=app_home, Bias");
    assert!(home.contains('−'), "{home}");
    let germany = label(&harness, "model.ctr, country=de, Bias");
    assert!(germany.contains("−2.5 %"), "{germany}");
    assert!(session(&harness).slices().looked_at() >= 30);
}

#[test]
fn a_click_on_a_cell_brushes_its_slice_and_lights_the_graph() {
    let mut harness = slices();
    press(&mut harness, "model.ctr, device=phone, Bias");
    assert_eq!(slice(&harness), "device=phone");
    assert_eq!(emphasis(&harness, "model.ctr"), Some(Emphasis::Related));
    assert_eq!(emphasis(&harness, "model.bid"), Some(Emphasis::Dimmed));
    let all = label(&harness, "model.ctr, all rows, Bias");
    press(&mut harness, "model.ctr, device=phone, Bias");
    assert_eq!(slice(&harness), "all rows");
    assert_ne!(label(&harness, "model.ctr, all rows, Bias"), all, "fewer rows before");
    assert_eq!(emphasis(&harness, "model.bid"), Some(Emphasis::Normal));
}

#[test]
fn a_baseline_turns_values_into_changes() {
    let mut harness = slices();
    let before = label(&harness, "model.ctr_newcomers, tenure=new, Log loss");
    choose(&mut harness, "No baseline", "model.ctr");
    let own = session(&harness).slices();
    assert_eq!(own.baseline(), own.predictions().expect("read").model("model.ctr"));
    assert_eq!(label(&harness, "model.ctr_newcomers, tenure=new, Log loss"), before);
    assert!(harness.query_by_value("Against model.ctr").is_some());
}

#[test]
fn a_selection_in_the_graph_narrows_the_models() {
    let mut harness = slices();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    harness.run_ok();
    harness.event(egui::Event::Text("Clicks of newcomers".into()));
    harness.run_ok();
    harness.key_press(egui::Key::Enter);
    settle(&mut harness);
    assert_eq!(session(&harness).selected_node_ids(), ["model.ctr_newcomers"]);
    assert!(harness.query_by_label_contains("model.ctr_newcomers, country=pl, Bias").is_some());
    assert!(harness.query_by_label_contains("model.ctr, country=pl, Bias").is_none());
    press(&mut harness, "Models of the selection");
    assert!(harness.query_by_label_contains("model.ctr, country=pl, Bias").is_some());
}

#[test]
fn a_bar_is_brushed_and_the_other_charts_follow() {
    let mut harness = view("Brushes");
    let phone = label(&harness, "device phone:");
    press(&mut harness, "country pl:");
    assert_eq!(slice(&harness), "country=pl");
    let fewer = label(&harness, "device phone:");
    assert_ne!(fewer, phone);
    press(&mut harness, "Take the other values: country");
    assert_eq!(slice(&harness), "country=at|de|es|fr|it|nl");
    press(&mut harness, "Keep on reset: country");
    press(&mut harness, "page results:");
    press(&mut harness, "Reset the slice");
    assert_eq!(slice(&harness), "country=at|de|es|fr|it|nl", "a pinned brush stays");
    press(&mut harness, "Drop the brush: country");
    assert_eq!(slice(&harness), "all rows");
    assert_eq!(label(&harness, "device phone:"), phone);
}

#[test]
fn a_drag_brushes_a_range() {
    let mut harness = view("Brushes");
    let from = harness.get_by_label_contains("country at:").rect().center();
    let to = harness.get_by_label_contains("country es:").rect().center();
    harness.hover_at(from);
    harness.run_ok();
    harness.drag_at(from);
    harness.run_ok();
    for step in 1..=4 {
        harness.hover_at(from + (to - from) * (step as f32 / 4.0));
        harness.run_ok();
    }
    harness.drop_at(to);
    settle(&mut harness);
    assert_eq!(slice(&harness), "country=at|de|es");
    let undo = |harness: &mut Window, modifiers| {
        harness.key_press_modifiers(modifiers, egui::Key::Z);
        settle(harness);
    };
    undo(&mut harness, egui::Modifiers::COMMAND);
    assert_eq!(slice(&harness), "all rows", "one drag is one step");
    undo(&mut harness, egui::Modifiers::COMMAND | egui::Modifiers::SHIFT);
    assert_eq!(slice(&harness), "country=at|de|es");
}

#[test]
fn the_finder_finds_the_planted_slices() {
    let mut harness = view("Worst slices");
    press(&mut harness, "country = pl: ");
    assert_eq!(slice(&harness), "country=pl");
    click(&mut harness, "Too low");
    assert!(harness.query_by_label_contains("device = phone, page = app_home: ").is_some());
    click(&mut harness, "Worse than");
    choose(&mut harness, "model.ctr", "model.ctr_newcomers");
    press(&mut harness, "tenure = new, category = garden: ");
    assert_eq!(slice(&harness), "tenure=new, category=garden");
    assert!(session(&harness).slices().looked_at() > 500);
}

#[test]
fn thresholds_are_judged_and_copied() {
    let mut harness = view("Thresholds");
    assert!(harness.query_all_by_label("Least click probability").next().is_some());
    assert!(harness.query_all_by_label("Learned").next().is_some());
    harness.get_by_label("Copy as manifest").click_accesskit();
    let mut copied = String::new();
    for _ in 0..4 {
        harness.step();
        for command in &harness.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                copied.clone_from(text);
            }
        }
    }
    assert!(copied.starts_with("- id: threshold.min_ctr\n  value: 0."), "{copied}");
    assert!(copied.contains("set_by: learned"), "{copied}");
}

#[test]
fn by_weeks_poland_is_an_alarm_over_time() {
    let mut harness = view("Over time");
    choose(&mut harness, "Stretches: automatic", "By week");
    // From many values to few: what is drawn meanwhile is of the many.
    choose(&mut harness, "By country", "device");
    assert!(harness.query_by_label_contains("tablet over time").is_some());
    choose(&mut harness, "By device", "country");
    assert_eq!(label(&harness, "pl over time"), "pl over time: 1 alarm");
    assert_eq!(label(&harness, "de over time"), "de over time: 0 alarms");
}

#[test]
fn rules_judge_what_the_rows_say() {
    let harness = slices();
    let session = session(&harness);
    let analysis = session.analysis().expect("judged");
    let biased = analysis.findings.iter().filter(|own| own.code == "MON001");
    let graph = session.graph().expect("loaded");
    let messages: Vec<_> = biased.map(|own| own.message.read(graph)).collect();
    let learned = "`Clicks of newcomers` predicts 19 % too high in the slice tenure=new";
    assert!(messages.iter().any(|own| own.contains(learned)), "{messages:?}");
    let worst: Vec<String> =
        session.worst_slices().iter().map(|own| own.slice.to_string()).collect();
    assert_eq!(worst, ["country=pl", "tenure=new"]);
}

#[test]
fn a_slice_is_kept_under_a_name() {
    let mut harness = slices();
    press(&mut harness, "model.ctr, country=pl, Bias");
    press(&mut harness, "Saved slices");
    harness.get_by_label("Name of this slice").focus();
    harness.run_ok();
    harness.event(egui::Event::Text("Poland".into()));
    harness.run_ok();
    click(&mut harness, "Save");
    assert!(session(&harness).saved_slices().contains_key("Poland"));
    press(&mut harness, "Reset the slice");
    assert_eq!(slice(&harness), "all rows");
    press(&mut harness, "Saved slices");
    click(&mut harness, "Poland");
    assert_eq!(slice(&harness), "country=pl");
}

#[test]
fn predictions_alone_open_a_window_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rows.csv.gz");
    let mut text = String::from("country,label,score\n");
    for row in 0..2000 {
        text += &format!("{},{},.2\n", ["pl", "it"][row % 2], u8::from(row % 5 == 0));
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).expect("packed");
    std::fs::write(&file, packed.finish().expect("packed")).expect("written");
    let mut harness = window(vec![Input::Path(file)]);
    settle(&mut harness);
    assert_eq!(session(&harness).slices().predictions().expect("read").rows(), 2000);
    assert!(harness.query_by_label_contains("country=pl, Bias").is_some());
}

#[test]
fn a_cube_opens_like_rows_and_says_what_it_cannot_tell() {
    let rows = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sample_projects/ads_ranking/predictions.parquet");
    let options = undercurrent::metrics::read::ReadOptions::default();
    let read = |paths: &[std::path::PathBuf]| {
        undercurrent::metrics::read::read(
            paths,
            &options,
            &undercurrent::metrics::read::Watch::none(),
        )
    };
    let rows = read(&[rows]).expect("the sample").predictions;
    let cube = undercurrent::metrics::cube::SliceCube::of(&rows, &[0, 1], &[1, 2], None, 0);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cube.csv");
    let mut bytes = Vec::new();
    let format = undercurrent::metrics::cube::CubeFormat::Csv;
    cube.expect("few cells").write(format, &mut bytes).expect("memory");
    std::fs::write(&file, bytes).expect("written");
    let mut harness = window(vec![Input::Path(file)]);
    settle(&mut harness);
    let predictions = session(&harness).slices().predictions().expect("read");
    assert_eq!((predictions.counted_rows(), predictions.rows()), (240_000, 21));
    assert!(harness.query_all_by_label_contains("country=pl, Bias").count() == 2);
    assert!(harness.query_by_label_contains("Sums by cell").is_some());
    press(&mut harness, "Worst slices");
    settle(&mut harness);
    assert!(harness.query_by_label_contains("This takes single rows").is_some());
}

/// The number below the rows' button: with less than all rows take, there are sums and a sample.
#[test]
fn less_memory_is_allowed_by_a_number() {
    let mut harness = slices();
    open_what_was_read(&mut harness);
    harness.get_by_role(Role::SpinButton).focus();
    harness.run_steps(2);
    // A number in focus is written over.
    harness.event(egui::Event::Text("2".into()));
    harness.key_press(egui::Key::Enter);
    settle(&mut harness);
    let slices = session(&harness).slices();
    let set = slices.set().expect("read again");
    assert_eq!(set.memory, 2 << 20);
    assert!(set.predictions.is_aggregated() && set.sample.is_some());
    assert_eq!(set.predictions.counted_rows(), 240_000);
}

/// By mouse: a list opens over what was read, a choice in it leaves that open, and a click beside closes it.
#[test]
fn the_role_of_a_column_is_changed_by_mouse() {
    let mut harness = slices();
    open_what_was_read(&mut harness);
    let before = session(&harness).slices().predictions().expect("read").dimensions().len();
    let roles = |harness: &Window| harness.query_all_by_value("Dimension").count();
    assert!(roles(&harness) > 3);
    harness.query_all_by_value("Dimension").next().expect("a column").click();
    harness.run_ok();
    click(&mut harness, "Not read");
    click(&mut harness, "Read again so");
    let after = session(&harness).slices().predictions().expect("read").dimensions().len();
    assert_eq!(after + 1, before, "{:?}", session(&harness).slices().failed());
    assert!(roles(&harness) == 0, "it is closed when it is done");
}

#[test]
fn a_broken_file_is_told_and_nothing_else_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rows.parquet");
    std::fs::write(&file, b"PAR1 and no more").expect("written");
    let mut harness = window(vec![Input::Path(file)]);
    settle(&mut harness);
    assert!(session(&harness).slices().predictions().is_none());
    assert!(session(&harness).slices().failed().is_some_and(|own| own.contains("rows.parquet")));
    assert!(harness.query_by_label("Open predictions…").is_some());
}

#[test]
fn an_idle_window_with_slices_asks_for_no_frame() {
    for title in ["Grid", "Brushes", "Worst slices", "Thresholds", "Over time"] {
        let mut harness = view(title);
        // `run` fails when frames are asked for without end.
        harness.run();
        let steps = harness.run();
        assert!(steps <= 3, "{title}: {steps} frames in an idle window");
    }
}
