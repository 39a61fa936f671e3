//! Courses over time as they are drawn: places on the axis, limits, alarms, days of deployments.

use crate::metrics::over_time::{ActionLimits, Alarm, Course};
use crate::metrics::{BaseRate, Metric};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// When a course asks for attention, as somebody sets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// A bias beyond this, or a metric this much above that of all rows; a share.
    pub beyond: f64,
    /// Stretches in a row.
    pub stretches: usize,
    /// Labelled rows of a stretch.
    pub support: u64,
}

impl Default for Alert {
    fn default() -> Self {
        Self { beyond: 0.05, stretches: 2, support: 100 }
    }
}

impl Alert {
    /// The limits of a metric; `usual` is its value over everything.
    pub fn limits(&self, metric: Metric, usual: Option<f64>) -> ActionLimits {
        let (stretches, support) = (self.stretches, self.support);
        let (low, high) = match (metric, usual) {
            (Metric::Bias, _) => (-self.beyond, self.beyond),
            (_, Some(usual)) => (f64::NEG_INFINITY, usual + usual.abs() * self.beyond),
            (_, None) => (f64::NEG_INFINITY, f64::INFINITY),
        };
        ActionLimits { low, high, stretches, support }
    }
}

/// One course, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct CourseLine {
    /// Value of the dimension, as a code; `None` for all rows.
    pub code: Option<usize>,
    pub points: Vec<CoursePoint>,
    /// Runs of bad stretches, as places in `points`.
    pub alarms: Vec<Alarm>,
    pub rows: u64,
}

/// One stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoursePoint {
    /// Code of the stretch: its place on the axis.
    pub at: usize,
    pub labelled: u64,
    /// `None` where there are too few rows.
    pub value: Option<f64>,
    pub interval: Option<(f64, f64)>,
}

/// Courses under the limits of an alert, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct CourseSheet {
    pub lines: Vec<CourseLine>,
    pub limits: ActionLimits,
    /// Least and greatest value that is drawn.
    pub reach: (f64, f64),
}

impl CourseSheet {
    /// Linear in all points, with a jackknife for each.
    pub fn new(courses: &[Course], metric: Metric, alert: &Alert) -> Self {
        let limits = alert.limits(metric, usual(courses, metric));
        let lines = lines(courses, metric, &limits);
        let reach = reach(&lines, &limits);
        Self { lines, limits, reach }
    }
}

/// The metric over everything that is drawn: the mean of all stretches by their weight.
fn usual(courses: &[Course], metric: Metric) -> Option<f64> {
    let points = courses.iter().flat_map(|own| &own.points);
    let values = points
        .filter_map(|own| Some((own.stats.value(metric, BaseRate::Slice)?, own.stats.sums.w)));
    let (sum, weight) = values.fold((0.0, 0.0), |(sum, all), (v, w)| (sum + v * w, all + w));
    (weight > 0.0).then(|| sum / weight)
}

/// Lines of `courses`, those with alarms first, then by rows.
fn lines(courses: &[Course], metric: Metric, limits: &ActionLimits) -> Vec<CourseLine> {
    let base = BaseRate::Slice;
    let mut lines: Vec<CourseLine> = courses
        .iter()
        .map(|course| {
            let point = |at: usize| {
                let own = &course.points[at];
                let enough = own.stats.sums.labelled >= limits.support.max(1);
                let value = course.value(at, metric, base).filter(|_| enough);
                let interval = value.and(course.interval(at, metric, base));
                CoursePoint {
                    at: own.at,
                    labelled: own.stats.sums.labelled,
                    value,
                    interval: interval.map(|own| (own.low, own.high)),
                }
            };
            CourseLine {
                code: course.code,
                points: (0..course.points.len()).map(point).collect(),
                alarms: course.alarms(metric, base, limits),
                rows: course.points.iter().map(|own| own.stats.sums.rows).sum(),
            }
        })
        .collect();
    let key = |own: &CourseLine| (own.alarms.is_empty(), std::cmp::Reverse(own.rows), own.code);
    lines.sort_by_key(key);
    lines
}

/// Least and greatest value of all lines and of the limits that are in reach.
fn reach(lines: &[CourseLine], limits: &ActionLimits) -> (f64, f64) {
    let values = lines.iter().flat_map(|own| &own.points).filter_map(|own| own.value);
    let limits = [limits.low, limits.high].into_iter().filter(|own| own.is_finite());
    let (low, high) = values
        .chain(limits)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let air = ((high - low) * 0.08).max(1e-9);
    (low - air, high + air)
}

/// Where a day lies among stretches that begin at `starts` (seconds since 1970, ascending): whole numbers are
/// beginnings. `None` outside of them.
pub fn place_of_day(starts: &[i64], day: Date) -> Option<f64> {
    let secs = day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    let next = starts.partition_point(|&start| start <= secs);
    let before = next.checked_sub(1)?;
    let length = match starts.get(next) {
        Some(end) => end - starts[before],
        None => starts[before] - starts.get(before.wrapping_sub(1)).copied()?,
    };
    let share = (secs - starts[before]) as f64 / length.max(1) as f64;
    (share < 1.0 || next < starts.len()).then_some(before as f64 + share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const DAY: i64 = 86_400;

    #[test]
    fn days_have_a_place_among_the_stretches() {
        let start =
            date(2026, 10, 26).to_zoned(TimeZone::UTC).expect("a day").timestamp().as_second();
        let weeks: Vec<i64> = (0..3).map(|week| start + week * 7 * DAY).collect();
        assert_eq!(place_of_day(&weeks, date(2026, 10, 26)), Some(0.0));
        assert_eq!(place_of_day(&weeks, date(2026, 11, 2)), Some(1.0));
        let middle = place_of_day(&weeks, date(2026, 11, 11)).expect("within the last");
        assert!((middle - (2.0 + 2.0 / 7.0)).abs() < 1e-9);
        assert_eq!(place_of_day(&weeks, date(2026, 10, 1)), None);
        assert_eq!(place_of_day(&weeks, date(2026, 12, 24)), None);
        assert_eq!(place_of_day(&[], date(2026, 12, 24)), None);
    }

    #[test]
    fn limits_are_of_the_bias_or_above_what_is_usual() {
        let alert = Alert { beyond: 0.2, ..Alert::default() };
        let bias = alert.limits(Metric::Bias, Some(0.01));
        assert_eq!((bias.low, bias.high), (-0.2, 0.2));
        let loss = alert.limits(Metric::LogLoss, Some(0.5));
        assert!(loss.low == f64::NEG_INFINITY && (loss.high - 0.6).abs() < 1e-12);
        assert_eq!(alert.limits(Metric::LogLoss, None).high, f64::INFINITY);
    }

    #[test]
    fn the_reach_holds_values_and_limits() {
        let point =
            |value: f64| CoursePoint { at: 0, labelled: 9, value: Some(value), interval: None };
        let line = CourseLine {
            code: None,
            points: vec![point(0.3), point(-0.2)],
            alarms: vec![],
            rows: 1,
        };
        let limits = ActionLimits { low: -0.4, high: 0.1, stretches: 1, support: 1 };
        let (low, high) = reach(&[line], &limits);
        assert!(low < -0.4 && low > -0.5 && high > 0.3 && high < 0.4);
        assert_eq!(
            reach(&[], &ActionLimits { low: f64::NEG_INFINITY, high: f64::INFINITY, ..limits }),
            (0.0, 1.0)
        );
    }
}
