//! What is visible as a request to the layout engine, and what is remembered of its answers.

use super::view::{GROUP_PREFIX, Perspective};
use super::visible::{GroupKeyIx, Link, Shown, Visible};
use crate::layout::{Layout, LayoutOptions, LayoutRequest, Place, Point, Previous, Size};
use crate::model::SystemGraph;
use rustc_hash::FxHashMap;

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
    // Forces know no frames: what a group holds would lie among what it does not.
    let framed = visible.perspective != Perspective::Clusters;
    let (items, groups) = (visible.items.iter(), visible.groups.iter());
    LayoutRequest {
        nodes: visible.items.iter().map(|item| size(item.what)).collect(),
        edges: visible.links.iter().map(|link| (link.from, link.to)).collect(),
        group_of: items.filter(|_| framed).map(|item| item.group.map(|group| group.0)).collect(),
        groups: groups.filter(|_| framed).map(|g| g.parent.map(|parent| parent.0)).collect(),
        layer_of: if layered {
            visible.items.iter().map(|item| item.layer).collect()
        } else {
            Vec::new()
        },
        previous: Previous::default(),
        options: layout_options(),
    }
}

/// The same, held to where things stood: what stays visible stays there as far as the links allow. Linear.
pub fn arrange_near(
    graph: &SystemGraph,
    visible: &Visible,
    placement: &Placement,
) -> LayoutRequest {
    LayoutRequest { previous: placement.previous(graph, visible), ..arrange(visible) }
}

/// Where things stand in the picture, or stood when they were last to be seen, by their names: it
/// outlives the graph and the view. An empty one holds nothing, so that the picture is made afresh.
///
/// ```
/// # use undercurrent::{layout::layered, model::{GraphBuilder, SystemGraph}, scene::{self, Placement, View}};
/// # let (graph, view) = (GraphBuilder::default().build().0, View::default());
/// let mut placement = Placement::default();
/// let visible = scene::visible(&graph, &view);
/// let request = scene::arrange_near(&graph, &visible, &placement);
/// let layout = layered(&request, &|| false, &mut |_| {}).expect("nobody cancelled");
/// placement.record(&graph, &visible, &layout); // for the next one
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placement {
    perspective: Perspective,
    stands: FxHashMap<Box<str>, Stand>,
    /// Routes of the last picture, by the names of both ends.
    lines: FxHashMap<(Box<str>, Box<str>), Vec<Point>>,
}

/// Links of a picture above which their routes are not kept: they would take some hundred megabytes.
const MOST_LINES: usize = 20_000;

#[derive(Clone, Debug, PartialEq)]
struct Stand {
    place: Place,
    /// Key of the open group around it.
    within: Option<Box<str>>,
}

impl Placement {
    /// Takes in a finished layout of `visible`. What is not in it keeps its last place, so that it comes
    /// back there; but another perspective begins anew.
    pub fn record(&mut self, graph: &SystemGraph, visible: &Visible, layout: &Layout) {
        if self.perspective != visible.perspective {
            *self = Self { perspective: visible.perspective, ..Self::default() };
        }
        for (at, group) in visible.groups.iter().enumerate().filter(|(_, group)| group.open) {
            let place = layout.place_of_group(at);
            self.put(format!("{GROUP_PREFIX}{}", group.key), place, visible, group.parent);
        }
        for (at, item) in visible.items.iter().enumerate() {
            let name = name(graph, visible, item.what);
            self.put(name, layout.place_of_box(at), visible, item.group);
        }
        self.lines.clear();
        if visible.links.len() <= MOST_LINES {
            let routes = visible.links.iter().zip(layout.routes.iter());
            let ends = |link: &Link| ends(graph, visible, link);
            self.lines.extend(routes.map(|(link, route)| (ends(link), route.to_vec())));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.stands.is_empty()
    }

    fn put(
        &mut self,
        name: String,
        place: Option<Place>,
        visible: &Visible,
        within: Option<GroupKeyIx>,
    ) {
        let within = within.map(|group| visible.groups[group.at()].key.as_str().into());
        if let Some(place) = place {
            self.stands.insert(name.into(), Stand { place, within });
        }
    }

    fn previous(&self, graph: &SystemGraph, visible: &Visible) -> Previous {
        if self.perspective != visible.perspective || self.stands.is_empty() {
            return Previous::default();
        }
        let place = |name: &str, within: Option<GroupKeyIx>| {
            let stand = self.stands.get(name)?;
            let within = within.map(|group| visible.groups[group.at()].key.as_str());
            let same = stand.within.as_deref() == within;
            Some(Place { column: stand.place.column.filter(|_| same), ..stand.place })
        };
        let boxes = visible.items.iter();
        let groups = visible.groups.iter();
        Previous {
            boxes: boxes.map(|i| place(&name(graph, visible, i.what), i.group)).collect(),
            groups: groups
                .map(|group| place(&format!("{GROUP_PREFIX}{}", group.key), group.parent))
                .collect(),
            routes: if self.lines.is_empty() {
                Vec::new()
            } else {
                let line = |link| self.lines.get(&ends(graph, visible, link)).cloned();
                visible.links.iter().map(|link| line(link).unwrap_or_default()).collect()
            },
        }
    }
}

fn ends(graph: &SystemGraph, visible: &Visible, link: &Link) -> (Box<str>, Box<str>) {
    let end = |item: u32| name(graph, visible, visible.items[item as usize].what).into_boxed_str();
    (end(link.from), end(link.to))
}

/// A node's id, or a group's key behind its prefix.
fn name(graph: &SystemGraph, visible: &Visible, what: Shown) -> String {
    match what {
        Shown::Node(node) => graph.node(node).id.as_str().to_owned(),
        Shown::Group(group) => format!("{GROUP_PREFIX}{}", visible.groups[group.at()].key),
    }
}
