//! Numbers of slices as people read them.

use super::caption::thousands;
use crate::metrics::grid::{CellState, GridCell, Shading};
use crate::metrics::{Interval, Metric, SliceSpec};

/// Values that a chip or a head lists.
const LISTED: usize = 3;

/// `+16 %`, with a true minus.
pub fn signed_percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent.abs() >= 9.95 { 0 } else { 1 };
    let text = format!("{:.digits$}", percent.abs());
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    let sign = match percent {
        _ if zero => "",
        p if p < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{text} %")
}

/// `16 %`, with a digit behind the point where it is small.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent.abs() >= 9.95 || percent == 0.0 { 0 } else { 1 };
    format!("{percent:.digits$} %")
}

/// A metric's value: a bias as a share, others with three digits.
pub fn metric_text(metric: Metric, value: f64) -> String {
    if metric == Metric::Bias { signed_percent(value) } else { three_digits(value) }
}

/// Three significant digits, never in powers of ten above a millionth.
pub fn three_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let size = value.abs().log10().floor() as i32;
    let digits = (2 - size).clamp(0, 9) as usize;
    let text = format!("{value:.digits$}");
    text.replace('-', "−")
}

/// What a cell prints: what its colour shows, or its value where that has none.
pub fn cell_text(cell: &GridCell, metric: Metric, shading: Shading) -> String {
    match (cell.state, shading) {
        (CellState::TooFew, _) => String::new(),
        (CellState::Refused, _) => String::from("≠ rows"),
        (_, Shading::BiasSize | Shading::Change) => match cell.shade {
            Some(shade) => signed_percent(shade),
            None => cell.value.map_or_else(|| String::from("–"), |own| metric_text(metric, own)),
        },
        _ => cell.value.map_or_else(|| String::from("–"), |own| metric_text(metric, own)),
    }
}

/// `12,000 rows, +16 % (+12 % to +20 %)`: what a screen reader says of a cell, and the foot shows.
pub fn cell_words(cell: &GridCell, metric: Metric) -> String {
    let rows = format!("{} rows", thousands(cell.rows as usize));
    match cell.state {
        CellState::TooFew => {
            return format!("{rows}, {} labelled: too few", thousands(cell.labelled as usize));
        }
        CellState::Refused => return format!("{rows}: measured on other rows than the baseline"),
        CellState::Judged => {}
    }
    let Some(value) = cell.value else { return format!("{rows}, cannot be told") };
    let interval = cell.interval.map(|own| format!(" ({})", interval_text(metric, own)));
    format!("{rows}, {}{}", metric_text(metric, value), interval.unwrap_or_default())
}

/// `+12 % to +20 %`.
pub fn interval_text(metric: Metric, interval: Interval) -> String {
    format!("{} to {}", metric_text(metric, interval.low), metric_text(metric, interval.high))
}

/// Everything that is known of a cell, as label and text, the most important first.
pub fn cell_details(
    cell: &GridCell,
    metric: Metric,
    shading: Shading,
) -> Vec<(&'static str, String)> {
    let mut details = vec![
        ("Rows", thousands(cell.rows as usize)),
        ("with a label", thousands(cell.labelled as usize)),
    ];
    if let Some(value) = cell.value {
        details.push((metric.title(), metric_text(metric, value)));
    }
    if let Some(interval) = cell.interval {
        details.push(("95 %", interval_text(metric, interval)));
    }
    if let Some(change) = cell.change {
        let text = match (shading, change.relative) {
            (Shading::BiasSize, _) => signed_percent(change.difference) + " points",
            (_, Some(relative)) => signed_percent(relative),
            (_, None) => three_digits(change.difference),
        };
        details.push(("Change", text));
        if let Some(own) = change.interval {
            let sure = if own.excludes_zero() { "is none by chance" } else { "may be chance" };
            details.push(("which", sure.to_owned()));
        }
    }
    if let Some(z) = cell.z {
        details.push(("z", format!("{z:.1}").replace('-', "−")));
    }
    if let Some(rate) = cell.base_rate {
        details.push(("Base rate", three_digits(rate)));
    }
    if let (Metric::NormalisedEntropy, Some(rate)) = (metric, cell.entropy_rate) {
        details.push(("entropy of", three_digits(rate)));
    }
    if let (Metric::AucLoss, Some(bound)) = (metric, cell.auc_bound) {
        details.push(("bins add at most", format!("{bound:.1e}")));
    }
    details
}

/// A condition as a chip shows it: `country = it | pl`, `time: 9 of 21 values`.
pub fn condition_text(dimension: &str, values: &[Box<str>], of: usize) -> String {
    if values.len() <= LISTED {
        let values: Vec<&str> = values.iter().map(|value| &**value).collect();
        return format!("{dimension} = {}", values.join(" | "));
    }
    match (values.first(), values.last()) {
        (Some(first), Some(last)) if of > 0 => {
            format!("{dimension}: {} of {of}, {first} … {last}", values.len())
        }
        _ => format!("{dimension}: {} values", values.len()),
    }
}

/// A slice in a line of about this many conditions' length.
pub fn slice_text(slice: &SliceSpec) -> String {
    if slice.conditions.is_empty() {
        return String::from("All rows");
    }
    let parts: Vec<String> =
        slice.conditions.iter().map(|own| condition_text(&own.dimension, &own.values, 0)).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_digits_as_they_need() {
        for (share, text) in [
            (0.163, "+16 %"),
            (-0.26, "−26 %"),
            (0.012, "+1.2 %"),
            (0.0, "0.0 %"),
            (-0.000_1, "0.0 %"),
        ] {
            assert_eq!(signed_percent(share), text);
        }
        for (value, text) in [(0.031_41, "0.0314"), (1.5, "1.50"), (234.4, "234"), (-0.5, "−0.500")]
        {
            assert_eq!(three_digits(value), text);
        }
    }

    #[test]
    fn a_cell_says_what_it_can() {
        let interval = Some(Interval { low: 0.12, high: 0.2, std_error: 0.02 });
        let cell = GridCell {
            rows: 12_000,
            labelled: 12_000,
            value: Some(0.16),
            interval,
            shade: Some(0.16),
            ..GridCell::default()
        };
        assert_eq!(cell_text(&cell, Metric::Bias, Shading::Bias), "+16 %");
        assert_eq!(cell_words(&cell, Metric::Bias), "12,000 rows, +16 % (+12 % to +20 %)");
        let few = GridCell { state: CellState::TooFew, ..cell };
        assert_eq!(cell_text(&few, Metric::Bias, Shading::Bias), "");
        assert!(cell_words(&few, Metric::Bias).ends_with("too few"));
        let labels: Vec<&str> =
            cell_details(&cell, Metric::Bias, Shading::Bias).into_iter().map(|own| own.0).collect();
        assert_eq!(labels, ["Rows", "with a label", "Bias", "95 %"]);
    }

    #[test]
    fn conditions_are_short() {
        let values =
            |n: usize| -> Vec<Box<str>> { (0..n).map(|v| format!("v{v}").into()).collect() };
        assert_eq!(condition_text("day", &values(2), 9), "day = v0 | v1");
        assert_eq!(condition_text("day", &values(5), 9), "day: 5 of 9, v0 … v4");
        assert_eq!(slice_text(&SliceSpec::default()), "All rows");
    }
}
