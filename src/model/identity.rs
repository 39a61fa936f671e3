//! Which names mean the same node.

use super::batch::shown;
use super::builder::relocate;
use super::{Batch, NodeRef, Problem, ProblemKind, Severity};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// A text under which files speak of a node: an id or an alias.
pub(super) type KeyIx = u32;

/// Which ids and aliases mean the same node. A union-find over all of them; two nodes that one file
/// defines are never made one, whatever the aliases say.
pub(super) struct Identities {
    keys: IndexMap<Arc<str>, (), FxBuildHasher>,
    parent: Vec<KeyIx>,
    /// For a set's root: the batches that define a node in it.
    defined_by: Vec<Vec<u32>>,
    /// By batch and reference.
    key_of: Vec<Vec<KeyIx>>,
}

impl Identities {
    pub(super) fn resolve(
        batches: &mut [Batch],
        file_base: &[u32],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut this = Self {
            keys: IndexMap::default(),
            parent: Vec::new(),
            defined_by: Vec::new(),
            key_of: Vec::new(),
        };
        for batch in batches.iter() {
            let keys = batch.ids().map(|id| this.key(id)).collect();
            this.key_of.push(keys);
        }
        for (batch_ix, batch) in batches.iter().enumerate() {
            for decl in batch.nodes.iter().filter(|decl| decl.defines) {
                let key = this.key_of[batch_ix][decl.reference.at()];
                if this.defined_by[key as usize].last() != Some(&(batch_ix as u32)) {
                    this.defined_by[key as usize].push(batch_ix as u32);
                }
            }
        }
        for (batch_ix, batch) in batches.iter().enumerate() {
            for decl in &batch.nodes {
                for alias in &decl.aliases {
                    let own = this.key_of[batch_ix][decl.reference.at()];
                    let alias_key = this.key(&Arc::from(&**alias));
                    if !this.unify(own, alias_key) {
                        let at = relocate(decl.at, file_base[batch_ix]);
                        problems.push(Problem::new(
                            Severity::Note,
                            ProblemKind::Conflict,
                            Some(at),
                            format!(
                                "`{}` is another name of several nodes of one file",
                                shown(alias)
                            ),
                            "References by that name go to the first of them; refer to the others by id.",
                        ));
                    }
                }
            }
        }
        this.unify_loose_names(batches);
        // Every key points to an earlier one, so one pass makes each point to its root.
        for key in 0..this.parent.len() {
            this.parent[key] = this.parent[this.parent[key] as usize];
        }
        this
    }

    /// Makes an alias of every loose name that only one node carries. Linear in the number of names.
    fn unify_loose_names(&mut self, batches: &mut [Batch]) {
        /// Who carries a name: the first, and whether another does too.
        type Carrier = (KeyIx, bool);
        let mut carriers: IndexMap<Box<str>, Carrier, FxBuildHasher> = IndexMap::default();
        for (batch_ix, batch) in batches.iter().enumerate() {
            for decl in &batch.nodes {
                let own = self.key_of[batch_ix][decl.reference.at()];
                let own = self.root(own);
                for name in &decl.loose_names {
                    let (first, shared) = carriers.entry(name.clone()).or_insert((own, false));
                    *shared |= *first != own;
                }
            }
        }
        carriers.retain(|_, (_, shared)| !*shared);
        for (name, &(carrier, _)) in &carriers {
            let key = self.key(&Arc::from(&**name));
            // Where one file defines both, they stay two, and the name goes to its owner.
            self.unify(carrier, key);
        }
        for decl in batches.iter_mut().flat_map(|batch| &mut batch.nodes) {
            let names = std::mem::take(&mut decl.loose_names);
            decl.aliases.extend(names.into_iter().filter(|name| carriers.contains_key(name)));
        }
    }

    fn key(&mut self, text: &Arc<str>) -> KeyIx {
        if let Some(found) = self.keys.get_index_of(&**text) {
            return found as KeyIx;
        }
        let (position, _) = self.keys.insert_full(text.clone(), ());
        let key = u32::try_from(position).expect("fewer than 2^32 ids");
        self.parent.push(key);
        self.defined_by.push(Vec::new());
        key
    }

    /// The key that stands for the set that holds `key`; halves the path on the way.
    fn root(&mut self, mut key: KeyIx) -> KeyIx {
        while self.parent[key as usize] != key {
            let up = self.parent[self.parent[key as usize] as usize];
            self.parent[key as usize] = up;
            key = up;
        }
        key
    }

    pub(super) fn root_of(&self, batch: usize, reference: NodeRef) -> KeyIx {
        self.parent[self.key_of[batch][reference.at()] as usize]
    }

    /// The root of the set that `text` is an id or alias of.
    pub(super) fn find(&self, text: &str) -> Option<KeyIx> {
        self.keys.get_index_of(text).map(|key| self.parent[key])
    }

    /// False when one file defines both.
    fn unify(&mut self, a: KeyIx, b: KeyIx) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return true;
        }
        let clash = self.defined_by[b as usize]
            .iter()
            .any(|batch| self.defined_by[a as usize].contains(batch));
        if clash {
            return false;
        }
        let (keep, fold) = if a < b { (a, b) } else { (b, a) };
        self.parent[fold as usize] = keep;
        let mut folded = std::mem::take(&mut self.defined_by[fold as usize]);
        self.defined_by[keep as usize].append(&mut folded);
        true
    }
}
