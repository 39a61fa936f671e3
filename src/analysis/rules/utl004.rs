//! UTL004, correlated features.

use crate::analysis::usefulness::{Pair, keep_order};
use crate::analysis::words::{listed, percent, significant};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, NodeIx, NodeKind, TableKind};
use rustc_hash::{FxHashMap, FxHashSet};

#[derive(Debug)]
pub(super) struct CorrelatedFeatures;

static CORRELATION: Parameter = Parameter {
    key: "correlation",
    default: 0.9,
    range: (0.0, 1.0),
    unit: "",
    doc: "Every two signals of a cluster correlate at least so strongly in some window.",
};

static MOVED: Parameter = Parameter {
    key: "moved",
    default: 0.2,
    range: (0.0, 2.0),
    unit: "",
    doc: "A correlation that differs so much between windows has moved, and weighs more.",
};

/// Members of a cluster that get evidence; the rest are named.
const SHOWN_PAIRS: usize = 12;

static META: RuleMeta = RuleMeta {
    code: "UTL004",
    name: "correlated features",
    section: Section::DataDependencies,
    weight: Weight::Warning,
    remedy: "Keep the one that causes what is predicted; take the others out one at a time, and measure after each.",
    verify: "Each model has one of them, and the metric holds in windows where their correlation moved.",
    parameters: &[&CORRELATION, &MOVED],
    docs: "\
## What it does
Finds features of one model that move together: clusters in which every two correlate strongly (complete linkage), measured over all
slices. It weighs more where the correlation has moved between two windows, or where exactly one of them is known to cause what is
predicted. Models of which no correlation is known are open.

Each finding names one signal to keep. The others go one at a time: of two duplicates neither is missed while the other is in, and
taking out both at once can cost what neither costs alone. Where the bundle of both was measured, the finding says what they are worth
together.

## Why it is bad
Learners give credit to both, or to the one that does not cause anything. When the world changes and the two part, the model is wrong.

## Example
The rank of the price followed the price, .94. In October sellers began to react to one another, and it fell to .69.

## How to fix
Keep the causal one. Take the other out, measure, and only then go on.

## How to verify
Train without it and compare in the windows and slices in which the two have parted.

## References
Sculley et al. 2015, §3, underutilized data dependencies: correlated features.
",
};

impl Rule for CorrelatedFeatures {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let mut models_of: FxHashMap<Vec<NodeIx>, Vec<NodeIx>> = FxHashMap::default();
        let mut order: Vec<Vec<NodeIx>> = Vec::new();
        for model in context.nodes_of(NodeKind::Model) {
            let features: FxHashSet<NodeIx> =
                context.features_of(model).iter().map(|&(signal, _)| signal).collect();
            if features.len() < 2 {
                continue;
            }
            let pairs = pairs_inside(context, &features);
            if pairs.is_empty() {
                verdicts.open(Open { subject: Some(model), missing: "correlation" });
                continue;
            }
            verdicts.judged();
            for cluster in clusters(context, &pairs) {
                let models = models_of.entry(cluster.clone()).or_default();
                if models.is_empty() {
                    order.push(cluster);
                }
                models.push(model);
            }
        }
        for cluster in order {
            verdicts.found(finding(context, &cluster, &models_of[&cluster]));
        }
    }
}

/// Pairs of which both ends are among `features`, by their ends.
fn pairs_inside<'c>(context: &'c Context<'_>, features: &FxHashSet<NodeIx>) -> Vec<&'c Pair> {
    let mut pairs: Vec<&Pair> = features
        .iter()
        .flat_map(|&signal| {
            context.usefulness().pairs_of(signal).filter(move |pair| pair.ends.0 == signal)
        })
        .filter(|pair| features.contains(&pair.ends.1))
        .collect();
    pairs.sort_unstable_by_key(|pair| pair.ends);
    pairs
}

/// Complete linkage, the strongest pair first: two clusters become one when every two of their members
/// correlate strongly. Members in order; clusters of one are left out. Near-linear in the strong pairs
/// times the size of the clusters.
fn clusters(context: &Context<'_>, pairs: &[&Pair]) -> Vec<Vec<NodeIx>> {
    let least = context.value(&META, &CORRELATION);
    let mut strong: Vec<&Pair> =
        pairs.iter().copied().filter(|pair| pair.strongest.abs() >= least).collect();
    strong
        .sort_by(|a, b| b.strongest.abs().total_cmp(&a.strongest.abs()).then(a.ends.cmp(&b.ends)));
    let linked: FxHashSet<(NodeIx, NodeIx)> = strong.iter().map(|pair| pair.ends).collect();
    let mut cluster_of: FxHashMap<NodeIx, usize> = FxHashMap::default();
    let mut clusters: Vec<Vec<NodeIx>> = Vec::new();
    for pair in &strong {
        let mut own = |signal: NodeIx| {
            *cluster_of.entry(signal).or_insert_with(|| {
                clusters.push(vec![signal]);
                clusters.len() - 1
            })
        };
        let (a, b) = (own(pair.ends.0), own(pair.ends.1));
        let all_linked = || {
            clusters[a]
                .iter()
                .all(|&x| clusters[b].iter().all(|&y| linked.contains(&(x.min(y), x.max(y)))))
        };
        if a != b && all_linked() {
            let moving = std::mem::take(&mut clusters[b]);
            for &signal in &moving {
                cluster_of.insert(signal, a);
            }
            clusters[a].extend(moving);
        }
    }
    clusters.retain(|cluster| cluster.len() > 1);
    for cluster in &mut clusters {
        cluster.sort_unstable();
    }
    clusters
}

fn finding(context: &Context<'_>, cluster: &[NodeIx], models: &[NodeIx]) -> Finding {
    let usefulness = context.usefulness();
    let mut members = cluster.to_vec();
    members.sort_by_cached_key(|&signal| keep_order(context, signal));
    let (keep, rest) = (members[0], &members[1..]);
    let subject = rest[rest.len() - 1];
    let pairs: Vec<&Pair> = cluster
        .iter()
        .enumerate()
        .flat_map(|(at, &a)| cluster[at + 1..].iter().filter_map(move |&b| usefulness.pair(a, b)))
        .collect();
    let weakest = pairs.iter().map(|pair| pair.strongest.abs()).fold(f64::INFINITY, f64::min);
    let moved = pairs.iter().map(|pair| pair.moved).fold(0.0, f64::max);
    let causal: Vec<NodeIx> = members
        .iter()
        .copied()
        .filter(|&signal| context.graph.node(signal).attrs.flag(Attr::Causal) == Some(true))
        .collect();
    let has_moved = moved >= context.value(&META, &MOVED);
    let one_causal = causal.len() == 1;
    let names = |nodes: &[NodeIx]| listed(nodes.iter().map(|&node| context.name(node)));
    let mut message = format!(
        "Signals {} of {} {} move together (correlation {})",
        names(&members),
        if models.len() == 1 { "model" } else { "models" },
        names(models),
        significant(weakest),
    );
    if has_moved {
        message += &format!(", and lately apart (by {})", significant(moved));
    }
    if one_causal {
        message += &format!("; only `{}` is known to be causal", context.name(keep));
    }
    if let Some(together) = together(context, &members, models) {
        message += &format!("; together they are worth {}", percent(together));
    }
    let way = if rest.len() == 1 { "then measure" } else { "one at a time, measuring after each" };
    message += &format!(". Keep `{}` and take {} out, {way}", context.name(keep), names(rest));
    let mut finding = Finding::new(&META, context.graph, subject, message).number(
        "weakest correlation in the cluster",
        weakest,
        context.value(&META, &CORRELATION),
        "",
    );
    if has_moved {
        finding = finding.number("moved between windows", moved, context.value(&META, &MOVED), "");
    }
    if has_moved || one_causal {
        finding = finding.weight(Weight::Error);
    }
    finding = finding.with("keep", keep);
    for &signal in rest.iter().filter(|&&signal| signal != subject) {
        finding = finding.with("correlated", signal);
    }
    for &model in models {
        finding = finding.with("model", model);
    }
    for pair in pairs.into_iter().take(SHOWN_PAIRS) {
        finding = finding
            .because(Evidence::Rows { table: TableKind::Correlation, rows: pair.rows.clone() });
    }
    finding.magnitude(rest.len() as f64)
}

/// What a bundle of just these signals is worth, where one model measured it.
fn together(context: &Context<'_>, members: &[NodeIx], models: &[NodeIx]) -> Option<f64> {
    let bundle = context.graph.node(members[0]).attrs.text(Attr::Bundle)?;
    let same =
        |&signal: &NodeIx| context.graph.node(signal).attrs.text(Attr::Bundle) == Some(bundle);
    let loss = models.iter().find_map(|&model| context.usefulness().bundle_loss(bundle, model))?;
    members.iter().all(same).then_some(loss.measured.delta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, ablation, correlation, graph_with, judge, judge_graph};

    const MODEL: &str = "signal a bundle=x\nsignal b bundle=x\nsignal c\nmodel m\na -input_to-> m\n\
                         b -input_to-> m\nc -input_to-> m";

    fn judged(text: &str, rho: &[(&str, &str, f64, &str)]) -> Judged {
        let graph = graph_with(text, |tables| {
            tables.correlation =
                rho.iter().map(|&(a, b, rho, window)| correlation(a, b, rho, window)).collect();
            tables.ablation = vec![ablation("bundle:x", "m", 0.0058, 0.0004, "2026-10-12")];
        });
        judge_graph(&CorrelatedFeatures, graph)
    }

    #[test]
    fn fires_on_a_pair_and_proposes_one_of_it() {
        let found = judged(MODEL, &[("a", "b", -0.96, "2026-10")]);
        assert_eq!(found.subjects(), ["b warning"]);
        assert_eq!((found.others("keep"), found.others("model")), (vec!["a"], vec!["m"]));
        assert!(found.message(0).contains("together they are worth 0.58 %"));
    }

    #[test]
    fn every_two_of_a_cluster_must_correlate() {
        let chain = [("a", "b", 0.95, "2026-10"), ("b", "c", 0.92, "2026-10")];
        let found = judged(MODEL, &chain);
        assert_eq!(found.subjects(), ["b warning"], "a and c were never compared");
        let mut all = chain.to_vec();
        all.push(("a", "c", 0.91, "2026-10"));
        let found = judged(MODEL, &all);
        assert_eq!(found.subjects(), ["c warning"]);
        assert_eq!((found.others("keep"), found.others("correlated")), (vec!["a"], vec!["b"]));
        assert!(found.message(0).contains("one at a time"));
    }

    #[test]
    fn a_correlation_that_moved_or_one_causal_signal_weighs_more() {
        let moved = [("a", "b", 0.94, "2026-08"), ("a", "b", 0.69, "2026-10")];
        assert_eq!(judged(MODEL, &moved).subjects(), ["b error"]);
        let causal = MODEL.replace("signal b", "signal b causal=yes");
        let found = judged(&causal, &[("a", "b", 0.96, "2026-10")]);
        assert_eq!(found.subjects(), ["a error"]);
        assert_eq!(found.others("keep"), ["b"], "the causal one stays");
    }

    #[test]
    fn what_is_on_its_way_out_is_not_what_is_kept() {
        let text = format!(
            "{}\njob j expires=2027-01-01\nj -writes-> a",
            MODEL.replace("signal a", "signal a causal=yes")
        );
        assert_eq!(judged(&text, &[("a", "b", 0.96, "2026-10")]).others("keep"), ["b"]);
    }

    #[test]
    fn one_slice_does_not_make_a_pair() {
        let graph = graph_with(MODEL, |tables| {
            let mut slice = correlation("a", "b", 0.97, "2026-10");
            slice.row.slice = Some("country=PL".into());
            tables.correlation = vec![slice, correlation("a", "b", 0.4, "2026-10")];
        });
        assert_eq!(judge_graph(&CorrelatedFeatures, graph).status, Status::Pass);
    }

    #[test]
    fn is_silent_on_weak_pairs_and_on_features_of_different_models() {
        assert_eq!(judged(MODEL, &[("a", "b", 0.89, "2026-10")]).status, Status::Pass);
        let apart = "signal a\nsignal b\nsignal c\nmodel m\nmodel n\na -input_to-> m\nc -input_to-> m\nb -input_to-> n";
        let rho = [("a", "b", 0.99, "2026-10"), ("a", "c", 0.1, "2026-10")];
        assert_eq!(judged(apart, &rho).status, Status::Pass);
    }

    #[test]
    fn without_correlations_it_is_open() {
        assert_eq!(judge(&CorrelatedFeatures, MODEL).status, Status::Open);
    }
}
