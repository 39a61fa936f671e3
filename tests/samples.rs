//! The sample projects load without errors and hold what their README says is planted in them.

use std::collections::BTreeSet;
use undercurrent::import::{Input, Loaded, Progress, load};
use undercurrent::model::{
    Attr, EdgeIx, EdgeKind, NodeKind, Phase, ProblemKind, Severity, SystemGraph, TableKind,
};
use undercurrent::samples::{SAMPLES, Sample};

fn sample(key: &str) -> Loaded {
    let sample = Sample::find(key).expect("a sample");
    load(&[Input::Embedded(sample.files)], &Progress::default()).expect("nobody cancels")
}

fn ads() -> SystemGraph {
    sample("ads_ranking").graph
}

fn of_kind(graph: &SystemGraph, kind: NodeKind) -> usize {
    graph.nodes().iter().filter(|node| node.kind == kind).count()
}

/// The first edge between two nodes.
fn edge(graph: &SystemGraph, from: &str, to: &str) -> EdgeIx {
    let find = |id: &str| graph.find(id).unwrap_or_else(|| panic!("{id} is in no file"));
    let (start, end) = (find(from), find(to));
    let mut edges = graph.outgoing(start).iter().copied();
    edges.find(|&edge| graph.edge(edge).to == end).unwrap_or_else(|| panic!("{from} → {to}"))
}

fn assert_walk(graph: &SystemGraph, walk: &[&str]) {
    for pair in walk.windows(2) {
        edge(graph, pair[0], pair[1]);
    }
}

fn owner<'g>(graph: &'g SystemGraph, id: &str) -> &'g str {
    let node = graph.node(graph.find(id).expect(id));
    node.owner.map_or("", |owner| graph.node(owner).id.as_str())
}

fn attr<'g>(graph: &'g SystemGraph, id: &str) -> &'g undercurrent::model::AttrSet {
    &graph.node(graph.find(id).expect(id)).attrs
}

#[test]
fn every_sample_loads_without_errors() {
    for own in SAMPLES {
        let Loaded { graph, report } = sample(own.key);
        let lines = || {
            let all = report.problems.iter();
            all.map(|problem| undercurrent::import::ImportReport::line(problem, &graph))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert!(!graph.nodes().is_empty(), "{}", own.key);
        assert_eq!(report.counts.errors, 0, "{}: {}", own.key, lines());
        // The dangling reference of the story is the only thing anybody wanted to be told about.
        let deliberate = usize::from(own.key == "ads_ranking");
        assert_eq!(report.counts.total(), deliberate, "{}: {}", own.key, lines());
        assert!(report.skipped.unclaimed.is_empty(), "{:?}", report.skipped.unclaimed);
    }
}

/// Whether only the access log knows it.
fn is_only_in_the_log(node: &undercurrent::model::Node) -> bool {
    !node.defined && node.kind == NodeKind::Consumer
}

#[test]
fn the_system_is_of_the_size_that_was_asked_for() {
    let graph = ads();
    let declared = graph.nodes().iter().filter(|node| !is_only_in_the_log(node)).count();
    assert!((140..=165).contains(&declared), "{declared} nodes");
    assert_eq!(of_kind(&graph, NodeKind::Model), 12);
    assert_eq!(of_kind(&graph, NodeKind::Team), 8);
    let is_table = |path: &str| path.ends_with(".csv") || path.ends_with(".parquet");
    let manifests = graph.files().iter().filter(|file| !is_table(&file.path)).count();
    assert_eq!(manifests, 9);
    assert_eq!(graph.allows().len(), 2);
}

#[test]
fn every_node_lies_in_an_area_and_a_part_and_has_an_owner() {
    let graph = ads();
    for node in graph.nodes().iter().filter(|node| node.defined && node.kind != NodeKind::Team) {
        let depth = node.group.map_or(0, |group| graph.group_path(group).len());
        assert_eq!(depth, 2, "{}", node.id);
        let outside = node.kind == NodeKind::Surface;
        assert_eq!(node.owner.is_none(), outside, "{}", node.id);
    }
}

#[test]
fn no_node_is_an_island() {
    let graph = ads();
    let mut reached = BTreeSet::new();
    let mut open = vec![graph.find("model.ctr").expect("the click model")];
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(graph.outgoing(next).iter().map(|&edge| graph.edge(edge).to));
            open.extend(graph.incoming(next).iter().map(|&edge| graph.edge(edge).from));
        }
    }
    for ix in graph.node_indices().filter(|&ix| graph.kind(ix) != NodeKind::Team) {
        assert!(reached.contains(&ix), "{}", graph.node(ix).id);
    }
}

#[test]
fn all_tables_have_rows_and_speak_of_known_nodes() {
    let graph = ads();
    let tables = graph.tables();
    // Decisions are counted from the predictions.
    for &kind in TableKind::ALL.iter().filter(|&&kind| kind != TableKind::Decisions) {
        assert!(tables.rows(kind) > 0, "{}", kind.key());
    }
    assert!(tables.access.len() > 1000, "{} rows of the access log", tables.access.len());
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    ids.extend(tables.access.iter().map(|row| &*row.row.target));
    ids.extend(tables.ablation.iter().flat_map(|row| [&*row.row.signal, &*row.row.model]));
    ids.extend(tables.correlation.iter().flat_map(|row| [&*row.row.a, &*row.row.b]));
    ids.extend(tables.importance.iter().flat_map(|row| [&*row.row.signal, &*row.row.model]));
    ids.extend(tables.importance.iter().filter_map(|row| row.row.without.as_deref()));
    ids.extend(tables.residual_correlation.iter().flat_map(|row| [&*row.row.a, &*row.row.b]));
    ids.extend(tables.deployments.iter().map(|row| &*row.row.model));
    ids.extend(tables.prediction_stats.iter().map(|row| &*row.row.model));
    ids.extend(tables.lines_of_code.iter().filter_map(|row| row.row.node.as_deref()));
    ids.extend(tables.runs.iter().map(|row| &*row.row.node));
    ids.extend(tables.config_history.iter().map(|row| &*row.row.config));
    ids.extend(tables.incidents.iter().map(|row| &*row.row.node));
    ids.extend(tables.alerts.iter().flat_map(|row| [&*row.row.monitor, &*row.row.receiver]));
    let unknown: Vec<&str> = ids
        .into_iter()
        .filter(|id| !id.starts_with("bundle:") && graph.find(id).is_none())
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_cascade_is_three_corrections_deep_across_four_owners() {
    let graph = ads();
    let chain = ["ctr", "ctr_newcomers", "ctr_app", "ctr_promotions"];
    for pair in chain.windows(2) {
        let (model, prediction) = (format!("model.{}", pair[0]), format!("prediction.{}", pair[0]));
        assert_eq!(graph.edge(edge(&graph, &model, &prediction)).kind, EdgeKind::Emits);
        let step = edge(&graph, &prediction, &format!("model.{}", pair[1]));
        assert_eq!(graph.edge(step).kind, EdgeKind::InputTo(Phase::Both));
        let attrs = graph.details(step).attrs();
        assert_eq!(attrs.text(Attr::Role), Some("residual"));
        assert!(attrs.number(Attr::Importance).expect("an importance") >= 0.5);
    }
    let owners: BTreeSet<&str> =
        chain.iter().map(|name| owner(&graph, &format!("model.{name}"))).collect();
    assert_eq!(owners.len(), 4);
}

#[test]
fn the_loops_of_the_readme_exist_edge_by_edge() {
    let graph = ads();
    assert_walk(
        &graph,
        &[
            "model.product_slots",
            "prediction.product_slots",
            "action.fill_slots",
            "surface.product_page",
            "dataset.page_log",
            "job.review_examples",
            "dataset.review_examples",
            "model.review_picks",
            "prediction.review_picks",
            "threshold.review_fit",
            "action.show_reviews",
            "surface.product_page",
            "dataset.page_log",
            "job.slot_examples",
            "dataset.slot_examples",
            "model.product_slots",
        ],
    );
    assert_ne!(owner(&graph, "model.product_slots"), owner(&graph, "model.review_picks"));
    assert_walk(
        &graph,
        &[
            "model.ctr",
            "prediction.ctr",
            "threshold.min_ctr",
            "action.rank_ads",
            "surface.results_page",
            "dataset.click_log",
            "job.ctr_examples",
            "dataset.ctr_examples",
            "model.ctr",
        ],
    );
    assert_walk(
        &graph,
        &[
            "model.bid",
            "prediction.bid",
            "threshold.bid_ceiling",
            "action.place_bid",
            "surface.ad_exchange",
            "surface.partner_auction",
            "dataset.partner_wins",
            "model.partner_bid",
            "prediction.partner_bid",
            "action.partner_bid",
            "surface.partner_auction",
            "surface.ad_exchange",
            "dataset.auction_log",
            "job.bid_examples",
            "dataset.bid_examples",
            "model.bid",
        ],
    );
    // The rest of the walk that begins with an undeclared read.
    assert_walk(
        &graph,
        &[
            "consumer.seller_advice",
            "action.price_hint",
            "surface.sellers",
            "source.seller_feed",
            "job.import_products",
            "dataset.prices",
            "signal.price",
            "model.ctr",
        ],
    );
}

#[test]
fn undeclared_readers_are_in_the_log_and_nowhere_else() {
    let graph = ads();
    let enough = |reader: &str, target: &str| {
        let reads = graph.tables().access.iter().filter(|row| {
            let target_of_row = graph.find(&row.row.target);
            *row.row.reader == *reader && target_of_row == graph.find(target)
        });
        let last_30_days = |row: &&undercurrent::model::Row<undercurrent::model::AccessRow>| {
            row.row.date.to_string().as_str() >= "2026-10-17"
        };
        let rows: Vec<_> = reads.filter(last_30_days).collect();
        let days: BTreeSet<_> = rows.iter().map(|row| row.row.date).collect();
        rows.iter().map(|row| row.row.reads).sum::<u64>() >= 3 && days.len() >= 2
    };
    assert!(enough("svc-seller-advice", "prediction.ctr"));
    assert!(enough("svc-coupon-engine", "prediction.ctr"));
    assert!(enough("svc-sales-forecast", "prediction.ctr_app"));
    assert!(enough("svc-push-messages", "signal.user_topic"));
    assert!(!enough("svc-backfill", "prediction.ctr"), "a single day");
    assert!(!enough("svc-price-study", "prediction.conversion"), "long over");
    assert!(!enough("adhoc-notebook", "prediction.bid"), "two reads");
    let advice = graph.find("svc-seller-advice").expect("an alias of a consumer");
    assert_eq!(graph.node(advice).id.as_str(), "consumer.seller_advice");
    let prediction = graph.find("ranking.ctr_scores").expect("an alias of a prediction");
    let from_prediction = |&&e: &&EdgeIx| graph.edge(e).from == prediction;
    let reads: Vec<_> = graph.incoming(advice).iter().filter(from_prediction).collect();
    assert!(!reads.is_empty() && reads.iter().all(|&&e| graph.edge(e).kind.is_observed()));
    for reader in ["svc-coupon-engine", "svc-sales-forecast", "svc-push-messages"] {
        assert!(graph.find(reader).is_none(), "{reader}");
    }
}

#[test]
fn the_only_dangling_reference_is_the_deliberate_one() {
    let Loaded { graph, report } = sample("ads_ranking");
    let stubs: Vec<&str> = graph
        .nodes()
        .iter()
        .filter(|node| !node.defined && !is_only_in_the_log(node))
        .map(|node| node.id.as_str())
        .collect();
    assert_eq!(stubs, ["signal.app_tenure_days"]);
    let unresolved: Vec<_> = report
        .problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::Unresolved)
        .map(|problem| problem.severity)
        .collect();
    assert_eq!(unresolved, [Severity::Warning]);
}

#[test]
fn the_configurations_hold_the_cases_of_the_paper() {
    let graph = ads();
    let window = |id: &str| {
        let attrs = attr(&graph, id);
        let date = |which| attrs.date(which).expect("a training interval");
        (date(Attr::TrainingFrom), date(Attr::TrainingTo))
    };
    let (from, to) = window("config.ctr");
    let bad = attr(&graph, "signal.position_shown").intervals(Attr::BadIntervals).expect("A");
    assert!(from <= bad[0].to && bad[0].from <= to, "A");
    let available = attr(&graph, "signal.scroll_depth").date(Attr::AvailableFrom).expect("B");
    assert!(window("config.ctr_promotions").0 < available, "B");
    let dwell = attr(&graph, "signal.dwell_time");
    let changed = dwell.date(Attr::Changed).expect("C");
    assert!(from < changed && changed < to && dwell.flag(Attr::CodeSplit) == Some(false), "C");
    for substitute in ["signal.review_stars", "signal.review_count"] {
        let mut edges = graph.outgoing(graph.find(substitute).expect("D′ or D″")).iter().copied();
        let serving = edges.find(|&edge| graph.edge(edge).kind == EdgeKind::InputTo(Phase::Serve));
        let attrs = graph.details(serving.expect("a serving input")).attrs();
        assert_eq!(attrs.text(Attr::SubstituteFor), Some("signal.review_sentiment"));
        assert_eq!(attrs.flag(Attr::Mapped), Some(false));
    }
    let list = |id: &str, which| attr(&graph, id).list(which).expect(id)[0].to_string();
    assert_ne!(
        list("signal.long_tail_lookup", Attr::Requires),
        list("config.ctr", Attr::Provides),
        "Z"
    );
    let other = list("signal.live_stock", Attr::Excludes);
    edge(&graph, "signal.live_stock", "model.ctr");
    edge(&graph, &other, "model.ctr");
}

#[test]
fn a_retired_flag_s_bit_is_used_again() {
    let graph = ads();
    let bit = |id: &str| attr(&graph, id).text(Attr::FlagIdentifier);
    assert_eq!(bit("flag.free_delivery_badge"), bit("flag.instant_rebate"));
    let retired = attr(&graph, "flag.free_delivery_badge").date(Attr::Retired);
    assert!(retired < attr(&graph, "flag.instant_rebate").date(Attr::Introduced));
}

#[test]
fn the_dbt_sample_reads_its_catalog_and_has_a_model_at_its_end() {
    let graph = sample("jaffle_like").graph;
    assert_eq!(of_kind(&graph, NodeKind::Source), 5);
    assert_eq!(of_kind(&graph, NodeKind::Test), 22);
    let freshness = |node: &undercurrent::model::Node| {
        node.kind == NodeKind::Source && node.attrs.number(Attr::FreshnessErrorHours).is_some()
    };
    assert_eq!(graph.nodes().iter().filter(|node| freshness(node)).count(), 4);
    let stations = graph.find("model.pedal.dim_stations").expect("a model of the manifest");
    assert_eq!(graph.node(stations).attrs.number(Attr::RowCount), Some(412.0), "of the catalog");
    let forecast = graph.find("exposure.pedal.demand_forecast").expect("the exposure");
    assert_eq!(graph.incoming(forecast).len(), 2);
    assert_eq!(owner(&graph, "exposure.pedal.demand_forecast"), "team:Forecasting");
}

/// Words between backticks that look like ids: a kind's key, a dot, a name without file ending.
fn ids_in(readme: &str) -> Vec<&str> {
    let kinds: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.meta().key).collect();
    let is_id = |word: &&str| {
        word.starts_with("team:")
            || word.split_once('.').is_some_and(|(kind, name)| {
                kinds.contains(&kind)
                    && name
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            })
    };
    readme.split('`').skip(1).step_by(2).filter(is_id).collect()
}

#[test]
fn the_readme_names_things_that_are_there_and_every_file() {
    let sample = Sample::find("ads_ranking").expect("a sample");
    let (_, readme) = sample.files.iter().find(|(path, _)| *path == "README.md").expect("a README");
    let readme = std::str::from_utf8(readme).expect("UTF-8");
    let graph = ads();
    let ids = ids_in(readme);
    assert!(ids.len() > 150, "{} ids", ids.len());
    let unknown: Vec<&str> = ids.into_iter().filter(|id| graph.find(id).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for (path, _) in sample.files.iter().filter(|(path, _)| !path.contains('/')) {
        assert!(*path == "README.md" || readme.contains(&format!("`{path}`")), "{path}");
    }
}

#[test]
fn hello_is_a_loop() {
    let graph = sample("hello").graph;
    assert_walk(
        &graph,
        &[
            "dataset.clicks",
            "model.picks",
            "prediction.picks",
            "action.show",
            "surface.page",
            "dataset.clicks",
        ],
    );
}
