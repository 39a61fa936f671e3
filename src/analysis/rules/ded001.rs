//! DED001, dead experimental codepath.

use crate::analysis::words::{counted, listed};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind};
use rustc_hash::FxHashMap;

#[derive(Debug)]
pub(super) struct DeadCodepath;

static UNEXPOSED_DAYS: Parameter = Parameter {
    key: "unexposed_days",
    default: 90.0,
    range: (1.0, 3650.0),
    unit: "days",
    doc: "So long without any traffic, and the path counts as dead.",
};

static SETTLED_DAYS: Parameter = Parameter {
    key: "settled_days",
    default: 30.0,
    range: (1.0, 3650.0),
    unit: "days",
    doc: "So long at no or all traffic, and the experiment counts as over.",
};

static META: RuleMeta = RuleMeta {
    code: "DED001",
    name: "dead experimental codepath",
    section: Section::AntiPatterns,
    weight: Weight::Warning,
    remedy: "Take out the branch that lost, and the flag with it; never use its identifier for something else.",
    verify: "The flag is gone from the code and from the manifest.",
    parameters: &[&UNEXPOSED_DAYS, &SETTLED_DAYS],
    docs: "\
## What it does
Finds flags whose new path had no traffic for 90 days, or has had none or all of it for over 30; and flags that were never tested in all
combinations with the other live flags that they meet (two flags meet where they gate the same thing; k of them have 2ᵏ combinations).
It is an error when a flag uses the identifier of another one that is retired.

## Why it is bad
Every branch that stays doubles what could happen, and nobody tests what nobody remembers. A switch that once meant something else still
means it on the machine that was not updated.

## Example
Knight Capital used the bit of a retired flag for a new router in 2012. One server of eight still had the old code behind that bit; it
bought and sold for 45 minutes and lost 465 million dollars.

## How to fix
Look through all flags at a fixed date. Take out the loser's code and the flag. Give each new flag a new identifier. A switch that is
meant to stay at one side, such as one for emergencies, is accepted with a reason.

## How to verify
The identifier is found nowhere in the code; the combinations that are left were tested.

## References
Sculley et al. 2015, §5, dead experimental codepaths; SEC 2013, order against Knight Capital.
",
};

impl Rule for DeadCodepath {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let flags: Vec<NodeIx> = context.nodes_of(NodeKind::Flag).collect();
        let retired = retired_by_identifier(context, &flags);
        let live = live_by_target(context, &flags);
        for &flag in &flags {
            let reused = reused(context, flag, &retired);
            let state = state(context, flag);
            let untested = untested(context, flag, &live);
            let missing = match (state, &untested) {
                (Err(missing), _) | (Ok(State::Live), &Err(missing)) => Some(missing),
                _ => None,
            };
            match missing.filter(|_| reused.is_none()) {
                Some(missing) => verdicts.open(Open { subject: Some(flag), missing }),
                None => verdicts.judged(),
            }
            reused.into_iter().for_each(|finding| verdicts.found(finding));
            let found = match state {
                Ok(State::Dead(why)) => {
                    Some(dead(context, flag, why, untested.unwrap_or_default()))
                }
                _ => untested.ok().flatten().map(|tested| not_combined(context, flag, tested)),
            };
            found.into_iter().for_each(|finding| verdicts.found(finding));
        }
    }
}

#[derive(Clone, Copy)]
enum State {
    Live,
    Dead(Why),
}

/// Why a path counts as dead, with days.
#[derive(Clone, Copy)]
enum Why {
    Unexposed(i64),
    /// None or all of the traffic.
    Settled(f64, i64),
}

fn state(context: &Context<'_>, flag: NodeIx) -> Result<State, &'static str> {
    let attrs = &context.graph.node(flag).attrs;
    let exposure = attrs.number(Attr::Exposure);
    if let Some(days) = attrs.date(Attr::LastExposed).map(|date| context.age_days(date))
        && days as f64 >= context.value(&META, &UNEXPOSED_DAYS)
    {
        return Ok(State::Dead(Why::Unexposed(days)));
    }
    let exposure = exposure.ok_or("exposure")?;
    if exposure > 0.0 && exposure < 1.0 {
        return Ok(State::Live);
    }
    let days = context.age_days(attrs.date(Attr::ExposureSince).ok_or("exposure_since")?);
    Ok(match days as f64 > context.value(&META, &SETTLED_DAYS) {
        true => State::Dead(Why::Settled(exposure, days)),
        false => State::Live,
    })
}

/// Flags that are retired, by what the code tests.
fn retired_by_identifier<'a>(
    context: &Context<'a>,
    flags: &[NodeIx],
) -> FxHashMap<&'a str, Vec<NodeIx>> {
    let mut retired: FxHashMap<&str, Vec<NodeIx>> = FxHashMap::default();
    for &flag in flags {
        let attrs = &context.graph.node(flag).attrs;
        let is_over = attrs.date(Attr::Retired).is_some_and(|date| date <= context.settings.today);
        if let Some(identifier) = attrs.text(Attr::FlagIdentifier).filter(|_| is_over) {
            retired.entry(identifier).or_default().push(flag);
        }
    }
    retired
}

fn reused(
    context: &Context<'_>,
    flag: NodeIx,
    retired: &FxHashMap<&str, Vec<NodeIx>>,
) -> Option<Finding> {
    let graph = context.graph;
    let attrs = &graph.node(flag).attrs;
    let identifier = attrs.text(Attr::FlagIdentifier)?;
    let is_over = |of: NodeIx| graph.node(of).attrs.date(Attr::Retired);
    if is_over(flag).is_some_and(|date| date <= context.settings.today) {
        return None;
    }
    let before = retired.get(identifier)?.iter().copied().find(|&other| other != flag)?;
    let since = is_over(before).map(|date| date.to_string()).unwrap_or_default();
    let message = format!(
        "Flag `{}` uses the identifier {identifier} of `{}`, which was retired on {since}; code that was not updated still has the old path behind it",
        context.name(flag),
        context.name(before),
    );
    Some(
        Finding::new(&META, graph, flag, message)
            .weight(Weight::Error)
            .with("retired", before)
            .said(graph, flag, Attr::FlagIdentifier, "uses it")
            .said(graph, before, Attr::FlagIdentifier, "had it before")
            .said(graph, before, Attr::Retired, "retired"),
    )
}

/// Flags with some of the traffic, by what they gate.
fn live_by_target(context: &Context<'_>, flags: &[NodeIx]) -> FxHashMap<NodeIx, Vec<NodeIx>> {
    let mut live: FxHashMap<NodeIx, Vec<NodeIx>> = FxHashMap::default();
    for &flag in flags {
        if matches!(state(context, flag), Ok(State::Live)) {
            for target in gated(context, flag) {
                live.entry(target).or_default().push(flag);
            }
        }
    }
    live
}

fn gated<'a>(context: &Context<'a>, flag: NodeIx) -> impl Iterator<Item = NodeIx> + 'a {
    let graph = context.graph;
    context.edges_from(flag, |kind| kind == EdgeKind::Gates).map(move |edge| graph.edge(edge).to)
}

/// Combinations that were tested, and the flags they are of.
#[derive(Clone, Default)]
struct Combinations {
    tested: f64,
    all: f64,
    others: Vec<NodeIx>,
}

/// `None` when all combinations with the live flags that it meets were tested.
fn untested(
    context: &Context<'_>,
    flag: NodeIx,
    live: &FxHashMap<NodeIx, Vec<NodeIx>>,
) -> Result<Option<Combinations>, &'static str> {
    let mut others: Vec<NodeIx> =
        gated(context, flag).filter_map(|target| live.get(&target)).flatten().copied().collect();
    others.retain(|&other| other != flag);
    others.sort_unstable();
    others.dedup();
    let all = 2f64.powi(i32::try_from(others.len() + 1).unwrap_or(i32::MAX));
    match context.graph.node(flag).attrs.number(Attr::TestedCombinations) {
        Some(tested) if tested < all => Ok(Some(Combinations { tested, all, others })),
        None if !others.is_empty() => Err("tested_combinations"),
        _ => Ok(None),
    }
}

fn dead(context: &Context<'_>, flag: NodeIx, why: Why, untested: Option<Combinations>) -> Finding {
    let graph = context.graph;
    let (what, days, limit, attr) = match why {
        Why::Unexposed(days) => ("has had no traffic", days, &UNEXPOSED_DAYS, Attr::LastExposed),
        Why::Settled(0.0, days) => ("has been off", days, &SETTLED_DAYS, Attr::ExposureSince),
        Why::Settled(_, days) => ("has had all traffic", days, &SETTLED_DAYS, Attr::ExposureSince),
    };
    let mut message = format!(
        "Flag `{}` {what} for {days} days, and its code is still there",
        context.name(flag)
    );
    if let Some(combinations) = &untested {
        message.push_str(&format!(
            "; {} of {} combinations were tested",
            combinations.tested, combinations.all
        ));
    }
    let limit = context.value(&META, limit);
    let mut finding = Finding::new(&META, graph, flag, message)
        .number(what, days as f64, limit, "days")
        .magnitude((1.0 + days as f64 / limit).log2())
        .said(graph, flag, attr, "since");
    if let Some(combinations) = untested {
        finding = finding.number(
            "combinations tested",
            combinations.tested,
            combinations.all,
            "combinations",
        );
    }
    for target in gated(context, flag) {
        finding = finding.with("gated", target);
    }
    finding
}

fn not_combined(context: &Context<'_>, flag: NodeIx, combinations: Combinations) -> Finding {
    let Combinations { tested, all, others } = combinations;
    let meets = match others.as_slice() {
        [] => "by itself".to_owned(),
        _ => format!("with {}, which it meets", listed(others.iter().map(|&o| context.name(o)))),
    };
    let message = format!(
        "Flag `{}` was tested in {} of {all} {meets}",
        context.name(flag),
        counted(tested as usize, "combination", "combinations"),
    );
    let mut finding = Finding::new(&META, context.graph, flag, message)
        .number("combinations tested", tested, all, "combinations")
        .said(context.graph, flag, Attr::TestedCombinations, "tested");
    for other in others {
        finding = finding.with("meets", other);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_paths_without_traffic_and_on_settled_ones() {
        let judged = judge(
            &DeadCodepath,
            "flag a exposure=0.1 last_exposed=2026-08-01\nflag b exposure=0 exposure_since=2026-10-01\n\
             flag c exposure=1 exposure_since=2026-10-01 last_exposed=2026-11-15\nmodel m\na -gates-> m",
        );
        assert_eq!(judged.subjects(), ["a warning", "b warning", "c warning"]);
        assert!(judged.message(0).contains("no traffic for 106 days"));
    }

    #[test]
    fn an_identifier_used_again_is_an_error() {
        let judged = judge(
            &DeadCodepath,
            "flag old retired=2024-12-02 flag_identifier=bit_7 exposure=0 exposure_since=2026-11-01\n\
             flag new exposure=0.05 exposure_since=2026-11-01 flag_identifier=bit_7 tested_combinations=2",
        );
        assert_eq!(judged.subjects(), ["new error"]);
        assert_eq!(judged.others("retired"), ["old"]);
    }

    #[test]
    fn flags_that_meet_are_tested_together() {
        let two = "flag a exposure=0.5 tested_combinations=4\nflag b exposure=0.5 tested_combinations=3\nmodel m\n\
                   a -gates-> m\nb -gates-> m";
        let judged = judge(&DeadCodepath, two);
        assert_eq!(judged.subjects(), ["b warning"]);
        assert_eq!(judged.others("meets"), ["a"]);
    }

    #[test]
    fn is_silent_on_young_experiments_and_on_identifiers_of_their_own() {
        let judged = judge(
            &DeadCodepath,
            "flag a exposure=0.2 exposure_since=2026-10-26 last_exposed=2026-11-15 flag_identifier=x tested_combinations=2\n\
             flag b exposure=1 exposure_since=2026-10-20 flag_identifier=y\n\
             flag c retired=2027-01-01 exposure=0.5 flag_identifier=z\nflag d exposure=0.5 flag_identifier=z",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn a_flag_that_is_off_meets_nobody() {
        let judged = judge(
            &DeadCodepath,
            "flag a exposure=0.5 tested_combinations=2\nflag b exposure=0 exposure_since=2026-01-01\nmodel m\n\
             a -gates-> m\nb -gates-> m",
        );
        assert_eq!(judged.subjects(), ["b warning"]);
    }

    #[test]
    fn without_exposure_it_is_open() {
        assert_eq!(judge(&DeadCodepath, "flag a").status, Status::Open);
        assert_eq!(judge(&DeadCodepath, "flag a exposure=0").status, Status::Open);
        let two = "flag a exposure=0.5\nflag b exposure=0.5\nmodel m\na -gates-> m\nb -gates-> m";
        assert_eq!(judge(&DeadCodepath, two).status, Status::Open);
        assert_eq!(judge(&DeadCodepath, "model m").status, Status::Open);
    }
}
