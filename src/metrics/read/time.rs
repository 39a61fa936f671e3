//! Times of rows as hours since 1970, and the stretches that they are bucketed into.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Hours since 1970 in UTC; [`NO_TIME`] where there is none.
pub(super) type Hours = u32;
pub(super) const NO_TIME: Hours = Hours::MAX;

const HOUR_SECS: i64 = 3600;

/// Length of a bucket of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bucket {
    /// The longest of months and weeks that gives at least fourteen buckets, else days from a week on,
    /// else hours.
    #[default]
    Auto,
    Hour,
    Day,
    /// From Monday.
    Week,
    Month,
}

/// Buckets that show a course; with fewer, shorter ones are taken.
const FEW_BUCKETS: i64 = 14;

/// Hours of seconds since 1970; `None` before that, or beyond the year 9999.
pub(super) fn of_secs(secs: i64) -> Option<Hours> {
    const LAST: i64 = 253_402_300_800;
    (0..LAST).contains(&secs).then_some((secs / HOUR_SECS) as Hours)
}

/// Hours of a bare number, whose unit shows by its size: seconds, else thousandths, millionths or
/// billionths.
pub(super) fn of_number(number: f64) -> Option<Hours> {
    let secs = match number {
        n if n < 1e11 => n,
        n if n < 1e14 => n / 1e3,
        n if n < 1e17 => n / 1e6,
        n => n / 1e9,
    };
    if secs.is_nan() { None } else { of_secs(secs.floor() as i64) }
}

/// The same of a whole number, as most logs have it.
pub(super) fn of_integer(number: i64) -> Option<Hours> {
    const LARGEST_SECS: i64 = 100_000_000_000;
    const LARGEST_MILLIS: i64 = LARGEST_SECS * 1_000;
    const LARGEST_MICROS: i64 = LARGEST_MILLIS * 1_000;
    of_secs(match number {
        n if n < LARGEST_SECS => n,
        n if n < LARGEST_MILLIS => n / 1_000,
        n if n < LARGEST_MICROS => n / 1_000_000,
        n => n / 1_000_000_000,
    })
}

/// Hours of a text, and whether it names its zone.
pub(super) fn of_text(text: &str) -> Option<(Hours, bool)> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return of_number(number).map(|hours| (hours, true));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return of_secs(moment.as_second()).map(|hours| (hours, true));
    }
    let local = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)))?;
    let moment = TimeZone::UTC.to_timestamp(local).ok()?;
    // A bare date is a day and has no zone to lack.
    of_secs(moment.as_second()).map(|hours| (hours, text.len() <= 10))
}

/// The bucket that suits times from `first` to `last`.
pub(super) fn suited(first: Hours, last: Hours) -> Bucket {
    let days = i64::from(last - first) / 24;
    match days {
        days if days >= FEW_BUCKETS * 61 => Bucket::Month,
        days if days >= FEW_BUCKETS * 14 => Bucket::Week,
        days if days >= FEW_BUCKETS / 2 => Bucket::Day,
        _ => Bucket::Hour,
    }
}

/// The first hour of the bucket that `hours` lies in.
pub(super) fn start(hours: Hours, bucket: Bucket) -> Hours {
    let days = hours / 24;
    match bucket {
        Bucket::Hour => hours,
        Bucket::Auto | Bucket::Day => days * 24,
        // The first of January 1970 was a Thursday.
        Bucket::Week => ((days + 3) / 7 * 7).saturating_sub(3) * 24,
        Bucket::Month => {
            let first = date(hours).first_of_month();
            let moment = TimeZone::UTC.to_timestamp(first.at(0, 0, 0, 0));
            moment.ok().and_then(|moment| of_secs(moment.as_second())).unwrap_or(days * 24)
        }
    }
}

fn date(hours: Hours) -> Date {
    let moment = Timestamp::from_second(i64::from(hours) * HOUR_SECS).unwrap_or_default();
    TimeZone::UTC.to_datetime(moment).date()
}

/// `2026-11-15`, `2026-11-15 08:00` or `2026-11`.
pub(super) fn label(start: Hours, bucket: Bucket) -> String {
    let date = date(start);
    match bucket {
        Bucket::Hour => format!("{date} {:02}:00", start % 24),
        Bucket::Month => format!("{:04}-{:02}", date.year(), date.month()),
        _ => date.to_string(),
    }
}

/// The first second of the bucket that a label of [`label`] names; `None` for any other text.
pub(in crate::metrics) fn start_of_label(text: &str) -> Option<i64> {
    let (day, hour) = match (text.len(), text.split_once(' ')) {
        (7, None) => (format!("{text}-01"), 0),
        (10, None) => (text.to_owned(), 0),
        (16, Some((day, hour))) => (day.to_owned(), hour.strip_suffix(":00")?.parse().ok()?),
        _ => return None,
    };
    let day: Date = day.parse().ok()?;
    let local = day.at(0, 0, 0, 0).with().hour(hour).build().ok()?;
    let moment = TimeZone::UTC.to_timestamp(local).ok()?;
    of_secs(moment.as_second()).map(secs)
}

pub(super) fn secs(start: Hours) -> i64 {
    i64::from(start) * HOUR_SECS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tell_their_start() {
        let hours = of_secs(1_794_744_000).expect("in range");
        for bucket in [Bucket::Hour, Bucket::Day, Bucket::Week, Bucket::Month] {
            let start = start(hours, bucket);
            assert_eq!(start_of_label(&label(start, bucket)), Some(secs(start)), "{bucket:?}");
        }
        for none in ["", "2026", "2026-13", "2026-11-15 25:00", "phone", "2026-11-1x"] {
            assert_eq!(start_of_label(none), None, "{none}");
        }
    }

    #[test]
    fn units_and_zones_are_told_apart() {
        let noon = 1_794_744_000; // 2026-11-15 12:00 UTC
        let hours = of_secs(noon).expect("in range");
        for unit in [1.0, 1e3, 1e6, 1e9] {
            assert_eq!(of_number(noon as f64 * unit), Some(hours));
            assert_eq!(of_integer(noon * unit as i64), Some(hours));
        }
        assert_eq!(of_text("2026-11-15T12:20:00Z"), Some((hours, true)));
        assert_eq!(of_text("2026-11-15T14:20:00+02:00"), Some((hours, true)));
        assert_eq!(of_text("2026-11-15 12:20:00"), Some((hours, false)));
        assert_eq!(of_text("2026-11-15"), Some((hours - 12, true)));
        assert_eq!(of_text("1794744000"), Some((hours, true)));
        assert_eq!(of_text("yesterday"), None);
        assert_eq!(of_secs(-1), None);
        assert_eq!(of_number(f64::NAN), None);
    }

    #[test]
    fn buckets_begin_where_calendars_say() {
        let (hours, _) = of_text("2026-11-15T12:20:00Z").expect("a time");
        let at = |bucket| label(start(hours, bucket), bucket);
        assert_eq!(at(Bucket::Hour), "2026-11-15 12:00");
        assert_eq!(at(Bucket::Day), "2026-11-15");
        assert_eq!(at(Bucket::Week), "2026-11-09");
        assert_eq!(at(Bucket::Month), "2026-11");
        assert_eq!(start(5, Bucket::Week), 0);
        assert_eq!(suited(hours - 48, hours), Bucket::Hour);
        assert_eq!(suited(hours - 30 * 24, hours), Bucket::Day);
        assert_eq!(suited(hours - 300 * 24, hours), Bucket::Week);
    }
}
