//! Changes to the tree of groups before anything is left out or closed: what is too much to be seen at once
//! is divided or put together.

use super::groups::{NONE, RawGroups};
use super::structure::{Division, MOST_BESIDE, MOST_OF_ONE, Structure};
use super::{FEW_THINGS, MANY_THINGS};
use crate::model::{NodeIx, NodeKind, SystemGraph};

/// Before the names of groups that nobody named.
const FOUND: &str = "~";

/// Whether nobody named the group with this key.
pub(super) fn is_found(key: &str) -> bool {
    key.strip_prefix(FOUND).is_some_and(|rest| rest.starts_with('/'))
}

/// Divides groups with more nodes than can be looked at by what hangs together, nodes of no group likewise or,
/// if there are fewer, by kind; and puts many groups side by side together by name.
pub(super) fn make_lookable(
    graph: &SystemGraph,
    structure: &Structure,
    raw: &mut RawGroups,
    shown: &[NodeIx],
) {
    let mut own = vec![0usize; raw.keys.len()];
    let mut loose = 0;
    for node in shown {
        match raw.group_of[node.at()] {
            NONE => loose += 1,
            group => own[group as usize] += 1,
        }
    }
    for (group, _) in own.into_iter().enumerate().filter(|&(_, count)| count > MOST_OF_ONE) {
        if let Some(division) = structure.of(graph, Some(group as u32)) {
            divide(raw, Some(group as u32), division);
        }
    }
    if loose > FEW_THINGS && shown.len() > MANY_THINGS {
        match structure.of(graph, None) {
            Some(division) if loose > MANY_THINGS => divide(raw, None, division),
            _ => gather_by_kind(graph, raw, shown),
        }
    }
    bundle_siblings(raw);
}

fn divide(raw: &mut RawGroups, within: Option<u32>, division: &Division) {
    let first = raw.keys.len() as u32;
    for part in &division.parts {
        let parent = part.parent.map(|parent| first + parent).or(within);
        let name = part.name.replace('\\', "\\\\").replace('/', "\\/");
        let above = parent.map_or(FOUND, |parent| &*raw.keys[parent as usize]);
        raw.keys.push(format!("{above}/{name}"));
        raw.names.push(part.name.clone());
        raw.parents.push(parent.unwrap_or(NONE));
    }
    for &(node, part) in &division.part_of {
        raw.group_of[node.at()] = first + part;
    }
    raw.from_structure = true;
}

/// Nodes that no manifest groups would alone be more than a screen holds: they are put together by kind.
fn gather_by_kind(graph: &SystemGraph, raw: &mut RawGroups, shown: &[NodeIx]) {
    let mut group_of_kind = vec![NONE; NodeKind::ALL.len()];
    for &node in shown {
        if raw.group_of[node.at()] != NONE {
            continue;
        }
        let kind = graph.kind(node);
        let slot = &mut group_of_kind[kind as usize];
        if *slot == NONE {
            *slot = raw.keys.len() as u32;
            raw.keys.push(format!("ungrouped {}", kind.meta().key));
            raw.names.push(format!("{} without group", kind.meta().plural));
            raw.parents.push(NONE);
        }
        raw.group_of[node.at()] = *slot;
    }
}

/// Neighbours in the alphabet become one group where more stand side by side than can be looked at.
fn bundle_siblings(raw: &mut RawGroups) {
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); raw.keys.len() + 1];
    let roots = raw.keys.len();
    for (group, &parent) in raw.parents.iter().enumerate() {
        let slot = if parent == NONE { roots } else { parent as usize };
        children[slot].push(group as u32);
    }
    let mut bundled = false;
    for (slot, mut siblings) in children.into_iter().enumerate() {
        let within = if slot == roots { NONE } else { slot as u32 };
        while siblings.len() > MANY_THINGS {
            bundled = true;
            let name = |&ix: &u32| (raw.names[ix as usize].clone(), ix);
            siblings.sort_by_cached_key(name);
            let size = siblings.len().div_ceil(MOST_BESIDE).clamp(2, MOST_BESIDE);
            siblings = siblings.chunks(size).map(|chunk| bundle(raw, within, chunk)).collect();
        }
    }
    if bundled {
        raw.put_in_order();
    }
}

fn bundle(raw: &mut RawGroups, within: u32, chunk: &[u32]) -> u32 {
    if let [only] = *chunk {
        return only;
    }
    let end = |ix: Option<&u32>| ix.map_or("", |&ix| &*raw.names[ix as usize]).to_owned();
    // A bundle of bundles goes from the start of its first to the end of its last.
    let first = end(chunk.first());
    let last = end(chunk.last());
    let first = first.split(" … ").next().unwrap_or_default();
    let last = last.rsplit(" … ").next().unwrap_or_default();
    let name = format!("{first} … {last}");
    let above = if within == NONE { FOUND } else { &*raw.keys[within as usize] };
    let key = format!("{above}/{}", name.replace('\\', "\\\\").replace('/', "\\/"));
    let ix = raw.keys.len() as u32;
    raw.keys.push(key);
    raw.names.push(name);
    raw.parents.push(within);
    for &inner in chunk {
        raw.parents[inner as usize] = ix;
    }
    ix
}
