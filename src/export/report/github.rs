//! For GitHub Actions: commands that put findings beside the lines of a pull request.

use super::words::lapse;
use super::{Judgement, ReportMeta, Reporter, Standing};
use crate::analysis::Weight;
use std::fmt::Write;

#[derive(Debug)]
pub(super) struct GitHub;

impl Reporter for GitHub {
    fn meta(&self) -> &'static ReportMeta {
        &ReportMeta { key: "github", title: "GitHub annotations", doc: "For GitHub Actions." }
    }

    /// What is new, and acceptances that lapsed. Known and accepted debt is no news in a pull request.
    fn report(&self, judgement: &Judgement<'_>) -> String {
        let mut text = String::new();
        for (finding, standing) in judgement.findings() {
            if standing != Standing::New {
                continue;
            }
            let level = match finding.weight {
                Weight::Error => "error",
                Weight::Warning => "warning",
                Weight::Note | Weight::Review => "notice",
            };
            let name = super::meta(finding).map_or("", |meta| meta.name);
            let title = format!("{} {name}", finding.code);
            let place = (judgement.path(finding.at), finding.at.line);
            annotation(level, &place, &title, &finding.message.read(judgement.graph), &mut text);
        }
        for &(ix, why) in &judgement.lapsed {
            let allow = judgement.allow(ix);
            let words = lapse(allow, why);
            let place = (judgement.prefixed(&allow.path), allow.line);
            annotation("notice", &place, "Accepted debt", &words, &mut text);
        }
        text
    }
}

fn annotation(
    level: &str,
    (path, line): &(String, u32),
    title: &str,
    message: &str,
    text: &mut String,
) {
    let line = if *line > 0 { format!(",line={line}") } else { String::new() };
    let _ = writeln!(
        text,
        "::{level} file={}{line},title={}::{}",
        property(path),
        property(title),
        data(message)
    );
}

/// As the runner decodes it, so that no name can start a command of its own.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::report::testing::judged;

    #[test]
    fn every_new_finding_is_one_line() {
        let judged = judged();
        let mut judgement = judged.judgement(None);
        judgement.prefix = "manifests/".into();
        let text = GitHub.report(&judgement);
        let expected = judgement.total(Standing::New) + judgement.lapsed.len();
        assert_eq!(text.lines().count(), expected);
        for line in text.lines() {
            let level = line.starts_with("::error ")
                || line.starts_with("::warning ")
                || line.starts_with("::notice ");
            assert!(level && line.contains(" file=manifests/"), "{line}");
        }
    }

    #[test]
    fn text_cannot_start_a_command() {
        assert_eq!(data("100 %\n::error::x"), "100 %25%0A::error::x");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
