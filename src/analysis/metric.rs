//! Which way a metric is better.

/// Parts of names of metrics of which less is better: errors, losses, times and costs.
const LESS_IS_BETTER: &[&str] = &[
    "bias",
    "brier",
    "churn",
    "cost",
    "cross_entropy",
    "deviance",
    "ece",
    "error",
    "latency",
    "logloss",
    "loss",
    "mae",
    "mape",
    "mse",
    "nll",
    "perplexity",
    "regret",
    "wer",
];

/// By how much a metric got better; negative where it got worse. Names such as `rmse` and `spend_error` are
/// read as less being better, all others as more.
pub(super) fn improvement(metric: &str, before: f64, after: f64) -> f64 {
    let metric = metric.to_lowercase();
    let words = || metric.split(|c: char| !c.is_alphanumeric());
    let less = LESS_IS_BETTER.iter().any(|part| match part.len() {
        // Short ones would be found inside other words.
        0..=4 => words().any(|word| word == *part || word.strip_prefix(['r', 's']) == Some(part)),
        _ => metric.contains(part),
    });
    if less { before - after } else { after - before }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_get_better_by_falling() {
        for metric in ["rmse", "spend_error", "log_loss", "MAE", "p99 latency", "smape"] {
            assert!(improvement(metric, 0.2, 0.1) > 0.0, "{metric}");
        }
        for metric in ["auc", "precision@10", "clicks_per_view", "win_rate", "answer_share", "lift"]
        {
            assert!(improvement(metric, 0.2, 0.1) < 0.0, "{metric}");
        }
        assert_eq!(improvement("auc", 0.5, 0.5), 0.0);
    }
}
