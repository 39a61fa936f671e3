//! Places and routes of all containers, from the inside out.
//!
//! The inside of a group is drawn first; for the drawing around it the group is a box of known size with known
//! ports. What was drawn is then put together in the coordinates of the whole.

use super::super::components::{pack, pack_near};
use super::super::geometry::{Point, Rect, Size};
use super::super::{Layout, Routes};
use super::anchor::middle;
use super::compound::Compound;
use super::container::{Container, Member, PORT, ROOT};
use super::draw::{Drawing, Measures};
use super::loops;
use super::parts::Part;
use super::route::Pen;
use super::watch::Watch;
use rayon::prelude::*;

/// Width by height that unconnected parts are packed to: about that of a window's canvas.
const ASPECT: f32 = 1.6;
/// Least space between unconnected parts, in scene units: lines may bulge that far.
const LEAST_PART_GAP: f32 = 32.0;

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

impl Compound<'_> {
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
