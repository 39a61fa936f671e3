//! The layered layout (Sugiyama, Tagawa, Toda 1981), phase by phase.

mod acyclic;
mod anchor;
mod assemble;
mod balance;
mod border;
mod compound;
mod container;
mod coordinates;
mod csr;
mod draw;
mod loops;
mod order;
mod parts;
mod plan;
mod proper;
mod rank;
mod reduce;
mod relayer;
mod route;
mod sift;
mod sweep;
mod watch;

use super::{Layout, LayoutRequest};
use compound::Compound;
use watch::Watch;

/// Nodes and dummies above which a first picture is published before crossings are worked on:
/// below, the final one is there within some milliseconds.
const FIRST_PICTURE_FROM: usize = 4_000;

/// Lays a graph out in layers from left to right.
///
/// Any request is answered: indices beyond the lists are ignored (such an edge gets a route of a
/// single point), sizes that are not finite count as zero. A first usable picture goes to `publish`
/// when the final one takes noticeably longer; both are complete. Returns `None` when `cancelled`
/// said so, which is asked about every tenth of a millisecond from any thread.
///
/// Where the request says where boxes stood before, they stay there as far as the edges allow it; see
/// [`LayoutRequest::previous`].
///
/// The same request gives the same layout at any number of threads (rayon's current pool). Cost
/// grows with the number of nodes and dummies (an edge has one in each layer that it passes) times
/// the work budget; nothing recurses.
pub fn layered(
    request: &LayoutRequest,
    cancelled: &(dyn Fn() -> bool + Sync),
    publish: &mut dyn FnMut(Layout),
) -> Option<Layout> {
    let watch = Watch::new(cancelled);
    watch.look()?;
    let mut compound = Compound::new(request, watch)?;
    let effort = request.options.effort;
    let quick = effort.is_nan() || effort <= 0.0;
    if quick || compound.weight() > FIRST_PICTURE_FROM {
        compound.arrange(0.0, watch)?;
        let first = compound.draw(watch)?;
        if quick {
            return Some(first);
        }
        publish(first);
    }
    compound.arrange(effort, watch)?;
    compound.draw(watch)
}
