//! What would follow from a change that nobody has made: who breaks, in which order to go about it, and
//! what becomes of debt and loops.
//!
//! Owns: consequences as plain data; nothing is written. Must never know: how they are shown. Start reading
//! at [`WhatIf::of`].

use super::migration::Removal;
use super::{Analysis, Context, Settings, Weight, analyse};
use crate::model::{Attr, AttrValue, NodeIx, SystemGraph};
use rustc_hash::FxHashSet;

/// What is done to the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They are taken out, and whoever took them in does so no more.
    Delete,
    /// They are marked as not to be used from today on.
    Deprecate,
    /// Their readers use a frozen version.
    Pin,
    /// What their readers may rely on is agreed.
    Contract,
    /// Every other team that reads them gets a copy of its own.
    Split,
    /// Their readers take this in instead, and they are taken out.
    Replace(NodeIx),
}

impl Change {
    /// Whether readers must move away.
    pub const fn removes(self) -> bool {
        matches!(self, Self::Delete | Self::Deprecate | Self::Replace(_))
    }

    fn apply(self, graph: &SystemGraph, nodes: &[NodeIx], settings: &Settings) -> SystemGraph {
        match self {
            Self::Delete => graph.without(nodes),
            Self::Replace(by) => graph.replacing(nodes, by),
            Self::Split => graph.splitting(nodes),
            Self::Deprecate => {
                graph.saying(nodes, Attr::Deprecated, &AttrValue::Date(settings.today))
            }
            Self::Pin => graph.saying(nodes, Attr::PinnedVersion, &AttrValue::text("frozen")),
            Self::Contract => graph.saying(nodes, Attr::Contract, &AttrValue::text("agreed")),
        }
    }
}

/// A finding that the change would bring.
#[derive(Clone, Debug, PartialEq)]
pub struct Brought {
    pub code: &'static str,
    pub weight: Weight,
    /// In the graph as it is.
    pub subject: Option<NodeIx>,
    pub message: String,
    /// Hours a year.
    pub interest: f64,
}

/// Debt of the whole system.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Total {
    /// The heat of all nodes.
    pub heat: f64,
    /// Hours a year of all findings that nobody has accepted.
    pub interest: f64,
    pub findings: usize,
}

impl Total {
    fn of(analysis: &Analysis) -> Self {
        let standing = analysis.findings.iter().filter(|finding| finding.allowed.is_none());
        Self {
            heat: analysis.scores.total(),
            interest: standing.map(|finding| finding.interest()).sum(),
            findings: analysis.findings.len(),
        }
    }
}

/// Consequences of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// Who is reached, who breaks, in which order to move; none where nobody must move.
    pub removal: Option<Removal>,
    /// Who would read a copy, with the team that would own it; by team. None where nothing is split.
    pub moved: Vec<(NodeIx, NodeIx)>,
    pub before: Total,
    pub after: Total,
    /// Findings that would be no more, as positions in [`Analysis::findings`].
    pub gone: Vec<u32>,
    /// Findings that there would be.
    pub brought: Vec<Brought>,
    /// Loops that would be no more, as positions in [`Analysis::loops`].
    pub loops_gone: Vec<u32>,
    /// Loops that there would be, by their models in the graph as it is.
    pub loops_brought: Vec<Vec<NodeIx>>,
}

impl WhatIf {
    /// Judges the changed graph by the same rules and settings. Costs an analysis.
    pub fn of(
        graph: &SystemGraph,
        analysis: &Analysis,
        settings: &Settings,
        nodes: &[NodeIx],
        change: Change,
    ) -> Self {
        let changed = change.apply(graph, nodes, settings);
        let after = analyse(&changed, settings);
        let removal = change.removes().then(|| Removal::of(&Context::new(graph, settings), nodes));
        let split = if change == Change::Split { nodes } else { &[] };
        let readers = split.iter().flat_map(|&node| graph.readers_elsewhere(node));
        let moved = readers.flat_map(|(team, edges)| {
            edges.into_iter().map(move |edge| (graph.edge(edge).to, team))
        });
        let is = marks(graph, analysis);
        let will_be = marks(&changed, &after);
        let gone = (0..)
            .zip(&analysis.findings)
            .filter(|(_, finding)| !will_be.contains(&finding.fingerprint(graph)));
        let brought = after
            .findings
            .iter()
            .filter(|finding| !is.contains(&finding.fingerprint(&changed)))
            .map(|finding| Brought {
                code: finding.code,
                weight: finding.weight,
                subject: graph.find(changed.node(finding.subject).id.as_str()),
                message: finding.message.read(&changed).into_owned(),
                interest: finding.interest(),
            });
        let (loops, loops_after) = (loops(graph, analysis), loops(&changed, &after));
        let lost = (0..).zip(&loops).filter(|(_, models)| !loops_after.contains(models));
        let won = loops_after.iter().filter(|models| !loops.contains(models));
        let here = |models: &Vec<&str>| models.iter().filter_map(|id| graph.find(id)).collect();
        Self {
            removal,
            moved: moved.collect(),
            before: Total::of(analysis),
            after: Total::of(&after),
            gone: gone.map(|(at, _)| at).collect(),
            brought: brought.collect(),
            loops_gone: lost.map(|(at, _)| at).collect(),
            loops_brought: won.map(here).collect(),
        }
    }
}

fn marks(graph: &SystemGraph, analysis: &Analysis) -> FxHashSet<u64> {
    analysis.findings.iter().map(|finding| finding.fingerprint(graph)).collect()
}

/// Each loop by the ids of its models.
fn loops<'g>(graph: &'g SystemGraph, analysis: &Analysis) -> Vec<Vec<&'g str>> {
    let ids = |models: &[NodeIx]| models.iter().map(|&m| graph.node(m).id.as_str()).collect();
    analysis.loops.iter().map(|found| ids(&found.models)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{TODAY, graph};

    const TEXT: &str = "model m owner=ads\nprediction p owner=ads\nsurface page\ndataset log owner=web\nsignal s owner=web\n\
        m -emits-> p\np -acts_on-> page\npage -logged_as-> log\nlog -input_to-> m\ns -input_to-> m";

    fn what_if(node: &str, change: Change) -> (SystemGraph, Analysis, WhatIf) {
        let graph = graph(TEXT);
        let settings = Settings::on(TODAY);
        let analysis = analyse(&graph, &settings);
        let node = graph.find(node).expect(node);
        let what_if = WhatIf::of(&graph, &analysis, &settings, &[node], change);
        (graph, analysis, what_if)
    }

    #[test]
    fn deleting_a_log_breaks_the_loop_and_tells_who_must_move() {
        let (graph, analysis, what_if) = what_if("log", Change::Delete);
        assert_eq!((analysis.loops.len(), what_if.loops_gone.as_slice()), (1, &[0][..]));
        let gone: Vec<&str> =
            what_if.gone.iter().map(|&at| analysis.findings[at as usize].code).collect();
        assert!(gone.contains(&"FBK001"), "{gone:?}");
        assert!(what_if.after.heat < what_if.before.heat);
        let removal = what_if.removal.expect("readers must move");
        let reached: Vec<&str> =
            removal.reached.iter().map(|of| &*graph.node(of.node).name).collect();
        assert_eq!(reached, ["m", "p"]);
    }

    #[test]
    fn pinning_moves_nobody_and_settles_the_instability() {
        let (_, analysis, what_if) = what_if("s", Change::Pin);
        assert_eq!(what_if.removal, None);
        let gone: Vec<&str> =
            what_if.gone.iter().map(|&at| analysis.findings[at as usize].code).collect();
        assert!(gone.contains(&"DEP002"), "{gone:?}");
        assert!(what_if.loops_gone.is_empty() && what_if.after.interest < what_if.before.interest);
    }

    #[test]
    fn splitting_gives_the_readers_their_own_and_settles_who_owns_it() {
        let (graph, analysis, what_if) = what_if("s", Change::Split);
        let find = |id: &str| graph.find(id).expect(id);
        assert_eq!(what_if.moved, [(find("m"), find("team:ads"))]);
        assert_eq!(what_if.removal, None);
        let gone: Vec<&str> =
            what_if.gone.iter().map(|&at| analysis.findings[at as usize].code).collect();
        assert!(gone.contains(&"DEP002"), "{gone:?}");
        let (_, _, pinned) = self::what_if("s", Change::Pin);
        assert!(pinned.moved.is_empty());
    }

    #[test]
    fn deprecating_what_is_read_brings_a_finding() {
        let (graph, _, what_if) = what_if("s", Change::Deprecate);
        let brought: Vec<_> =
            what_if.brought.iter().map(|of| (of.code, of.subject, of.weight)).collect();
        assert!(brought.contains(&("STA002", graph.find("s"), Weight::Error)), "{brought:?}");
    }
}
