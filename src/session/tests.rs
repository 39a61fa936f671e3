//! The session driven as a window drives it: commands in, jobs awaited, state looked at.

use super::*;
use crate::import::Input;
use crate::model::NodeIx;
use crate::samples::Sample;
use crate::scene::{BoxIx, Focus, Grouping, GroupsOpen, Perspective, Reason, Target, ThemeName};
use crossbeam_channel::{Receiver, unbounded};
use std::sync::Arc;
use std::time::Duration;

/// A job that does not report within this time hangs.
const PATIENCE: Duration = Duration::from_secs(60);

struct Driver {
    session: Session,
    bell: Receiver<()>,
}

impl Driver {
    fn new(store: Store) -> Self {
        let (ring, bell) = unbounded();
        let wake: Waker = Arc::new(move || {
            // The bell is gone when the test is over.
            let _ = ring.send(());
        });
        Self { session: Session::new(store, wake), bell }
    }

    fn on(sample: &str) -> Self {
        let mut driver = Self::new(Store::nowhere());
        let files = Sample::find(sample).expect("a sample").files;
        driver.run(Command::Open(vec![Input::Embedded(files)]));
        driver
    }

    /// Applies a command and waits for everything that it started.
    fn run(&mut self, command: Command) {
        self.session.apply(command);
        while !self.session.running().is_empty() {
            self.bell.recv_timeout(PATIENCE).expect("the jobs go on");
            self.session.absorb();
        }
        self.session.settle();
    }

    fn act(&mut self, action: Action) {
        self.run(Command::Do(action));
    }

    fn node(&self, id: &str) -> NodeIx {
        self.session.graph().expect("open").find(id).expect(id)
    }

    fn select(&mut self, id: &str) {
        let node = self.node(id);
        self.run(Command::Select(vec![Target::Node(node)], Pick::Only));
    }

    fn selected(&self) -> Vec<String> {
        self.session.selected_node_ids()
    }

    fn cards(&self) -> usize {
        self.session.scene().expect("a picture").cards.len()
    }
}

#[test]
fn opening_shows_a_picture_and_judges_it() {
    let driver = Driver::on("hello");
    let session = &driver.session;
    assert_eq!(session.project().expect("open").title, "Hello");
    assert_eq!(driver.cards(), 5);
    assert!(session.picture().expect("a picture").complete);
    assert!(session.analysis().is_some());
    let seen = session.camera().seen(session.viewport());
    assert!(seen.contains(session.scene().expect("a picture").bounds.min), "it is fitted");
}

#[test]
fn a_query_is_one_step_that_can_be_taken_back() {
    let mut driver = Driver::on("ads_ranking");
    let before = driver.cards();
    for text in ["k", "ki", "kind:model"] {
        driver.run(Command::Query(text.to_owned()));
    }
    assert_eq!(driver.session.view().query, "kind:model");
    assert_ne!(driver.cards(), before);
    driver.act(Action::Undo);
    assert_eq!(driver.session.query_text(), "");
    assert_eq!(driver.cards(), before);
    driver.act(Action::Redo);
    assert_eq!(driver.session.query_text(), "kind:model");
}

#[test]
fn what_is_no_query_leaves_the_picture() {
    let mut driver = Driver::on("hello");
    driver.run(Command::Query("kind:(".to_owned()));
    assert!(driver.session.query_error().is_some());
    assert_eq!(driver.session.view().query, "");
    assert_eq!(driver.cards(), 5);
}

#[test]
fn focus_goes_there_and_back_leads_out() {
    let mut driver = Driver::on("hello");
    driver.select("model.picks");
    driver.act(Action::FocusNeighbours);
    assert_eq!(driver.cards(), 3);
    driver.act(Action::Back);
    assert_eq!(driver.cards(), 5);
    driver.act(Action::Forward);
    assert_eq!(driver.cards(), 3);
    driver.act(Action::StepBack);
    assert!(driver.session.selection().is_empty(), "first the selection");
    driver.act(Action::StepBack);
    assert_eq!(driver.cards(), 5, "then the focus");
}

#[test]
fn groups_open_and_close_in_place() {
    let mut driver = Driver::on("ads_ranking");
    driver.run(Command::Group(Grouping::Team));
    driver.act(Action::CloseAllGroups);
    let key = driver.session.scene().expect("a picture").plates[0].key.clone();
    let target = Target::Group(key.clone());
    let place = |driver: &Driver| {
        let rect = driver.session.rect_of(&target).expect("shown");
        driver.session.camera().to_screen(rect.min, driver.session.viewport())
    };
    let before = place(&driver);
    assert_eq!(driver.cards(), 0);
    driver.run(Command::ToggleGroup(key.clone()));
    assert!(driver.cards() > 0);
    assert!(place(&driver).distance(before) < 1.0, "it stays under the pointer");
    driver.run(Command::ToggleGroup(key));
    assert_eq!(driver.cards(), 0);
    driver.act(Action::Undo);
    assert!(driver.cards() > 0);
}

#[test]
fn a_node_in_closed_groups_is_revealed() {
    let mut driver = Driver::on("ads_ranking");
    driver.act(Action::CloseAllGroups);
    let graph = driver.session.graph().expect("open");
    let scene = driver.session.scene().expect("a picture");
    let hidden =
        graph.node_indices().find(|&node| matches!(scene.box_of(node), Some(BoxIx::Plate(_))));
    let hidden = hidden.expect("something is in a group");
    driver.run(Command::Reveal(hidden));
    let scene = driver.session.scene().expect("a picture");
    assert!(matches!(scene.box_of(hidden), Some(BoxIx::Card(_))));
    assert_eq!(driver.session.selection(), [Target::Node(hidden)]);
    let seen = driver.session.camera().seen(driver.session.viewport());
    assert!(seen.contains(driver.session.rect_of(&Target::Node(hidden)).expect("shown").center()));
}

#[test]
fn a_node_outside_of_query_and_focus_is_revealed() {
    let mut driver = Driver::on("hello");
    driver.run(Command::Query("model.picks".to_owned()));
    assert_eq!(driver.cards(), 1);
    let page = driver.node("surface.page");
    driver.run(Command::Reveal(page));
    assert_eq!(driver.cards(), 5);
    assert_eq!(driver.session.query_text(), "");
}

#[test]
fn arrow_keys_walk_along_edges() {
    let mut driver = Driver::on("hello");
    driver.select("model.picks");
    driver.act(Action::WalkRight);
    assert_eq!(driver.selected(), ["prediction.picks"]);
    driver.act(Action::WalkRight);
    driver.act(Action::WalkLeft);
    assert_eq!(driver.selected(), ["prediction.picks"]);
}

#[test]
fn what_is_hidden_is_counted_and_comes_back() {
    let mut driver = Driver::on("hello");
    driver.select("action.show");
    driver.act(Action::Hide);
    assert_eq!(driver.cards(), 4);
    let hidden = driver.session.scene().expect("a picture").hidden.clone();
    assert!(hidden.nodes.contains(&(Reason::ByHand, 1)));
    driver.run(Command::Show(Reason::ByHand));
    assert_eq!(driver.cards(), 5);
}

#[test]
fn pins_and_views_are_kept_beside_the_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = Sample::find("hello").expect("a sample");
    for (name, bytes) in sample.files {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let open = || Command::Open(vec![Input::Path(folder.path().to_owned())]);
    let mut driver = Driver::new(Store::nowhere());
    driver.run(open());
    let target = Target::Node(driver.node("model.picks"));
    driver.run(Command::Pin(target.clone(), (500.0, -60.0)));
    let center = driver.session.rect_of(&target).expect("shown").center();
    assert_eq!((center.x, center.y), (500.0, -60.0));
    driver.run(Command::Query("model.picks or prediction.picks".to_owned()));
    driver.run(Command::SaveView("Two".to_owned()));

    let mut again = Driver::new(Store::nowhere());
    again.run(open());
    let center = again.session.rect_of(&target).expect("shown").center();
    assert_eq!((center.x, center.y), (500.0, -60.0));
    again.run(Command::ApplyView("Two".to_owned()));
    assert_eq!(again.cards(), 2);
    again.act(Action::UnpinAll);
    assert!(again.session.view().pins.is_empty());
}

#[test]
fn in_a_ring_nothing_is_pinned() {
    let mut driver = Driver::on("hello");
    let on = vec!["model.picks".to_owned(), "prediction.picks".to_owned()];
    driver.run(Command::Focus(Focus { on: on.clone(), up: Some(0), down: Some(0), round: on }));
    let target = Target::Node(driver.node("model.picks"));
    driver.run(Command::Pin(target, (1.0, 1.0)));
    assert!(driver.session.view().pins.is_empty());
    let notices = driver.session.take_notices();
    assert!(notices.iter().any(|notice| notice.text.contains("ring")), "{notices:?}");
}

#[test]
fn a_saved_view_says_what_vanished() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.yaml");
    let text = |id: &str| format!("undercurrent: 1\nnodes:\n  - {{id: {id}, kind: model}}\n");
    std::fs::write(&path, text("old_model")).expect("written");
    let mut driver = Driver::new(Store::nowhere());
    driver.run(Command::Open(vec![Input::Path(folder.path().to_owned())]));
    let on = vec!["old_model".to_owned()];
    driver.run(Command::Focus(Focus { on, up: Some(1), down: Some(1), round: Vec::new() }));
    driver.run(Command::SaveView("Focus".to_owned()));
    std::fs::write(&path, text("new_model")).expect("written");
    driver.act(Action::Reload);
    driver.session.take_notices();
    driver.run(Command::ApplyView("Focus".to_owned()));
    let notices = driver.session.take_notices();
    assert!(notices.iter().any(|notice| notice.text.contains("old_model")), "{notices:?}");
}

#[test]
fn reloading_keeps_view_and_selection() {
    let mut driver = Driver::on("hello");
    driver.select("model.picks");
    driver.act(Action::FocusNeighbours);
    let camera = driver.session.camera();
    driver.act(Action::Reload);
    assert_eq!(driver.selected(), ["model.picks"]);
    assert_eq!(driver.cards(), 3);
    assert_eq!(driver.session.camera(), camera);
}

#[test]
fn a_changed_file_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    std::fs::write(&path, "source,target\na,b\n").expect("written");
    let mut driver = Driver::new(Store::nowhere());
    driver.run(Command::Open(vec![Input::Path(folder.path().to_owned())]));
    assert_eq!(driver.cards(), 2);
    std::fs::write(&path, "source,target\na,b\nb,c\n").expect("written");
    while driver.cards() != 3 {
        driver.bell.recv_timeout(PATIENCE).expect("the change is noticed");
        driver.session.absorb();
    }
}

#[test]
fn cancelling_keeps_the_last_picture() {
    let mut driver = Driver::on("ads_ranking");
    let before = driver.session.picture().expect("a picture").revision;
    driver.session.apply(Command::Do(Action::OpenAllGroups));
    driver.session.apply(Command::Cancel(Job::Arrange));
    assert!(driver.session.running().is_empty());
    driver.session.absorb();
    assert_eq!(driver.session.picture().expect("a picture").revision, before);
}

#[test]
fn nothing_readable_is_said_and_not_shown_as_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut driver = Driver::new(Store::nowhere());
    driver.run(Command::Open(vec![Input::Path(folder.path().join("missing.json"))]));
    let notices = driver.session.take_notices();
    assert!(notices.iter().any(|notice| notice.kind == NoticeKind::Failed), "{notices:?}");
}

#[test]
fn an_answer_is_kept_with_who_when_and_why() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in Sample::find("hello").expect("a sample").files {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let open = || Command::Open(vec![Input::Path(folder.path().to_owned())]);
    let mut driver = Driver::new(Store::nowhere());
    driver.run(open());
    let (from, to) = (driver.node("prediction.picks"), driver.node("model.picks"));
    let (by, why) = ("Ada".to_owned(), " it is the same page ".to_owned());
    driver.run(Command::Decide { from, to, confirmed: false, by, why });
    let mut again = Driver::new(Store::nowhere());
    again.run(open());
    let said = again.session.decision(again.node("prediction.picks"), again.node("model.picks"));
    let said = said.expect("it is kept");
    assert_eq!((&*said.by, &*said.why, said.confirmed), ("Ada", "it is the same page", false));
    assert!(said.on.is_some());
    assert_eq!(again.session.likely_name(), "Ada");
}

#[test]
fn thresholds_and_acceptances_are_kept_in_the_settings_and_judged_by() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in Sample::find("page_loop").expect("a sample").files {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let file = folder.path().join(SETTINGS_FILE_NAME);
    std::fs::write(&file, "# Ours\n[check]\nfail_on = \"error\"\n").expect("written");
    let mut driver = Driver::new(Store::nowhere());
    driver.run(Command::Open(vec![Input::Path(folder.path().to_owned())]));
    let until = |driver: &mut Driver, done: &dyn Fn(&Session) -> bool| {
        while !done(&driver.session) {
            driver.bell.recv_timeout(PATIENCE).expect("the jobs go on");
            driver.session.absorb();
        }
    };
    let (code, key) = ("DEP004", "age_days");
    driver.session.apply(Command::SetParameter { code, key, value: Some(120.0) });
    let settings = |session: &Session| session.project().map(|open| open.settings.clone());
    until(&mut driver, &|session| {
        settings(session).is_some_and(|set| set.parameters.get(&(code, key)) == Some(&120.0))
    });
    let accepted = crate::analysis::Accepted {
        rule: "FBK002".into(),
        node: None,
        reason: "agreed".into(),
        owner: None,
        expires: None,
        path: SETTINGS_FILE_NAME.into(),
        line: 0,
    };
    driver.session.apply(Command::Accept(accepted.clone()));
    until(&mut driver, &|session| {
        let analysis = session.analysis().expect("judged");
        analysis
            .findings
            .iter()
            .any(|finding| finding.code == "FBK002" && finding.allowed == Some(0))
    });
    let text = std::fs::read_to_string(&file).expect("the file");
    assert!(text.starts_with("# Ours\n[check]\nfail_on = \"error\"\n"), "{text}");
    assert!(text.contains("[rules.DEP004]\nage_days = 120\n"), "{text}");
    assert!(text.contains("[[allow]]\nrule = \"FBK002\"\nreason = \"agreed\"\n"), "{text}");
    driver.session.apply(Command::Revoke(accepted));
    until(&mut driver, &|session| session.analysis().expect("judged").accepted.is_empty());
    let text = std::fs::read_to_string(&file).expect("the file");
    assert!(text.ends_with("[rules.DEP004]\nage_days = 120\n\n"), "{text}");
}

#[test]
fn what_if_is_asked_of_the_selection_and_outlives_it() {
    let mut driver = Driver::on("hello");
    driver.select("model.picks");
    driver.act(Action::WhatIf);
    driver.select("surface.page");
    assert_eq!(driver.session.asked_about(), [driver.node("model.picks")]);
    assert!(driver.session.take_requests().contains(&Request::ShowPanel(Panel::WhatIf)));
}

#[test]
fn preferences_and_recent_projects_are_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut driver = Driver::new(Store::at(folder.path()));
    driver.run(Command::OpenSample("hello"));
    driver.run(Command::Theme(ThemeName::Projector));
    let again = Session::new(Store::at(folder.path()), Arc::new(|| {}));
    assert_eq!(again.preferences().theme, ThemeName::Projector);
    assert_eq!(again.preferences().recent, [Recent::Sample("hello".into())]);
}

#[test]
fn lists_are_made_beside_the_frame() {
    let mut driver = Driver::on("hello");
    let wanted = Wanted::Outline { grouping: Grouping::Kind, query: String::new() };
    driver.session.apply(Command::Want(wanted.clone()));
    while driver.session.listed(&wanted).is_none() {
        driver.bell.recv_timeout(PATIENCE).expect("the list is made");
        driver.session.absorb();
    }
    let (listed, exact) = driver.session.listed(&wanted).expect("a list");
    assert!(exact && matches!(&**listed, Listed::Outline(outline) if outline.members() == 5));
}

#[test]
fn the_other_perspective_is_a_place_of_its_own() {
    let mut driver = Driver::on("ads_ranking");
    driver.act(Action::ShowCascades);
    assert_eq!(driver.session.view().perspective, Perspective::Cascades);
    assert_eq!(driver.session.scene().expect("a picture").perspective, Perspective::Cascades);
    driver.act(Action::Back);
    assert_eq!(driver.session.scene().expect("a picture").perspective, Perspective::Data);
    assert_eq!(driver.session.view().open, GroupsOpen::Auto);
}

fn grid_of(session: &Session, groups: Vec<Vec<usize>>) -> SliceQuestion {
    let slices = session.slices();
    SliceQuestion::Grid(crate::metrics::grid::GridRequest {
        models: vec![0, 1],
        groups,
        metrics: slices.metrics(),
        baseline: slices.baseline(),
        base_of_all: false,
        support: 100,
        slice: slices.slice().clone(),
    })
}

#[test]
fn of_questions_about_slices_the_newest_is_answered() {
    let mut driver = Driver::on("ads_ranking");
    assert_eq!(
        driver.session.slices().predictions().map(crate::metrics::Predictions::rows),
        Some(240_000)
    );
    let questions: Vec<SliceQuestion> =
        (1..5).map(|at| grid_of(&driver.session, vec![vec![at]])).collect();
    for question in &questions {
        driver.session.apply(Command::Slice(SliceCommand::Ask(question.clone())));
    }
    driver.run(Command::Hover(None));
    let answered = |at: usize| driver.session.slices().answer(&questions[at]).map(|own| own.1);
    assert_eq!((answered(3), answered(0)), (Some(true), Some(false)));
}

#[test]
fn a_stopped_search_is_not_begun_again_by_itself() {
    let mut driver = Driver::on("ads_ranking");
    let objective = crate::metrics::find::Objective::LogLoss { model: 0 };
    let slice = crate::metrics::SliceSpec::default();
    let find = SliceQuestion::Find(FindRequest { objective, level: 3, slice });
    driver.session.apply(Command::Slice(SliceCommand::Ask(find.clone())));
    driver.session.apply(Command::Slice(SliceCommand::Stop));
    assert!(driver.session.slices().is_stopped(&find));
    driver.run(Command::Slice(SliceCommand::Ask(find.clone())));
    assert!(driver.session.slices().answer(&find).is_none());
    driver.session.apply(Command::Slice(SliceCommand::Resume));
    driver.run(Command::Slice(SliceCommand::Ask(find.clone())));
    let (answer, exact) = driver.session.slices().answer(&find).expect("found");
    assert!(exact && matches!(&**answer, SliceAnswer::Found(found, 3) if found.looked_at > 100));
}

#[test]
fn conditions_are_inverted_pinned_and_reset() {
    let mut driver = Driver::on("ads_ranking");
    let say = |driver: &mut Driver, command: SliceCommand| driver.run(Command::Slice(command));
    let brush = |dimension: &str, values: &[&str]| {
        let values = values.iter().map(|&value| value.into()).collect();
        SliceCommand::Brush(dimension.into(), Some(values))
    };
    say(&mut driver, brush("device", &["phone", "tablet"]));
    say(&mut driver, SliceCommand::Invert("device".into()));
    say(&mut driver, brush("country", &["pl"]));
    assert_eq!(driver.session.slices().slice().to_string(), "device=desktop, country=pl");
    say(&mut driver, SliceCommand::Pin("device".into()));
    say(&mut driver, SliceCommand::Reset);
    assert_eq!(driver.session.slices().slice().to_string(), "device=desktop");
    let narrow = crate::metrics::SliceSpec::parse("page=results").expect("a slice");
    say(&mut driver, SliceCommand::Narrow(narrow));
    say(&mut driver, SliceCommand::Save("Desktops".into()));
    let touched = &driver.session.analysis().expect("judged").slices;
    let [(name, nodes)] = &touched[..] else { panic!("{touched:?}") };
    assert!(name == "Desktops" && nodes.contains(&driver.node("model.ctr")));
    driver.run(Command::Query("slice:desktops kind:model".into()));
    let scene = driver.session.scene().expect("a picture");
    assert!(scene.box_of(driver.node("model.ctr")).is_some());
    assert!(scene.box_of(driver.node("model.bid")).is_none());
}
