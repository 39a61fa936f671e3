//! What is visible as a request to the layout engine.

use super::visible::{Shown, Visible};
use crate::layout::{LayoutOptions, LayoutRequest, Size};

/// A node's card, in scene units.
pub(super) const CARD: Size = Size::new(176.0, 48.0);

/// A closed group's plate, in scene units.
pub(super) const PLATE: Size = Size::new(192.0, 60.0);

/// Distances on the 4-px grid: cards breathe, and an arrowhead and a curve fit between two layers.
pub fn layout_options() -> LayoutOptions {
    LayoutOptions {
        node_gap: 16.0,
        layer_gap: 72.0,
        group_padding: 16.0,
        group_head: 28.0,
        ..LayoutOptions::default()
    }
}

/// Boxes as [`Visible::items`], arrows as [`Visible::links`], groups as [`Visible::groups`]: indices are
/// the same. Linear.
pub fn arrange(visible: &Visible) -> LayoutRequest {
    let size = |what| match what {
        Shown::Node(_) => CARD,
        Shown::Group(_) => PLATE,
    };
    let layered = visible.items.iter().any(|item| item.layer.is_some());
    LayoutRequest {
        nodes: visible.items.iter().map(|item| size(item.what)).collect(),
        edges: visible.links.iter().map(|link| (link.from, link.to)).collect(),
        group_of: visible.items.iter().map(|item| item.group.map(|group| group.0)).collect(),
        groups: visible.groups.iter().map(|group| group.parent.map(|parent| parent.0)).collect(),
        layer_of: if layered {
            visible.items.iter().map(|item| item.layer).collect()
        } else {
            Vec::new()
        },
        options: layout_options(),
    }
}
