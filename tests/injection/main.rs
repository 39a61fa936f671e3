//! Debt planted into clean and real-shaped graphs: the rule finds every placement and names the right
//! nodes, and a near miss in the same place is silent.
//!
//! A plant is a row of a table: it adds to a host whatever makes the debt, as a further file of the project
//! would, and says whom the rule must name. Every plant is placed [`PLACEMENTS`] times and more, with other
//! seeds, in other hosts. To add one: a row in the table of its section.

mod antipatterns;
mod changing_world;
mod configurations;
mod data_dependencies;
mod entanglement;
mod hosts;
mod site;

use hosts::Host;
use site::{Expected, Site};
use std::collections::BTreeSet;
use undercurrent::analysis::{Analysis, Finding, Settings, analyse, rules};
use undercurrent::model::{Batch, GraphBuilder, SystemGraph};

/// Placements of each plant, the near misses not counted.
const PLACEMENTS: usize = 60;

/// One way to bring a kind of debt about.
pub(crate) struct Plant {
    pub(crate) code: &'static str,
    /// Which of several ways it is.
    pub(crate) name: &'static str,
    /// Adds the debt, or with `miss` something that looks like it, and says whom the rule must name.
    pub(crate) plant: fn(site: &mut Site<'_>, miss: bool) -> Expected,
}

fn plants() -> impl Iterator<Item = &'static Plant> {
    entanglement::PLANTS
        .iter()
        .chain(data_dependencies::PLANTS)
        .chain(antipatterns::PLANTS)
        .chain(configurations::PLANTS)
        .chain(changing_world::PLANTS)
}

fn settings(code: &str) -> Settings {
    let mut settings = Settings::on(site::TODAY);
    settings.select.insert(code.to_owned());
    settings
}

fn build(host: &Host, planted: Batch) -> SystemGraph {
    let mut builder = GraphBuilder::default();
    builder.add(host.batch.clone());
    builder.add(planted);
    builder.build().0
}

/// Ids that a finding names, its subject first.
fn named<'g>(graph: &'g SystemGraph, finding: &Finding) -> Vec<&'g str> {
    std::iter::once(finding.subject)
        .chain(finding.others.iter().map(|&(_, node)| node))
        .map(|node| graph.node(node).id.as_str())
        .collect()
}

fn describe(graph: &SystemGraph, analysis: &Analysis) -> String {
    let findings = analysis.findings.iter().map(Box::as_ref);
    let line = |finding: &Finding| {
        format!("  {:?} {}\n", named(graph, finding), finding.message.read(graph))
    };
    findings.map(line).collect()
}

/// Plants one debt; an error says what the rule did instead of finding it.
fn place(plant: &Plant, host: &Host, seed: u64, miss: bool) -> Result<(), String> {
    let mut site = Site::new(host, seed);
    let expected = (plant.plant)(&mut site, miss);
    let graph = build(host, site.finish());
    let analysis = analyse(&graph, &settings(plant.code));
    let here = format!("{} {} seed {seed} in {}", plant.code, plant.name, host.name);
    if let Some(error) = &analysis.rules[0].internal_error {
        return Err(format!("{here}: panicked, {error}"));
    }
    let of_subject = analysis
        .findings
        .iter()
        .map(Box::as_ref)
        .filter(|finding| graph.node(finding.subject).id.as_str() == expected.subject);
    let names_all = |finding: &&Finding| {
        let named: BTreeSet<&str> = named(&graph, finding).into_iter().collect();
        expected.others.iter().all(|id| named.contains(id.as_str()))
    };
    match (miss, of_subject.clone().find(names_all)) {
        (false, None) => Err(format!(
            "{here}: expected {} with {:?}, found\n{}",
            expected.subject,
            expected.others,
            describe(&graph, &analysis)
        )),
        (true, Some(finding)) => {
            Err(format!("{here}: cried wolf, {}", finding.message.read(&graph)))
        }
        _ => Ok(()),
    }
}

fn failures(miss: bool) -> Vec<String> {
    let hosts = hosts::all();
    let rounds = PLACEMENTS.div_ceil(hosts.len());
    let mut failures = Vec::new();
    for plant in plants() {
        for (host, seed) in (0..rounds as u64).flat_map(|seed| hosts.iter().map(move |h| (h, seed)))
        {
            failures.extend(place(plant, host, seed, miss).err());
        }
    }
    failures
}

#[test]
fn every_placement_is_found_and_its_nodes_are_named() {
    let failures = failures(false);
    assert!(failures.is_empty(), "{} missed\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_near_miss_is_silent() {
    let failures = failures(true);
    assert!(failures.is_empty(), "{} cried wolf\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_clean_hosts_have_no_debt_of_the_planted_kinds() {
    let planted: BTreeSet<&str> = plants().map(|plant| plant.code).collect();
    for host in hosts::all().iter().filter(|host| host.is_clean) {
        let graph = build(host, Batch::new(site::file()));
        for code in &planted {
            let analysis = analyse(&graph, &settings(code));
            let found = describe(&graph, &analysis);
            assert!(analysis.findings.is_empty(), "{code} in {}\n{found}", host.name);
        }
    }
}

#[test]
fn plants_are_of_rules_that_exist() {
    for plant in plants() {
        assert!(rules::rule(plant.code).is_some(), "{}", plant.code);
    }
}
