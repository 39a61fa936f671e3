//! An expression into the set of nodes that it means.

use super::fields::{self, Asked, Field, Value};
use super::pattern::Pattern;
use super::{Expr, Query, QueryError, Steps};
use crate::analysis::Analysis;
use crate::model::{EdgeIx, NodeIx, NodeSet, SystemGraph};
use std::cell::OnceCell;
use std::collections::VecDeque;

impl Query {
    /// Whether it is the query for everything.
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Whether a part of it asks what the analysis found.
    pub fn needs_analysis(&self) -> bool {
        self.judged.is_some()
    }

    /// The nodes of `graph` that it means. Each part costs at most one pass over nodes and edges, and
    /// what the analysis found; edges that carry no flow, such as ownership, are never followed.
    ///
    /// # Errors
    /// When a part asks what the analysis found and there is none yet, with its place.
    pub fn evaluate_with(
        &self,
        graph: &SystemGraph,
        analysis: Option<&Analysis>,
    ) -> Result<NodeSet, QueryError> {
        match (&self.judged, analysis) {
            (Some((part, span)), None) => {
                let message = format!(
                    "{part} asks what the analysis found, and it is not done; try again when it is"
                );
                Err(QueryError { message, span: span.clone() })
            }
            _ => Ok(self.meant(graph, analysis)),
        }
    }

    /// As [`Self::evaluate_with`] where there is no analysis: parts that ask for it mean nothing.
    pub fn evaluate(&self, graph: &SystemGraph) -> NodeSet {
        self.meant(graph, None)
    }

    fn meant(&self, graph: &SystemGraph, analysis: Option<&Analysis>) -> NodeSet {
        let evaluation = Evaluation::new(graph, analysis);
        self.root
            .as_ref()
            .map_or_else(|| NodeSet::all(graph.nodes().len()), |root| evaluation.set(root))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// What expressions are held against.
pub(super) struct Evaluation<'g> {
    pub(super) graph: &'g SystemGraph,
    analysis: Option<&'g Analysis>,
    on_cycle: OnceCell<NodeSet>,
}

impl<'g> Evaluation<'g> {
    pub(super) const fn new(graph: &'g SystemGraph, analysis: Option<&'g Analysis>) -> Self {
        Self { graph, analysis, on_cycle: OnceCell::new() }
    }
}

impl Evaluation<'_> {
    /// Recursion is as deep as the parser allows and no deeper.
    pub(super) fn set(&self, expr: &Expr) -> NodeSet {
        match expr {
            Expr::Text(text) => self.text(text),
            Expr::Field { field, value } => self.field(*field, value),
            Expr::Not(inner) => self.set(inner).complement(),
            Expr::And(parts) => parts
                .iter()
                .map(|part| self.set(part))
                .reduce(|a, b| a.intersection(&b))
                .unwrap_or_default(),
            Expr::Or(parts) => parts
                .iter()
                .map(|part| self.set(part))
                .reduce(|a, b| a.union(&b))
                .unwrap_or_default(),
            Expr::Around { of, up, down } => {
                let of = self.set(of);
                let above = self.reach(&of, Direction::Up, *up);
                above.union(&self.reach(&of, Direction::Down, *down))
            }
            Expr::Between { from, to } => {
                let below = self.reach(&self.set(from), Direction::Down, Steps::All);
                below.intersection(&self.reach(&self.set(to), Direction::Up, Steps::All))
            }
            Expr::Path { from, to, within } => self.path(&self.set(from), &self.set(to), *within),
        }
    }

    fn text(&self, text: &str) -> NodeSet {
        let pattern = Pattern::new(text);
        let nodes = self.graph.nodes();
        let exact = NodeSet::filter(nodes.len(), |ix| {
            let node = &nodes[ix.at()];
            pattern.equals(node.id.as_str())
                || pattern.equals(&node.name)
                || node.aliases.iter().any(|alias| pattern.equals(alias.as_str()))
        });
        if pattern.is_wild() || !exact.is_empty() {
            return exact;
        }
        NodeSet::filter(nodes.len(), |ix| {
            let node = &nodes[ix.at()];
            pattern.finds(node.id.as_str()) || pattern.finds(&node.name)
        })
    }

    fn field(&self, field: Field, value: &Value) -> NodeSet {
        if let Value::Asked(asked) = value {
            let none = || NodeSet::none(self.graph.nodes().len());
            return self.analysis.map_or_else(none, |analysis| self.asked(analysis, asked));
        }
        let cycle = |node| self.on_cycle.get_or_init(|| on_cycle(self.graph)).contains(node);
        NodeSet::filter(self.graph.nodes().len(), |ix| {
            fields::holds(self.graph, ix, field, value, &cycle)
        })
    }

    /// Nodes that the analysis speaks of: those of loops, those that a finding is about or that have part in
    /// it, those of a score.
    fn asked(&self, analysis: &Analysis, asked: &Asked) -> NodeSet {
        let count = self.graph.nodes().len();
        let mut set = NodeSet::none(count);
        match asked {
            Asked::Loop => {
                let nodes = analysis.loops.iter().flat_map(|found| &found.nodes);
                nodes.for_each(|&node| _ = set.insert(node));
            }
            Asked::Debt(comparison, number) => {
                return NodeSet::filter(count, |node| {
                    comparison.holds(analysis.scores.node(node).score.total_cmp(number))
                });
            }
            Asked::Slice(name) => {
                let named = analysis.slices.iter().filter(|(own, _)| name.equals(own));
                named.flat_map(|(_, nodes)| nodes).for_each(|&node| _ = set.insert(node));
            }
            Asked::Rule(_) | Asked::Severity(_) => {
                for finding in analysis.findings.iter().filter(|finding| asked.is_about(finding)) {
                    set.insert(finding.subject);
                    finding.others.iter().for_each(|&(_, node)| _ = set.insert(node));
                }
            }
        }
        set
    }

    fn next(&self, node: NodeIx, direction: Direction) -> impl Iterator<Item = NodeIx> {
        let edges: &[EdgeIx] = match direction {
            Direction::Up => self.graph.incoming(node),
            Direction::Down => self.graph.outgoing(node),
        };
        edges.iter().map(|&edge| self.graph.edge(edge)).filter(|edge| edge.kind.is_flow()).map(
            move |edge| match direction {
                Direction::Up => edge.from,
                Direction::Down => edge.to,
            },
        )
    }

    fn reach(&self, from: &NodeSet, direction: Direction, steps: Steps) -> NodeSet {
        let limit = match steps {
            Steps::Exactly(steps) => steps,
            Steps::All => u32::MAX,
        };
        let distance = self.distances(from, direction, limit);
        NodeSet::filter(distance.len(), |node| distance[node.at()] != FAR)
    }

    /// Steps from the nearest of `from`, [`FAR`] beyond `limit`. Breadth first.
    fn distances(&self, from: &NodeSet, direction: Direction, limit: u32) -> Vec<u32> {
        let mut distance = vec![FAR; self.graph.nodes().len()];
        let mut queue: VecDeque<NodeIx> = from.iter().collect();
        for &node in &queue {
            distance[node.at()] = 0;
        }
        while let Some(node) = queue.pop_front() {
            let here = distance[node.at()];
            if here >= limit {
                continue;
            }
            for next in self.next(node, direction) {
                if distance[next.at()] == FAR {
                    distance[next.at()] = here + 1;
                    queue.push_back(next);
                }
            }
        }
        distance
    }

    /// A node lies on a path of at most n steps when its steps from the start and to the end add up to at most n.
    fn path(&self, from: &NodeSet, to: &NodeSet, within: Option<u32>) -> NodeSet {
        let limit = within.unwrap_or(FAR - 1);
        let (down, up) = (
            self.distances(from, Direction::Down, limit),
            self.distances(to, Direction::Up, limit),
        );
        let length = |node: NodeIx| u64::from(down[node.at()]) + u64::from(up[node.at()]);
        let shortest = to.iter().filter(|node| down[node.at()] != FAR).map(length).min();
        let Some(longest) = shortest.map(|shortest| within.map_or(shortest, u64::from)) else {
            return NodeSet::none(down.len());
        };
        NodeSet::filter(down.len(), |node| {
            down[node.at()] != FAR && up[node.at()] != FAR && length(node) <= longest
        })
    }
}

const FAR: u32 = u32::MAX;

/// Nodes on cycles: those left when roots and sinks are peeled away, and then only those in a strong
/// component of more than one node or with an edge to themselves.
fn on_cycle(graph: &SystemGraph) -> NodeSet {
    let flow = || graph.edges().iter().filter(|edge| edge.kind.is_flow());
    let components = crate::analysis::facts::strong_components(
        graph.nodes().len(),
        flow().map(|edge| (edge.from.0, edge.to.0)),
    );
    let mut set = NodeSet::none(graph.nodes().len());
    for edge in flow() {
        if components.of(edge.from.0) == components.of(edge.to.0) {
            set.insert(edge.from);
            set.insert(edge.to);
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use crate::model::{
        Attr, AttrValue, Batch, EdgeKind, Evidence, GraphBuilder, NodeKind, Provenance, SourceFile,
        SystemGraph,
    };
    use crate::scene::query::parse;

    const AT: Provenance = Provenance::file(Batch::FILE);

    /// A chain a → b → c → d with a shortcut a → d, a loop d → c, and an island e of team ads.
    fn graph() -> SystemGraph {
        let mut batch =
            Batch::new(SourceFile { path: "g.yaml".into(), format: "test", bytes: 0, hash: 0 });
        for (id, name) in
            [("id.a", "a"), ("id.b", "b"), ("id.c", "c"), ("id.d", "d"), ("id.e", "Click log")]
        {
            let node = batch.reference(id);
            batch.define(node, NodeKind::Dataset, AT).name = Some(name.into());
        }
        let e = batch.reference("id.e");
        let e = batch.annotate(e, AT);
        e.set(Attr::Owner, AttrValue::text("ads"), AT);
        e.set(Attr::CadenceDays, AttrValue::Number(7.0), AT);
        e.set(Attr::Tags, AttrValue::List(["gold".into()].into()), AT);
        for (from, to) in [
            ("id.a", "id.b"),
            ("id.b", "id.c"),
            ("id.c", "id.d"),
            ("id.a", "id.d"),
            ("id.d", "id.c"),
        ] {
            let (from, to) = (batch.reference(from), batch.reference(to));
            batch.edge(from, to, EdgeKind::Derives, AT);
        }
        let (a, reader) =
            (batch.reference("id.a"), batch.reference_as("reader", NodeKind::Consumer));
        batch.edge(a, reader, EdgeKind::Reads(Evidence::Observed), AT);
        let mut builder = GraphBuilder::default();
        builder.add(batch);
        builder.build().0
    }

    fn found(text: &str) -> String {
        let graph = graph();
        let set = parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).evaluate(&graph);
        set.iter().map(|node| &*graph.node(node).name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_are_exact_where_they_can_be_and_parts_elsewhere() {
        assert_eq!(found("b"), "b");
        assert_eq!(found("ID.B"), "b");
        assert_eq!(found("click"), "Click log");
        assert_eq!(found("\"click log\""), "Click log");
        assert_eq!(found("id.*"), "a b c d Click log");
        assert_eq!(found("nothing_of_the_sort"), "");
    }

    #[test]
    fn steps_follow_the_flow() {
        assert_eq!(found("+b"), "a b");
        assert_eq!(found("b+"), "b c d");
        assert_eq!(found("1+c+1"), "b c d");
        assert_eq!(found("b+1"), "b c");
        assert_eq!(found("+(b or \"click log\")"), "a b Click log");
    }

    #[test]
    fn fields_compare() {
        assert_eq!(found("owner:ads"), "Click log");
        assert_eq!(found("cadence_days:>6 tag:gold"), "Click log");
        assert_eq!(found("cadence_days:<7"), "");
        assert_eq!(found("kind:consumer"), "reader");
        assert_eq!(found("is:stub"), "reader");
        assert_eq!(found("is:observed"), "a reader");
        assert_eq!(found("is:root not kind:team"), "a Click log");
        assert_eq!(found("in:cycle"), "c d");
        assert_eq!(found("owner:none id:id."), "a b c d");
        assert_eq!(found("has:owner"), "Click log");
    }

    #[test]
    fn paths_are_shortest_bounded_or_all() {
        assert_eq!(found("path(a, d)"), "a d");
        assert_eq!(found("path(a, c)"), "a b c d");
        assert_eq!(found("path(b, d)"), "b c d");
        assert_eq!(found("path(a, d, 2)"), "a d");
        assert_eq!(found("path(a, d, 3)"), "a b c d");
        assert_eq!(found("between(b, d)"), "b c d");
        assert_eq!(found("path(d, a)"), "");
        assert_eq!(found("path(a, c) and not d"), "a b c");
    }

    #[test]
    fn what_the_analysis_found_can_be_asked() {
        let graph = crate::analysis::testing::graph(
            "model m\nprediction p\nsurface page\ndataset log\ndataset d\nm -emits-> p\np -acts_on-> page\n\
             page -logged_as-> log\nlog -input_to-> m",
        );
        let analysis = crate::analysis::analyse(
            &graph,
            &crate::analysis::Settings::on(crate::analysis::testing::TODAY),
        );
        let found = |text: &str| {
            let set = parse(text).and_then(|query| query.evaluate_with(&graph, Some(&analysis)));
            let set = set.unwrap_or_else(|error| panic!("{text}: {error}"));
            set.iter().map(|node| &*graph.node(node).name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("in:loop"), "m p page log");
        assert_eq!(found("rule:fbk001"), "m page");
        assert_eq!(found("rule:FBK kind:model"), "m");
        assert_eq!(found("not in:loop"), "d");
        assert!(found("severity:warning").starts_with("m p"));
        assert!(found("debt:>0").contains("page") && !found("debt:>0").contains('d'));
        assert_eq!(found("debt:>100"), "");
        assert_eq!(found("severity:error rule:FBK"), "");
    }

    #[test]
    fn without_an_analysis_the_part_that_asks_for_it_is_named() {
        let query = parse("kind:model debt:>50").expect("a query");
        assert!(query.needs_analysis() && query.evaluate(&graph()).is_empty());
        let error = query.evaluate_with(&graph(), None).expect_err("there is none");
        assert_eq!(error.span, 11..19);
        assert!(error.message.starts_with("debt:>50 asks what the analysis found"));
        let plain = parse("kind:dataset").expect("a query");
        assert_eq!(plain.evaluate_with(&graph(), None), Ok(plain.evaluate(&graph())));
    }

    #[test]
    fn the_empty_query_is_everything() {
        let graph = graph();
        assert_eq!(parse("  ").expect("a query").evaluate(&graph).len(), graph.nodes().len());
    }
}
