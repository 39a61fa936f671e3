//! Metrics over time, and the points at which somebody should act.

use super::columns::{Bits, DimensionKind, Predictions};
use super::kernel::Mass;
use super::statistics::{BaseRate, Interval, Metric};
use super::table::{SliceStats, TableError, TableRequest, tables};

/// A course over time, of one model in one slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Value of the dimension that it is cut by, as a code; `None` for all rows.
    pub code: Option<usize>,
    /// In the order of time; stretches without rows are absent.
    pub points: Vec<Point>,
}

/// A stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Code of the stretch in its dimension.
    pub at: usize,
    pub stats: SliceStats,
}

/// When a course asks for somebody's attention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActionLimits {
    /// Values outside of these are bad; for bias −.1 and .1.
    pub low: f64,
    pub high: f64,
    /// Stretches in a row that must be bad, so that one odd day is no alarm.
    pub stretches: usize,
    /// Rows with a label that a stretch must have to be judged.
    pub support: u64,
}

impl Default for ActionLimits {
    fn default() -> Self {
        Self { low: -0.1, high: 0.1, stretches: 3, support: 100 }
    }
}

/// A run of bad stretches.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Places in [`Course::points`], the last one included.
    pub first: usize,
    pub last: usize,
    /// The value farthest from its limit.
    pub worst: f64,
}

impl Course {
    pub fn value(&self, point: usize, metric: Metric, base: BaseRate) -> Option<f64> {
        self.points[point].stats.value(metric, base)
    }

    pub fn interval(&self, point: usize, metric: Metric, base: BaseRate) -> Option<Interval> {
        self.points[point].stats.interval(metric, base)
    }

    /// Runs of stretches that lie beyond a limit, on the same side, with their whole interval where one
    /// can be told. A stretch with too few rows neither adds to a run nor ends it.
    pub fn alarms(&self, metric: Metric, base: BaseRate, limits: &ActionLimits) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        let mut run: Option<(bool, usize, Alarm)> = None;
        for (at, point) in self.points.iter().enumerate() {
            if point.stats.sums.labelled < limits.support {
                continue;
            }
            let value = point.stats.value(metric, base);
            let interval = point.stats.interval(metric, base);
            let (low, high) =
                interval.map_or((value, value), |own| (Some(own.low), Some(own.high)));
            let above = low.is_some_and(|low| low > limits.high);
            let below = high.is_some_and(|high| high < limits.low);
            let same = run.as_ref().is_some_and(|(side, ..)| *side == above);
            if !(above || below) || !same {
                close(&mut run, limits, &mut alarms);
            }
            let Some(value) = value.filter(|_| above || below) else { continue };
            let (_, length, alarm) =
                run.get_or_insert((above, 0, Alarm { first: at, last: at, worst: value }));
            *length += 1;
            alarm.last = at;
            alarm.worst = if above { alarm.worst.max(value) } else { alarm.worst.min(value) };
        }
        close(&mut run, limits, &mut alarms);
        alarms
    }
}

fn close(run: &mut Option<(bool, usize, Alarm)>, limits: &ActionLimits, alarms: &mut Vec<Alarm>) {
    if let Some((_, length, alarm)) = run.take()
        && length >= limits.stretches
    {
        alarms.push(alarm);
    }
}

/// The dimension of time, if there is one.
pub fn time_dimension(predictions: &Predictions) -> Option<usize> {
    predictions.dimensions().iter().position(|own| own.kind == DimensionKind::Times)
}

/// Courses of `model` over `time`, for all rows or for each value of `by`, which stand in the order of
/// the values. Rows without a time stay out.
///
/// # Errors
/// When stretches times values are too many for a table.
pub fn over_time(
    predictions: &Predictions,
    model: usize,
    time: usize,
    by: Option<usize>,
    filter: Option<&Bits>,
    auc: Option<Mass>,
) -> Result<Vec<Course>, TableError> {
    let slicing: Vec<usize> = by.into_iter().chain([time]).collect();
    let request = TableRequest {
        models: vec![model],
        filter,
        auc,
        ..TableRequest::new(predictions, vec![slicing])
    };
    let stretches = predictions.dimensions()[time].starts.len();
    let mut courses: Vec<Course> = Vec::new();
    for table in tables(predictions, &request)? {
        for mut group in table.groups {
            let code = by.map(|_| group.key[0]);
            let (Some(&at), Some(stats)) = (group.key.last(), group.stats.pop()) else { continue };
            if at >= stretches {
                continue;
            }
            if courses.last().is_none_or(|last| last.code != code) {
                courses.push(Course { code, points: Vec::new() });
            }
            let last = courses.len() - 1;
            courses[last].points.push(Point { at, stats });
        }
    }
    Ok(courses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{predictions, seeded};

    /// Twelve stretches of two slices, one of which is too high from the sixth to the ninth.
    fn drifting() -> Predictions {
        let mut rows = seeded(31, 48_000, &[2, 12], 1, false);
        for row in &mut rows {
            if row.codes[0] == 1 && (6..10).contains(&row.codes[1]) {
                row.scores[0] = (row.scores[0] * 1.6).min(0.99);
            }
        }
        let mut own = predictions(&[2, 12], 1, &rows);
        own.dimensions[1].kind = DimensionKind::Times;
        own.dimensions[1].starts = (0..12).map(|day| day * 86_400).collect();
        own
    }

    #[test]
    fn a_drift_is_an_alarm_where_and_when_it_is() {
        let own = drifting();
        let time = time_dimension(&own).expect("a time");
        let courses = over_time(&own, 0, time, Some(0), None, None).expect("few cells");
        assert_eq!(courses.len(), 2);
        let alarms = |course: &Course, limits: ActionLimits| {
            course.alarms(Metric::Bias, BaseRate::Slice, &limits)
        };
        assert_eq!(alarms(&courses[0], ActionLimits::default()), []);
        let found = alarms(&courses[1], ActionLimits::default());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].first, found[0].last), (6, 9));
        assert!((0.4..0.9).contains(&found[0].worst), "{found:?}");
        let patient = ActionLimits { stretches: 5, ..ActionLimits::default() };
        assert_eq!(alarms(&courses[1], patient), []);
        let demanding = ActionLimits { support: 1_000_000, ..ActionLimits::default() };
        assert_eq!(alarms(&courses[1], demanding), []);
    }

    #[test]
    fn all_rows_are_one_course_of_every_stretch() {
        let own = drifting();
        let courses = over_time(&own, 0, 1, None, None, None).expect("few cells");
        assert_eq!(courses.len(), 1);
        let rows: u64 = courses[0].points.iter().map(|point| point.stats.sums.rows).sum();
        assert_eq!((courses[0].points.len(), rows), (12, 48_000));
        assert!(courses[0].value(7, Metric::Bias, BaseRate::Slice).expect("labels") > 0.1);
    }
}
