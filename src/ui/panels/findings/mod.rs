//! The debt that was found: grouped and filtered by a query, a line each that opens in place; what is
//! accepted; and how much each rule could judge.

mod accept;
pub(super) mod coverage;
mod detail;
mod ledger;
mod row;

pub(super) use detail::{detail_ui, page_ui};
pub(super) use row::sign;

use super::super::theme::ROW;
use super::super::widgets::{RowText, empty_ui, row_ui};
use super::evidence::number;
use super::explorer::listed_of;
use super::tables::ask;
use crate::analysis::Analysis;
use crate::model::SystemGraph;
use crate::scene::Theme;
use crate::scene::caption::counted;
use crate::scene::findings::{FindingGrouping, FindingList, FindingRow, by_weight};
use crate::session::{Command, Listed, Session, Wanted};
use accept::AcceptForm;
use egui::{ComboBox, ScrollArea, TextEdit, Ui};
use egui_phosphor::regular as icons;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    #[default]
    List,
    Ledger,
    Coverage,
}

/// What is typed, chosen and unfolded in the panel.
#[derive(Default)]
pub(super) struct Findings {
    page: Page,
    filter: String,
    grouping: FindingGrouping,
    /// Titles of folded groups.
    folded: BTreeSet<String>,
    /// The unfolded finding, so that it stays unfolded when the rules judge anew.
    open: Option<Open>,
    lines: Lines,
    form: Option<AcceptForm>,
}

/// A finding by what it is about and says, under one of the headings.
#[derive(Clone, Debug, PartialEq)]
struct Open {
    group: usize,
    fingerprint: u64,
    message: String,
}

/// Session, graph and theme: what every part reads.
type Shown<'a> = (&'a Session, &'a SystemGraph, &'a Theme);

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line {
    Group(usize),
    /// Of a group.
    Finding(usize, FindingRow),
}

/// The lines as they are unfolded now, made again only when something changes.
#[derive(Default)]
struct Lines {
    made_of: Option<(Arc<Listed>, BTreeSet<String>)>,
    lines: Vec<Line>,
}

impl Lines {
    fn make(&mut self, listed: &Arc<Listed>, list: &FindingList, folded: &BTreeSet<String>) {
        let same =
            |(of, by): &(Arc<Listed>, BTreeSet<String>)| Arc::ptr_eq(of, listed) && by == folded;
        if self.made_of.as_ref().is_some_and(same) {
            return;
        }
        self.lines.clear();
        for (at, group) in list.groups.iter().enumerate() {
            if !group.title.is_empty() {
                self.lines.push(Line::Group(at));
            }
            if !folded.contains(&group.title) {
                self.lines.extend(group.rows.iter().map(|&row| Line::Finding(at, row)));
            }
        }
        self.made_of = Some((Arc::clone(listed), folded.clone()));
    }
}

impl Findings {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let Some(analysis) = session.analysis() else {
            empty_ui(ui, "The rules are at work.", None);
            return;
        };
        let shown = (session, graph, Theme::of(session.preferences().theme));
        let query = self.filter.trim().to_owned();
        let wanted = Wanted::Findings { query, grouping: self.grouping };
        let listed = ask(session, wanted, commands);
        let list = listed.as_deref().and_then(|listed| match listed {
            Listed::Findings(list, of) => Some((list, of)),
            _ => None,
        });
        self.head_ui(ui, analysis, list.map(|(list, _)| list));
        match self.page {
            Page::Ledger => ledger::ledger_ui(ui, shown, commands),
            Page::Coverage => coverage::coverage_ui(ui, shown, commands),
            Page::List => {
                if let (Some(listed), Some((list, of))) = (&listed, list) {
                    self.list_ui(ui, shown, (listed, list, of), commands);
                }
            }
        }
    }

    fn head_ui(&mut self, ui: &mut Ui, analysis: &Analysis, list: Option<&FindingList>) {
        // Where text is large, two lines.
        ui.horizontal_wrapped(|ui| {
            let hint = format!("{} rule:FBK severity:error owner:ads", icons::FUNNEL);
            let width = (ui.available_width() - 510.0).clamp(120.0, 280.0);
            let field = TextEdit::singleline(&mut self.filter).hint_text(hint).desired_width(width);
            let field = ui.add(field);
            if let Some(error) = list.and_then(|list| list.error.as_ref()) {
                let sign = egui::RichText::new(icons::WARNING_CIRCLE);
                ui.label(sign.color(ui.visuals().error_fg_color)).on_hover_text(&error.message);
                field.on_hover_text(&error.message);
            } else {
                field.on_hover_text(
                    "Any query: in:loop, debt:>50, owner:ads, a word of the sentence",
                );
            }
            ComboBox::from_id_salt("grouping").selected_text(self.grouping.title()).show_ui(
                ui,
                |ui| {
                    for &grouping in FindingGrouping::ALL {
                        ui.selectable_value(&mut self.grouping, grouping, grouping.title());
                    }
                },
            );
            let count = list.map_or_else(String::new, |list| {
                listed_of(list.listed, analysis.findings.len(), "finding", "findings")
            });
            ui.selectable_value(&mut self.page, Page::List, count);
            let accepted = list.map_or(0, |list| list.accepted);
            ui.selectable_value(&mut self.page, Page::Ledger, format!("{accepted} accepted"));
            let words = coverage::summary(analysis);
            ui.selectable_value(&mut self.page, Page::Coverage, words)
                .on_hover_text("How much each rule could judge");
        });
    }

    fn list_ui(
        &mut self,
        ui: &mut Ui,
        shown: Shown<'_>,
        (listed, list, analysis): (&Arc<Listed>, &FindingList, &Analysis),
        commands: &mut Vec<Command>,
    ) {
        if list.listed == 0 {
            let sentence = if analysis.findings.is_empty() {
                coverage::nothing_found(analysis)
            } else {
                "No finding matches the filter."
            };
            let button = (!self.filter.is_empty()).then_some("Clear the filter");
            if empty_ui(ui, sentence, button) {
                self.filter.clear();
            }
            return;
        }
        self.lines.make(listed, list, &self.folded);
        let lines = std::mem::take(&mut self.lines.lines);
        // One finding is unfolded at most, so lines above and below it have one height.
        let is_open = |open: &Open, line: &Line| match *line {
            Line::Finding(group, row) => {
                (group, row.fingerprint) == (open.group, open.fingerprint)
                    && analysis.findings[row.finding as usize].message.read(shown.1) == open.message
            }
            Line::Group(_) => false,
        };
        let open = self.open.clone();
        let unfolded = open.and_then(|open| lines.iter().position(|line| is_open(&open, line)));
        ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, seen| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let last_fixed = unfolded.unwrap_or(lines.len().saturating_sub(1));
            let first = ((seen.min.y / ROW).floor().max(0.0) as usize).min(last_fixed);
            let last = ((seen.max.y / ROW).ceil() as usize + 1).min(lines.len()).max(first + 1);
            ui.add_space(first as f32 * ROW);
            for (at, line) in lines.iter().enumerate().take(last).skip(first) {
                match *line {
                    Line::Group(group) => self.group_ui(ui, shown, (list, analysis), group),
                    Line::Finding(group, row) => {
                        let is_open = unfolded == Some(at);
                        self.finding_ui(ui, shown, (analysis, group, row), is_open, commands);
                    }
                }
            }
            ui.add_space(lines.len().saturating_sub(last) as f32 * ROW);
        });
        self.lines.lines = lines;
    }

    fn group_ui(
        &mut self,
        ui: &mut Ui,
        (_, _, theme): Shown<'_>,
        (list, analysis): (&FindingList, &Analysis),
        at: usize,
    ) {
        let group = &list.groups[at];
        let folded = self.folded.contains(&group.title);
        let counts: Vec<String> = by_weight(analysis, &group.rows)
            .into_iter()
            .map(|(weight, count)| counted(count, weight.key(), row::plural(weight)))
            .collect();
        let note = format!("{} · {} h a year", counts.join(", "), number(group.interest.round()));
        let text = RowText {
            text: &group.title,
            note: &note,
            sign: if folded { icons::CARET_RIGHT } else { icons::CARET_DOWN },
            ..RowText::default()
        };
        if row_ui(ui, &text, theme).clicked() && !self.folded.remove(&group.title) {
            self.folded.insert(group.title.clone());
        }
    }

    fn finding_ui(
        &mut self,
        ui: &mut Ui,
        shown: Shown<'_>,
        (analysis, group, row): (&Analysis, usize, FindingRow),
        is_open: bool,
        commands: &mut Vec<Command>,
    ) {
        let finding = &analysis.findings[row.finding as usize];
        if row::row_ui(ui, shown, finding, is_open, commands) {
            let (fingerprint, message) =
                (row.fingerprint, finding.message.read(shown.1).into_owned());
            self.open = (!is_open).then_some(Open { group, fingerprint, message });
            self.form = None;
        }
        if is_open {
            detail_ui(ui, finding, shown, commands);
            accept::accept_ui(ui, shown, (finding, analysis), &mut self.form, commands);
        }
    }
}
