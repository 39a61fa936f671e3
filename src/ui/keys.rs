//! Keys of the action table as egui's.

use crate::session::{ACTIONS, Action, Command, Session};
use egui::{Key, KeyboardShortcut, Modifiers};

/// All ways to press an action.
fn shortcuts(text: &'static str) -> impl Iterator<Item = KeyboardShortcut> {
    text.split_whitespace().filter_map(parse)
}

/// `Ctrl+Shift+Z`; Ctrl is the command key on a Mac.
fn parse(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut key = None;
    for part in text.split('+') {
        match part {
            "Ctrl" => modifiers |= Modifiers::COMMAND,
            "Shift" => modifiers |= Modifiers::SHIFT,
            "Alt" => modifiers |= Modifiers::ALT,
            name => key = Key::from_name(name),
        }
    }
    key.map(|key| KeyboardShortcut::new(modifiers, key))
}

/// Keys that a text field needs for itself.
fn belongs_to_text(shortcut: &KeyboardShortcut) -> bool {
    let plain = shortcut.modifiers == Modifiers::NONE || shortcut.modifiers == Modifiers::SHIFT;
    let function = matches!(shortcut.logical_key, Key::F1 | Key::F5);
    let clipboard =
        matches!(shortcut.logical_key, Key::C | Key::Z | Key::Y | Key::A | Key::V | Key::X);
    (plain && !function) || (clipboard && shortcut.modifiers.command)
}

/// Turns the pressed keys of this frame into commands. Longer combinations come first, so that
/// `Ctrl+Shift+Z` is not taken for `Ctrl+Z`.
///
/// `held` says that a panel wants plain keys for itself, as a text field does.
pub(super) fn commands(
    ctx: &egui::Context,
    session: &Session,
    held: bool,
    commands: &mut Vec<Command>,
) {
    let typing = ctx.text_edit_focused() || held;
    let mut all: Vec<(KeyboardShortcut, Action)> = ACTIONS
        .iter()
        .flat_map(|meta| shortcuts(meta.shortcut).map(move |shortcut| (shortcut, meta.action)))
        .collect();
    let weight = |modifiers: Modifiers| {
        u8::from(modifiers.command) + u8::from(modifiers.shift) + u8::from(modifiers.alt)
    };
    all.sort_by_key(|(shortcut, _)| std::cmp::Reverse(weight(shortcut.modifiers)));
    // egui turns Ctrl+C into an event of its own before any key is seen.
    let copies = ctx.input(|input| input.events.contains(&egui::Event::Copy));
    if copies && !typing && (Action::CopyId.meta().enabled)(session) {
        commands.push(Command::Do(Action::CopyId));
    }
    for (shortcut, action) in all {
        if typing && belongs_to_text(&shortcut) {
            continue;
        }
        if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
            commands.push(Command::Do(action));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_one() {
        for meta in ACTIONS {
            for text in meta.shortcut.split_whitespace() {
                assert!(parse(text).is_some(), "{:?}: {text}", meta.action);
            }
        }
    }
}
