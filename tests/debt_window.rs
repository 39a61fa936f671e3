//! The debt panels of the window, driven without a screen.
#![cfg(feature = "gui")]

#[path = "support/window.rs"]
mod support;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use support::{Window, open, session, settle};

/// Chooses an entry of the palette by its name.
fn palette(harness: &mut Window, name: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_ok();
    harness.event(egui::Event::Text(name.into()));
    harness.run_ok();
    harness.key_press(Key::Enter);
    listed(harness);
}

/// Steps until lists that are made beside the frame are there.
fn listed(harness: &mut Window) {
    for _ in 0..16 {
        settle(harness);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

fn says(harness: &Window, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

#[test]
fn the_five_questions_are_answered_and_open_to_their_evidence() {
    let mut harness = open("ads_ranking");
    palette(&mut harness, "Questions");
    assert!(says(&harness, "1. How easily can an entirely new"));
    assert!(says(&harness, "5. How quickly can new members"));
    assert!(says(&harness, "ML code, 7940 lines"), "Figure 1");
    assert!(!says(&harness, "Computed as: all that data flow from"));
    harness.get_by_label_contains("Size: 38 nodes").click();
    listed(&mut harness);
    assert!(says(&harness, "Computed as: all that data flow from"));
}

#[test]
fn without_measurements_a_question_is_open_and_says_what_is_missing() {
    let mut harness = open("page_loop");
    palette(&mut harness, "Questions");
    assert!(says(&harness, "needs the table lines_of_code"));
    assert!(says(&harness, "Code around it: open"));
}

#[test]
fn two_models_stand_side_by_side_and_over_time() {
    let mut harness = open("ads_ranking");
    palette(&mut harness, "Configuration");
    assert!(says(&harness, "things differ"));
    assert!(says(&harness, "over time") && says(&harness, "Training from"));
    let shown = |harness: &Window| harness.query_all_by_label_contains(" beside ").count();
    let before = shown(&harness);
    harness.get_by_label("Also what is the same").click();
    listed(&mut harness);
    assert!(shown(&harness) > before, "what is the same is listed too");
}

#[test]
fn what_if_tells_who_breaks_and_changes_nothing() {
    let mut harness = open("page_loop");
    let graph = session(&harness).graph().expect("open");
    let nodes = graph.nodes().len();
    let log = graph.nodes().iter().find(|node| node.kind == undercurrent::model::NodeKind::Dataset);
    let name = log.expect("a log").name.to_string();
    palette(&mut harness, &name);
    assert_eq!(session(&harness).selected_node_ids().len(), 1);
    harness.key_press(Key::W);
    listed(&mut harness);
    assert!(says(&harness, "Who breaks") && says(&harness, "In this order"));
    assert!(says(&harness, "Loop no more"), "the log closes it");
    assert!(says(&harness, "Nothing is written."));
    assert_eq!(session(&harness).graph().expect("open").nodes().len(), nodes);
}

#[test]
fn a_chosen_loop_lives_and_without_motion_the_window_rests() {
    let mut harness = open("page_loop");
    harness.get_by_label_contains("Loops").click();
    listed(&mut harness);
    harness.get_by_label_contains("⇄").click();
    listed(&mut harness);
    assert!(session(&harness).shown_loop().is_some());
    assert!(says(&harness, "Worth cutting"), "scissors with their cost");
    assert!(says(&harness, "Closes through"), "the inspector tells of the loop");
    assert!(harness.run_ok().is_none(), "dots travel, frame after frame");
    palette(&mut harness, "Reduced motion");
    assert!(session(&harness).preferences().reduced_motion);
    let steps = harness.run();
    assert!(steps <= 2, "{steps} frames while nothing moves");
}

#[test]
fn findings_are_filtered_by_queries_and_grouped() {
    let mut harness = open("ads_ranking");
    listed(&mut harness);
    let all = session(&harness).analysis().expect("judged").findings.len();
    assert!(says(&harness, &format!("{all} findings")));
    harness.get_by_value("By weight").click();
    harness.run_ok();
    harness.get_by_label("By rule").click();
    listed(&mut harness);
    assert!(says(&harness, " h a year"), "headings with their counts and hours");
    // The first field of the panel is the filter.
    let field = harness.get_all_by_role(egui::accesskit::Role::TextInput).last().expect("a filter");
    field.focus();
    harness.run_ok();
    harness.event(egui::Event::Text("rule:FBK severity:error".into()));
    listed(&mut harness);
    assert!(says(&harness, &format!("of {all} findings")));
    assert!(says(&harness, "FBK002: ") && !says(&harness, "DEP001: "));
}

#[test]
fn a_finding_opens_to_evidence_and_is_accepted_with_a_reason() {
    let mut harness = open("page_loop");
    listed(&mut harness);
    let open_finding = |harness: &mut Window| {
        harness.query_all_by_label_contains("error FBK002").next().expect("a loop").click();
        listed(harness);
    };
    open_finding(&mut harness);
    assert!(says(&harness, "How to verify:") && says(&harness, "An index, not a measurement."));
    harness.get_by_label("Accept for a while…").click_accesskit();
    listed(&mut harness);
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Why").focus();
    harness.run_ok();
    harness.event(egui::Event::Text("Agreed for the winter".into()));
    harness.run_ok();
    harness.get_by_label("Accept").click_accesskit();
    listed(&mut harness);
    let analysis = session(&harness).analysis().expect("judged");
    assert_eq!(analysis.accepted.len(), 1);
    assert_eq!(&*analysis.accepted[0].reason, "Agreed for the winter");
    assert!(analysis.findings.iter().any(|finding| finding.allowed == Some(0)));
    harness.get_by_label("1 accepted").click();
    listed(&mut harness);
    assert!(says(&harness, "Accepted: Agreed for the winter."), "the ledger");
    harness.get_by_label("Revoke").click_accesskit();
    listed(&mut harness);
    assert!(session(&harness).analysis().expect("judged").accepted.is_empty());
}

#[test]
fn every_rule_tells_how_much_it_could_judge() {
    let mut harness = open("hello");
    listed(&mut harness);
    harness.get_by_label_contains("rules could judge").click();
    listed(&mut harness);
    assert!(says(&harness, "ABS001 missing abstraction"));
    let open = session(&harness).analysis().expect("judged");
    let open = open.rules.iter().find(|rule| !rule.open.is_empty()).expect("an open rule");
    assert!(says(&harness, open.open[0].missing), "what is missing is told");
}

#[test]
fn undeclared_consumers_are_listed_with_whom_to_talk_to() {
    let mut harness = open("ads_ranking");
    palette(&mut harness, "Consumers");
    let found = session(&harness).analysis().expect("judged");
    let found = found.findings.iter().filter(|finding| finding.code == "CON001").count();
    assert!(found > 0 && says(&harness, &format!("{found} undeclared consumers")));
    assert!(says(&harness, "svc-coupon-engine"));
    harness.get_by_label("Copy as CSV").click();
    harness.run_ok();
    let mut without = open("hello");
    palette(&mut without, "Consumers");
    assert!(says(&without, "needs an access log"));
}

#[test]
fn hotspots_open_to_formula_and_evidence() {
    let mut harness = open("ads_ranking");
    palette(&mut harness, "Hotspots");
    assert!(says(&harness, "Debt 100 of 100"), "the worst of the sample");
    assert!(!says(&harness, "Score: 100 × (1 − e^(−heat / 200))"));
    let spots = harness.query_all_by_label_contains(" h · ");
    spots.into_iter().next().expect("reasons").click();
    listed(&mut harness);
    assert!(says(&harness, "Score: 100 × (1 − e^(−heat / 200))"));
    assert!(says(&harness, "Inherited from upstream"));
}

#[test]
fn thresholds_are_listed_with_their_defaults() {
    let mut harness = open("hello");
    palette(&mut harness, "Rules");
    harness.get_by_label_contains("DEP004").click_accesskit();
    listed(&mut harness);
    assert!(says(&harness, "age_days"));
}

#[test]
fn an_inferred_influence_is_confirmed_by_somebody_for_a_reason() {
    let mut harness = open("two_investors");
    harness.get_by_label_contains("Loops").click();
    listed(&mut harness);
    harness.query_all_by_label_contains("inferred").next().expect("a loop").click();
    listed(&mut harness);
    harness.query_all_by_label("Confirm…").next().expect("an influence").click_accesskit();
    listed(&mut harness);
    for (label, text) in [("Who says so", "Ada"), ("Why", "The boards share their books")] {
        harness.get_by_role_and_label(egui::accesskit::Role::TextInput, label).focus();
        harness.run_ok();
        harness.event(egui::Event::Text(text.into()));
        listed(&mut harness);
    }
    harness.get_by_label("Keep the answer").click_accesskit();
    listed(&mut harness);
    let influences = &session(&harness).analysis().expect("judged").influences;
    let answered = influences.iter().find(|influence| influence.answer.is_some());
    let answered = answered.expect("the rules judge with the answer");
    let said = session(&harness).decision(answered.from, answered.to).expect("it is kept");
    assert!(said.confirmed && said.by.contains("Ada"));
    assert_eq!(said.why, "The boards share their books");
    assert!(said.on.is_some());
    assert!(says(&harness, "The boards share their books"), "and told");
}
