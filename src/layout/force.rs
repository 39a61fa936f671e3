//! A map where structure is not layered: things that belong together lie together.
//!
//! ForceAtlas2's forces and speeds (Jacomy, Venturini, Heymann and Bastian 2014): all things repel one
//! another in proportion to their degrees, edges attract in proportion to their length, gravity keeps
//! the parts together, and each thing moves slower the more it swings. Repulsion by Barnes and Hut's tree
//! (1986), so that a step is near-linear. Forces of a step are computed for each thing by itself, hence
//! the same at any number of threads.

use super::components::pack;
use super::{Layout, LayoutRequest, Point, Rect, Routes, Size};
use rayon::prelude::*;

/// Steps at effort 1; positions hardly change in later ones.
const STEPS: f32 = 260.0;
/// Cells narrower than this share of their distance act as one (Barnes–Hut's theta).
const OPENING: f32 = 1.0;
/// Pull towards the middle, in units of attraction; keeps unconnected parts in sight of one another.
const GRAVITY: f32 = 0.05;
/// How much swinging is tolerated; ForceAtlas2's default.
const JITTER: f32 = 1.0;
/// Cells are not split further, so that things at one place cannot split for ever.
const DEEPEST_CELL: u32 = 24;
/// Every so many steps the picture so far is published.
const PUBLISH_EVERY: usize = 40;
/// Width by height that unconnected parts together aim at.
const ASPECT: f32 = 1.6;
/// Length of a middling edge, in widths of a middling box.
const EDGE_IN_BOXES: f32 = 1.6;

/// Lays out `request` by forces; layers and pins are ignored, routes are straight.
///
/// `publish` gets pictures on the way. `None` when cancelled. Near-linear a step, deterministic.
pub fn force(
    request: &LayoutRequest,
    cancelled: &(dyn Fn() -> bool + Sync),
    publish: &mut dyn FnMut(Layout),
) -> Option<Layout> {
    let mut simulation = Simulation::new(request);
    let steps = (STEPS * request.options.effort.clamp(0.0, 4.0)) as usize;
    for step in 0..steps {
        simulation.step(cancelled)?;
        if step % PUBLISH_EVERY == PUBLISH_EVERY - 1 && step + 1 < steps {
            publish(simulation.layout(request));
        }
    }
    Some(simulation.layout(request))
}

#[derive(Clone, Copy, Debug, Default)]
struct Vector {
    x: f32,
    y: f32,
}

impl Vector {
    fn length(self) -> f32 {
        self.x.hypot(self.y)
    }
}

struct Simulation {
    places: Vec<Point>,
    forces: Vec<Vector>,
    /// Degree plus one.
    mass: Vec<f32>,
    /// Neighbours by node, both directions, self-loops left out.
    starts: Vec<u32>,
    neighbours: Vec<u32>,
    speed: f32,
    efficiency: f32,
}

impl Simulation {
    fn new(request: &LayoutRequest) -> Self {
        let nodes = request.nodes.len();
        let edges = || request.edges.iter().filter(|(from, to)| from != to);
        let mut starts = vec![0u32; nodes + 1];
        for &(from, to) in edges() {
            starts[from as usize + 1] += 1;
            starts[to as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut neighbours = vec![0; starts[nodes] as usize];
        for &(from, to) in edges() {
            for (here, there) in [(from, to), (to, from)] {
                let slot = &mut next[here as usize];
                neighbours[*slot as usize] = there;
                *slot += 1;
            }
        }
        let mass = (0..nodes).map(|node| (starts[node + 1] - starts[node]) as f32 + 1.0).collect();
        let places = spiral(nodes, &starts, &neighbours);
        let forces = vec![Vector::default(); nodes];
        Self { places, forces, mass, starts, neighbours, speed: 1.0, efficiency: 1.0 }
    }

    /// `None` when cancelled, which is asked about between batches of things.
    fn step(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<()> {
        /// About ten milliseconds of work.
        const BATCH: usize = 8_192;
        let tree = Tree::new(&self.places, &self.mass);
        let mut forces: Vec<Vector> = Vec::with_capacity(self.places.len());
        for first in (0..self.places.len().max(1)).step_by(BATCH) {
            if cancelled() {
                return None;
            }
            let batch = first..self.places.len().min(first + BATCH);
            forces.par_extend(batch.into_par_iter().map(|node| self.force_on(node, &tree)));
        }
        self.adapt_speed(&forces);
        for (node, force) in forces.iter().enumerate() {
            let before = self.forces[node];
            let swing =
                self.mass[node] * Vector { x: before.x - force.x, y: before.y - force.y }.length();
            let factor = self.speed / (1.0 + (self.speed * swing).sqrt());
            self.places[node].x += force.x * factor;
            self.places[node].y += force.y * factor;
        }
        self.forces = forces;
        Some(())
    }

    fn force_on(&self, node: usize, tree: &Tree) -> Vector {
        let (place, mass) = (self.places[node], self.mass[node]);
        let mut force = tree.repulsion(place, mass);
        let far = place.x.hypot(place.y);
        if far > 0.0 {
            force.x -= GRAVITY * mass * place.x / far;
            force.y -= GRAVITY * mass * place.y / far;
        }
        for &neighbour in
            &self.neighbours[self.starts[node] as usize..self.starts[node + 1] as usize]
        {
            let there = self.places[neighbour as usize];
            force.x += there.x - place.x;
            force.y += there.y - place.y;
        }
        force
    }

    /// ForceAtlas2's global speed: as fast as swinging allows.
    fn adapt_speed(&mut self, forces: &[Vector]) {
        let (mut swinging, mut traction) = (0.0f64, 0.0f64);
        for (node, force) in forces.iter().enumerate() {
            let before = self.forces[node];
            let mass = f64::from(self.mass[node]);
            swinging +=
                mass * f64::from(Vector { x: before.x - force.x, y: before.y - force.y }.length());
            traction += mass
                * 0.5
                * f64::from(Vector { x: before.x + force.x, y: before.y + force.y }.length());
        }
        if swinging <= 0.0 || traction <= 0.0 {
            return;
        }
        let nodes = forces.len() as f64;
        let estimate = 0.05 * nodes.sqrt();
        let mut jitter = f64::from(JITTER)
            * (estimate * traction / (nodes * nodes)).clamp(estimate.sqrt(), 10.0);
        if swinging / traction > 2.0 {
            if self.efficiency > 0.05 {
                self.efficiency *= 0.5;
            }
            jitter = jitter.max(f64::from(JITTER));
        }
        let target = jitter * f64::from(self.efficiency) * traction / swinging;
        if swinging > jitter * traction {
            if self.efficiency > 0.05 {
                self.efficiency *= 0.7;
            }
        } else if self.speed < 1000.0 {
            self.efficiency *= 1.3;
        }
        let speed = f64::from(self.speed);
        self.speed = (speed + (target - speed).min(0.5 * speed)) as f32;
    }

    /// The places at a scale where a middling edge is a little longer than a box.
    fn layout(&self, request: &LayoutRequest) -> Layout {
        let mut positions = scaled(&self.places, request);
        separate(&mut positions, request);
        self.gather(&mut positions, request);
        let mut routes = Routes::default();
        let mut bounds = Rect::NOTHING;
        for &(from, to) in &request.edges {
            let (from, to) = (positions[from as usize], positions[to as usize]);
            routes.push(&[from, from.lerp(to, 1.0 / 3.0), from.lerp(to, 2.0 / 3.0), to]);
        }
        let mut group_rects = vec![Rect::NOTHING; request.groups.len()];
        for (node, (&place, &size)) in positions.iter().zip(&request.nodes).enumerate() {
            let rect = Rect::from_center(place, size);
            bounds = bounds.union(&rect);
            let mut group = request.group_of.get(node).copied().flatten();
            while let Some(ix) = group {
                group_rects[ix as usize] = group_rects[ix as usize].union(&rect);
                group = request.groups[ix as usize];
            }
        }
        let nodes = positions.len();
        Layout {
            positions,
            layers: vec![0; nodes],
            columns: vec![0; nodes],
            group_columns: vec![0; request.groups.len()],
            routes,
            feedback: vec![false; request.edges.len()],
            group_rects,
            bounds: (nodes > 0).then_some(bounds),
        }
    }

    /// Unconnected parts repel one another without end; they are put side by side instead.
    fn gather(&self, positions: &mut [Point], request: &LayoutRequest) {
        let part_of = self.parts();
        let count = part_of.iter().max().map_or(0, |&last| last as usize + 1);
        let mut rects = vec![Rect::NOTHING; count];
        for (node, &part) in part_of.iter().enumerate() {
            let rect = Rect::from_center(positions[node], request.nodes[node]);
            rects[part as usize] = rects[part as usize].union(&rect);
        }
        if count < 2 {
            return;
        }
        let sizes: Vec<Size> = rects.iter().map(Rect::size).collect();
        let gap = request.options.layer_gap;
        let (corners, _) = pack(&sizes, gap, ASPECT);
        for (position, &part) in positions.iter_mut().zip(&part_of) {
            let (from, to) = (rects[part as usize].min, corners[part as usize]);
            *position = Point::new(position.x + to.x - from.x, position.y + to.y - from.y);
        }
    }

    /// The connected part of each node, numbered by first node.
    fn parts(&self) -> Vec<u32> {
        let nodes = self.places.len();
        let (mut part_of, mut count) = (vec![u32::MAX; nodes], 0);
        let mut open: Vec<u32> = Vec::new();
        for start in 0..nodes as u32 {
            if part_of[start as usize] != u32::MAX {
                continue;
            }
            open.push(start);
            part_of[start as usize] = count;
            while let Some(node) = open.pop() {
                let (from, to) = (self.starts[node as usize], self.starts[node as usize + 1]);
                for &next in &self.neighbours[from as usize..to as usize] {
                    if part_of[next as usize] == u32::MAX {
                        part_of[next as usize] = count;
                        open.push(next);
                    }
                }
            }
            count += 1;
        }
        part_of
    }
}

/// Boxes have sizes, which forces do not know: those that overlap are pushed apart along the shorter way, a
/// little more than half of it each time. Linear: after so many looks at pairs the rest stays as it is.
fn separate(positions: &mut [Point], request: &LayoutRequest) {
    const ROUNDS: usize = 80;
    const PAIRS_A_BOX: usize = 400;
    let mut looks = PAIRS_A_BOX * positions.len();
    let gap = request.options.node_gap;
    let mut order: Vec<u32> = (0..positions.len() as u32).collect();
    for _ in 0..ROUNDS {
        let left =
            |node: u32| positions[node as usize].x - request.nodes[node as usize].width / 2.0;
        order.sort_by(|&a, &b| left(a).total_cmp(&left(b)).then(a.cmp(&b)));
        let mut moved = false;
        for at in 0..order.len() {
            let a = order[at] as usize;
            for &b in &order[at + 1..] {
                let b = b as usize;
                let (size_a, size_b) = (request.nodes[a], request.nodes[b]);
                let wide = f32::midpoint(size_a.width, size_b.width) + gap;
                let high = f32::midpoint(size_a.height, size_b.height) + gap;
                let (dx, dy) = (positions[b].x - positions[a].x, positions[b].y - positions[a].y);
                if dx > wide {
                    break;
                }
                looks = looks.saturating_sub(1);
                let (over_x, over_y) = (wide - dx.abs(), high - dy.abs());
                if over_x <= 0.0 || over_y <= 0.0 {
                    continue;
                }
                moved = true;
                // Each goes a little more than half way.
                if over_x < over_y {
                    let push = over_x * 0.52 * if dx < 0.0 { -1.0 } else { 1.0 };
                    positions[a].x -= push;
                    positions[b].x += push;
                } else {
                    let push = over_y * 0.52 * if dy < 0.0 { -1.0 } else { 1.0 };
                    positions[a].y -= push;
                    positions[b].y += push;
                }
            }
        }
        if !moved || looks == 0 {
            return;
        }
    }
}

/// Starting places on a sunflower's spiral in breadth-first order, so that neighbours start near one
/// another: it halves the steps that random places need.
fn spiral(nodes: usize, starts: &[u32], neighbours: &[u32]) -> Vec<Point> {
    /// The golden angle in radians: no two places fall into one line.
    const TURN: f32 = 2.399_963_2;
    let mut places = vec![Point::default(); nodes];
    let mut seen = vec![false; nodes];
    let mut queue: Vec<u32> = Vec::with_capacity(nodes);
    for start in 0..nodes {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut next = queue.len();
        queue.push(start as u32);
        while next < queue.len() {
            let node = queue[next] as usize;
            next += 1;
            for &neighbour in &neighbours[starts[node] as usize..starts[node + 1] as usize] {
                if !std::mem::replace(&mut seen[neighbour as usize], true) {
                    queue.push(neighbour);
                }
            }
        }
    }
    for (order, node) in queue.into_iter().enumerate() {
        let (radius, angle) = ((order as f32 + 0.5).sqrt() * 4.0, order as f32 * TURN);
        places[node as usize] = Point::new(radius * angle.cos(), radius * angle.sin());
    }
    places
}

fn scaled(places: &[Point], request: &LayoutRequest) -> Vec<Point> {
    let mut lengths: Vec<f32> = request
        .edges
        .iter()
        .filter(|(from, to)| from != to)
        .map(|&(from, to)| places[from as usize].distance(places[to as usize]))
        .collect();
    let mut widths: Vec<f32> = request.nodes.iter().map(|size| size.width.max(1.0)).collect();
    let scale = match (middle(&mut lengths), middle(&mut widths)) {
        (Some(length), Some(width)) if length > f32::EPSILON => EDGE_IN_BOXES * width / length,
        (_, Some(width)) => width / 4.0,
        _ => 1.0,
    };
    places.iter().map(|place| Point::new(place.x * scale, place.y * scale)).collect()
}

fn middle(values: &mut [f32]) -> Option<f32> {
    let half = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(half, f32::total_cmp).1)
}

/// Barnes and Hut's quadtree: each cell knows the mass in it and where its middle is.
struct Tree {
    cells: Vec<Cell>,
    width: f32,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Sum of mass times place while it grows, then the centre of mass.
    x: f32,
    y: f32,
    mass: f32,
    /// First of four children, 0 for a leaf.
    children: u32,
}

const EMPTY: Cell = Cell { x: 0.0, y: 0.0, mass: 0.0, children: 0 };

impl Tree {
    fn new(places: &[Point], mass: &[f32]) -> Self {
        let mut bounds = Rect::NOTHING;
        for &place in places {
            bounds = bounds.union(&Rect::new(place, place));
        }
        let width = bounds.width().max(bounds.height()).max(1e-3) * 1.001;
        let mut tree = Self { cells: vec![EMPTY], width };
        for (&place, &mass) in places.iter().zip(mass) {
            tree.insert(place, mass, bounds.min);
        }
        for cell in &mut tree.cells {
            if cell.mass > 0.0 {
                cell.x /= cell.mass;
                cell.y /= cell.mass;
            }
        }
        tree
    }

    fn insert(&mut self, place: Point, mass: f32, corner: Point) {
        let (mut at, mut corner, mut width) = (0usize, corner, self.width);
        for depth in 0..=DEEPEST_CELL {
            let before = self.cells[at];
            let cell = &mut self.cells[at];
            cell.x += place.x * mass;
            cell.y += place.y * mass;
            cell.mass += mass;
            if before.mass == 0.0 || depth == DEEPEST_CELL {
                return;
            }
            width /= 2.0;
            if before.children == 0 {
                let first = self.cells.len();
                self.cells.extend([EMPTY; 4]);
                self.cells[at].children = first as u32;
                // What the leaf held moves one level down; it is one thing, so its centre is its place.
                let held = Point::new(before.x / before.mass, before.y / before.mass);
                let (quarter, _) = quarter(held, corner, width);
                self.cells[first + quarter] = Cell { children: 0, ..before };
            }
            let (quarter, quarter_corner) = quarter(place, corner, width);
            at = self.cells[at].children as usize + quarter;
            corner = quarter_corner;
        }
    }

    /// The push of everything on a thing at `place`, itself left out because its distance is nothing.
    fn repulsion(&self, place: Point, mass: f32) -> Vector {
        let mut force = Vector::default();
        let mut open: smallvec::SmallVec<[(u32, f32); 64]> = smallvec::smallvec![(0, self.width)];
        while let Some((at, width)) = open.pop() {
            let cell = &self.cells[at as usize];
            if cell.mass == 0.0 {
                continue;
            }
            let (dx, dy) = (place.x - cell.x, place.y - cell.y);
            let squared = dx * dx + dy * dy;
            if cell.children != 0 && width * width > OPENING * OPENING * squared {
                open.extend((0..4).map(|child| (cell.children + child, width / 2.0)));
            } else if squared > 0.0 {
                let push = mass * cell.mass / squared;
                force.x += dx * push;
                force.y += dy * push;
            }
        }
        force
    }
}

/// Which quarter of a cell with this corner holds `place`, and that quarter's corner; `width` is its own.
fn quarter(place: Point, corner: Point, width: f32) -> (usize, Point) {
    let right = place.x >= corner.x + width;
    let below = place.y >= corner.y + width;
    let moved = Point::new(
        if right { corner.x + width } else { corner.x },
        if below { corner.y + width } else { corner.y },
    );
    (usize::from(right) + 2 * usize::from(below), moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Size;

    fn request(nodes: usize, edges: Vec<(u32, u32)>) -> LayoutRequest {
        LayoutRequest { nodes: vec![Size::new(100.0, 30.0); nodes], edges, ..Default::default() }
    }

    fn run(request: &LayoutRequest) -> Layout {
        force(request, &|| false, &mut |_| {}).expect("not cancelled")
    }

    #[test]
    fn cliques_lie_apart_and_hold_together() {
        let clique =
            |base: u32| (0..8).flat_map(move |a| (0..a).map(move |b| (base + a, base + b)));
        let layout = run(&request(16, clique(0).chain(clique(8)).chain([(7, 8)]).collect()));
        let distance = |a: usize, b: usize| layout.positions[a].distance(layout.positions[b]);
        let within = (0..7).map(|node| distance(node, node + 1)).fold(0.0, f32::max);
        assert!(distance(0, 15) > 1.5 * within, "{} against {within}", distance(0, 15));
        assert!(layout.positions.iter().all(|place| place.x.is_finite() && place.y.is_finite()));
    }

    #[test]
    fn boxes_do_not_overlap_and_unconnected_parts_are_near() {
        let clique =
            |base: u32| (0..12).flat_map(move |a| (0..a).map(move |b| (base + a, base + b)));
        let edges: Vec<(u32, u32)> = clique(0).chain(clique(12)).collect();
        let request = request(30, edges);
        let layout = run(&request);
        let rect = |node: usize| Rect::from_center(layout.positions[node], request.nodes[node]);
        for a in 0..30 {
            let over = (0..a).find(|&b| rect(a).expand(-0.5).intersects(&rect(b).expand(-0.5)));
            assert_eq!(over, None, "of {a}");
        }
        let bounds = layout.bounds.expect("something");
        let boxes: f32 = request.nodes.iter().map(|size| size.width * size.height).sum();
        assert!(bounds.width() * bounds.height() < 40.0 * boxes, "{bounds:?}");
    }

    #[test]
    fn the_tree_pushes_as_everything_would() {
        let places: Vec<Point> =
            (0..40u32).map(|i| Point::new((i * 37 % 101) as f32, (i * 53 % 97) as f32)).collect();
        let mass = vec![1.0; places.len()];
        let tree = Tree::new(&places, &mass);
        let (mut error, mut strength) = (0.0, 0.0);
        for &place in &places {
            let close = tree.repulsion(place, 1.0);
            let mut exact = Vector::default();
            for other in places.iter().filter(|&&other| other != place) {
                let (dx, dy) = (place.x - other.x, place.y - other.y);
                exact.x += dx / (dx * dx + dy * dy);
                exact.y += dy / (dx * dx + dy * dy);
            }
            error += Vector { x: close.x - exact.x, y: close.y - exact.y }.length();
            strength += exact.length();
        }
        assert!(error < 0.15 * strength, "{error} of {strength}");
    }

    #[test]
    fn the_same_at_any_number_of_threads() {
        let edges: Vec<(u32, u32)> = (1..200).map(|node| (node / 3, node)).collect();
        let request = request(200, edges);
        let alone = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap()
            .install(|| run(&request));
        assert_eq!(alone, run(&request));
    }

    #[test]
    fn nothing_one_and_many_at_one_place() {
        assert_eq!(run(&request(0, vec![])).bounds, None);
        assert_eq!(run(&request(1, vec![(0, 0)])).positions.len(), 1);
        let tree = Tree::new(&[Point::default(); 1000], &[1.0; 1000]);
        assert!(tree.cells.len() < 200);
        assert_eq!(force(&request(2, vec![]), &|| true, &mut |_| {}), None);
    }
}
