//! STA003, deep closure.

use crate::analysis::facts::Facts;
use crate::analysis::words::counted;
use crate::analysis::{
    Context, Evidence, Finding, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{EdgeIx, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct DeepClosure;

static DEPTH: Parameter = Parameter {
    key: "depth",
    default: 8.0,
    range: (1.0, 1e6),
    unit: "steps",
    doc: "Longest way of data that is not yet found.",
};

static ANCESTORS: Parameter = Parameter {
    key: "ancestors",
    default: 200.0,
    range: (1.0, 1e9),
    unit: "nodes",
    doc: "Most things that something may depend on without being found.",
};

static META: RuleMeta = RuleMeta {
    code: "STA003",
    name: "deep closure",
    section: Section::DataDependencies,
    weight: Weight::Note,
    remedy: "Cut the chain where it crosses teams: a versioned copy with a contract, or a table that is made in one step.",
    verify: "Depth and number of ancestors of the node are below the limits.",
    parameters: &[&DEPTH, &ANCESTORS],
    docs: "\
## What it does
Finds models and consumers whose data comes a long way or from very many things. Where a graph has neither, the ends of its data are
judged. Steps are edges along which data flows inside the system; a cycle counts as one place, and ways through the outside world, alerts,
code and configuration do not count.

## Why it is bad
Whatever lies upstream can break what lies downstream. Nobody can name two hundred dependencies, let alone test a change of one of them.

## Example
The bidder takes in a correction of a correction of a correction of the click model: its data passes twelve hands.

## How to fix
Make long chains short: join steps that only one reader needs, freeze versions between teams, drop what gives nothing.

## How to verify
The closure view of the node shows fewer steps.

## References
Sculley et al. 2015, §3, data dependency chains; §9, what is the transitive closure of all data dependencies?
",
};

impl Rule for DeepClosure {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let supply = context.supply();
        for node in subjects(context, supply) {
            verdicts.judged();
            let (depth, ancestors) = (supply.depth(node.0), supply.ancestor_count(node.0));
            let deep = f64::from(depth) > context.value(&META, &DEPTH);
            let wide = f64::from(ancestors) > context.value(&META, &ANCESTORS);
            if deep || wide {
                verdicts.found(finding(context, node, depth, ancestors));
            }
        }
    }
}

/// Models and consumers that take something in; the ends of the data where there are none.
fn subjects(context: &Context<'_>, supply: &Facts) -> Vec<NodeIx> {
    let takes_in = |&node: &NodeIx| !supply.reverse().of(node.0).is_empty();
    let read: Vec<NodeIx> = [NodeKind::Model, NodeKind::Consumer]
        .into_iter()
        .flat_map(|kind| context.nodes_of(kind))
        .filter(takes_in)
        .collect();
    if !read.is_empty() {
        return read;
    }
    let is_end = |node: &NodeIx| supply.forward().of(node.0).is_empty();
    let defined = |node: &NodeIx| context.graph.node(*node).defined;
    context.graph.node_indices().filter(takes_in).filter(is_end).filter(defined).collect()
}

fn finding(context: &Context<'_>, node: NodeIx, depth: u32, ancestors: u32) -> Finding {
    let (most_depth, most_ancestors) =
        (context.value(&META, &DEPTH), context.value(&META, &ANCESTORS));
    let subject = context.graph.node(node);
    let message = format!(
        "{} `{}` depends on {}, by ways of up to {}",
        subject.kind.meta().title,
        subject.name,
        counted(ancestors as usize, "thing", "things"),
        counted(depth as usize, "step", "steps"),
    );
    let excess = (f64::from(depth) / most_depth).max(f64::from(ancestors) / most_ancestors);
    let mut finding = Finding::new(&META, context.graph, node, message)
        .number("steps on the longest way", f64::from(depth), most_depth, "steps")
        .number("ancestors", f64::from(ancestors), most_ancestors, "nodes")
        .magnitude(excess.max(1.0));
    let edges = longest_way(context, node);
    if !edges.is_empty() {
        let first = context.graph.edge(edges[0]).from;
        finding = finding.with("start", first).because(Evidence::Walk {
            label: "the longest way".to_owned(),
            witness: Witness { edges, closed: false },
        });
    }
    finding
}

/// One edge for each step; where the way crosses a cycle, the steps inside it are left out.
fn longest_way(context: &Context<'_>, node: NodeIx) -> Vec<EdgeIx> {
    let supply = context.supply();
    let components = supply.components();
    let steps = supply.depths().path_into(components.of(node.0), components);
    steps
        .into_iter()
        .filter_map(|(from, to)| {
            context
                .edges_from(NodeIx(from), Context::carries_data)
                .find(|&edge| context.graph.edge(edge).to.0 == to)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    fn judged(text: &str) -> Judged {
        judge(&DeepClosure, text)
    }

    /// Datasets in a chain, the last of which goes into a model.
    fn chain(steps: usize) -> String {
        let links: String =
            (1..steps).map(|at| format!("d{} -derives-> d{at}\n", at - 1)).collect();
        let nodes: String = (0..steps).map(|at| format!("dataset d{at}\n")).collect();
        format!("{nodes}{links}model m\nd{} -input_to-> m\n", steps - 1)
    }

    #[test]
    fn fires_on_nine_steps_and_shows_them() {
        let found = judged(&chain(9));
        assert_eq!(found.subjects(), ["m note"]);
        assert_eq!(found.others("start"), ["d0"]);
        assert_eq!(judged(&chain(8)).status, Status::Pass);
    }

    #[test]
    fn fires_on_many_ancestors() {
        let many = |count: usize| -> String {
            let inputs = (0..count).map(|at| format!("signal s{at}\ns{at} -input_to-> m\n"));
            std::iter::once("model m\n".to_owned()).chain(inputs).collect()
        };
        assert_eq!(judged(&many(201)).subjects(), ["m note"]);
        assert_eq!(judged(&many(200)).status, Status::Pass);
    }

    #[test]
    fn the_way_through_the_world_does_not_count() {
        let text = format!(
            "{}prediction p\naction a\nsurface s\nm -emits-> p\np -decides-> a\na -acts_on-> s\ns -logged_as-> d0",
            chain(7)
        );
        assert_eq!(judged(&text).status, Status::Pass);
    }

    #[test]
    fn without_models_and_consumers_the_ends_are_judged() {
        let text = chain(10).replace("model m", "dataset m").replace("input_to", "derives");
        assert_eq!(judged(&text).subjects(), ["m note"]);
        assert_eq!(judged("dataset d").status, Status::Open);
    }
}
