//! Limits on a table of slices, for gates.

use crate::metrics::{BaseRate, Interval, Metric, SliceStats};
use std::str::FromStr;

/// How far a metric may be from what it is held against. An interval that lies beyond as a whole counts.
#[derive(Debug, clap::Args)]
pub(super) struct Limits {
    /// Exit with 1 where a metric is beyond this with its whole interval; bias and means on either side
    #[arg(long, value_name = "VALUE", value_parser = positive)]
    limit: Option<f64>,
    /// The same for the difference from all rows of the model: 0.01, or 20% of their value
    #[arg(long, value_name = "VALUE")]
    limit_relative: Option<Distance>,
    /// The same for the change against --baseline: 0.01, or 5% of its value
    #[arg(long, value_name = "VALUE", requires = "baseline")]
    limit_change: Option<Distance>,
}

/// Between two values of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Distance {
    /// In the metric's unit.
    Plain(f64),
    /// Of the value that the other is held against.
    Share(f64),
}

impl FromStr for Distance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_suffix('%') {
            Some(percent) => positive(percent).map(|percent| Self::Share(percent / 100.0)),
            None => positive(text).map(Self::Plain),
        }
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let value: f64 = text.trim().parse().map_err(|_| "this is no number".to_owned())?;
    let fits = value.is_finite() && value >= 0.0;
    fits.then_some(value).ok_or_else(|| "a limit is 0 or more".to_owned())
}

impl Distance {
    fn from(self, other: f64) -> f64 {
        match self {
            Self::Plain(value) => value,
            Self::Share(share) => share * other.abs(),
        }
    }
}

/// What a model's stats in a slice are held against, each where there is one.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    pub all_rows: Option<&'a SliceStats>,
    pub baseline: Option<&'a SliceStats>,
}

/// What the limits say of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Within,
    /// Beyond the limit with this option.
    Beyond(&'static str),
    /// Its interval cannot be told: too few rows, or labels of one class only.
    Open,
}

impl Verdict {
    pub(super) fn in_words(self) -> String {
        match self {
            Self::Within => "within".to_owned(),
            Self::Beyond(option) => format!("beyond --{option}"),
            Self::Open => "open".to_owned(),
        }
    }
}

/// How many values were held against limits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub within: usize,
    pub beyond: usize,
    pub open: usize,
}

impl Tally {
    pub(super) fn add(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Within => &mut self.within,
            Verdict::Beyond(_) => &mut self.beyond,
            Verdict::Open => &mut self.open,
        };
        *count += 1;
    }
}

impl Limits {
    pub(super) const fn are_set(&self) -> bool {
        self.limit.is_some() || self.compare()
    }

    /// Whether values are held against others, which takes rows.
    pub(super) const fn compare(&self) -> bool {
        self.limit_relative.is_some() || self.limit_change.is_some()
    }

    /// The worst that they say; `None` where none of them is about this value.
    pub(super) fn judge(
        &self,
        stats: &SliceStats,
        against: Against<'_>,
        metric: Metric,
    ) -> Option<Verdict> {
        let base = BaseRate::Slice;
        let plain =
            self.limit.map(|limit| held(stats.interval(metric, base), metric, limit, "limit"));
        let difference = |other: Option<&SliceStats>, distance: Option<Distance>, option| {
            let (other, distance) = (other?, distance?);
            let most = other.value(metric, base).map(|value| distance.from(value));
            let interval = stats.change(other, metric, base).and_then(|change| change.interval);
            Some(most.map_or(Verdict::Open, |most| held(interval, metric, most, option)))
        };
        let verdicts = [
            plain,
            difference(against.all_rows, self.limit_relative, "limit-relative"),
            difference(against.baseline, self.limit_change, "limit-change"),
        ];
        verdicts.into_iter().flatten().max_by_key(|verdict| match verdict {
            Verdict::Within => 0,
            Verdict::Open => 1,
            Verdict::Beyond(_) => 2,
        })
    }
}

fn held(interval: Option<Interval>, metric: Metric, limit: f64, option: &'static str) -> Verdict {
    let either_side = matches!(metric, Metric::Bias | Metric::MeanPrediction | Metric::MeanLabel);
    match interval {
        None => Verdict::Open,
        Some(own) if own.low > limit || either_side && own.high < -limit => Verdict::Beyond(option),
        Some(_) => Verdict::Within,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_plain_or_shares() {
        assert_eq!("0.01".parse(), Ok(Distance::Plain(0.01)));
        assert_eq!("5%".parse(), Ok(Distance::Share(0.05)));
        assert_eq!(Distance::Share(0.05).from(-2.0), 0.1);
        for wrong in ["-1", "NaN", "inf", "x%", ""] {
            assert!(wrong.parse::<Distance>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_whole_interval_has_to_be_beyond() {
        let interval = |value| Interval::around(value, 0.01, 2.0);
        let held = |value, metric| held(interval(value), metric, 0.1, "limit");
        assert_eq!(held(0.13, Metric::LogLoss), Verdict::Beyond("limit"));
        assert_eq!(held(0.11, Metric::LogLoss), Verdict::Within);
        assert_eq!(held(-0.13, Metric::Bias), Verdict::Beyond("limit"));
        assert_eq!(held(-0.13, Metric::LogLoss), Verdict::Within);
        assert_eq!(super::held(None, Metric::Bias, 0.1, "limit"), Verdict::Open);
    }
}
