//! The rules against what the README of the sample says is planted: each debt is found at the right node, what is
//! done well is silent, and neither threads nor the order of the files change a byte.

use std::collections::BTreeSet;
use undercurrent::analysis::{Analysis, Settings, Weight, analyse, rules};
use undercurrent::import::{Input, Progress, load};
use undercurrent::model::SystemGraph;
use undercurrent::samples::{SAMPLES, Sample};

fn graph(key: &str) -> SystemGraph {
    let sample = Sample::find(key).expect("a sample");
    load(&[Input::Embedded(sample.files)], &Progress::default()).expect("nobody cancels").graph
}

/// The sample's own day, so that its ages never change.
fn settings() -> Settings {
    Settings::on(jiff::civil::date(2026, 11, 15))
}

/// What one rule must say of the sample.
struct Row {
    code: &'static str,
    /// Node and weight, all of them.
    found: &'static [(&'static str, Weight)],
    /// Looks alike and is done well.
    not: &'static [&'static str],
}

const E: Weight = Weight::Error;
const W: Weight = Weight::Warning;
const N: Weight = Weight::Note;

/// From the table in the sample's README, in its order. `found` may be a part of what the rule finds.
const PLANTED: &[Row] = &[
    Row {
        code: "ENT001",
        found: &[
            ("signal.user_topic", W),
            ("signal.price", W),
            ("signal.device_kind", W),
            ("signal.title_terms", W),
        ],
        not: &["signal.shopper_id", "signal.ad_ctr_30d"],
    },
    Row { code: "ENT002", found: &[("model.ad_spam", E)], not: &["model.bid"] },
    Row {
        code: "ENT003",
        found: &[("prediction.ctr", W)],
        not: &["prediction.conversion", "prediction.ad_spam"],
    },
    Row {
        code: "COR001",
        found: &[("model.ctr_promotions", E)],
        not: &["model.bid", "model.ad_spam", "model.conversion"],
    },
    Row { code: "COR002", found: &[("model.ctr", E)], not: &["model.conversion", "model.bid"] },
    Row {
        code: "CON001",
        found: &[("prediction.ctr", E), ("prediction.ctr_app", W), ("signal.user_topic", W)],
        not: &["prediction.conversion", "prediction.bid", "dataset.sessions", "dataset.orders"],
    },
    Row {
        code: "CON002",
        found: &[
            ("prediction.ctr", W),
            ("prediction.ctr_newcomers", W),
            ("prediction.product_slots", W),
            ("prediction.ctr_app", W),
            ("prediction.ctr_promotions", W),
        ],
        not: &["prediction.conversion", "prediction.bid"],
    },
    Row {
        code: "DEP001",
        found: &[("signal.user_topic", E), ("signal.title_terms", W)],
        not: &["signal.query_match", "signal.ad_image_vector", "prediction.conversion"],
    },
    Row { code: "DEP002", found: &[("signal.user_topic", W)], not: &["signal.price"] },
    Row {
        code: "DEP003",
        found: &[("signal.title_terms", E), ("signal.user_topic", E), ("signal.dwell_time", E)],
        not: &["signal.user_topic_frozen"],
    },
    Row {
        code: "DEP004",
        found: &[("dataset.identity_map", W)],
        not: &["signal.user_topic_frozen", "signal.user_topic"],
    },
    Row { code: "UTL001", found: &[("signal.query_match_v1", W)], not: &["signal.query_match"] },
    Row {
        code: "UTL002",
        found: &[("signal.ad_text_length", W)],
        not: &["signal.ad_text_style", "signal.visits_7d", "signal.visits_30d"],
    },
    Row {
        code: "UTL003",
        found: &[("signal.keyboard_layout", N)],
        not: &["signal.visits_7d", "signal.visits_30d", "signal.device_kind"],
    },
    Row {
        code: "UTL004",
        found: &[("signal.visits_7d", W), ("signal.price_rank", E)],
        not: &["signal.visits_30d", "signal.price", "signal.user_topic"],
    },
    Row {
        code: "UTL005",
        found: &[
            ("model.product_slots", N),
            ("model.ctr_newcomers", N),
            ("model.ctr_app", N),
            ("model.ctr_promotions", N),
            ("model.partner_bid", N),
        ],
        not: &["model.ctr", "model.conversion", "model.bid", "model.review_picks"],
    },
    Row {
        code: "UTL006",
        found: &[("signal.product_number_old", E)],
        not: &["signal.product_number_new", "signal.shopper_id"],
    },
    Row {
        code: "STA001",
        found: &[
            ("signal.keyboard_layout", N),
            ("config.ctr_de", N),
            ("model.product_slots", N),
            ("surface.results_page", N),
        ],
        not: &["model.conversion", "prediction.conversion", "signal.price"],
    },
    Row {
        code: "STA002",
        found: &[
            ("signal.app_tenure_days", E),
            ("source.erp", E),
            ("job.legacy_numbers", E),
            ("signal.query_match_v1", E),
        ],
        not: &["reader:svc-coupon-engine", "reader:svc-privacy-scanner"],
    },
    Row {
        code: "STA003",
        found: &[("model.bid", N), ("model.product_slots", N)],
        not: &["model.conversion", "model.ad_spam"],
    },
];

/// Subjects with their weight that a rule found.
fn found(graph: &SystemGraph, analysis: &Analysis, code: &str) -> BTreeSet<(String, Weight)> {
    let of_rule = analysis.findings.iter().filter(|finding| finding.code == code);
    of_rule
        .map(|finding| (graph.node(finding.subject).id.as_str().to_owned(), finding.weight))
        .collect()
}

#[test]
fn every_planted_debt_is_found_and_what_is_done_well_is_silent() {
    let graph = graph("ads_ranking");
    let analysis = analyse(&graph, &settings());
    let mut wrong = Vec::new();
    for row in PLANTED {
        let found = found(&graph, &analysis, row.code);
        for &(id, weight) in row.found {
            if !found.contains(&(id.to_owned(), weight)) {
                wrong.push(format!("{}: no {} at {id}, only {found:?}", row.code, weight.key()));
            }
        }
        for &id in row.not {
            if found.iter().any(|(subject, _)| subject == id) {
                wrong.push(format!("{}: {id} is done well", row.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn undeclared_readers_are_those_of_the_story() {
    let graph = graph("ads_ranking");
    let analysis = analyse(&graph, &settings());
    let readers: BTreeSet<(&str, &str)> = analysis
        .findings
        .iter()
        .filter(|finding| finding.code == "CON001")
        .flat_map(|finding| {
            let subject = graph.node(finding.subject).id.as_str();
            let readers = finding.others.iter().filter(|(role, _)| *role == "reader");
            readers.map(move |&(_, reader)| (subject, reader))
        })
        .map(|(subject, reader)| (subject, graph.node(reader).id.as_str()))
        .collect();
    let story = [
        ("prediction.ctr", "consumer.seller_advice"),
        ("prediction.ctr", "reader:svc-coupon-engine"),
        ("prediction.ctr_app", "reader:svc-sales-forecast"),
        ("signal.user_topic", "reader:svc-push-messages"),
    ];
    assert_eq!(readers, story.into_iter().collect());
}

/// Both ends of a duplicate must never be proposed for removal, by whichever rules.
#[test]
fn no_two_rules_together_remove_both_of_a_duplicate() {
    let graph = graph("ads_ranking");
    let analysis = analyse(&graph, &settings());
    let removed: BTreeSet<&str> = analysis
        .findings
        .iter()
        .filter(|finding| {
            matches!(finding.code, "UTL001" | "UTL002" | "UTL003" | "UTL004" | "UTL006")
        })
        .map(|finding| graph.node(finding.subject).id.as_str())
        .collect();
    for (a, b) in [
        ("signal.visits_7d", "signal.visits_30d"),
        ("signal.price", "signal.price_rank"),
        ("signal.product_number_old", "signal.product_number_new"),
        ("signal.query_match_v1", "signal.query_match"),
    ] {
        let gone = [a, b].into_iter().filter(|id| removed.contains(id)).count();
        assert_eq!(gone, 1, "{a} and {b}: {removed:?}");
    }
}

#[test]
fn every_finding_can_be_followed_to_its_place() {
    for sample in SAMPLES {
        let graph = graph(sample.key);
        let analysis = analyse(&graph, &settings());
        for finding in &analysis.findings {
            let place = graph.place(finding.at);
            let message = finding.message.read(&graph);
            assert!(place.contains(':'), "{} {message}: {place}", finding.code);
            assert!(!message.ends_with('.'), "{message}");
        }
    }
}

#[test]
fn no_rule_panics_on_a_sample() {
    for sample in SAMPLES {
        let analysis = analyse(&graph(sample.key), &settings());
        assert_eq!(analysis.rules.len(), rules::RULES.len());
        for result in &analysis.rules {
            assert_eq!(result.internal_error, None, "{} in {}", result.code, sample.key);
        }
    }
}

/// Everything that a rule says, with the places in words so that files may be numbered otherwise.
fn said(graph: &SystemGraph, analysis: &Analysis) -> String {
    let findings = analysis.findings.iter().map(|finding| {
        format!(
            "{} {} {} {:?} {} {:x}\n",
            finding.code,
            finding.message.read(graph),
            graph.place(finding.at),
            finding.evidence,
            finding.magnitude,
            finding.fingerprint(graph)
        )
    });
    let rules = analysis.rules.iter().map(|rule| format!("{rule:?}\n"));
    rules.chain(findings).collect()
}

#[test]
fn threads_and_the_order_of_files_change_nothing() {
    let sample = Sample::find("ads_ranking").expect("a sample");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, bytes) in sample.files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    let mut manifests: Vec<Input> = sample
        .files
        .iter()
        .filter(|(path, _)| path.ends_with(".yaml") || path.ends_with(".json"))
        .map(|(path, _)| Input::Path(folder.path().join(path)))
        .collect();
    let mut all = BTreeSet::new();
    for threads in [1, 4] {
        for turn in 0..4 {
            manifests.rotate_left(turn);
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            all.insert(pool.install(|| {
                let loaded = load(&manifests, &Progress::default()).expect("nobody cancels");
                said(&loaded.graph, &analyse(&loaded.graph, &settings()))
            }));
        }
    }
    assert_eq!(all.len(), 1);
}
