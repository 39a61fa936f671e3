//! Containers drawn one by one: structure and order from the root down, places from the inside out.
//!
//! A container's order is settled before those of the groups in it, so that their ports can take the
//! order in which strands arrive; then the insides are drawn, and groups are boxes of known size with
//! known ports for the drawing around them (recursive layout of compound graphs, after Sander,
//! "Layout of compound directed graphs", 1996). Without groups there is the root alone.

use super::super::components::{pack, pack_near};
use super::super::geometry::{Point, Rect, Size};
use super::super::quality::flatten;
use super::super::{Layout, LayoutOptions, LayoutRequest, Place, Routes};
use super::anchor::middle;
use super::border::{self, Border, Rank, Ranks};
use super::container::{Container, Member, Nesting, PORT, ROOT, Strand};
use super::draw::{Drawing, Measures};
use super::parts::{Part, part_of_members, task};
use super::plan::Plan;
use super::route::Pen;
use super::watch::Watch;
use super::{csr::Csr, loops};
use rayon::prelude::*;

/// The last layer that a box can be given: each one takes room even when it is empty.
const LAST_LAYER: u32 = 10_000;
/// Width by height that unconnected parts are packed to: about that of a window's canvas.
const ASPECT: f32 = 1.6;
/// Least space between unconnected parts, in scene units: lines may bulge that far.
const LEAST_PART_GAP: f32 = 32.0;

/// The structure of the whole drawing.
pub(super) struct Compound<'a> {
    request: &'a LayoutRequest,
    sizes: Vec<Size>,
    options: LayoutOptions,
    looped: Vec<bool>,
    nesting: Nesting,
    /// For each container its unconnected parts, and where each of its strands went.
    parts: Vec<Vec<Part>>,
    homes: Vec<Vec<Home>>,
}

/// Where a strand of a container went: a part, and its place among the part's strands.
type Home = (u32, u32);
/// The height of an edge's port.
type PortHeight = (u32, f32);

/// A container with everything in its place; the origin is that of its contents.
#[derive(Default)]
struct Drawn {
    /// Outer rectangle, head and padding included.
    frame: Rect2,
    /// For each part its drawing and where that lies.
    parts: Vec<(Drawing, Point)>,
    /// Height of the ports of edges: `(edge, y)` sorted by edge.
    west: Vec<PortHeight>,
    east: Vec<PortHeight>,
}

/// A rectangle that defaults to nothing at the origin.
#[derive(Clone, Copy, Default)]
struct Rect2 {
    min: Point,
    max: Point,
}

impl Rect2 {
    fn size(self) -> Size {
        Size::new(self.max.x - self.min.x, self.max.y - self.min.y)
    }

    fn center(self) -> Point {
        self.min.lerp(self.max, 0.5)
    }
}

/// Sifting steps to spend on a part, at about 0.7 ns each: a millisecond for 500 nodes and dummies, 5 for 1,500, a
/// tenth of a second for 7,000, a fifth of a second for 15,000 and for graphs that are mostly dummies, more only
/// where there are many boxes. The more there is to draw, the more a share of the crossings is worth.
fn budget(plan: &Plan, effort: f32) -> usize {
    let (nodes, members) = (plan.proper.nodes() as f64, plan.task.members as f64);
    let small = (30.0 * nodes.powf(1.75)).min(f64::max(3.0 * nodes * nodes, 2e6));
    let steps = small.min(f64::max(2.5e8, 1e4 * members));
    if effort > 0.0 { (steps * f64::from(effort)) as usize + 1 } else { 0 }
}

/// Lengths as they should be: finite, not negative.
fn length(value: f32) -> f32 {
    /// Larger boxes would push the rest out of the precision of `f32`.
    const LONGEST: f32 = 1e6;
    if value.is_finite() { value.clamp(0.0, LONGEST) } else { 0.0 }
}

impl<'a> Compound<'a> {
    pub(super) fn new(request: &'a LayoutRequest, watch: Watch<'_>) -> Option<Self> {
        let nesting = Nesting::new(request, watch)?;
        let given = &request.options;
        let options = LayoutOptions {
            node_gap: length(given.node_gap),
            layer_gap: length(given.layer_gap),
            group_padding: length(given.group_padding),
            group_head: length(given.group_head),
            effort: length(given.effort),
        };
        let size = |size: &Size| Size::new(length(size.width), length(size.height));
        let mut looped = vec![false; request.nodes.len()];
        for &(u, v) in &request.edges {
            if u == v && (u as usize) < looped.len() {
                looped[u as usize] = true;
            }
        }
        let mut this = Self {
            request,
            sizes: request.nodes.iter().map(size).collect(),
            options,
            looped,
            parts: Vec::new(),
            homes: Vec::new(),
            nesting,
        };
        for c in 0..this.nesting.containers.len() as u32 {
            let (parts, homes) = this.split(c, watch)?;
            this.parts.push(parts);
            this.homes.push(homes);
        }
        Some(this)
    }

    /// Nodes and dummies to be ordered.
    pub(super) fn weight(&self) -> usize {
        let plans = self.parts.iter().flatten().filter_map(|part| part.plan.as_ref());
        plans.map(|plan| plan.proper.nodes()).sum()
    }

    /// Cuts a container into its connected parts; everything that hangs on ports is one part.
    fn split(&self, c: u32, watch: Watch<'_>) -> Option<(Vec<Part>, Vec<Home>)> {
        let container = &self.nesting.containers[c as usize];
        let pins = self.pins(container);
        let groups = part_of_members(container, !pins.is_empty());
        let by_part =
            Csr::new(groups.count, groups.of.iter().enumerate().map(|(m, &p)| (p, m as u32)));
        let part_of_strand = |s: u32| {
            let strand = container.strands[s as usize];
            groups.of[if strand.from == PORT { strand.to } else { strand.from } as usize]
        };
        let strands = Csr::new(
            groups.count,
            (0..container.strands.len() as u32).map(|s| (part_of_strand(s), s)),
        );
        let mut local = vec![0u32; container.members.len()];
        let mut homes = vec![(0, 0); container.strands.len()];
        let mut parts = Vec::with_capacity(groups.count);
        for p in 0..groups.count as u32 {
            let members = by_part.row(p).to_vec();
            let strands = strands.row(p).to_vec();
            for (k, &m) in members.iter().enumerate() {
                local[m as usize] = k as u32;
            }
            for (k, &s) in strands.iter().enumerate() {
                homes[s as usize] = (p, k as u32);
            }
            let alone = strands.is_empty() && members.len() == 1 && pins.is_empty();
            let plan = if alone {
                None
            } else {
                let mut task = task(container, &members, &strands, &local, &pins);
                task.before = self.places_before(container, &members);
                if !task.before.is_empty() {
                    task.lines = self.lines_before(container, &strands);
                }
                Some(Plan::new(task, watch)?)
            };
            parts.push(Part { members, strands, plan });
        }
        Some((parts, homes))
    }

    /// Where a member stood in the earlier picture.
    fn place_before(&self, member: Member) -> Option<Place> {
        let previous = &self.request.previous;
        let place = match member {
            Member::Box(node) => *previous.boxes.get(node as usize)?,
            Member::Group(group) => *previous.groups.get(group as usize - 1)?,
        };
        place.filter(|place| place.at.x.is_finite() && place.at.y.is_finite())
    }

    /// The same of the members of a part; empty when none stood anywhere.
    fn places_before(&self, container: &Container, members: &[u32]) -> Vec<Option<Place>> {
        let place = |&m: &u32| self.place_before(container.members[m as usize]);
        let places: Vec<Option<Place>> = members.iter().map(place).collect();
        if places.iter().any(Option::is_some) { places } else { Vec::new() }
    }

    /// The lines of strands in the earlier picture; empty when it has none.
    fn lines_before(&self, container: &Container, strands: &[u32]) -> Vec<Vec<Point>> {
        let routes = &self.request.previous.routes;
        let line = |&s: &u32| {
            let route = routes.get(container.strands[s as usize].edge as usize);
            let sound = route.filter(|r| r.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
            sound.filter(|route| route.len() > 1).map(|route| flatten(route)).unwrap_or_default()
        };
        if routes.is_empty() { Vec::new() } else { strands.iter().map(line).collect() }
    }

    /// How far a part as drawn must be moved to lie where its members were before.
    fn shift_to_before(
        &self,
        container: &Container,
        part: &Part,
        drawing: &Drawing,
    ) -> Option<Point> {
        let (mut across, mut along) = (Vec::new(), Vec::new());
        for (&m, center) in part.members.iter().zip(&drawing.centers) {
            if let Some(place) = self.place_before(container.members[m as usize]) {
                across.push(place.at.x - center.x);
                along.push(place.at.y - center.y);
            }
        }
        Some(Point::new(middle(&mut across)?, middle(&mut along)?))
    }

    /// Layers given for the boxes of the root; those inside of groups decide for themselves.
    fn pins(&self, container: &Container) -> Vec<Option<u32>> {
        let pin = |member: &Member| match member {
            Member::Box(node) => self.request.layer_of.get(*node as usize).copied().flatten(),
            Member::Group(_) => None,
        };
        let pins: Vec<Option<u32>> =
            container.members.iter().map(|m| pin(m).map(|layer| layer.min(LAST_LAYER))).collect();
        if pins.iter().any(Option::is_some) { pins } else { Vec::new() }
    }

    /// Orders all layers, from the root down.
    pub(super) fn arrange(&mut self, effort: f32, watch: Watch<'_>) -> Option<()> {
        let mut ranks: Vec<Ranks> = Vec::new();
        ranks.resize_with(self.nesting.containers.len(), Ranks::default);
        for at in 0..self.nesting.downwards.len() {
            let c = self.nesting.downwards[at];
            let container = &self.nesting.containers[c as usize];
            let own = std::mem::take(&mut ranks[c as usize]);
            let parts = &mut self.parts[c as usize];
            let borders: Vec<(Border, Border)> =
                parts.iter().map(|part| own.borders(container, &part.strands)).collect();
            let done: Vec<Option<()>> = parts
                .par_iter_mut()
                .zip(&borders)
                .map(|(part, (west, east))| {
                    let Some(plan) = &mut part.plan else { return Some(()) };
                    let budget = budget(plan, effort);
                    plan.arrange(west, east, budget, watch)
                })
                .collect();
            done.into_iter().collect::<Option<()>>()?;
            for (p, borders) in borders.iter().enumerate() {
                self.pass_on(c, p, borders, &mut ranks);
            }
            self.rank_strands(c, &mut ranks);
        }
        Some(())
    }

    /// Tells the groups in a container in which order strands meet their borders.
    fn rank_strands(&self, c: u32, ranks: &mut [Ranks]) {
        let container = &self.nesting.containers[c as usize];
        for part in &self.parts[c as usize] {
            let Some(plan) = &part.plan else { continue };
            for (k, &s) in part.strands.iter().enumerate() {
                let Strand { from, to, edge } = container.strands[s as usize];
                if let Some(Member::Group(child)) = container.members.get(from as usize) {
                    let place = plan.place_beside(k as u32, true);
                    ranks[*child as usize].east.insert(edge, Rank::new(place, to));
                }
                if let Some(Member::Group(child)) = container.members.get(to as usize) {
                    let place = plan.place_beside(k as u32, false);
                    ranks[*child as usize].west.insert(edge, Rank::new(place, from));
                }
            }
        }
    }

    /// What a group chose for the runs at its borders, to the container around it and to the groups at
    /// the other ends.
    fn pass_on(&mut self, c: u32, p: usize, borders: &(Border, Border), ranks: &mut [Ranks]) {
        let container = &self.nesting.containers[c as usize];
        let part = &self.parts[c as usize][p];
        let Some(plan) = &part.plan else { return };
        let strand = |s: &u32| container.strands[*s as usize];
        let edges = |west: bool| -> Vec<u32> {
            let ports = part.strands.iter().map(strand);
            ports.filter(|s| if west { s.from } else { s.to } == PORT).map(|s| s.edge).collect()
        };
        let (west, east) = plan.ports();
        let in_west = border::choices(&borders.0, &edges(true), &west);
        let in_east = border::choices(&borders.1, &edges(false), &east);
        let parent = container.parent;
        for (choice, to_west) in
            in_west.iter().map(|choice| (choice, true)).chain(in_east.iter().map(|c| (c, false)))
        {
            let local = |edge: &u32| -> (u32, u32) {
                let steps = self.nesting.steps_of(*edge as usize);
                let step = steps.iter().find(|step| step.0 == parent);
                step.map_or((0, 0), |step| self.homes[parent as usize][step.1 as usize])
            };
            let before: Vec<(u32, u32)> = choice.before.iter().map(local).collect();
            let after: Vec<u32> = choice.after.iter().map(|edge| local(edge).1).collect();
            let around = before[0].0 as usize;
            let strand = self.parts[parent as usize][around].strands[before[0].1 as usize];
            let strand = self.nesting.containers[parent as usize].strands[strand as usize];
            let before: Vec<u32> = before.into_iter().map(|home| home.1).collect();
            let Some(outer) = &mut self.parts[parent as usize][around].plan else { continue };
            let turning = outer.against[before[0] as usize];
            outer.exchange(&before, &after);
            let partner = if to_west { strand.from } else { strand.to };
            let members = &self.nesting.containers[parent as usize].members;
            if let (Some(Member::Group(other)), false) = (members.get(partner as usize), turning) {
                let ranks = &mut ranks[*other as usize];
                border::follow(if to_west { &mut ranks.east } else { &mut ranks.west }, choice);
            }
        }
    }

    /// Places and routes for the present orders.
    pub(super) fn draw(&self, watch: Watch<'_>) -> Option<Layout> {
        let mut drawn: Vec<Drawn> = Vec::new();
        drawn.resize_with(self.nesting.containers.len(), Drawn::default);
        for &c in self.nesting.downwards.iter().rev() {
            drawn[c as usize] = self.draw_container(c, &drawn, watch)?;
        }
        self.assemble(&drawn, watch)
    }

    fn draw_container(&self, c: u32, drawn: &[Drawn], watch: Watch<'_>) -> Option<Drawn> {
        let parts = &self.parts[c as usize];
        let free: Vec<usize> = (0..parts.len()).filter(|&p| !parts[p].has_ports()).collect();
        let drawings: Vec<Option<Drawing>> =
            free.par_iter().map(|&p| self.draw_part(c, &parts[p], drawn, 0.0, watch)).collect();
        let drawings = drawings.into_iter().collect::<Option<Vec<_>>>()?;
        let sizes: Vec<Size> = drawings.iter().map(|d| hull(d).size()).collect();
        let gap = (2.0 * self.options.node_gap).max(LEAST_PART_GAP);
        let container = &self.nesting.containers[c as usize];
        let corner = |(&p, drawing): (&usize, &Drawing)| {
            let shift = self.shift_to_before(container, &parts[p], drawing)?;
            Some(plus(hull(drawing).min, shift))
        };
        let wishes: Vec<Option<Point>> = free.iter().zip(&drawings).map(corner).collect();
        let (places, packed) = if wishes.iter().any(Option::is_some) {
            pack_near(&sizes, &wishes, gap, ASPECT)
        } else {
            pack(&sizes, gap, ASPECT)
        };
        let mut result = Drawn::default();
        result.parts.resize_with(parts.len(), Default::default);
        let padding = self.options.group_padding;
        let mut content = Rect2::default();
        let with_ports = (0..parts.len()).find(|&p| parts[p].has_ports());
        if let Some(p) = with_ports {
            let width = if free.is_empty() { 0.0 } else { packed.width + 2.0 * padding };
            let drawing = self.draw_part(c, &parts[p], drawn, width, watch)?;
            let main = hull(&drawing);
            content = main;
            (result.west, result.east) = port_heights(container, &parts[p], &drawing);
            result.parts[p] = (drawing, Point::default());
        }
        let below = if with_ports.is_some() { content.max.y + gap } else { 0.0 };
        let inset = if result.west.is_empty() { content.min.x } else { padding };
        for ((p, drawing), place) in free.iter().zip(drawings).zip(places) {
            let corner = hull(&drawing).min;
            let origin = Point::new(inset + place.x - corner.x, below + place.y - corner.y);
            result.parts[*p] = (drawing, origin);
        }
        if !free.is_empty() {
            content.max.x = content.max.x.max(inset + packed.width);
            content.max.y = below + packed.height;
        }
        if c != ROOT {
            content.min.y -= padding + self.options.group_head;
            content.max.y += padding;
            // Ports lie on the border itself.
            content.min.x -= if result.west.is_empty() { padding } else { 0.0 };
            content.max.x += if result.east.is_empty() { padding } else { 0.0 };
        }
        result.frame = content;
        Some(result)
    }

    fn draw_part(
        &self,
        c: u32,
        part: &Part,
        drawn: &[Drawn],
        width: f32,
        watch: Watch<'_>,
    ) -> Option<Drawing> {
        let container = &self.nesting.containers[c as usize];
        let size = |m: &u32| match container.members[*m as usize] {
            Member::Box(node) => self.sizes[node as usize],
            Member::Group(group) => drawn[group as usize].frame.size(),
        };
        let looped = |m: &u32| match container.members[*m as usize] {
            Member::Box(node) => self.looped[node as usize],
            Member::Group(_) => false,
        };
        let sizes: Vec<Size> = part.members.iter().map(size).collect();
        let loops: Vec<bool> = part.members.iter().map(looped).collect();
        let Some(plan) = &part.plan else {
            return Some(alone(sizes[0], loops[0]));
        };
        let attach = attach(container, part, drawn);
        let measures = Measures {
            sizes: &sizes,
            attach: &attach,
            loops: &loops,
            width,
            options: &self.options,
        };
        plan.draw(&measures, watch)
    }

    fn assemble(&self, drawn: &[Drawn], watch: Watch<'_>) -> Option<Layout> {
        let mut layout = Layout {
            positions: vec![Point::default(); self.sizes.len()],
            layers: vec![0; self.sizes.len()],
            group_columns: vec![0; self.request.groups.len()],
            feedback: vec![false; self.request.edges.len()],
            group_rects: vec![Rect::NOTHING; self.request.groups.len()],
            ..Layout::default()
        };
        let mut origins = vec![Point::default(); drawn.len()];
        origins[ROOT as usize] = self.root_origin(&drawn[ROOT as usize]);
        for &c in &self.nesting.downwards {
            let origin = origins[c as usize];
            if c != ROOT {
                let frame = drawn[c as usize].frame;
                layout.group_rects[c as usize - 1] =
                    Rect::new(plus(frame.min, origin), plus(frame.max, origin));
            }
            let container = &self.nesting.containers[c as usize];
            for (part, (drawing, place)) in
                self.parts[c as usize].iter().zip(&drawn[c as usize].parts)
            {
                for (k, &m) in part.members.iter().enumerate() {
                    let center = plus(plus(drawing.centers[k], *place), origin);
                    let column = part.plan.as_ref().map_or(0, |plan| plan.member_layer(k as u32));
                    match container.members[m as usize] {
                        Member::Box(node) => {
                            layout.positions[node as usize] = center;
                            layout.layers[node as usize] = column;
                        }
                        Member::Group(group) => {
                            layout.group_columns[group as usize - 1] = column;
                            let middle = drawn[group as usize].frame.center();
                            origins[group as usize] =
                                Point::new(center.x - middle.x, center.y - middle.y);
                        }
                    }
                }
            }
        }
        watch.look()?;
        self.join_routes(&mut layout, drawn, &origins, watch)?;
        layout.columns = layout.layers.clone();
        if !self.request.groups.is_empty() {
            layout.layers = super::rank::layers_of(
                self.sizes.len(),
                &self.request.edges,
                &layout.feedback,
                watch,
            )?;
        }
        layout.bounds = bounds(&layout, &self.sizes);
        Some(layout)
    }

    /// Where the root's contents go: to the origin, or to where what stayed is moved least.
    fn root_origin(&self, root: &Drawn) -> Point {
        let container = &self.nesting.containers[ROOT as usize];
        let (mut across, mut along) = (Vec::new(), Vec::new());
        for (part, (drawing, place)) in self.parts[ROOT as usize].iter().zip(&root.parts) {
            for (&m, &center) in part.members.iter().zip(&drawing.centers) {
                if let Some(before) = self.place_before(container.members[m as usize]) {
                    across.push(before.at.x - center.x - place.x);
                    along.push(before.at.y - center.y - place.y);
                }
            }
        }
        match (middle(&mut across), middle(&mut along)) {
            (Some(x), Some(y)) => Point::new(x, y),
            _ => Point::new(-root.frame.min.x, -root.frame.min.y),
        }
    }

    /// Puts the pieces of each edge together.
    fn join_routes(
        &self,
        layout: &mut Layout,
        drawn: &[Drawn],
        origins: &[Point],
        watch: Watch<'_>,
    ) -> Option<()> {
        let mut routes = Routes::default();
        let mut pen = Pen::default();
        let mut meter = watch.meter();
        for (e, &(u, v)) in self.request.edges.iter().enumerate() {
            pen.clear();
            let (u, v) = (u as usize, v as usize);
            if u == v && u < self.sizes.len() {
                layout.feedback[e] = true;
                loops::draw(layout.positions[u], self.sizes[u], &mut pen);
            }
            for &(c, s) in self.nesting.steps_of(e) {
                let (p, local) = self.homes[c as usize][s as usize];
                let (drawing, place) = &drawn[c as usize].parts[p as usize];
                let shift = plus(*place, origins[c as usize]);
                let points = drawing.routes.get(local as usize);
                pen.start(plus(points[0], shift));
                for piece in points[1..].chunks_exact(3) {
                    pen.curve(plus(piece[0], shift), plus(piece[1], shift), plus(piece[2], shift));
                }
                meter.spend(points.len())?;
                let plan = self.parts[c as usize][p as usize].plan.as_ref();
                layout.feedback[e] |= plan.is_some_and(|plan| plan.against[local as usize]);
            }
            // An edge that names no box still has its place in the list.
            pen.start(Point::default());
            routes.push(pen.finish());
        }
        layout.routes = routes;
        Some(())
    }
}

fn plus(a: Point, b: Point) -> Point {
    Point::new(a.x + b.x, a.y + b.y)
}

fn hull(drawing: &Drawing) -> Rect2 {
    drawing.bounds.map_or(Rect2::default(), |bounds| Rect2 { min: bounds.min, max: bounds.max })
}

/// A single box.
fn alone(size: Size, looped: bool) -> Drawing {
    let mut bounds = Rect::from_center(Point::default(), size);
    if looped {
        bounds.min.y -= loops::ROOM;
        bounds.max.x += loops::ROOM;
    }
    Drawing { centers: vec![Point::default()], bounds: Some(bounds), routes: Routes::default() }
}

/// Everything drawn: boxes, frames, and the hulls of the lines' controls.
fn bounds(layout: &Layout, sizes: &[Size]) -> Option<Rect> {
    let boxes = layout.positions.iter().zip(sizes).map(|(&at, &size)| Rect::from_center(at, size));
    let frames = layout.group_rects.iter().copied().filter(|rect| rect.min.x <= rect.max.x);
    let lines = layout.routes.iter().filter(|route| route.len() > 1).flatten();
    let points = lines.map(|&point| Rect::new(point, point));
    boxes.chain(frames).chain(points).reduce(|a, b| a.union(&b))
}

/// Heights of ports on the container's border, by edge.
fn port_heights(
    container: &Container,
    part: &Part,
    drawing: &Drawing,
) -> (Vec<PortHeight>, Vec<PortHeight>) {
    let Some(plan) = &part.plan else { return Default::default() };
    let (mut west, mut east) = (Vec::new(), Vec::new());
    for (k, &s) in part.strands.iter().enumerate() {
        let edge = container.strands[s as usize].edge;
        let (from, to) = plan.task.strands[k];
        if container.strands[s as usize].from == PORT {
            west.push((edge, drawing.centers[from as usize].y));
        }
        if container.strands[s as usize].to == PORT {
            east.push((edge, drawing.centers[to as usize].y));
        }
    }
    west.sort_unstable_by_key(|port| port.0);
    east.sort_unstable_by_key(|port| port.0);
    (west, east)
}

/// Where strands meet the groups among a part's members; empty when there is none.
fn attach(container: &Container, part: &Part, drawn: &[Drawn]) -> Vec<(f32, f32)> {
    let group = |m: u32| match container.members.get(m as usize) {
        Some(Member::Group(group)) => Some(&drawn[*group as usize]),
        _ => None,
    };
    if !part.members.iter().any(|&m| group(m).is_some()) {
        return Vec::new();
    }
    let height = |ports: &[PortHeight], edge: u32, drawn: &Drawn| {
        let at = ports.binary_search_by_key(&edge, |port| port.0);
        at.map_or(0.0, |at| ports[at].1 - drawn.frame.center().y)
    };
    let ends = |s: &u32| {
        let strand = container.strands[*s as usize];
        (
            group(strand.from).map_or(0.0, |drawn| height(&drawn.east, strand.edge, drawn)),
            group(strand.to).map_or(0.0, |drawn| height(&drawn.west, strand.edge, drawn)),
        )
    };
    part.strands.iter().map(ends).collect()
}
