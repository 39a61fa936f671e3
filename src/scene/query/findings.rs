//! An expression into the findings that it means.

use super::evaluate::Evaluation;
use super::fields::Value;
use super::{Expr, Query};
use crate::analysis::{Analysis, Finding};
use crate::model::SystemGraph;
use rayon::prelude::*;

impl Query {
    /// By position in [`Analysis::findings`], whether it means the finding: `rule:` and `severity:` ask the
    /// finding itself, a plain text its subject or its sentence, and every other part its subject.
    ///
    /// Each part costs what it costs on nodes, and a pass over the findings.
    pub fn findings(&self, graph: &SystemGraph, analysis: &Analysis) -> Vec<bool> {
        let evaluation = Evaluation::new(graph, Some(analysis));
        match &self.root {
            Some(root) => meant(root, &evaluation, &analysis.findings),
            None => vec![true; analysis.findings.len()],
        }
    }
}

/// Recursion is as deep as the parser allows and no deeper.
fn meant(expr: &Expr, evaluation: &Evaluation<'_>, findings: &[Box<Finding>]) -> Vec<bool> {
    let merged = |parts: &[Expr], both: fn(bool, bool) -> bool| {
        let sets = parts.iter().map(|part| meant(part, evaluation, findings));
        let merge =
            |a: Vec<bool>, b: Vec<bool>| a.into_iter().zip(b).map(|(a, b)| both(a, b)).collect();
        sets.reduce(merge).unwrap_or_default()
    };
    match expr {
        Expr::Not(inner) => {
            meant(inner, evaluation, findings).into_iter().map(|held| !held).collect()
        }
        Expr::And(parts) => merged(parts, |a, b| a && b),
        Expr::Or(parts) => merged(parts, |a, b| a || b),
        Expr::Field { value: Value::Asked(asked), .. } if asked.is_of_findings() => {
            findings.iter().map(|finding| asked.is_about(finding)).collect()
        }
        Expr::Text(text) => {
            let (nodes, text) = (evaluation.set(expr), text.to_lowercase());
            let says = |finding: &Finding| {
                finding.message.read(evaluation.graph).to_lowercase().contains(&text)
            };
            // The words of most findings are put together for this alone.
            let holds = |finding: &Finding| nodes.contains(finding.subject) || says(finding);
            findings.par_iter().map(|finding| holds(finding)).collect()
        }
        Expr::Field { .. } | Expr::Path { .. } | Expr::Between { .. } | Expr::Around { .. } => {
            let nodes = evaluation.set(expr);
            findings.iter().map(|finding| nodes.contains(finding.subject)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::testing::{TODAY, graph};
    use crate::analysis::{Settings, analyse};
    use crate::scene::query::parse;

    #[test]
    fn rules_and_weights_ask_the_finding_and_all_else_its_subject() {
        let graph = graph(
            "model m owner=ads\nprediction p owner=web\nsurface page\ndataset log\nm -emits-> p\n\
             p -acts_on-> page\npage -logged_as-> log\nlog -input_to-> m",
        );
        let analysis = analyse(&graph, &Settings::on(TODAY));
        let found = |text: &str| -> Vec<String> {
            let meant = parse(text).expect(text).findings(&graph, &analysis);
            let found = analysis.findings.iter().zip(meant).filter(|(_, meant)| *meant);
            found.map(|(of, _)| format!("{} {}", of.code, graph.node(of.subject).name)).collect()
        };
        assert_eq!(found("").len(), analysis.findings.len());
        assert_eq!(found("rule:FBK001"), ["FBK001 m"]);
        assert!(found("rule:FBK001 severity:note").is_empty());
        assert!(found("owner:web").iter().all(|of| of.ends_with(" p")));
        assert!(!found("owner:web").is_empty());
        let rest = found("not rule:FBK").len();
        assert_eq!(rest + found("rule:FBK").len(), analysis.findings.len());
        assert_eq!(found("rule:FBK or owner:web").len(), found("owner:web").len() + 1);
        assert!(found("debt:>100").is_empty() && found("in:loop").len() > 1);
        let sentence = analysis.findings[0].message.read(&graph);
        let word = sentence.split_whitespace().last().expect("a word");
        assert!(
            found(&format!("\"{word}\""))
                .iter()
                .any(|of| of.starts_with(analysis.findings[0].code))
        );
    }
}
