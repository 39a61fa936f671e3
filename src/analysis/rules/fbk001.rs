//! FBK001, direct feedback loop.

use crate::analysis::loops::report::{self, names, tell};
use crate::analysis::loops::{FeedbackLoop, LoopKind};
use crate::analysis::{Context, Finding, Parameter, Rule, RuleMeta, Section, Verdicts, Weight};
use crate::model::{Attr, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct DirectLoop;

/// A hundredth of the cases is the least from which an effect of usual size can be learned in a month.
static EXPLORATION: Parameter = Parameter {
    key: "exploration",
    default: 0.01,
    range: (0.0, 1.0),
    unit: "share",
    doc: "Below this share of cases decided at random, the loop is an error.",
};

static META: RuleMeta = RuleMeta {
    code: "FBK001",
    name: "direct feedback loop",
    section: Section::FeedbackLoops,
    weight: Weight::Warning,
    remedy: "Decide some cases at random and log the odds, or keep part of the data free of the model.",
    verify: "`exploration` is at least a hundredth, `isolated_data` is set, or no walk leads back.",
    parameters: &[&EXPLORATION],
    docs: "\
## What it does
Follows what each model emits through the world (a surface, or an edge that says so) and finds models whose own input it reaches
through no other model. It weighs more when less than a hundredth of the cases is decided at random, or when it is said that no data
is kept free of the model; less when the odds of each choice are logged, as contextual bandits need them.

## Why it is bad
The model selects the data it is trained on next. What it never shows it never learns about, its mistakes confirm themselves, and
nobody can tell from the logs how a changed model would do. The loop is worst where it turns slowly.

## Example
A shop ranks products by the clicks that it expects. Clicks only come on what was shown; what was ranked low stays low.

## How to fix
Decide a share of the cases at random and log with what odds (`exploration`, `logged_propensities`); keep part of the data free of the
model's influence (`isolated_data`); or train on data that it does not select.

## How to verify
The manifest says so, and a model trained on the random part alone ranks much the same.

## References
Sculley et al. 2015, §4, direct feedback loops. Bottou et al. 2013, Counterfactual reasoning and learning systems.
",
};

impl Rule for DirectLoop {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        report::judge_models(context, verdicts);
        for found in &context.loops().loops {
            if found.kind == LoopKind::Direct && !found.is_inferred() {
                verdicts.found(finding(context, found));
            }
        }
    }
}

fn finding(context: &Context<'_>, found: &FeedbackLoop) -> Finding {
    let model = found.models[0];
    let explored = explored(context, found);
    let is_isolated = isolated(context, found);
    let weight = if logs_propensities(context, found) {
        Weight::Note
    } else if explored.is_some_and(|share| share < context.value(&META, &EXPLORATION))
        || is_isolated == Some(false)
    {
        Weight::Error
    } else {
        Weight::Warning
    };
    let random = match explored {
        Some(share) => format!("{:.4} % of the cases are decided at random", 100.0 * share)
            .replace(".0000", ""),
        None => "how many cases are decided at random is not said".to_owned(),
    };
    let isolation = match is_isolated {
        Some(true) => "part of the data is kept apart",
        Some(false) => "no data is kept apart",
        None => "whether data is kept apart is not said",
    };
    let message = format!(
        "Model `{}` influences its own input through {}; {random}, {isolation}",
        context.name(model),
        names(context, &on_walk(context, found, NodeKind::Surface)),
    );
    let mut finding = Finding::new(&META, context.graph, model, message).weight(weight);
    if let Some(share) = explored {
        let threshold = context.value(&META, &EXPLORATION);
        finding = finding.number("cases decided at random", share, threshold, "share");
    }
    tell(context, found, finding)
}

fn on_walk(context: &Context<'_>, found: &FeedbackLoop, kind: NodeKind) -> Vec<NodeIx> {
    let nodes = found.walk.nodes.iter().copied();
    nodes.filter(|&node| context.graph.kind(node) == kind).collect()
}

/// The largest share that anything on the walk says.
fn explored(context: &Context<'_>, found: &FeedbackLoop) -> Option<f64> {
    let said = |&node: &NodeIx| context.graph.node(node).attrs.number(Attr::Exploration);
    found.walk.nodes.iter().filter_map(said).max_by(f64::total_cmp)
}

/// Whether data is kept apart; one that says yes outweighs those that say no.
fn isolated(context: &Context<'_>, found: &FeedbackLoop) -> Option<bool> {
    let said = |&node: &NodeIx| context.graph.node(node).attrs.flag(Attr::IsolatedData);
    found.walk.nodes.iter().filter_map(said).max()
}

fn logs_propensities(context: &Context<'_>, found: &FeedbackLoop) -> bool {
    let said = |&node: &NodeIx| context.graph.node(node).attrs.flag(Attr::LoggedPropensities);
    found.walk.nodes.iter().filter_map(said).any(|logged| logged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    const LOOP: &str = "prediction p\naction a\nsurface page\ndataset log\nm -emits-> p\np -decides-> a\n\
                        a -acts_on-> page\npage -logged_as-> log\nlog -input_to_train-> m\n";

    fn with(model: &str) -> Judged {
        judge(&DirectLoop, &format!("{LOOP}{model}"))
    }

    #[test]
    fn fires_on_a_model_that_learns_from_what_it_shows() {
        let found = with("model m");
        assert_eq!(found.subjects(), ["m warning"]);
        assert_eq!(found.others("surface"), ["page"]);
        assert_eq!(found.status, Status::Fail);
    }

    #[test]
    fn weighs_by_what_is_said_of_chance_and_isolation() {
        assert_eq!(with("model m exploration=0.002").subjects(), ["m error"]);
        assert_eq!(with("model m isolated_data=no exploration=0.05").subjects(), ["m error"]);
        assert_eq!(with("model m exploration=0.04").subjects(), ["m warning"]);
        let bandit = with("model m exploration=0.04 logged_propensities=yes");
        assert_eq!(bandit.subjects(), ["m note"]);
    }

    #[test]
    fn is_silent_where_the_log_is_of_something_else() {
        let apart = "model m\nprediction p\naction a\nsurface page\nsurface other\ndataset log\nm -emits-> p\n\
                     p -decides-> a\na -acts_on-> page\nother -logged_as-> log\nlog -input_to_train-> m";
        assert_eq!(judge(&DirectLoop, apart).status, Status::Pass);
    }

    #[test]
    fn a_cycle_that_never_leaves_the_system_is_none() {
        let inside = "model m\nprediction p\ndataset d\nsurface s\nm -emits-> p\np -derives-> d\nd -input_to-> m";
        assert_eq!(judge(&DirectLoop, inside).status, Status::Pass);
    }

    #[test]
    fn without_a_world_or_an_output_it_is_open() {
        let no_world = "model m\nprediction p\ndataset d\nm -emits-> p\nd -input_to-> m";
        assert_eq!(judge(&DirectLoop, no_world).status, Status::Open);
        let no_output = "model m\nsurface s\ndataset d\nd -input_to-> m";
        assert_eq!(judge(&DirectLoop, no_output).status, Status::Open);
    }
}
