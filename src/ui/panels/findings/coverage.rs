//! How much each rule could judge: fail, pass, review or open, and what is missing.

use super::super::super::theme::{BODY, MONO, ROW, color};
use super::super::tables::ask;
use super::Shown;
use crate::analysis::{Analysis, Status, rules};
use crate::scene::Theme;
use crate::scene::caption::counted;
use crate::scene::findings::Coverage;
use crate::scene::measure::{Cut, Font, fit};
use crate::session::{Command, Listed, Wanted};
use egui::{Align2, FontId, ScrollArea, Sense, Ui, Vec2, WidgetInfo, WidgetType};

const BAR: f32 = 96.0;

/// What to say where nothing was found; a rule that could not judge is never a pass.
pub(in super::super) fn nothing_found(analysis: &Analysis) -> &'static str {
    if analysis.rules.iter().all(|rule| rule.status == Status::Open) {
        "No rule could judge this: what they look at is not in it. The list of rules tells what each one needs."
    } else {
        "No debt was found by the rules that could judge."
    }
}

/// In a few words, for the head.
pub(super) fn summary(analysis: &Analysis) -> String {
    let open = analysis.rules.iter().filter(|rule| rule.status == Status::Open).count();
    format!("{} of {} rules could judge", analysis.rules.len() - open, analysis.rules.len())
}

pub(super) fn coverage_ui(
    ui: &mut Ui,
    (session, _, theme): Shown<'_>,
    commands: &mut Vec<Command>,
) {
    let Some(listed) = ask(session, Wanted::Coverage, commands) else { return };
    let Listed::Coverage(rules) = &*listed else { return };
    let rows = rules.len();
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, rows, |ui, range| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for result in &rules[range] {
            rule_ui(ui, result, theme);
        }
    });
}

fn rule_ui(ui: &mut Ui, result: &Coverage, theme: &Theme) {
    let meta = rules::rule(result.code).map(crate::analysis::Rule::meta);
    let name = meta.map_or("", |meta| meta.name);
    let share = (result.all > 0).then(|| result.judged as f32 / result.all as f32);
    let (mark, ink) = status_sign(result.status, theme);
    let size = Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let words = format!("{} {name}: {}", result.code, judged(result));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
    let painter = ui.painter();
    let (text, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let at = |x: f32| egui::pos2(x, rect.center().y);
    let body = FontId::proportional(BODY);
    painter.text(at(rect.min.x + 8.0), Align2::LEFT_CENTER, mark, FontId::proportional(15.0), ink);
    let code = FontId::monospace(MONO);
    painter.text(at(rect.min.x + 32.0), Align2::LEFT_CENTER, result.code, code, text);
    painter.text(
        at(rect.min.x + 96.0),
        Align2::LEFT_CENTER,
        result.status.key(),
        body.clone(),
        ink,
    );
    let left = rect.min.x + 148.0;
    let name = fit(name, Font::Text, BODY, rect.width() * 0.36, Cut::End);
    painter.text(at(left), Align2::LEFT_CENTER, name, body.clone(), text);
    let bar_left = left + rect.width() * 0.36 + 8.0;
    let bar = egui::Rect::from_x_y_ranges(
        bar_left..=bar_left + BAR,
        rect.center().y - 4.0..=rect.center().y + 4.0,
    );
    painter.rect_filled(bar, 2.0, color(theme.hairline));
    if let Some(share) = share {
        let full = bar.with_max_x(bar.min.x + BAR * share);
        painter.rect_filled(full, 2.0, color(theme.note));
    }
    let room = rect.max.x - bar.max.x - 16.0;
    let words = fit(&judged(result), Font::Text, BODY, room, Cut::End);
    painter.text(at(bar.max.x + 8.0), Align2::LEFT_CENTER, words, body, weak);
    response.on_hover_ui(|ui| {
        ui.strong(format!("{}: {}", result.code, meta.map_or("", |meta| meta.name)));
        ui.label(judged(result));
        for &(missing, count) in &result.missing {
            ui.weak(format!("{}: needs {missing}", counted(count, "subject", "subjects")));
        }
        if let Some(why) = &result.internal_error {
            ui.label(format!("Internal error: {why}"));
        }
    });
}

fn status_sign(status: Status, theme: &Theme) -> (&'static str, egui::Color32) {
    use egui_phosphor::regular as icons;
    let (sign, ink) = match status {
        Status::Fail => (icons::X_CIRCLE, theme.error),
        Status::Pass => (icons::CHECK_CIRCLE, theme.note),
        Status::Review => (icons::QUESTION, theme.warning),
        Status::Open => (icons::CIRCLE_DASHED, theme.open),
    };
    (sign, color(ink))
}

fn judged(result: &Coverage) -> String {
    if result.internal_error.is_some() {
        return String::from("internal error");
    }
    if result.all == 0 {
        return String::from("nothing to judge");
    }
    let share = result.judged as f64 / result.all as f64;
    let wants: Vec<&str> = result.missing.iter().map(|&(missing, _)| missing).take(2).collect();
    let wants =
        if wants.is_empty() { String::new() } else { format!("; needs {}", wants.join(", ")) };
    format!("{} of {} judged, {:.0} %{wants}", result.judged, result.all, share * 100.0)
}
