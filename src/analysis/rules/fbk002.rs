//! FBK002, hidden feedback loop.

use crate::analysis::loops::report::{self, names, tell};
use crate::analysis::loops::{FeedbackLoop, LoopKind};
use crate::analysis::{Context, Finding, Rule, RuleMeta, Section, Verdicts, Weight};

#[derive(Debug)]
pub(super) struct HiddenLoop;

static META: RuleMeta = RuleMeta {
    code: "FBK002",
    name: "hidden feedback loop",
    section: Section::FeedbackLoops,
    weight: Weight::Error,
    remedy: "Cut it where that is cheapest: data that the other model does not influence, or cases decided at random.",
    verify: "No walk through the world leads from each of the models to the other any more.",
    parameters: &[],
    docs: "\
## What it does
Finds models that influence one another through the world: what each emits reaches an input of the next by way of a surface and past
no other model, and so round. It shows the shortest closed walk through each two of them, whose they are, and the cheapest edges to
cut. Loops between owners come first: nobody sees them whole.

## Why it is bad
Each model is trained on a world that the others have changed. To improve one changes how the others behave, often weeks later and in
another team's numbers, and no manifest names the tie. Where the models are updated seldom the loop turns so slowly that nobody
suspects it.

## Example
One model picks the products of a page, another the reviews beside them. Better reviews draw clicks from the products; both learn from
the log of the page.

## How to fix
Cut the edges that the loop's break set names: keep part of the log free of the other model's influence, decide some cases at random,
or train on other data. Breaking hidden loops may leave the direct ones; the loop says what all of them cost.

## How to verify
Import the changed manifest: the models are in no loop. In the running system, change one model for a part of the traffic and see that
the inputs of the other stay as they are.

## References
Sculley et al. 2015, §4, hidden feedback loops.
",
};

impl Rule for HiddenLoop {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        report::judge_models(context, verdicts);
        for found in &context.loops().loops {
            if found.kind == LoopKind::Hidden && !found.is_inferred() {
                verdicts.found(finding(context, found));
            }
        }
    }
}

fn finding(context: &Context<'_>, found: &FeedbackLoop) -> Finding {
    let message = format!(
        "Models {} influence one another through {}{}; to cut it: {}",
        names(context, &found.models),
        names(context, &found.surfaces),
        report::owned(context, found),
        found.break_set.summary()
    );
    let mut finding = Finding::new(&META, context.graph, found.models[0], message);
    for &model in &found.models[1..] {
        finding = finding.with("model", model);
    }
    tell(context, found, finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    /// The paper's page.
    const PAGE: &str = "\
model products owner=shop
model reviews owner=community
prediction picks
prediction notes
surface page
dataset log
products -emits-> picks
reviews -emits-> notes
picks -acts_on-> page
notes -acts_on-> page
page -logged_as-> log
log -input_to_train-> products
";

    #[test]
    fn fires_on_the_page_of_the_paper() {
        let found = judge(&HiddenLoop, &format!("{PAGE}log -input_to_train-> reviews"));
        assert_eq!(found.subjects(), ["products error"]);
        assert_eq!(found.others("model"), ["reviews"]);
        assert_eq!(found.others("surface"), ["page"]);
        assert_eq!(found.others("owner"), ["team:community", "team:shop"]);
        assert!(found.message(0).contains("of `community`, `shop`"));
    }

    #[test]
    fn is_silent_when_one_of_the_two_learns_elsewhere() {
        let apart = format!("{PAGE}dataset study\nstudy -input_to_train-> reviews");
        assert_eq!(judge(&HiddenLoop, &apart).status, Status::Pass);
    }

    #[test]
    fn models_that_feed_one_another_inside_are_no_loop_through_the_world() {
        let inside = "model a\nmodel b\nprediction p\nprediction q\nsurface s\na -emits-> p\nb -emits-> q\n\
                      p -input_to-> b\nq -input_to-> a";
        assert_eq!(judge(&HiddenLoop, inside).status, Status::Pass);
    }

    #[test]
    fn an_undeclared_reader_closes_it_too() {
        let found = judge(
            &HiddenLoop,
            &format!(
                "{}surface market\nconsumer pricing\ndataset prices\nnotes -reads_observed-> pricing\n\
                 pricing -acts_on-> market\nmarket -logged_as-> prices\nprices -input_to-> products\n\
                 log -input_to_train-> reviews",
                PAGE.replace("notes -acts_on-> page\n", "")
            ),
        );
        assert_eq!(found.subjects(), ["products error"]);
    }

    #[test]
    fn without_a_world_it_is_open() {
        let text = "model a\nprediction p\ndataset d\na -emits-> p\nd -input_to-> a";
        assert_eq!(judge(&HiddenLoop, text).status, Status::Open);
    }
}
