//! FBK003, inferred hidden feedback loop.

use crate::analysis::loops::report::{self, names, tell};
use crate::analysis::loops::{FeedbackLoop, LoopKind, Reason};
use crate::analysis::{
    Context, Evidence, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::TableKind;

#[derive(Debug)]
pub(super) struct InferredLoop;

static META: RuleMeta = RuleMeta {
    code: "FBK003",
    name: "inferred hidden feedback loop",
    section: Section::FeedbackLoops,
    weight: Weight::Review,
    remedy: "Confirm or deny each inferred influence; then cut what is left as a hidden loop.",
    verify: "Every influence on the loop is answered.",
    parameters: &[],
    docs: "\
## What it does
Finds hidden loops that need influences which nobody declares but for which there are reasons: an inferred edge of a manifest, a
surface and a dataset that cover the same keys, data that is stored below the predictions, deployments of one model that come before
shifts in the bias of another: three of its last five, within a week, not after a deployment of the other's own, and seldom when the
dates are moved through the same time. Reasons for one influence are joined as independent; those of a confidence below one half are
not looked at.

## Why it is bad
Two systems that share no code, no data and no owner can still influence one another: through a market, a population, a page. If the
loop is real, an improvement or a fault of one moves the other, and nothing in either system tells why.

## Example
Two companies trade with a model each. What the one buys moves the price from which the other learns.

## How to fix
Ask those who know and answer each influence: confirmed ones make it a hidden loop as any other, denied ones are not drawn again. The
answers are kept beside the project.

## How to verify
Compare the dates: changes of one model come before shifts of the other, and more often than by chance.

## References
Sculley et al. 2015, §4, hidden feedback loops (two investment companies).
",
};

impl Rule for InferredLoop {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let all = context.loops();
        for _ in &all.influences {
            verdicts.judged();
        }
        if all.influences.is_empty() {
            let missing = "an inferred influence, or keys and places to infer one from";
            verdicts.open(Open { subject: None, missing });
        }
        for found in &all.loops {
            if found.kind == LoopKind::Hidden && found.is_inferred() {
                verdicts.found(finding(context, found));
            }
        }
    }
}

fn finding(context: &Context<'_>, found: &FeedbackLoop) -> Finding {
    let message = format!(
        "Models {} may influence one another through {}{}",
        names(context, &found.models),
        names(context, &found.surfaces),
        report::owned(context, found),
    );
    let mut finding =
        Finding::new(&META, context.graph, found.models[0], message).confidence(found.confidence);
    for &model in &found.models[1..] {
        finding = finding.with("model", model);
    }
    for &position in &found.walk.inferred {
        let influence = &context.loops().influences[position as usize];
        let reasons: Vec<String> = influence.reasons.iter().map(Reason::text).collect();
        let ends = (context.name(influence.from), context.name(influence.to));
        finding = finding.because(Evidence::Number {
            label: format!("`{}` influences `{}`: {}", ends.0, ends.1, reasons.join(", ")).into(),
            value: influence.confidence,
            threshold: None,
            unit: "confidence",
        });
        if let Some(edge) = influence.edge() {
            let at = context.graph.details(edge).at;
            finding = finding.because(Evidence::Place { label: "inferred here".into(), at });
        }
        for reason in &influence.reasons {
            if let Reason::Deployments(precedence) = reason {
                finding = finding
                    .rows(TableKind::Deployments, precedence.deployments.clone())
                    .rows(TableKind::PredictionStats, precedence.statistics.clone());
            }
        }
    }
    tell(context, found, finding)
}

#[cfg(test)]
mod tests {
    use super::super::fbk002::HiddenLoop;
    use super::*;
    use crate::analysis::loops::Answer;
    use crate::analysis::testing::{TODAY, graph, judge};
    use crate::analysis::{Settings, Status, analyse};

    /// The paper's two investors.
    fn market(there: &str, back: &str) -> String {
        format!(
            "model north owner=north\nmodel south owner=south\nprediction up\nprediction down\nsurface exchange\n\
             surface board\ndataset quotes\ndataset trades\nnorth -emits-> up\nsouth -emits-> down\n\
             up -acts_on-> exchange\ndown -acts_on-> board\nexchange -logged_as-> quotes\nboard -logged_as-> trades\n\
             quotes -input_to_train-> north\ntrades -input_to_train-> south\n\
             exchange -influences_inferred-> board confidence={there}\n\
             board -influences_inferred-> exchange confidence={back}\n"
        )
    }

    #[test]
    fn fires_on_the_two_investors() {
        let found = judge(&InferredLoop, &market("0.7", "0.6"));
        assert_eq!(found.subjects(), ["north review"]);
        assert_eq!(found.others("model"), ["south"]);
        assert_eq!(found.status, Status::Review);
        assert!((found.findings[0].confidence - 0.42).abs() < 1e-9);
    }

    #[test]
    fn is_silent_when_one_way_is_too_unlikely() {
        assert_eq!(judge(&InferredLoop, &market("0.7", "0.4")).status, Status::Pass);
    }

    #[test]
    fn without_anything_inferred_it_is_open() {
        assert_eq!(judge(&InferredLoop, "model m\nsurface s").status, Status::Open);
    }

    #[test]
    fn answers_make_it_a_hidden_loop_or_none() {
        let graph = graph(&market("0.7", "0.6"));
        let mut settings = Settings::on(TODAY);
        let codes = |settings: &Settings| -> Vec<&str> {
            let findings = analyse(&graph, settings).findings;
            let of_loops =
                findings.iter().map(|found| found.code).filter(|code| code.starts_with("FBK"));
            of_loops.filter(|code| *code != "FBK001").collect()
        };
        settings.answers.insert(("exchange".into(), "board".into()), Answer::Confirmed);
        assert_eq!(codes(&settings), ["FBK003"], "the way back is not answered");
        settings.answers.insert(("board".into(), "exchange".into()), Answer::Confirmed);
        assert_eq!(codes(&settings), ["FBK002"]);
        settings.answers.insert(("board".into(), "exchange".into()), Answer::Denied);
        assert!(codes(&settings).is_empty());
    }

    #[test]
    fn a_declared_loop_is_not_inferred() {
        let declared = market("0.7", "0.6").replace("_inferred", "").replace(" confidence=0.7", "");
        assert_eq!(judge(&InferredLoop, &declared).status, Status::Open);
        assert_eq!(judge(&HiddenLoop, &declared).subjects(), ["north error"]);
    }
}
