//! Values of a cube's dimensions in the order that they are shown in.

use super::CubeDimension;
use crate::metrics::columns::{MISSING, OTHER};
use rustc_hash::FxHashMap;

impl CubeDimension {
    /// A dimension and the code of each of the texts that its cells have.
    pub(super) fn of_texts<'a>(
        name: &str,
        texts: impl Iterator<Item = &'a str>,
    ) -> (Self, Vec<u32>) {
        let texts: Vec<&str> =
            texts.map(|text| if text.is_empty() { MISSING } else { text }).collect();
        let mut labels: Vec<&str> = texts.clone();
        labels.sort_unstable();
        labels.dedup();
        let labels = ordered(labels.into_iter().map(Into::into).collect());
        let places: FxHashMap<&str, u32> = labels.iter().map(|own| &**own).zip(0..).collect();
        let codes = texts.iter().map(|text| places[text]).collect();
        (Self { name: name.into(), labels }, codes)
    }
}

/// Labels by number where all are numbers, what is missing or folded last.
pub(super) fn ordered(mut labels: Vec<Box<str>>) -> Vec<Box<str>> {
    let last = |label: &str| matches!(label, MISSING | OTHER);
    let number = |label: &str| label.parse::<f64>().unwrap_or(f64::NAN);
    let numeric = labels.iter().all(|label| last(label) || !number(label).is_nan());
    labels.sort_by(|a, b| {
        let by_number = number(a).total_cmp(&number(b));
        let by_value = if numeric { by_number } else { std::cmp::Ordering::Equal };
        last(a).cmp(&last(b)).then(by_value).then(a.cmp(b))
    });
    labels
}
