//! `undercurrent.toml`: what a project sets of the rules and of the gate.
//!
//! ```toml
//! [check]
//! fail_on = "error"
//! ignore = ["UTL003"]
//! baseline = "undercurrent.baseline.json"
//!
//! [rules.DEP004]
//! age_days = 120
//!
//! [[allow]]
//! rule = "DEP002"
//! node = "signal.topic"
//! reason = "The new topic comes in spring"
//! owner = "ads"
//! expires = 2027-03-01
//! ```
//!
//! A word that means nothing is an error with its line, never passed over: a misspelt threshold would
//! silently be the default.

use crate::analysis::rules::rule;
pub(super) mod edit;

use crate::analysis::{Accepted, Parameter, RuleMeta, Settings, Weight};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Its name; it lies beside the manifests.
pub const SETTINGS_FILE_NAME: &str = "undercurrent.toml";

/// What the file says, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SettingsFile {
    /// The least weight that closes the gate.
    pub fail_on: Option<Weight>,
    /// Codes of rules or their beginnings, as [`Settings`](crate::analysis::Settings) has them.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    /// From the current folder.
    pub baseline: Option<PathBuf>,
    /// By code and key.
    pub parameters: BTreeMap<(&'static str, &'static str), f64>,
    /// Debt that is accepted, in the order of the file.
    pub accepted: Vec<Accepted>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    check: RawCheck,
    rules: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<f64>>>,
    allow: Vec<RawAllow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAllow {
    rule: Spanned<String>,
    node: Option<String>,
    /// Asked for, so that nobody accepts debt in silence.
    reason: Spanned<String>,
    owner: Option<String>,
    expires: Option<Spanned<toml::Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawCheck {
    fail_on: Option<Spanned<String>>,
    select: Vec<String>,
    ignore: Vec<String>,
    baseline: Option<PathBuf>,
}

impl SettingsFile {
    /// # Errors
    /// When the file cannot be read, or says something that means nothing, with the line.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("`{}` could not be read: {error}", path.display()))?;
        let mut file = Self::parse(&text).map_err(|(span, message)| {
            format!("{}:{}: {message}", path.display(), line_of(&text, span.start))
        })?;
        // What a file names lies beside it.
        let folder = path.parent().unwrap_or(Path::new(""));
        file.baseline = file.baseline.map(|baseline| folder.join(baseline));
        Ok(file)
    }

    /// What it says of the rules, into `settings`.
    pub fn apply(self, settings: &mut Settings) {
        settings.parameters.extend(self.parameters);
        settings.select.extend(self.select);
        settings.ignore.extend(self.ignore);
        settings.accepted.extend(self.accepted);
    }

    /// # Errors
    /// The bytes at fault, and what is wrong with them.
    fn parse(text: &str) -> Result<Self, (Range<usize>, String)> {
        let raw: Raw = toml::from_str(text)
            .map_err(|error| (error.span().unwrap_or_default(), error.message().to_owned()))?;
        let mut file = Self {
            select: raw.check.select,
            ignore: raw.check.ignore,
            baseline: raw.check.baseline,
            ..Self::default()
        };
        if let Some(word) = raw.check.fail_on {
            let weight = Weight::parse(word.get_ref()).ok_or_else(|| {
                let keys: Vec<&str> = Weight::ALL.iter().map(|weight| weight.key()).collect();
                (word.span(), format!("fail_on is one of {}", keys.join(", ")))
            })?;
            file.fail_on = Some(weight);
        }
        for allow in raw.allow {
            file.accepted.push(allow.read(text)?);
        }
        for (code, parameters) in raw.rules {
            let meta = known(&code)?;
            for (key, value) in parameters {
                let parameter =
                    parameter(meta, key.get_ref()).map_err(|words| (key.span(), words))?;
                in_range(meta, parameter, *value.get_ref())
                    .map_err(|words| (value.span(), words))?;
                file.parameters.insert((meta.code, parameter.key), *value.get_ref());
            }
        }
        Ok(file)
    }
}

impl RawAllow {
    fn read(self, text: &str) -> Result<Accepted, (Range<usize>, String)> {
        known(&self.rule)?;
        if self.reason.get_ref().trim().is_empty() {
            let words = "say why it is accepted; without a reason it is not".to_owned();
            return Err((self.reason.span(), words));
        }
        let expires = self.expires.map(|said| {
            let written = match said.get_ref() {
                toml::Value::String(text) => text.clone(),
                toml::Value::Datetime(day) => day.to_string(),
                _ => String::new(),
            };
            written.parse().map_err(|_| {
                let words = "expires is the last day that it counts, such as 2027-03-01";
                (said.span(), words.to_owned())
            })
        });
        Ok(Accepted {
            line: line_of(text, self.rule.span().start) as u32,
            rule: self.rule.into_inner().into(),
            node: self.node.map(Into::into),
            reason: self.reason.into_inner().into(),
            owner: self.owner.map(Into::into),
            expires: expires.transpose()?,
            path: SETTINGS_FILE_NAME.into(),
        })
    }
}

/// From 1.
fn line_of(text: &str, offset: usize) -> usize {
    text[..offset.min(text.len())].matches('\n').count() + 1
}

fn known(code: &Spanned<String>) -> Result<&'static RuleMeta, (Range<usize>, String)> {
    rule(code.get_ref()).map(crate::analysis::Rule::meta).ok_or_else(|| {
        let words = "`undercurrent explain` lists the rules";
        (code.span(), format!("there is no rule `{}`; {words}", code.get_ref()))
    })
}

fn parameter(meta: &'static RuleMeta, key: &str) -> Result<&'static Parameter, String> {
    meta.parameters.iter().copied().find(|parameter| parameter.key == key).ok_or_else(|| {
        let keys: Vec<&str> = meta.parameters.iter().map(|parameter| parameter.key).collect();
        if keys.is_empty() {
            format!("{} has no parameters", meta.code)
        } else {
            format!("{} has no parameter `{key}`. It has {}", meta.code, keys.join(", "))
        }
    })
}

fn in_range(meta: &RuleMeta, parameter: &Parameter, value: f64) -> Result<(), String> {
    let (least, most) = parameter.range;
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!(
        "{} of {} is {value}; it goes from {least} to {most} {}",
        parameter.key, meta.code, parameter.unit
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::rules::RULES;

    fn first_parameter() -> (&'static RuleMeta, &'static Parameter) {
        let with = RULES.iter().map(|rule| rule.meta()).find(|meta| !meta.parameters.is_empty());
        let meta = with.expect("a rule with a parameter");
        (meta, meta.parameters[0])
    }

    #[test]
    fn parameters_and_options_are_read() {
        let (meta, parameter) = first_parameter();
        let text = format!(
            "[check]\nfail_on = \"error\"\nselect = [\"DEP\"]\n[rules.{}]\n{} = {:?}\n",
            meta.code, parameter.key, parameter.range.0
        );
        let file = SettingsFile::parse(&text).expect("settings");
        assert_eq!(file.fail_on, Some(Weight::Error));
        assert_eq!(file.select, ["DEP"]);
        assert_eq!(file.parameters.get(&(meta.code, parameter.key)), Some(&parameter.range.0));
        assert_eq!(SettingsFile::parse("").expect("nothing said"), SettingsFile::default());
    }

    #[test]
    fn what_means_nothing_is_pointed_at() {
        let (meta, parameter) = first_parameter();
        let beyond = parameter.range.1 * 2.0 + 1.0;
        for (text, at, words) in [
            ("[chek]\n".to_owned(), "chek", "chek"),
            ("[check]\nfail_on = \"warn\"\n".to_owned(), "\"warn\"", "error, warning"),
            ("[rules.ZZZ999]\n".to_owned(), "ZZZ999", "no rule"),
            ("[[allow]]\nrule = \"DEP002\"\nreason = \" \"\n".to_owned(), "\" \"", "say why"),
            (
                "[[allow]]\nrule = \"DEP002\"\nreason = \"x\"\nexpires = \"soon\"\n".to_owned(),
                "\"soon\"",
                "last day",
            ),
            (format!("[rules.{}]\nnothing = 1.0\n", meta.code), "nothing", parameter.key),
            (
                format!("[rules.{}]\n{} = {beyond:?}\n", meta.code, parameter.key),
                &*format!("{beyond:?}"),
                "it goes from",
            ),
        ] {
            let (span, message) = SettingsFile::parse(&text).expect_err(&text);
            assert_eq!(&text[span], at, "{text}");
            assert!(message.contains(words), "{message}");
        }
    }
}
