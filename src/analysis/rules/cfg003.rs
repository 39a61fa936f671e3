//! CFG003, validity window.

use crate::analysis::configuration::{Window, windows};
use crate::analysis::context::days_between;
use crate::analysis::preparation::{MOST_NODES, Walk, edges_along, prepares};
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, Phase};

#[derive(Debug)]
pub(super) struct ValidityWindow;

/// How sure it is that what was wrong in a source is wrong in what is computed from it.
const UPSTREAM_CONFIDENCE: f64 = 0.7;

static META: RuleMeta = RuleMeta {
    code: "CFG003",
    name: "validity window",
    section: Section::Configuration,
    weight: Weight::Error,
    remedy: "Start the training later, leave the bad days out, or keep old and new meaning apart in code.",
    verify: "The training interval meets no bad interval, starts with all inputs available, and crosses no change without a split.",
    parameters: &[],
    docs: "\
## What it does
Lays the interval of training data, of the configuration or of the model, over what is known of the inputs: days on which their values
were wrong (`bad_intervals`), the first day that they have values for (`available_from`), and the day their meaning changed (`changed`)
when `code_split` says that old and new are not kept apart. The first two are also looked for in the data that the inputs are computed
from; such a finding is a warning and less sure. Inputs that serve only are left out, for they train nothing. Whether a change is split
must be said; where it is not, the model stays open. Of a preparation of more than 512 nodes the nearest are looked at.

## Why it is bad
The model learns the fault as if it were the world. Training succeeds, the metrics look as ever, and what was learned is wrong for every
day but those.

## Example
A was logged wrongly from 14 to 17 September, B does not exist before 7 October, C means something else since 1 November. The training
data run from August to November.

## How to fix
Move the interval, cut the bad days out, or compute both meanings by the code that fits the day.

## How to verify
Draw the configuration on its timeline, and train again.

## References
Sculley et al. 2015, §6, examples A, B and C.
",
};

impl Rule for ValidityWindow {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let mut walk = Walk::new(context.graph.nodes().len());
        for model in context.nodes_of(NodeKind::Model) {
            let windows = windows(context, model);
            if windows.is_empty() {
                let missing = "training_from and training_to, of it or its configuration";
                verdicts.open(Open { subject: Some(model), missing });
                continue;
            }
            let inputs = inputs(context, &mut walk, model);
            judge(context, model, &windows, &inputs, verdicts);
        }
    }
}

/// Something that the model learns from and that a file tells more of.
struct Input {
    node: NodeIx,
    way: Vec<EdgeIx>,
}

impl Input {
    fn is_direct(&self) -> bool {
        self.way.len() == 1
    }
}

/// Inputs to training, and what they are computed from, as far as a file tells of their days; nearest
/// first.
fn inputs(context: &Context<'_>, walk: &mut Walk, model: NodeIx) -> Vec<Input> {
    let graph = context.graph;
    walk.clear();
    let trains = |kind| kind != EdgeKind::InputTo(Phase::Serve) && prepares(kind);
    for edge in context.edges_into(model, trains) {
        let from = graph.edge(edge).from;
        if !matches!(graph.kind(from), NodeKind::Config | NodeKind::Model | NodeKind::Flag) {
            walk.start(from);
        }
    }
    let direct = walk.count();
    // Of what lies farther up only wrong and missing days are asked.
    let farther = [Attr::BadIntervals, Attr::AvailableFrom];
    if farther.into_iter().any(|attr| context.is_said(attr)) {
        walk.run(context.preparation().upstream(), MOST_NODES);
    }
    let tells = |node: NodeIx, attr| graph.node(node).attrs.has(attr);
    walk.found()
        .enumerate()
        .filter(|&(position, node)| {
            farther.into_iter().any(|attr| tells(node, attr))
                || (position < direct && tells(node, Attr::Changed))
        })
        .map(|(_, node)| {
            let mut nodes = walk.back(node);
            nodes.push(model);
            Input { node, way: edges_along(graph, &nodes, trains) }
        })
        .collect()
}

fn judge(
    context: &Context<'_>,
    model: NodeIx,
    windows: &[Window],
    inputs: &[Input],
    verdicts: &mut Verdicts,
) {
    let mut missing = inputs
        .is_empty()
        .then_some("bad_intervals, available_from or changed of what it learns from");
    let mut findings = Vec::new();
    for window in windows {
        for input in inputs {
            findings.extend(bad(context, model, window, input));
            findings.extend(unavailable(context, model, window, input));
            match split(context, model, window, input) {
                Ok(found) => findings.extend(found),
                Err(()) => missing = Some("code_split of an input that changed"),
            }
        }
    }
    match missing.filter(|_| findings.is_empty()) {
        Some(missing) => verdicts.open(Open { subject: Some(model), missing }),
        None => verdicts.judged(),
    }
    findings.into_iter().for_each(|finding| verdicts.found(finding));
}

/// A: values were wrong on days that are learned from.
fn bad(context: &Context<'_>, model: NodeIx, window: &Window, input: &Input) -> Option<Finding> {
    let intervals = context.graph.node(input.node).attrs.intervals(Attr::BadIntervals)?;
    let bad = intervals.iter().find(|bad| window.meets(bad))?;
    let (from, to) = (bad.from.max(window.from), bad.to.min(window.to));
    let days = days_between(from, to) + 1;
    let what = format!("was wrong from {} to {}", bad.from, bad.to);
    let found = finding(context, model, window, input, &what, Attr::BadIntervals);
    Some(found.number("days of training data that are wrong", f64::from(days), 0.0, "days"))
}

/// B: the training starts before there are values.
fn unavailable(
    context: &Context<'_>,
    model: NodeIx,
    window: &Window,
    input: &Input,
) -> Option<Finding> {
    let first = context.graph.node(input.node).attrs.date(Attr::AvailableFrom)?;
    if !window.starts_before(first) {
        return None;
    }
    let last = first.min(window.to.tomorrow().unwrap_or(window.to));
    let days = days_between(window.from, last);
    let what = format!("has values from {first} on only");
    let found = finding(context, model, window, input, &what, Attr::AvailableFrom);
    Some(found.number("days of training data without values", f64::from(days), 0.0, "days"))
}

/// C: the meaning changed among the days that are learned from. `Err` when nobody says whether the code
/// keeps both apart.
fn split(
    context: &Context<'_>,
    model: NodeIx,
    window: &Window,
    input: &Input,
) -> Result<Option<Finding>, ()> {
    let attrs = &context.graph.node(input.node).attrs;
    let Some(changed) = attrs.date(Attr::Changed).filter(|_| input.is_direct()) else {
        return Ok(None);
    };
    if !window.spans(changed) {
        return Ok(None);
    }
    if attrs.flag(Attr::CodeSplit).ok_or(())? {
        return Ok(None);
    }
    let days = days_between(window.from, changed);
    let what =
        format!("means something else since {changed}, and the code does not tell old from new");
    let found = finding(context, model, window, input, &what, Attr::Changed);
    Ok(Some(found.number(
        "days of training data with the old meaning",
        f64::from(days),
        0.0,
        "days",
    )))
}

fn finding(
    context: &Context<'_>,
    model: NodeIx,
    window: &Window,
    input: &Input,
    what: &str,
    attr: Attr,
) -> Finding {
    let graph = context.graph;
    let upstream = if input.is_direct() { "" } else { ", from which an input is computed," };
    let message = format!(
        "{}{upstream} {what}; {} trains on {} to {}",
        context.title(input.node),
        context.named(window.of),
        window.from,
        window.to
    );
    let at = graph.node(window.of).attrs.get(Attr::TrainingFrom).map(|said| said.at);
    let mut finding = Finding::new(&META, graph, window.of, message)
        .at(at.unwrap_or(graph.node(window.of).at))
        .with("input", input.node);
    if window.of != model {
        finding = finding.with("model", model);
    }
    if !input.is_direct() {
        finding = finding.weight(Weight::Warning).confidence(UPSTREAM_CONFIDENCE);
    }
    finding
        .said(graph, input.node, attr, "said of the input")
        .said(graph, window.of, Attr::TrainingFrom, "start of the training data")
        .way(("goes into", model), input.way.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    fn with(signal: &str) -> Judged {
        let text = "\nmodel m\nconfig c training_from=2026-08-01 training_to=2026-11-09\nc -feeds-> m\ns -input_to-> m";
        judge(&ValidityWindow, &format!("signal s {signal}{text}"))
    }

    #[test]
    fn a_bad_interval_within_the_training_fires() {
        let found = with("bad_intervals=2026-09-14..2026-09-17");
        assert_eq!(found.subjects(), ["c error"]);
        assert_eq!((found.others("input"), found.others("model")), (vec!["s"], vec!["m"]));
    }

    #[test]
    fn a_start_before_the_values_fires() {
        assert_eq!(with("available_from=2026-10-07").subjects(), ["c error"]);
    }

    #[test]
    fn a_change_without_a_split_fires() {
        assert_eq!(with("changed=2026-11-01 code_split=no").subjects(), ["c error"]);
    }

    #[test]
    fn is_silent_just_beside_each() {
        for signal in [
            "bad_intervals=2026-07-01..2026-07-31|2026-11-10..2026-11-12",
            "available_from=2026-08-01",
            "changed=2026-08-01 code_split=no",
            "changed=2026-11-10 code_split=no",
            "changed=2026-10-01 code_split=yes",
        ] {
            let found = with(signal);
            assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]), "{signal}");
        }
    }

    #[test]
    fn what_only_serves_trains_nothing() {
        let judged = judge(
            &ValidityWindow,
            "signal s available_from=2026-10-07\nsignal t available_from=2026-01-01\n\
             model m training_from=2026-08-01 training_to=2026-11-09\ns -input_to_serve-> m\nt -input_to-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn a_source_of_an_input_is_a_warning() {
        let judged = judge(
            &ValidityWindow,
            "dataset d bad_intervals=2026-09-14..2026-09-14\nsignal s\nmodel m training_from=2026-08-01 training_to=2026-11-09\n\
             d -derives-> s\ns -input_to-> m",
        );
        assert_eq!(judged.subjects(), ["m warning"]);
        assert_eq!(judged.others("input"), ["d"]);
    }

    #[test]
    fn without_dates_it_is_open() {
        assert_eq!(with("").status, Status::Open);
        assert_eq!(with("changed=2026-10-01").status, Status::Open);
        let unsaid = "signal s available_from=2026-10-07\nmodel m\ns -input_to-> m";
        assert_eq!(judge(&ValidityWindow, unsaid).status, Status::Open);
    }
}
