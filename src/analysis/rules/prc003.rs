//! PRC003, blockage.

use crate::analysis::facts::{Csr, Depths, components_of};
use crate::analysis::preparation::{Walk, edges_along};
use crate::analysis::words::{counted, listed, significant};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, TableKind};

#[derive(Debug)]
pub(super) struct Blockage;

static LEAST_HOURS: Parameter = Parameter {
    key: "least_hours",
    default: 0.0,
    range: (0.0, 1000.0),
    unit: "hours",
    doc: "Being late by no more than this is not late.",
};

/// So many nodes are counted of what waits behind one root; beyond, the finding says that there are more.
const MOST_WAITING: usize = 10_000;

static META: RuleMeta = RuleMeta {
    code: "PRC003",
    name: "blockage",
    section: Section::OtherAreas,
    weight: Weight::Error,
    remedy: "Mend the root first; what waits behind it comes by itself.",
    verify: "The root is no longer late, and what waits for it catches up.",
    parameters: &[&LEAST_HOURS],
    docs: "\
## What it does
Of all that is late now (`late_hours`) it finds the roots: those with nothing late upstream of them. Each names what waits behind it, and
weighs more the more that is and the more critical. Ways through the outside world do not count, for nothing waits there. Of late things
that wait for one another, the latest is the root. When nobody says what is late, nothing can be judged.

## Why it is bad
A blockage shows where its victims are. Five teams look at five late tables, and one parser has run out of memory.

## Example
The import of products is 9 hours late. Products, prices, six signals and four models wait for it.

## How to fix
Go to the root. Tell those who wait what they wait for, and for how long.

## How to verify
Look again in an hour.

## References
Sculley et al. 2015, §8, process management debt: detecting blockages in the flow of data.
",
};

impl Rule for Blockage {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let graph = context.graph;
        let said: Vec<NodeIx> = graph
            .node_indices()
            .filter(|&node| graph.node(node).attrs.has(Attr::LateHours))
            .collect();
        if said.is_empty() {
            return verdicts.open(Open { subject: None, missing: "late_hours" });
        }
        said.iter().for_each(|_| verdicts.judged());
        let late: Vec<NodeIx> = said
            .into_iter()
            .filter(|&node| hours(context, node) > context.value(&META, &LEAST_HOURS))
            .collect();
        if late.is_empty() {
            return;
        }
        let flow = flow(context);
        let mut walk = Walk::new(graph.nodes().len());
        for root in roots(context, &flow, &late) {
            walk.clear();
            walk.start(root);
            let complete = walk.run(&flow, MOST_WAITING);
            verdicts.found(finding(context, root, &walk, complete));
        }
    }
}

fn hours(context: &Context<'_>, node: NodeIx) -> f64 {
    context.graph.node(node).attrs.number(Attr::LateHours).unwrap_or(0.0)
}

/// Whether what lies behind such an edge waits for what lies before it.
fn waits(kind: EdgeKind) -> bool {
    kind.is_flow()
        && !kind.is_through_world()
        && !matches!(
            kind,
            EdgeKind::VersionOf
                | EdgeKind::Alerts
                | EdgeKind::Gates
                | EdgeKind::Wraps
                | EdgeKind::Imports
        )
}

fn flow(context: &Context<'_>) -> Csr {
    let edges = context.graph.edges().iter().filter(|edge| waits(edge.kind));
    Csr::new(context.graph.nodes().len(), edges.map(|edge| (edge.from.0, edge.to.0)))
}

/// Late nodes with nothing late before them; of a late cycle the latest. Linear in nodes plus edges: the
/// longest path over components counts late ones before.
fn roots(context: &Context<'_>, flow: &Csr, late: &[NodeIx]) -> Vec<NodeIx> {
    let components = components_of(flow);
    let mut is_late = vec![false; components.count()];
    for &node in late {
        is_late[components.of(node.0) as usize] = true;
    }
    let before =
        Depths::new(flow, &components, |from, _| u32::from(is_late[components.of(from) as usize]));
    let mut root_of: std::collections::BTreeMap<u32, NodeIx> = std::collections::BTreeMap::new();
    for &node in late {
        let component = components.of(node.0);
        if before.of(component) == 0 {
            let root = root_of.entry(component).or_insert(node);
            if hours(context, node) > hours(context, *root) {
                *root = node;
            }
        }
    }
    let mut roots: Vec<NodeIx> = root_of.into_values().collect();
    roots.sort_unstable();
    roots
}

fn finding(context: &Context<'_>, root: NodeIx, walk: &Walk, complete: bool) -> Finding {
    let graph = context.graph;
    let is_waiting = |&node: &NodeIx| {
        let kind = graph.kind(node);
        node != root && !matches!(kind, NodeKind::Test | NodeKind::Monitor | NodeKind::Team)
    };
    let waiting: Vec<NodeIx> = walk.found().filter(is_waiting).collect();
    let late: Vec<NodeIx> =
        waiting.iter().copied().filter(|&node| hours(context, node) > 0.0).collect();
    let models: Vec<NodeIx> =
        waiting.iter().copied().filter(|&node| graph.kind(node) == NodeKind::Model).collect();
    let critical = waiting
        .iter()
        .map(|&node| context.criticality(node))
        .fold(context.criticality(root), f64::max);
    let mut parts = vec![format!(
        "{} is {} hours late",
        context.title(root),
        significant(hours(context, root))
    )];
    if !late.is_empty() {
        parts.push(format!(
            "{} are late behind it",
            listed(late.iter().map(|&node| context.name(node)))
        ));
    }
    if !waiting.is_empty() {
        let at_least = if complete { "" } else { "at least " };
        parts.push(format!(
            "{at_least}{} waiting, {} among them",
            counted(waiting.len(), "thing is", "things are"),
            counted(models.len(), "model", "models")
        ));
    }
    let mut finding = Finding::new(&META, graph, root, parts.join("; "))
        .number("late", hours(context, root), context.value(&META, &LEAST_HOURS), "hours")
        .because(crate::analysis::Evidence::Number {
            label: "reach × criticality".into(),
            value: waiting.len() as f64 * critical,
            threshold: None,
            unit: "things",
        })
        .magnitude(1.0 + (1.0 + waiting.len() as f64 * critical).log2())
        .said(graph, root, Attr::LateHours, "late")
        .said(graph, root, Attr::LastStatus, "its last run")
        .rows(TableKind::Incidents, context.measured.incident_node().rows_of(root));
    for &node in &late {
        finding = finding.with("late", node);
    }
    for &model in &models {
        let mut way = walk.back(model);
        way.reverse();
        finding = finding
            .with("waits", model)
            .way(format!("{} waits", context.name(model)), edges_along(graph, &way, waits));
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    const CHAIN: &str =
        "dataset d late_hours=9\nmodel m\nsource s\ns -reads-> j\nj -writes-> d\nd -input_to-> m\n";

    #[test]
    fn fires_on_the_root_alone() {
        let judged = judge(&Blockage, &format!("{CHAIN}job j late_hours=9"));
        assert_eq!(judged.subjects(), ["j error"]);
        assert_eq!((judged.others("late"), judged.others("waits")), (vec!["d"], vec!["m"]));
        assert!(judged.message(0).contains("2 things are waiting, 1 model among them"));
    }

    #[test]
    fn two_roots_are_two_and_the_one_that_blocks_more_weighs_more() {
        let judged = judge(&Blockage, &format!("{CHAIN}job j\nsource t late_hours=1"));
        assert_eq!(judged.subjects(), ["d error", "t error"]);
        assert!(judged.findings[0].magnitude > judged.findings[1].magnitude);
    }

    #[test]
    fn the_world_blocks_nothing_and_of_a_cycle_the_latest_is_the_root() {
        let judged = judge(
            &Blockage,
            "dataset a late_hours=2\ndataset b late_hours=5\na -derives-> b\nb -derives-> a\nsurface w late_hours=3\ndataset c late_hours=1\n\
             w -logged_as-> c",
        );
        assert_eq!(judged.subjects(), ["b error", "c error", "w error"]);
    }

    #[test]
    fn is_silent_where_all_is_in_time() {
        let judged = judge(&Blockage, "dataset d late_hours=0\nmodel m\nd -input_to-> m");
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn without_a_word_on_lateness_it_is_open() {
        assert_eq!(judge(&Blockage, "dataset d\nmodel m\nd -input_to-> m").status, Status::Open);
    }
}
