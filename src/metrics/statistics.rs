//! What the sums of a cell say: metrics, their errors and intervals.
//!
//! Everything here is arithmetic on [`Sums`]; a metric that cannot be told (no label, one class only,
//! no weight) is `None` and never a number that looks like one.

use super::auc::Auc;
use super::cell::Sums;

/// Two-sided 95 % quantile of the normal distribution.
pub const NORMAL_95: f64 = 1.959_963_985;

/// Groups of the jackknife unless told otherwise.
pub const DEFAULT_FOLDS: usize = 20;

macro_rules! metrics {
    ($($variant:ident $key:literal $title:literal $doc:literal;)*) => {
        /// Something that is measured of a model in a slice.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Metric { $(#[doc = $doc] $variant,)* }

        impl Metric {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            pub fn parse(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

metrics! {
    Bias "bias" "Bias" "Predicted over observed events, less one; 0 is best.";
    MeanPrediction "mean_prediction" "Mean prediction" "Weighted mean of the scores.";
    MeanLabel "mean_label" "Mean label" "Weighted share of positive labels.";
    LogLoss "logloss" "Log loss" "Weighted mean of the negative log likelihood; smaller is better.";
    NormalisedEntropy "ne" "Normalised entropy"
        "Log loss over that of always saying the base rate; below 1 is better than knowing nothing.";
    SquaredError "squared_error" "Squared error" "Weighted mean of (score − label)²; smaller is better.";
    AucLoss "auc_loss" "AUC loss" "One less the area under the ROC curve; smaller is better.";
    CalibrationError "ece" "Calibration error"
        "Expected calibration error over bins of equal mass; smaller is better.";
}

impl Metric {
    /// How bad a value is: larger is worse. Bias is bad in both directions; means are neither.
    pub fn badness(self, value: f64) -> Option<f64> {
        match self {
            Self::Bias => Some(value.abs()),
            Self::MeanPrediction | Self::MeanLabel => None,
            _ => Some(value),
        }
    }
}

/// Where the base rate of the normalised entropy comes from; shown beside every such number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum BaseRate {
    /// The slice's own share of positives.
    #[default]
    Slice,
    /// That of all rows in the comparison.
    Everything(f64),
}

/// Where the truth lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
    pub std_error: f64,
}

impl Interval {
    /// `value` ± `quantile` standard errors; `None` where the error cannot be told.
    pub fn around(value: f64, std_error: f64, quantile: f64) -> Option<Self> {
        let half = quantile * std_error;
        half.is_finite().then_some(Self { low: value - half, high: value + half, std_error })
    }

    /// Whether zero lies outside.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| a / b)
}

impl Sums {
    /// Σwp / Σwy − 1; `None` without positive labels.
    pub fn bias(&self) -> Option<f64> {
        ratio(self.wp, self.wy).map(|ratio| ratio - 1.0)
    }

    /// (Σwy − Σwp) / √Σw²p(1 − p): how many standard deviations the labels lie above what the model
    /// expects, were it right. Positive: it predicts too low.
    pub fn surprise(&self) -> Option<f64> {
        (self.variance > 0.0).then(|| (self.wy - self.wp) / self.variance.sqrt())
    }

    /// Standard error of the bias by the delta method for the ratio R = P/Y of two sums over
    /// independent rows: Var ≈ (Σw²p² − 2RΣw²py + R²Σw²y²)/Y².
    pub fn bias_error(&self) -> Option<f64> {
        let r = ratio(self.wp, self.wy)?;
        let variance = self.wwpp - 2.0 * r * self.wwpy + r * r * self.wwyy;
        Some(variance.max(0.0).sqrt() / self.wy)
    }

    pub fn mean_label(&self) -> Option<f64> {
        ratio(self.wy, self.w)
    }

    pub fn mean_prediction(&self) -> Option<f64> {
        ratio(self.wp, self.w)
    }

    pub fn log_loss(&self) -> Option<f64> {
        ratio(self.loss, self.w)
    }

    pub fn squared_error(&self) -> Option<f64> {
        ratio(self.square, self.w)
    }

    /// Log loss over the entropy of the base rate; `None` where that is 0 or 1.
    pub fn normalised_entropy(&self, base: BaseRate) -> Option<f64> {
        let rate = match base {
            BaseRate::Slice => self.mean_label()?,
            BaseRate::Everything(rate) => rate,
        };
        let entropy = -(rate * rate.ln() + (1.0 - rate) * (1.0 - rate).ln());
        ratio(self.log_loss()?, entropy)
    }

    /// A metric that follows from the sums alone; AUC and calibration error need the scores' bins.
    pub fn metric(&self, metric: Metric, base: BaseRate) -> Option<f64> {
        match metric {
            Metric::Bias => self.bias(),
            Metric::MeanPrediction => self.mean_prediction(),
            Metric::MeanLabel => self.mean_label(),
            Metric::LogLoss => self.log_loss(),
            Metric::NormalisedEntropy => self.normalised_entropy(base),
            Metric::SquaredError => self.squared_error(),
            Metric::AucLoss | Metric::CalibrationError => None,
        }
    }

    /// The interval that needs nothing but these sums: for the bias.
    pub fn bias_interval(&self) -> Option<Interval> {
        Interval::around(self.bias()?, self.bias_error()?, NORMAL_95)
    }
}

impl Auc {
    /// The interval of the AUC loss: DeLong's, wider by the bound of the bins.
    pub fn loss_interval(&self) -> Option<Interval> {
        let own = Interval::around(1.0 - self.value, self.std_error, NORMAL_95)?;
        Some(Interval { low: own.low - self.bound, high: own.high + self.bound, ..own })
    }
}

/// The expected calibration error Σ (W_b/W) |p̄_b − ȳ_b| from (W_b, Σwy, Σwp) of each bin.
pub fn calibration_error(bins: &[[f64; 3]]) -> Option<f64> {
    let total: f64 = bins.iter().map(|bin| bin[0]).sum();
    ratio(bins.iter().map(|[_, wy, wp]| (wp - wy).abs()).sum(), total)
}

/// The jackknife: `estimate` of everything, and of everything but one group, for each group.
///
/// Student's t with one degree of freedom fewer than there are groups, for a statistic that a fifth
/// of the leave-one-out values cannot tell has no interval. Efron and Stein 1981.
pub fn jackknife(estimate: f64, without_one: &[Option<f64>]) -> Option<Interval> {
    let values: Vec<f64> = without_one.iter().copied().collect::<Option<_>>()?;
    let n = values.len() as f64;
    if n < 2.0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Interval::around(estimate, ((n - 1.0) / n * squares).sqrt(), student_95(values.len() - 1))
}

/// Two-sided 95 % quantile of Student's t; Cornish-Fisher's expansion in 1/freedom (Abramowitz and
/// Stegun 26.7.5), off by less than .003 from five degrees of freedom on.
pub fn student_95(freedom: usize) -> f64 {
    let (x, v) = (NORMAL_95, freedom.max(1) as f64);
    let g1 = (x.powi(3) + x) / 4.0;
    let g2 = (5.0 * x.powi(5) + 16.0 * x.powi(3) + 3.0 * x) / 96.0;
    let g3 = (3.0 * x.powi(7) + 19.0 * x.powi(5) + 17.0 * x.powi(3) - 15.0 * x) / 384.0;
    x + g1 / v + g2 / (v * v) + g3 / v.powi(3)
}

/// Chance that a standard normal lies above `z`: Abramowitz and Stegun 26.2.17 near the middle, the
/// asymptotic series beyond it, so that tiny chances stay comparable.
pub fn normal_tail(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - normal_tail(-z);
    }
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z > 6.0 {
        let i = 1.0 / (z * z);
        return density / z * (1.0 - i * (1.0 - 3.0 * i * (1.0 - 5.0 * i)));
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series = t * (-1.821_255_978 + t * 1.330_274_429);
    let series = t * (-0.356_563_782 + t * (1.781_477_937 + series));
    density * t * (0.319_381_530 + series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_tails_are_those_of_tables() {
        for (freedom, expected) in [(5, 2.5706), (9, 2.2622), (19, 2.0930), (99, 1.9842)] {
            assert!((student_95(freedom) - expected).abs() < 3e-3, "{freedom}");
        }
        for (z, expected) in [(0.0, 0.5), (1.0, 0.158_655), (1.96, 0.024_998), (-1.0, 0.841_345)] {
            assert!((normal_tail(z) - expected).abs() < 1e-6, "{z}");
        }
        assert!((normal_tail(8.0) / 6.221e-16 - 1.0).abs() < 1e-3);
        assert!(normal_tail(5.999) > normal_tail(6.001));
    }

    #[test]
    fn what_cannot_be_told_is_none() {
        let nothing = Sums::default();
        for &metric in Metric::ALL {
            assert_eq!(nothing.metric(metric, BaseRate::Slice), None, "{metric:?}");
        }
        assert_eq!(nothing.surprise(), None);
        let one_class = Sums { rows: 2, labelled: 2, w: 2.0, wp: 0.4, loss: 0.5, ..nothing };
        assert_eq!(one_class.bias(), None);
        assert_eq!(one_class.normalised_entropy(BaseRate::Slice), None);
        assert_eq!(one_class.log_loss(), Some(0.25));
    }

    #[test]
    fn calibration_error_weighs_bins_by_weight() {
        let bins = [[2.0, 1.0, 0.5], [0.0, 0.0, 0.0], [2.0, 0.0, 1.0]];
        assert_eq!(calibration_error(&bins), Some(0.375));
        assert_eq!(calibration_error(&[]), None);
    }

    #[test]
    fn keys_are_unique_and_parse() {
        for &metric in Metric::ALL {
            assert_eq!(Metric::parse(metric.key()), Some(metric));
        }
    }
}
