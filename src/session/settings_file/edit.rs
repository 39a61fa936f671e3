//! Changes to the text of `undercurrent.toml` that leave everything else as somebody wrote it: order,
//! comments, blanks.
//!
//! A change is made in the text and then read back; where the file is written in a way that this cannot
//! follow, nothing is changed and the reason told.

use super::{Accepted, SettingsFile};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;
use toml::Spanned;

/// Keys and values of one rule, each with its place.
type Parameters = BTreeMap<Spanned<String>, Spanned<f64>>;

/// Where parameters stand in the text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Places {
    rules: BTreeMap<Spanned<String>, Parameters>,
}

impl Places {
    fn table(&self, code: &str) -> Option<(Range<usize>, &Parameters)> {
        let found = self.rules.iter().find(|(own, _)| own.get_ref() == code);
        found.map(|(own, keys)| (own.span(), keys))
    }

    /// Key and value.
    fn parameter(&self, code: &str, key: &str) -> Option<(Range<usize>, Range<usize>)> {
        let (_, keys) = self.table(code)?;
        let found = keys.iter().find(|(own, _)| own.get_ref() == key);
        found.map(|(own, value)| (own.span(), value.span()))
    }
}

/// Sets a parameter of a rule, or takes it out so that the default counts.
///
/// # Errors
/// When the text is no settings file, or is written in a way that this cannot follow.
pub(in crate::session) fn set_parameter(
    text: &str,
    (code, key): (&'static str, &'static str),
    value: Option<f64>,
) -> Result<String, String> {
    let before = read(text)?;
    let places: Places = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let changed = match (places.parameter(code, key), value) {
        (Some((_, at)), Some(value)) => replaced(text, at, &value.to_string()),
        (Some((key, value)), None) => without_line(text, key.start..value.end),
        (None, None) => text.to_owned(),
        (None, Some(value)) => match places.table(code) {
            Some((head, _)) => {
                let end = text[head.end..].find('\n').map(|at| head.end + at + 1);
                let (end, feed) = end.map_or((text.len(), "\n"), |end| (end, ""));
                replaced(text, end..end, &format!("{feed}{key} = {value}\n"))
            }
            None => format!("{}[rules.{code}]\n{key} = {value}\n", paragraph(text)),
        },
    };
    let mut wanted = before.parameters;
    let name = (code, key);
    match value {
        Some(value) => _ = wanted.insert(name, value),
        None => _ = wanted.remove(&name),
    }
    let after = read(&changed)?;
    // Lines of acceptances move with what stands above them.
    if after.parameters == wanted && after.accepted.len() == before.accepted.len() {
        return Ok(changed);
    }
    Err(format!("`{key}` of {code} stands in a form that is not changed from here; set it by hand"))
}

/// Adds a statement that accepts debt, at the end.
///
/// # Errors
/// When the text is no settings file, or would be none with the statement.
pub(in crate::session) fn add_accepted(text: &str, accepted: &Accepted) -> Result<String, String> {
    let before = read(text)?;
    // Strings of JSON are strings of TOML too.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut changed = format!("{}[[allow]]\nrule = {}\n", paragraph(text), quoted(&accepted.rule));
    let lines = [
        ("node", accepted.node.as_deref()),
        ("reason", Some(&*accepted.reason)),
        ("owner", accepted.owner.as_deref()),
    ];
    for (key, said) in lines.into_iter().filter_map(|(key, said)| Some((key, said?))) {
        // Writing to a string cannot fail.
        let _ = writeln!(changed, "{key} = {}", quoted(said));
    }
    if let Some(day) = accepted.expires {
        let _ = writeln!(changed, "expires = {day}");
    }
    let after = read(&changed)?;
    let is_added = after.accepted.len() == before.accepted.len() + 1
        && after.accepted.last().is_some_and(|last| says_the_same(last, accepted));
    if is_added {
        return Ok(changed);
    }
    Err(String::from("the statement could not be added; write it by hand under [[allow]]"))
}

/// Takes a statement that accepts debt out again, the first that says the same, with the lines of its table.
///
/// # Errors
/// When the text is no settings file, holds no such statement, or is written in a way that this cannot follow.
pub(in crate::session) fn remove_accepted(
    text: &str,
    accepted: &Accepted,
) -> Result<String, String> {
    let before = read(text)?;
    let Some(at) = before.accepted.iter().position(|other| says_the_same(other, accepted)) else {
        return Err(String::from("it no longer says so"));
    };
    let line = before.accepted[at].line as usize;
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let row = |line: usize| text[starts[line]..].lines().next().unwrap_or_default().trim();
    let head = (0..line.min(starts.len())).rev().find(|&line| row(line).starts_with("[[allow]]"));
    let head = head.ok_or("the statement is not under [[allow]]; take it out by hand")?;
    let next = (head + 1..starts.len()).find(|&line| row(line).starts_with('['));
    // What stands right above the next table belongs to that.
    let mut end = next.unwrap_or(starts.len());
    while next.is_some() && end > head + 1 && row(end - 1).starts_with('#') {
        end -= 1;
    }
    let end = starts.get(end).copied().unwrap_or(text.len());
    let changed = replaced(text, starts[head]..end, "");
    let after = read(&changed)?;
    let mut left = before.accepted;
    left.remove(at);
    let is_left = left.len() == after.accepted.len()
        && left.iter().zip(&after.accepted).all(|(a, b)| says_the_same(a, b));
    if is_left && after.parameters == before.parameters {
        return Ok(changed);
    }
    Err(String::from(
        "the statement stands in a form that is not changed from here; take it out by hand",
    ))
}

/// Wherever they are written.
fn says_the_same(a: &Accepted, b: &Accepted) -> bool {
    (&a.rule, &a.node, &a.reason, &a.owner, a.expires)
        == (&b.rule, &b.node, &b.reason, &b.owner, b.expires)
}

fn read(text: &str) -> Result<SettingsFile, String> {
    SettingsFile::parse(text)
        .map_err(|(span, message)| format!("line {}: {message}", super::line_of(text, span.start)))
}

fn replaced(text: &str, at: Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &text[..at.start], &text[at.end..])
}

/// Without the lines that the range lies on.
fn without_line(text: &str, range: Range<usize>) -> String {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1);
    replaced(text, start..end, "")
}

/// The text, ended so that a new table can follow.
fn paragraph(text: &str) -> String {
    match text.trim_end() {
        "" => String::new(),
        _ if text.ends_with("\n\n") => text.to_owned(),
        _ if text.ends_with('\n') => format!("{text}\n"),
        _ => format!("{text}\n\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TEXT: &str = "# Ours.\n[check]\nfail_on = \"error\"   # strict\n\n[rules.DEP004]\nage_days = 120  # a quarter\n";

    fn set(text: &str, value: Option<f64>) -> String {
        set_parameter(text, ("DEP004", "age_days"), value).expect("a change")
    }

    #[test]
    fn a_value_changes_and_everything_else_stays() {
        let changed = set(TEXT, Some(90.0));
        assert_eq!(changed, TEXT.replace("120", "90"));
        assert_eq!(set(&changed, None), TEXT.replace("age_days = 120  # a quarter\n", ""));
        let added = set(&set(TEXT, None), Some(60.5));
        assert!(added.ends_with("[rules.DEP004]\nage_days = 60.5\n"), "{added}");
        assert!(added.starts_with("# Ours.\n[check]\nfail_on = \"error\"   # strict\n"));
        assert_eq!(set("", Some(7.0)), "[rules.DEP004]\nage_days = 7\n");
        assert_eq!(set("[check]", Some(7.0)), "[check]\n\n[rules.DEP004]\nage_days = 7\n");
    }

    #[test]
    fn what_cannot_be_followed_is_left_alone() {
        let inline = "rules = { DEP004 = { age_days = 120, live_versions = 4 } }\n";
        let changed = set_parameter(inline, ("DEP004", "age_days"), Some(90.0));
        assert_eq!(changed, Ok(inline.replace("120", "90")));
        assert!(set_parameter(inline, ("DEP004", "age_days"), None).is_err());
        let broken = set_parameter("[rules\n", ("DEP004", "age_days"), Some(1.0));
        assert!(broken.expect_err("it is broken").starts_with("line 1: "));
        let beyond = set_parameter(TEXT, ("DEP004", "age_days"), Some(1e7));
        assert!(beyond.expect_err("out of range").contains("it goes from"));
    }

    #[test]
    fn a_statement_is_added_at_the_end_and_read_back() {
        let accepted = Accepted {
            rule: "DEP002".into(),
            node: Some("signal.\"odd\"\\name".into()),
            reason: "until the new topic is there,\nand no longer".into(),
            owner: Some("ads".into()),
            expires: Some(date(2027, 3, 1)),
            path: "undercurrent.toml".into(),
            line: 0,
        };
        let added = add_accepted(TEXT, &accepted).expect("added");
        assert!(added.starts_with(TEXT), "{added}");
        let read = SettingsFile::parse(&added).expect("settings").accepted;
        let [only] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!((&only.node, &only.reason), (&accepted.node, &accepted.reason));
        assert_eq!((only.expires, only.line), (accepted.expires, 9));
        let twice =
            add_accepted(&added, &Accepted { node: None, ..accepted.clone() }).expect("added");
        assert_eq!(SettingsFile::parse(&twice).expect("settings").accepted.len(), 2);
        let once = remove_accepted(&twice, &accepted).expect("taken out");
        assert_eq!(SettingsFile::parse(&once).expect("settings").accepted[0].node, None);
        assert!(once.starts_with(TEXT), "{once}");
        assert!(remove_accepted(&once, &accepted).is_err());
    }

    #[test]
    fn a_statement_is_taken_out_and_what_stands_around_it_stays() {
        let text = "[[allow]]\nrule = \"DEP002\"\nreason = \"a\"\n\n# Of b.\n[[allow]]\n# why\nreason = \"b\"\nrule = \"FBK002\"\n\n# Ours.\n[check]\n";
        let all = SettingsFile::parse(text).expect("settings").accepted;
        let without_b = remove_accepted(text, &all[1]).expect("taken out");
        assert_eq!(
            without_b,
            "[[allow]]\nrule = \"DEP002\"\nreason = \"a\"\n\n# Of b.\n# Ours.\n[check]\n"
        );
        let without_a = remove_accepted(text, &all[0]).expect("taken out");
        assert!(without_a.starts_with("# Of b.\n[[allow]]"), "{without_a}");
        let inline = "allow = [{ rule = \"DEP002\", reason = \"a\" }]\n";
        let only = &SettingsFile::parse(inline).expect("settings").accepted[0];
        assert!(remove_accepted(inline, only).expect_err("inline").contains("by hand"));
    }
}
