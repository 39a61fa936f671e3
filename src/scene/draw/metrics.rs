//! Sizes of what is drawn, in scene units, on the 4-px grid.

use crate::layout::{Point, Rect};
use crate::scene::measure::{Font, width};
use crate::scene::{Badge, BadgeKind, BoxIx, Scene};

pub const HEADING: f32 = 16.0;
pub const BODY: f32 = 13.0;
pub const SMALL: f32 = 11.0;
pub const PAD: f32 = 12.0;
pub const GAP: f32 = 8.0;
pub const CORNER: f32 = 6.0;
/// Side of an icon.
pub const ICON: f32 = 16.0;
/// Width of an owner's stripe.
pub const STRIPE: f32 = 4.0;
/// Height of a group's frame above what it holds.
pub const HEAD: f32 = 28.0;

/// Where a card's text starts, from its left.
pub(in crate::scene) const CARD_TEXT_X: f32 = 36.0;
/// How wide a card's text may be.
pub(in crate::scene) const CARD_TEXT_ROOM: f32 = 176.0 - CARD_TEXT_X - 8.0;
/// Where the text of a closed group starts, from its left.
pub(in crate::scene) const PLATE_TEXT_X: f32 = 12.0;

/// Size of a badge's text.
pub(super) const BADGE_TEXT: f32 = 10.0;
/// Height of a badge.
pub(super) const BADGE: f32 = 14.0;
/// Side of a badge's sign.
pub(super) const BADGE_SIGN: f32 = 8.0;
/// Room left and right in a badge.
pub(super) const BADGE_PAD: f32 = 3.0;
const BADGE_GAP: f32 = 4.0;

/// Width of one badge.
pub(super) fn badge_width(badge: &Badge) -> f32 {
    let sign = if badge.kind == BadgeKind::Hidden { 2.0 } else { BADGE_SIGN + 2.0 };
    width(&badge.text, Font::Text, BADGE_TEXT) + sign + 2.0 * BADGE_PAD
}

/// Width of all badges with the gap before each.
pub(in crate::scene) fn badges_width(badges: &[Badge]) -> f32 {
    badges.iter().map(|badge| badge_width(badge) + BADGE_GAP).sum()
}

/// Where badges end and the height of their middle, from the upper left of a card and of a closed group.
pub(super) const CARD_BADGES: f32 = 33.0;
pub(super) const PLATE_BADGES: f32 = 34.0;

/// The badge that a box, drawn whole, carries at a point.
pub fn badge_at(scene: &Scene, ix: BoxIx, at: Point) -> Option<BadgeKind> {
    let (rect, badges, inset, y) = match ix {
        BoxIx::Card(card) => {
            let card = &scene.cards[card as usize];
            (card.rect, &card.badges, GAP, CARD_BADGES)
        }
        BoxIx::Plate(plate) => {
            let plate = &scene.plates[plate as usize];
            (plate.rect, &plate.badges, PLATE_TEXT_X, PLATE_BADGES)
        }
    };
    let middle = rect.min.y + y;
    let places = badge_places(badges, rect.max.x - inset);
    let found = badges.iter().zip(places).find(|(badge, start)| {
        let top = Point::new(*start, middle - BADGE / 2.0);
        let end = Point::new(start + badge_width(badge), middle + BADGE / 2.0);
        Rect::new(top, end).expand(1.0).contains(at)
    });
    found.map(|(badge, _)| badge.kind)
}

/// Where each badge starts, when the last ends at `right`.
pub(super) fn badge_places(badges: &[Badge], right: f32) -> impl Iterator<Item = f32> + '_ {
    let mut at = right - badges_width(badges);
    badges.iter().map(move |badge| {
        let start = at + BADGE_GAP;
        at = start + badge_width(badge);
        start
    })
}
