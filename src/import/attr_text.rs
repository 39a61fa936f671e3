//! Values of attributes from text, as manifests, CSV columns and DOT attributes write them.

use crate::model::{Attr, AttrMeta, AttrValue, ValueType};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::DateTime};

/// Said of numbers that are shares.
const SHARE: &str = "0 to 1";

/// The value that `text` is for `attr`, or what was expected.
///
/// # Errors
/// What was expected instead, as in "a number, 0 to 1".
pub(super) fn parse(attr: Attr, text: &str) -> Result<AttrValue, String> {
    let meta = attr.meta();
    let value = match meta.value {
        ValueType::Flag => flag(text).map(AttrValue::Flag),
        ValueType::Number => number(text, meta).map(AttrValue::Number),
        ValueType::Text => Some(AttrValue::text(text)),
        ValueType::List => Some(AttrValue::List(split(text))),
        ValueType::Date => date(text).map(AttrValue::Date),
        ValueType::Intervals | ValueType::Settings => None,
    };
    value.ok_or_else(|| expected(meta))
}

/// What a value of this attribute looks like.
pub(super) fn expected(meta: &AttrMeta) -> String {
    match meta.value {
        ValueType::Flag => "true or false".into(),
        ValueType::Number if meta.unit.is_empty() => "a number".into(),
        ValueType::Number => format!("a number ({})", meta.unit),
        ValueType::Text => "a text".into(),
        ValueType::List => "a list of texts".into(),
        ValueType::Date => "a date such as 2026-03-01".into(),
        ValueType::Intervals => "a list of {from: date, to: date}".into(),
        ValueType::Settings => "a map of settings".into(),
    }
}

/// The words that a text or the items of a list may be; none when they are free.
pub(super) fn words(meta: &AttrMeta) -> impl Iterator<Item = &'static str> + Clone + use<> {
    let closed = matches!(meta.value, ValueType::Text | ValueType::List);
    let unit = if closed { meta.unit } else { "" };
    unit.split(", ").filter(|word| !word.is_empty())
}

pub(super) fn is_share(meta: &AttrMeta) -> bool {
    meta.unit == SHARE
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn number(text: &str, meta: &AttrMeta) -> Option<f64> {
    let number: f64 = text.trim().replace('_', "").parse().ok()?;
    let fits = number.is_finite() && (!is_share(meta) || (0.0..=1.0).contains(&number));
    fits.then_some(number)
}

fn split(text: &str) -> Box<[Box<str>]> {
    text.split([';', '|']).map(str::trim).filter(|item| !item.is_empty()).map(Into::into).collect()
}

/// A date, or the day in UTC of a point in time; a time without a zone is taken as UTC.
pub(super) fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    if !text.is_ascii() || text.len() < "2026-03-01".len() {
        return None;
    }
    // jiff reads the date of a longer text too, so the point in time is tried first.
    if text.len() == "2026-03-01".len() {
        return text.parse().ok();
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.to_zoned(TimeZone::UTC).date());
    }
    let local = text.strip_suffix(" UTC").unwrap_or(text);
    local.parse::<DateTime>().ok().map(DateTime::date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_the_day_in_utc() {
        let day = |text| date(text).map(|date| date.to_string());
        let told = |day: &str| Some(day.to_owned());
        assert_eq!(day("2026-03-01"), told("2026-03-01"));
        assert_eq!(day("2026-03-01T23:30:00-05:00"), told("2026-03-02"));
        assert_eq!(day("2026-03-01 23:30:00+02"), told("2026-03-01"));
        assert_eq!(day("2026-03-01T00:30:00.123456789Z"), told("2026-03-01"));
        assert_eq!(day("2026-03-01 12:00:00"), told("2026-03-01"));
        assert_eq!(day("2026-03-01 12:00:00 UTC"), told("2026-03-01"));
        assert_eq!([day("2026-02-30"), day("yesterday"), day("")], [None, None, None]);
    }

    #[test]
    fn values_follow_the_table() {
        assert_eq!(parse(Attr::Coverage, "0.5"), Ok(AttrValue::Number(0.5)));
        assert_eq!(parse(Attr::Coverage, "1.5"), Err("a number (0 to 1)".into()));
        assert_eq!(parse(Attr::LatencyMs, "NaN"), Err("a number (milliseconds)".into()));
        assert_eq!(parse(Attr::Version, "1.10"), Ok(AttrValue::text("1.10")));
        assert_eq!(parse(Attr::Learned, "Yes"), Ok(AttrValue::Flag(true)));
        let list = AttrValue::List(["a b".into(), "c".into()].into());
        assert_eq!(parse(Attr::Tags, "a b; c"), Ok(list));
    }
}
