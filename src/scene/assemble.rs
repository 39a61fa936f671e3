//! Visible things and their places into marks: names cut to fit, badges, owners, legend.

use super::beyond::room_beyond;
use super::caption::{self, Legend};
use super::draw::metrics;
use super::marks::Parts;
use super::measure::{Cut, Font, fit, width};
use super::telling::telling_starts;
use super::visible::{EdgeFate, GroupKeyIx, ItemCounts, Link, Shown, Visible, VisibleItem};
use super::{
    Badge, BadgeKind, BoxIx, Card, GROUP_PREFIX, LinkMark, OwnerMark, Perspective, Plate, Scene,
    View, arrange,
};
use crate::analysis::facts::{Components, strong_components};
use crate::layout::{Layout, Point, Rect};
use crate::model::{EdgeIx, Node, NodeIx, NodeKind, SystemGraph};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// The picture of `visible` as `layout` places it. A layout that does not fit, such as one of another
/// request, gives a scene without what it does not place.
///
/// Linear in what is shown, but for the spatial index.
pub fn assemble(graph: &SystemGraph, view: &View, visible: &Visible, layout: &Layout) -> Scene {
    let mut assembly = Assembly::new(graph, view, visible, layout);
    assembly.open_plates();
    assembly.boxes();
    assembly.room_for_names();
    assembly.links();
    assembly.finish()
}

struct Assembly<'a> {
    graph: &'a SystemGraph,
    view: &'a View,
    visible: &'a Visible,
    layout: &'a Layout,
    cards: Vec<Card>,
    plates: Vec<Plate>,
    links: Vec<LinkMark>,
    /// By group.
    plate_of: Vec<Option<u32>>,
    /// By item.
    box_of_item: Vec<Option<BoxIx>>,
    /// By group: how many of its nodes are of each kind.
    kinds: Vec<FxHashMap<NodeKind, u32>>,
    owners: FxHashMap<NodeIx, OwnerMark>,
    cycles: Option<Cycles>,
    /// By item: where the telling part of a card's name starts.
    telling: Vec<u32>,
}

impl<'a> Assembly<'a> {
    fn new(
        graph: &'a SystemGraph,
        view: &'a View,
        visible: &'a Visible,
        layout: &'a Layout,
    ) -> Self {
        let mut kinds: Vec<FxHashMap<NodeKind, u32>> =
            vec![FxHashMap::default(); visible.groups.len()];
        for node in graph.node_indices() {
            let Some(item) = visible.item_of(node) else { continue };
            if let Shown::Group(group) = visible.items[item as usize].what {
                *kinds[group.at()].entry(graph.kind(node)).or_default() += 1;
            }
        }
        Self {
            graph,
            view,
            visible,
            layout,
            cards: Vec::new(),
            plates: Vec::new(),
            links: Vec::new(),
            plate_of: vec![None; visible.groups.len()],
            box_of_item: vec![None; visible.items.len()],
            kinds,
            owners: FxHashMap::default(),
            cycles: None,
            telling: telling(graph, visible),
        }
    }

    fn open_plates(&mut self) {
        let visible = self.visible;
        for (position, group) in visible.groups.iter().enumerate() {
            let Some(&rect) = self.layout.group_rects.get(position) else { continue };
            if group.open && !rect.is_empty() {
                self.plate(GroupKeyIx(position as u32), rect, &ItemCounts::default(), false);
            }
        }
    }

    fn plate(&mut self, ix: GroupKeyIx, rect: Rect, counts: &ItemCounts, dimmed: bool) -> u32 {
        let group = &self.visible.groups[ix.at()];
        let parent = group.parent.and_then(|parent| self.plate_of[parent.at()]);
        let subtitle = caption::counted(group.members as usize, "node", "nodes");
        let badges = badges(counts, 0);
        let room = if group.open {
            let beside = width(&subtitle, Font::Text, metrics::SMALL) + metrics::GAP;
            rect.width() - 2.0 * metrics::PAD - beside
        } else {
            rect.width() - metrics::PLATE_TEXT_X - metrics::PAD
        };
        let mut strip: Vec<(NodeKind, u32)> =
            self.kinds[ix.at()].iter().map(|(&kind, &count)| (kind, count)).collect();
        strip.sort_unstable_by_key(|&(kind, count)| (Reverse(count), kind));
        let at = self.plates.len() as u32;
        self.plates.push(Plate {
            open: group.open,
            rect,
            title: fit(&group.name, Font::Text, metrics::BODY, room, Cut::Middle).into(),
            name: group.name.as_str().into(),
            subtitle: subtitle.into(),
            members: group.members,
            strip,
            parent,
            depth: parent.map_or(0, |parent| self.plates[parent as usize].depth + 1),
            badges,
            dimmed,
            pinned: self.view.pins.contains_key(&format!("{GROUP_PREFIX}{}", group.key)),
            key: group.key.clone(),
            beyond: 0.0,
        });
        self.plate_of[ix.at()] = Some(at);
        at
    }

    fn boxes(&mut self) {
        let visible = self.visible;
        for (position, item) in visible.items.iter().enumerate() {
            let Some(&placed) = self.layout.positions.get(position) else { continue };
            let center = self.pin_of(item.what).unwrap_or(placed);
            self.box_of_item[position] = Some(match item.what {
                Shown::Node(node) => {
                    let rect = Rect::from_center(center, arrange::CARD);
                    let card = self.card(node, (item, self.telling[position]), rect);
                    self.cards.push(card);
                    BoxIx::Card(self.cards.len() as u32 - 1)
                }
                Shown::Group(group) => {
                    let rect = Rect::from_center(center, arrange::PLATE);
                    BoxIx::Plate(self.plate(group, rect, &item.counts, item.dimmed))
                }
            });
        }
    }

    /// Where somebody put it.
    fn pin_of(&self, what: Shown) -> Option<Point> {
        if self.view.pins.is_empty() {
            return None;
        }
        let pin = match what {
            Shown::Node(node) => self.view.pins.get(self.graph.node(node).id.as_str()),
            Shown::Group(group) => {
                let key = &self.visible.groups[group.at()].key;
                self.view.pins.get(&format!("{GROUP_PREFIX}{key}"))
            }
        };
        pin.map(|&(x, y)| Point::new(x, y))
    }

    fn card(&mut self, ix: NodeIx, (item, telling): (&VisibleItem, u32), rect: Rect) -> Card {
        let node = self.graph.node(ix);
        let graph = self.graph;
        let owner = node.owner.map(|team| {
            self.owners.entry(team).or_insert_with(|| OwnerMark::new(graph, team)).clone()
        });
        let mut badges = badges(&item.counts, node.columns.len());
        let (subtitle, room) = loop {
            let room = metrics::CARD_TEXT_ROOM - metrics::badges_width(&badges);
            let wanted = subtitle(node, owner.as_ref(), room);
            if width(&wanted, Font::Text, metrics::SMALL) <= room || badges.len() <= 1 {
                break (wanted, room);
            }
            badges.pop();
        };
        badges.reverse();
        Card {
            node: ix,
            kind: node.kind,
            rect,
            title: fit(&node.name, Font::Text, metrics::BODY, metrics::CARD_TEXT_ROOM, Cut::Middle)
                .into(),
            short: short(&node.name, telling as usize),
            subtitle: fit(&subtitle, Font::Text, metrics::SMALL, room, Cut::End).into(),
            owner,
            badges,
            stub: !node.defined,
            dimmed: item.dimmed,
            pinned: self.view.pins.contains_key(node.id.as_str()),
            plate: item.group.and_then(|group| self.plate_of[group.at()]),
            beyond: 0.0,
        }
    }

    fn links(&mut self) {
        let visible = self.visible;
        for (position, link) in visible.links.iter().enumerate() {
            let (from, to) = (link.from as usize, link.to as usize);
            let (Some(from_box), Some(to_box)) = (self.box_of_item[from], self.box_of_item[to])
            else {
                continue;
            };
            if position >= self.layout.routes.len() {
                continue;
            }
            let moved =
                [from, to].iter().any(|&item| self.pin_of(visible.items[item].what).is_some());
            let straight = visible.perspective == Perspective::Clusters && from != to;
            let route = if straight {
                straight_route(self.rect_of(from_box), self.rect_of(to_box))
            } else if moved {
                direct_route(self.rect_of(from_box), self.rect_of(to_box))
            } else {
                self.layout.routes.get(position).to_vec()
            };
            let world_at = link
                .style
                .through_world
                .then(|| world_place(self.is_surface(from), self.is_surface(to)));
            let feedback = self.layout.feedback.get(position).copied().unwrap_or(false)
                && self.closes_a_cycle(link);
            self.links.push(LinkMark {
                from: from_box,
                to: to_box,
                route,
                count: link.count,
                style: link.style,
                feedback,
                world_at,
                dimmed: visible.items[from].dimmed || visible.items[to].dimmed,
                strength: 1.0,
                edges: link.edges.clone(),
            });
        }
        self.thin_out();
    }

    /// In a thicket the links that carry much stand out from those that carry little.
    fn thin_out(&mut self) {
        /// Links a box from which on they are a thicket.
        const THICKET: f32 = 4.0;
        const FAINTEST: f32 = 0.2;
        let boxes = self.box_of_item.iter().flatten().count();
        let crowd = self.links.len() as f32 / (boxes as f32 * THICKET).max(1.0);
        let carried: f32 = self.links.iter().map(|link| link.count as f32).sum();
        let mean = carried / (self.links.len() as f32).max(1.0);
        if crowd > 1.0 {
            for link in &mut self.links {
                let share = link.count as f32 / mean / crowd;
                link.strength = share.sqrt().clamp(FAINTEST, 1.0);
            }
        }
    }

    /// Between groups a link may run against the flow although nothing within them goes round.
    fn closes_a_cycle(&mut self, link: &Link) -> bool {
        let (graph, visible) = (self.graph, self.visible);
        let cycles = self.cycles.get_or_insert_with(|| Cycles::new(graph, visible));
        // In cascades links are ways, whose ends tell nothing of the edges within.
        visible.perspective == Perspective::Cascades
            || visible.edges_of(link).iter().any(|&edge| cycles.hold(graph, edge))
    }

    fn rect_of(&self, ix: BoxIx) -> Rect {
        match ix {
            BoxIx::Card(ix) => self.cards[ix as usize].rect,
            BoxIx::Plate(ix) => self.plates[ix as usize].rect,
        }
    }

    fn is_surface(&self, item: usize) -> bool {
        matches!(self.visible.items[item].what, Shown::Node(node) if self.graph.kind(node) == NodeKind::Surface)
    }

    /// Tells each box how much room there is beside it.
    fn room_for_names(&mut self) {
        let boxes = || self.box_of_item.iter().flatten();
        let rects: Vec<Rect> = boxes().map(|&ix| self.rect_of(ix)).collect();
        let frames = self.plates.iter().filter(|plate| plate.open).map(|plate| plate.rect);
        let room = room_beyond(&rects, &frames.collect::<Vec<_>>());
        for (ix, beyond) in self.box_of_item.iter().flatten().zip(room) {
            match *ix {
                BoxIx::Card(card) => self.cards[card as usize].beyond = beyond,
                BoxIx::Plate(plate) => self.plates[plate as usize].beyond = beyond,
            }
        }
    }

    fn finish(self) -> Scene {
        let box_of = self
            .graph
            .node_indices()
            .map(|node| self.visible.item_of(node).and_then(|item| self.box_of_item[item as usize]))
            .collect();
        let legend = self.legend();
        Scene::new(Parts {
            perspective: self.visible.perspective,
            caption: caption::caption(self.graph, self.view, self.visible),
            legend,
            hidden: self.visible.hidden.clone(),
            link_edges: self.visible.link_edges().to_vec(),
            box_of,
            cards: self.cards,
            plates: self.plates,
            links: self.links,
        })
    }

    fn legend(&self) -> Legend {
        let shows = |kind| {
            self.cards.iter().any(|card| card.kind == kind)
                || self.plates.iter().any(|p| p.strip.iter().any(|&(k, _)| k == kind))
        };
        let mut styles: Vec<_> = self.links.iter().map(|link| link.style).collect();
        styles.sort_unstable();
        styles.dedup();
        let mut owned: FxHashMap<NodeIx, u32> = FxHashMap::default();
        for owner in self.cards.iter().filter_map(|card| card.owner.as_ref()) {
            *owned.entry(owner.team).or_default() += 1;
        }
        let mut owners: Vec<(u32, NodeIx)> = owned.into_iter().map(|(t, n)| (n, t)).collect();
        owners.sort_unstable_by_key(|&(count, team)| (Reverse(count), team));
        let all_badges = || {
            let on_cards = self.cards.iter().flat_map(|card| &card.badges);
            on_cards.chain(self.plates.iter().flat_map(|plate| &plate.badges))
        };
        Legend {
            kinds: NodeKind::ALL.iter().copied().filter(|&kind| shows(kind)).collect(),
            links: styles,
            feedback: self.links.iter().any(|link| link.feedback),
            bundles: self.links.iter().any(|link| link.count > 1),
            stubs: self.cards.iter().any(|card| card.stub),
            closed_groups: self.plates.iter().any(|plate| !plate.open),
            badges: BadgeKind::ALL
                .iter()
                .copied()
                .filter(|&kind| all_badges().any(|badge| badge.kind == kind))
                .collect(),
            owners: owners.into_iter().map(|(_, team)| self.owners[&team].clone()).collect(),
        }
    }
}

/// Letters of a short name that are kept: more never find room.
const MOST_SHORT: usize = 24;

/// The name from `start` on, with a mark of what is left out.
fn short(name: &str, start: usize) -> Box<str> {
    let mark = if start > 0 { "…" } else { "" };
    let kept: String = name.get(start..).unwrap_or(name).chars().take(MOST_SHORT).collect();
    format!("{mark}{kept}").into()
}

/// By item; 0 for groups.
fn telling(graph: &SystemGraph, visible: &Visible) -> Vec<u32> {
    let name = |item: &VisibleItem| match item.what {
        Shown::Node(node) => (item.group, &*graph.node(node).name),
        Shown::Group(_) => (item.group, ""),
    };
    telling_starts(visible.items.iter().map(name))
}

/// Which edges of those that are shown lie on a cycle of nodes.
struct Cycles {
    components: Components,
    sizes: Vec<u32>,
}

impl Cycles {
    /// Linear in the graph.
    fn new(graph: &SystemGraph, visible: &Visible) -> Self {
        let flows = (0..graph.edges().len())
            .map(EdgeIx::new)
            .filter(|&edge| matches!(visible.fate(edge), EdgeFate::Link(_) | EdgeFate::InGroup(_)));
        let ends = flows.map(|edge| (graph.edge(edge).from.0, graph.edge(edge).to.0));
        let components = strong_components(graph.nodes().len(), ends);
        let sizes = components.sizes();
        Self { components, sizes }
    }

    fn hold(&self, graph: &SystemGraph, edge: EdgeIx) -> bool {
        let edge = graph.edge(edge);
        let within = self.components.of(edge.from.0);
        let together = within == self.components.of(edge.to.0);
        edge.from == edge.to || together && self.sizes[within as usize] > 1
    }
}

/// The route of a link of which somebody moved an end: from the right side to the left side, or in a loop
/// above a box that leads to itself.
fn direct_route(from: Rect, to: Rect) -> Vec<Point> {
    /// How far a line leaves its box straight, at least.
    const LEAST_REACH: f32 = 40.0;
    let start = Point::new(from.max.x, from.center().y);
    let end = Point::new(to.min.x, to.center().y);
    let reach = ((end.x - start.x).abs() / 2.0).max(LEAST_REACH);
    let lift = if from == to { -2.0 * from.height() } else { 0.0 };
    vec![
        start,
        Point::new(start.x + reach, start.y + lift),
        Point::new(end.x - reach, end.y + lift),
        end,
    ]
}

/// Straight from border to border; the shortest way there is where the boxes touch.
fn straight_route(from: Rect, to: Rect) -> Vec<Point> {
    let (a, b) = (from.center(), to.center());
    // How much of the way lies within a box, from its middle.
    let within = |rect: &Rect| {
        let (dx, dy) = ((b.x - a.x).abs(), (b.y - a.y).abs());
        let share = |half: f32, way: f32| if way > 0.0 { half / way } else { f32::INFINITY };
        share(rect.width() / 2.0, dx).min(share(rect.height() / 2.0, dy)).min(0.45)
    };
    let (start, end) = (a.lerp(b, within(&from)), b.lerp(a, within(&to)));
    vec![start, start.lerp(end, 1.0 / 3.0), start.lerp(end, 2.0 / 3.0), end]
}

/// The glyph stands where the link meets the surface, clear of the arrowhead.
const fn world_place(from_surface: bool, to_surface: bool) -> f32 {
    match (from_surface, to_surface) {
        (_, true) => 0.8,
        (true, false) => 0.2,
        (false, false) => 0.5,
    }
}

/// Kind and owner; the owner's letters where the name does not fit.
fn subtitle(node: &Node, owner: Option<&OwnerMark>, room: f32) -> String {
    let kind = node.kind.meta().title;
    if !node.defined {
        return format!("{kind} · not defined");
    }
    let Some(owner) = owner else { return kind.to_owned() };
    let whole = format!("{kind} · {}", owner.name);
    if width(&whole, Font::Text, metrics::SMALL) <= room {
        return whole;
    }
    format!("{kind} · {}", owner.initials)
}

/// The most important first.
fn badges(counts: &ItemCounts, columns: usize) -> Vec<Badge> {
    let short = |count: u32| match count {
        0..1_000 => count.to_string(),
        _ => format!("{}k", count / 1_000),
    };
    let columns = u32::try_from(columns).unwrap_or(u32::MAX);
    [
        (BadgeKind::Hidden, counts.hidden),
        (BadgeKind::Tests, counts.tests),
        (BadgeKind::Monitors, counts.monitors),
        (BadgeKind::Columns, columns),
    ]
    .into_iter()
    .filter(|&(_, count)| count > 0)
    .map(|(kind, count)| {
        let sign = if kind == BadgeKind::Hidden { "+" } else { "" };
        Badge { kind, text: format!("{sign}{}", short(count)).into() }
    })
    .collect()
}
