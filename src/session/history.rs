//! Undo, redo, back and forward: where somebody was, in the small form of a view and a camera.

use super::Camera;
use super::slices::SliceView;
use crate::scene::View;

/// How many steps are kept; a view is small, but pins can be many.
const KEPT: usize = 200;

/// A view with the camera that looked at it, and the slice of the predictions beside it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) view: View,
    pub(super) camera: Camera,
    pub(super) slices: SliceView,
}

/// One undoable change.
#[derive(Clone, Debug)]
struct Step {
    /// What was done, for the menu.
    label: String,
    /// Before it when on the undo side, after it when on the redo side.
    place: Place,
}

/// What changes belong to one gesture, such as the letters of one word typed into the query.
pub(super) type Gesture = Option<&'static str>;

/// Steps that can be taken back, and places that were visited.
#[derive(Debug, Default)]
pub(super) struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
    back: Vec<Place>,
    forward: Vec<Place>,
    gesture: Gesture,
}

impl History {
    /// A change was made to what `before` shows. Changes of one gesture become one step.
    pub(super) fn record(&mut self, label: &str, before: Place, gesture: Gesture) {
        self.redo.clear();
        if gesture.is_some() && gesture == self.gesture && !self.undo.is_empty() {
            return;
        }
        self.gesture = gesture;
        push(&mut self.undo, Step { label: label.to_owned(), place: before });
    }

    /// What is typed from now on is a new step.
    pub(super) fn end_gesture(&mut self) {
        self.gesture = None;
    }

    /// Somebody went elsewhere.
    pub(super) fn visit(&mut self, before: Place) {
        if self.back.last() != Some(&before) {
            push(&mut self.back, before);
        }
        self.forward.clear();
    }

    pub(super) fn undo(&mut self, now: Place) -> Option<Place> {
        self.gesture = None;
        let step = self.undo.pop()?;
        push(&mut self.redo, Step { label: step.label, place: now });
        Some(step.place)
    }

    pub(super) fn redo(&mut self, now: Place) -> Option<Place> {
        self.gesture = None;
        let step = self.redo.pop()?;
        push(&mut self.undo, Step { label: step.label, place: now });
        Some(step.place)
    }

    pub(super) fn back(&mut self, now: Place) -> Option<Place> {
        let place = self.back.pop()?;
        push(&mut self.forward, now);
        Some(place)
    }

    pub(super) fn forward(&mut self, now: Place) -> Option<Place> {
        let place = self.forward.pop()?;
        push(&mut self.back, now);
        Some(place)
    }

    pub(super) fn undo_label(&self) -> Option<&str> {
        self.undo.last().map(|step| &*step.label)
    }

    pub(super) fn redo_label(&self) -> Option<&str> {
        self.redo.last().map(|step| &*step.label)
    }

    pub(super) const fn can_go_back(&self) -> bool {
        !self.back.is_empty()
    }

    pub(super) const fn can_go_forward(&self) -> bool {
        !self.forward.is_empty()
    }
}

fn push<T>(steps: &mut Vec<T>, step: T) {
    if steps.len() == KEPT {
        steps.remove(0);
    }
    steps.push(step);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(query: &str) -> Place {
        let view = View { query: query.to_owned(), ..View::default() };
        Place { view, camera: Camera::default(), slices: SliceView::default() }
    }

    #[test]
    fn steps_are_taken_back_and_done_again() {
        let mut history = History::default();
        history.record("Query", place(""), None);
        assert_eq!(history.undo(place("a")), Some(place("")));
        assert_eq!(history.redo_label(), Some("Query"));
        assert_eq!(history.redo(place("")), Some(place("a")));
        assert_eq!(history.undo_label(), Some("Query"));
        assert_eq!(history.redo(place("a")), None);
    }

    #[test]
    fn the_letters_of_a_word_are_one_step() {
        let mut history = History::default();
        history.record("Query", place(""), Some("query"));
        history.record("Query", place("o"), Some("query"));
        history.record("Query", place("or"), Some("query"));
        assert_eq!(history.undo(place("ord")), Some(place("")));
        history.record("Query", place(""), Some("query"));
        history.end_gesture();
        history.record("Query", place("o"), Some("query"));
        assert_eq!(history.undo(place("or")), Some(place("o")));
    }

    #[test]
    fn going_elsewhere_forgets_the_way_forward() {
        let mut history = History::default();
        history.visit(place("a"));
        history.visit(place("a"));
        history.visit(place("b"));
        assert_eq!(history.back(place("c")), Some(place("b")));
        assert!(history.can_go_forward());
        history.visit(place("b"));
        assert!(!history.can_go_forward());
        assert_eq!(history.back(place("d")), Some(place("b")));
        assert_eq!(history.back(place("b")), Some(place("a")));
        assert!(!history.can_go_back());
    }

    #[test]
    fn old_steps_are_forgotten() {
        let mut history = History::default();
        for step in 0..KEPT + 10 {
            history.record("Query", place(&step.to_string()), None);
        }
        assert_eq!(history.undo.len(), KEPT);
    }
}
