//! Every command and every node by name, found as one types.

use super::super::widgets::{RowText, row_ui, shortcut_text};
use super::{pressed_outside, window};
use crate::model::{NodeIx, SystemGraph};
use crate::scene::Theme;
use crate::session::{ACTIONS, ActionMeta, Command, PANELS, PanelMeta, Session};
use egui::{Context, Key, Modifiers, ScrollArea, TextEdit};
use std::sync::Arc;

/// How many nodes are listed; typing more finds the rest.
const NODES: usize = 40;

/// The palette's text and what it found.
#[derive(Default)]
pub(super) struct Palette {
    text: String,
    chosen: usize,
    found: Vec<Entry>,
    /// Nodes that match but are not listed.
    more: usize,
    made_for: Option<(String, usize)>,
}

#[derive(Clone, Copy)]
enum Entry {
    Action(&'static ActionMeta),
    Panel(&'static PanelMeta),
    Node(NodeIx),
}

impl Palette {
    /// Whether it is to be closed.
    pub(super) fn show(
        &mut self,
        ctx: &Context,
        session: &Session,
        fresh: bool,
        commands: &mut Vec<Command>,
    ) -> bool {
        self.find(session);
        let keys = ctx.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter))
        });
        let count = self.found.len().max(1);
        if keys.0 {
            self.chosen = (self.chosen + 1) % count;
        }
        if keys.1 {
            self.chosen = (self.chosen + count - 1) % count;
        }
        let mut picked = keys.2.then_some(self.chosen);
        let theme = Theme::of(session.preferences().theme);
        let rect = window(ctx, "palette", 560.0, |ui| {
            let field = TextEdit::singleline(&mut self.text);
            let field = field.hint_text("A command or the name of a node");
            let response = ui.add(field.desired_width(f32::INFINITY));
            if fresh || !response.has_focus() {
                response.request_focus();
            }
            ui.add_space(4.0);
            ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for (position, entry) in self.found.iter().enumerate() {
                    let row = entry_ui(ui, entry, position == self.chosen, session, theme);
                    if row.clicked() {
                        picked = Some(position);
                    }
                    if position == self.chosen && (keys.0 || keys.1) {
                        row.scroll_to_me(None);
                    }
                }
                if self.more > 0 {
                    ui.weak(format!("+{} hidden; type more to find them", self.more));
                }
                if self.found.is_empty() {
                    ui.weak("Nothing is called so.");
                }
            });
        });
        if let Some(entry) = picked.and_then(|position| self.found.get(position)) {
            commands.push(match entry {
                Entry::Action(meta) => Command::Do(meta.action),
                Entry::Panel(meta) => Command::ShowPanel(meta.panel),
                Entry::Node(node) => Command::Reveal(*node),
            });
            return true;
        }
        !fresh && pressed_outside(ctx, rect)
    }

    fn find(&mut self, session: &Session) {
        let graph_id = session.project().map_or(0, |project| Arc::as_ptr(&project.loaded) as usize);
        let key = (self.text.clone(), graph_id);
        if self.made_for.as_ref() == Some(&key) {
            return;
        }
        let wanted = self.text.trim().to_lowercase();
        let words: Vec<&str> = wanted.split_whitespace().collect();
        let holds = |text: &str| {
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let actions = ACTIONS.iter().filter(|meta| holds(meta.label));
        let panels = PANELS.iter().filter(|meta| holds(meta.title)).map(Entry::Panel);
        let mut actions: Vec<Entry> = actions.map(Entry::Action).chain(panels).collect();
        let (nodes, more) = match session.graph() {
            Some(graph) if !wanted.is_empty() => find_nodes(graph, &wanted, holds),
            _ => (Vec::new(), 0),
        };
        self.found = nodes.into_iter().map(Entry::Node).collect();
        // What is called exactly so stands first; a command that matches is wanted before many nodes.
        if self.found.len() > 3 || wanted.is_empty() {
            actions.append(&mut self.found);
            self.found = actions;
        } else {
            self.found.append(&mut actions);
        }
        self.more = more;
        self.chosen = 0;
        self.made_for = Some(key);
    }
}

/// Nodes whose name or id holds every word, those whose name begins with it first. Linear in the graph.
fn find_nodes(
    graph: &SystemGraph,
    wanted: &str,
    holds: impl Fn(&str) -> bool,
) -> (Vec<NodeIx>, usize) {
    let mut found: Vec<(bool, usize, NodeIx)> = graph
        .node_indices()
        .filter_map(|ix| {
            let node = graph.node(ix);
            let name_holds = holds(&node.name);
            (name_holds || holds(node.id.as_str())).then(|| {
                let begins = node.name.to_lowercase().starts_with(wanted);
                (!begins, node.name.len(), ix)
            })
        })
        .collect();
    found.sort_unstable();
    let more = found.len().saturating_sub(NODES);
    (found.into_iter().take(NODES).map(|(_, _, node)| node).collect(), more)
}

fn entry_ui(
    ui: &mut egui::Ui,
    entry: &Entry,
    selected: bool,
    session: &Session,
    theme: &Theme,
) -> egui::Response {
    match entry {
        Entry::Action(meta) => {
            let enabled = (meta.enabled)(session);
            ui.add_enabled_ui(enabled, |ui| {
                let keys = shortcut_text(meta);
                let row = RowText { text: meta.label, note: &keys, selected, ..RowText::default() };
                row_ui(ui, &row, theme)
            })
            .inner
        }
        Entry::Panel(meta) => {
            let row = RowText { text: meta.title, note: "Panel", selected, ..RowText::default() };
            row_ui(ui, &row, theme)
        }
        Entry::Node(node) => {
            let Some(graph) = session.graph() else { return ui.label("") };
            let node = graph.node(*node);
            let row = RowText {
                text: &node.name,
                note: node.kind.meta().title,
                kind: Some(node.kind),
                selected,
                ..RowText::default()
            };
            row_ui(ui, &row, theme)
        }
    }
}
