//! Which nodes of the graph the columns of predictions are: models by their names, signals by the words of the
//! dimensions.

use super::Context;
use crate::metrics::{Predictions, SliceSpec};
use crate::model::{EdgeKind, NodeIx, NodeKind, SystemGraph};

/// The two sides of predictions and graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correspondence {
    /// The node of each model of the predictions.
    models: Vec<Option<NodeIx>>,
    /// The signals that each dimension is, among those that the models take in.
    signals: Vec<Vec<NodeIx>>,
}

impl Correspondence {
    /// Linear in nodes, plus the inputs of the models times the dimensions.
    pub fn new(graph: &SystemGraph, predictions: &Predictions) -> Self {
        let models: Vec<Option<NodeIx>> =
            predictions.models().iter().map(|own| model_node(graph, &own.name)).collect();
        let mut inputs: Vec<NodeIx> = models
            .iter()
            .flatten()
            .flat_map(|&model| graph.incoming(model))
            .map(|&edge| graph.edge(edge))
            .filter(|edge| matches!(edge.kind, EdgeKind::InputTo(_)))
            .map(|edge| edge.from)
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        let signals = |name: &str| {
            let wanted = words(name);
            let is_of = |&node: &NodeIx| {
                let own = words(tail(graph.node(node).id.as_str()));
                !wanted.is_empty() && wanted.iter().all(|word| own.contains(word))
            };
            inputs.iter().copied().filter(is_of).collect()
        };
        let signals = predictions.dimensions().iter().map(|own| signals(&own.name)).collect();
        Self { models, signals }
    }

    /// The node of a model of the predictions.
    pub fn model(&self, model: usize) -> Option<NodeIx> {
        self.models.get(model).copied().flatten()
    }

    /// The signals that a dimension is.
    pub fn signals(&self, dimension: usize) -> &[NodeIx] {
        self.signals.get(dimension).map_or(&[], Vec::as_slice)
    }

    /// The models of the predictions that these nodes are, or that take in what comes of them. Linear in what
    /// they reach.
    pub fn models_behind(&self, graph: &SystemGraph, nodes: &[NodeIx]) -> Vec<usize> {
        let is = |node: NodeIx| {
            let all = self.models.iter().enumerate();
            all.filter(move |(_, own)| **own == Some(node)).map(|(at, _)| at)
        };
        let direct: Vec<usize> = nodes.iter().flat_map(|&node| is(node)).collect();
        if !direct.is_empty() {
            return sorted(direct);
        }
        let reached = reached(graph, nodes, true);
        sorted(reached.into_iter().flat_map(is).collect())
    }

    /// The models of the predictions that take in what comes of `model`, which is none of them.
    pub fn models_behind_others(&self, graph: &SystemGraph, model: NodeIx) -> Vec<usize> {
        let reached = reached(graph, &[model], true);
        let all = self.models.iter().enumerate();
        all.filter(|(_, own)| own.is_some_and(|own| reached.contains(&own)))
            .map(|(at, _)| at)
            .collect()
    }

    /// What a slice touches: the models, the signals that it is cut by, their sources, and the owners of all.
    pub fn touched(
        &self,
        graph: &SystemGraph,
        predictions: &Predictions,
        models: &[usize],
        slice: &SliceSpec,
    ) -> Vec<NodeIx> {
        let dimensions =
            slice.conditions.iter().filter_map(|own| predictions.dimension(&own.dimension));
        let signals: Vec<NodeIx> = dimensions.flat_map(|at| self.signals(at)).copied().collect();
        let is_source = |&node: &NodeIx| graph.kind(node) == NodeKind::Source;
        let mut all: Vec<NodeIx> = models.iter().filter_map(|&model| self.model(model)).collect();
        all.extend(reached(graph, &signals, false).into_iter().filter(is_source));
        all.extend(signals);
        let owners: Vec<NodeIx> = all.iter().filter_map(|&node| graph.node(node).owner).collect();
        all.extend(owners);
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn sorted(mut models: Vec<usize>) -> Vec<usize> {
    models.sort_unstable();
    models.dedup();
    models
}

/// The model that predictions call `name`: by id or alias, by the last part of its id, by its name; with or
/// without a version behind it.
fn model_node(graph: &SystemGraph, name: &str) -> Option<NodeIx> {
    let plain = name.split(['@', ' ']).next().unwrap_or(name);
    let is_model = |&node: &NodeIx| graph.kind(node) == NodeKind::Model;
    if let Some(node) = graph.find(name).or_else(|| graph.find(plain)).filter(is_model) {
        return Some(node);
    }
    let lower = plain.to_lowercase();
    let mut models = graph.node_indices().filter(is_model);
    models.find(|&node| {
        let own = graph.node(node);
        tail(own.id.as_str()).to_lowercase() == lower || own.name.to_lowercase() == lower
    })
}

/// What stands behind the last dot or slash of an id.
fn tail(id: &str) -> &str {
    id.rsplit(['.', '/', ':']).next().unwrap_or(id)
}

fn words(name: &str) -> Vec<String> {
    let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect()
}

/// Everything that is reached along flows, forward or backward, the starts not included.
fn reached(graph: &SystemGraph, from: &[NodeIx], forward: bool) -> Vec<NodeIx> {
    let mut seen = vec![false; graph.nodes().len()];
    from.iter().for_each(|node| seen[node.at()] = true);
    let mut open = from.to_vec();
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        let edges = if forward { graph.outgoing(node) } else { graph.incoming(node) };
        for &edge in edges {
            let edge = graph.edge(edge);
            let next = if forward { edge.to } else { edge.from };
            let goes_on = Context::carries_data(edge.kind) && !edge.kind.is_through_world();
            if goes_on && !std::mem::replace(&mut seen[next.at()], true) {
                found.push(next);
                open.push(next);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;
    use crate::metrics::read::{ReadOptions, Watch, read};

    fn predictions() -> Predictions {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.csv");
        let text = "device,country,label,score_m1,score_m2\nphone,pl,1,.3,.4\ndesktop,it,0,.2,.1\n";
        std::fs::write(&file, text).expect("written");
        read(&[file], &ReadOptions::default(), &Watch::none()).expect("two rows").predictions
    }

    const TEXT: &str = "team a\nteam b\nsource clicks owner=a\nsignal signal.device_kind owner=b\n\
         signal signal.price\nmodel model.m1 owner=a\nmodel model.m3\n\
         clicks -feeds-> signal.device_kind\nsignal.device_kind -input_to-> model.m1\n\
         signal.price -input_to-> model.m3";

    #[test]
    fn models_and_signals_are_found_by_their_names() {
        let (graph, own) = (graph(TEXT), predictions());
        let both = Correspondence::new(&graph, &own);
        let id = |node: Option<NodeIx>| node.map(|node| graph.node(node).id.as_str().to_owned());
        assert_eq!(id(both.model(own.model("m1").expect("m1"))).as_deref(), Some("model.m1"));
        assert_eq!(both.model(own.model("m2").expect("m2")), None);
        let device = own.dimension("device").expect("device");
        assert_eq!(both.signals(device), [graph.find("signal.device_kind").expect("a signal")]);
        assert!(both.signals(own.dimension("country").expect("country")).is_empty());
    }

    #[test]
    fn a_slice_touches_models_signals_sources_and_owners() {
        let (graph, own) = (graph(TEXT), predictions());
        let both = Correspondence::new(&graph, &own);
        let slice = SliceSpec::parse("device=phone, country=pl").expect("a slice");
        let m1 = own.model("m1").expect("m1");
        let touched = both.touched(&graph, &own, &[m1], &slice);
        let mut ids: Vec<&str> = touched.iter().map(|&node| graph.node(node).id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["clicks", "model.m1", "signal.device_kind", "team:a", "team:b"]);
    }

    #[test]
    fn a_source_leads_to_the_models_that_rest_on_it() {
        let (graph, own) = (graph(TEXT), predictions());
        let both = Correspondence::new(&graph, &own);
        let m1 = own.model("m1").expect("m1");
        let node = |id: &str| graph.find(id).expect(id);
        assert_eq!(both.models_behind(&graph, &[node("clicks")]), [m1]);
        assert_eq!(both.models_behind(&graph, &[node("model.m1")]), [m1]);
        assert!(both.models_behind(&graph, &[node("signal.price")]).is_empty());
    }
}
