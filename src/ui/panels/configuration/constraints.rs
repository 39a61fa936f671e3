//! What must hold of a model, and whether it does.

use super::{Shown, holds_sign};
use crate::analysis::constraint::{Constraint, Demand};
use crate::model::SystemGraph;
use crate::session::Command;
use egui::{Label, RichText, Sense, Ui};

pub(super) fn constraints_ui(
    ui: &mut Ui,
    (_, graph, theme): Shown<'_>,
    constraints: &[Constraint],
    commands: &mut Vec<Command>,
) {
    if constraints.is_empty() {
        return;
    }
    ui.add_space(4.0);
    ui.weak("What must hold");
    for constraint in constraints {
        let (mark, ink) = holds_sign(constraint.holds, theme);
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(mark).color(ink).size(15.0));
            let node = graph.node(constraint.says);
            let text = format!("{} {}", node.name, words(graph, constraint));
            let response = ui.add(Label::new(text).wrap().sense(Sense::click()));
            let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
            if response.on_hover_text(graph.place(node.at)).clicked() {
                commands.push(Command::Reveal(constraint.says));
            }
        });
    }
}

fn words(graph: &SystemGraph, constraint: &Constraint) -> String {
    let verdict = match constraint.holds {
        Some(true) => "holds",
        Some(false) => "does not hold",
        None => "cannot be told",
    };
    let what = match &constraint.what {
        Demand::Requires { what, given: Some(given) } if given != what => {
            format!("requires {what}; there is {given}")
        }
        Demand::Requires { what, .. } => format!("requires {what}"),
        Demand::Excludes { other, .. } => format!("excludes {}", graph.node(*other).name),
        Demand::Latency { times } => {
            let slowest: Vec<String> = times
                .iter()
                .take(3)
                .map(|(node, ms)| format!("{} {ms} ms", graph.node(*node).name))
                .collect();
            let more = times.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let sum = constraint
                .numbers
                .map_or_else(String::new, |(is, most)| format!("{is} ms of {most} ms"));
            format!("has a budget of time: {sum} ({}{more})", slowest.join(", "))
        }
        Demand::Asserts(assertion) => match constraint.numbers {
            Some((is, _)) => {
                format!("asserts {}; there are {is} {}", assertion.text, assertion.measure.title())
            }
            None => format!("asserts {}", assertion.text),
        },
    };
    format!("{what}: {verdict}")
}
