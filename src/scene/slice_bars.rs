//! The bars of one dimension: traffic, with a metric over it.

use crate::metrics::{Bars, BaseRate, Dimension, DimensionKind, Metric};
use std::ops::Range;

/// Names of values that a chart shows; of more, those with the most rows.
pub const MOST_BARS: usize = 60;

/// One bar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BarMark {
    pub code: usize,
    pub rows: u64,
    /// Of the metric, where there are enough rows for it to say something.
    pub value: Option<f64>,
    /// Its 95 % interval, where a formula gives one.
    pub interval: Option<(f64, f64)>,
}

/// The chart of a dimension for one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarChart {
    pub marks: Vec<BarMark>,
    /// Rows of the highest bar.
    pub most: u64,
}

impl BarChart {
    /// What `bars` say of the values `shown`.
    pub fn new(bars: &Bars, model: usize, metric: Metric, support: u64, shown: &[usize]) -> Self {
        let mark = |&code: &usize| {
            let sums = bars.sums(code, model);
            let enough = sums.labelled >= support.max(1);
            let value = bars.value(code, model, metric, BaseRate::Slice).filter(|_| enough);
            let interval = match metric {
                Metric::Bias => sums.bias_interval(),
                Metric::AucLoss => bars.auc(code, model).and_then(|own| own.loss_interval()),
                _ => None,
            };
            let interval = value.and(interval).map(|own| (own.low, own.high));
            BarMark { code, rows: sums.rows, value, interval }
        };
        let marks: Vec<BarMark> = shown.iter().map(mark).collect();
        let most = marks.iter().map(|own| own.rows).max().unwrap_or(0);
        Self { marks, most }
    }

    /// Least and greatest value of the metric in several charts: symmetric for a bias, with a little air.
    pub fn scale<'c>(charts: impl Iterator<Item = &'c Self>, metric: Metric) -> Option<(f64, f64)> {
        let values = charts.flat_map(|own| own.marks.iter()).filter_map(|own| own.value);
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return None;
        }
        if metric == Metric::Bias {
            let most = low.abs().max(high.abs()).max(LEAST_BIAS) * AIR;
            return Some((-most, most));
        }
        let air = ((high - low) * (AIR - 1.0)).max(high.abs() * 0.01).max(f64::MIN_POSITIVE);
        Some((low - air, high + air))
    }
}

/// A bias scale shows at least so much, so that noise does not fill it.
const LEAST_BIAS: f64 = 0.1;

const AIR: f64 = 1.15;

/// The values that a chart shows, in their order, and how many it does not: of names beyond
/// [`MOST_BARS`] those with the most rows.
pub fn shown_values(dimension: &Dimension, bars: &Bars) -> (Vec<usize>, usize) {
    let all = dimension.labels.len();
    if dimension.kind != DimensionKind::Names || all <= MOST_BARS {
        return ((0..all).collect(), 0);
    }
    let mut codes: Vec<usize> = (0..all).collect();
    codes.sort_by_key(|&code| (std::cmp::Reverse(bars.rows(code)), code));
    codes.truncate(MOST_BARS);
    codes.sort_unstable();
    (codes, all - MOST_BARS)
}

/// Labels of the values between two places of `shown`, both included, in whichever order.
pub fn between(dimension: &Dimension, shown: &[usize], from: usize, to: usize) -> Vec<Box<str>> {
    let range: Range<usize> = from.min(to)..(from.max(to) + 1).min(shown.len());
    shown[range].iter().map(|&code| dimension.labels[code].clone()).collect()
}

/// What a click on a value makes of the chosen ones: it alone, or, added, the others with or without it.
/// `None` drops the brush.
pub fn clicked(chosen: Option<&[Box<str>]>, value: &str, add: bool) -> Option<Vec<Box<str>>> {
    let alone = || Some(vec![value.into()]);
    match chosen {
        None => alone(),
        Some([one]) if &**one == value => None,
        Some(_) if !add => alone(),
        Some(some) => {
            let mut some = some.to_vec();
            match some.iter().position(|own| &**own == value) {
                Some(at) => drop(some.remove(at)),
                None => some.push(value.into()),
            }
            Some(some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_choose_add_and_drop() {
        let chosen =
            |values: &[&str]| -> Vec<Box<str>> { values.iter().map(|&v| v.into()).collect() };
        assert_eq!(clicked(None, "pl", false), Some(chosen(&["pl"])));
        assert_eq!(clicked(Some(&chosen(&["pl"])), "pl", false), None);
        assert_eq!(clicked(Some(&chosen(&["pl"])), "it", false), Some(chosen(&["it"])));
        assert_eq!(clicked(Some(&chosen(&["pl"])), "it", true), Some(chosen(&["pl", "it"])));
        assert_eq!(clicked(Some(&chosen(&["pl", "it"])), "pl", true), Some(chosen(&["it"])));
    }

    #[test]
    fn scales_are_symmetric_for_a_bias_and_have_air() {
        let chart = |values: &[f64]| BarChart {
            marks: values
                .iter()
                .map(|&v| BarMark { value: Some(v), ..BarMark::default() })
                .collect(),
            most: 1,
        };
        let charts = [chart(&[0.2, -0.1]), chart(&[])];
        let (low, high) = BarChart::scale(charts.iter(), Metric::Bias).expect("values");
        assert!(low == -high && high > 0.2);
        let (low, high) =
            BarChart::scale([chart(&[0.3, 0.4])].iter(), Metric::LogLoss).expect("values");
        assert!(low < 0.3 && low > 0.25 && high > 0.4);
        assert_eq!(BarChart::scale([chart(&[])].iter(), Metric::Bias), None);
    }
}
