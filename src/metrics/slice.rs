//! A slice as something with a name: which values of which dimensions.

use super::columns::{Bits, Dimension, Predictions};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

/// Some values of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Condition {
    /// Name of the dimension.
    pub dimension: Box<str>,
    /// Labels of the values, any of which will do.
    pub values: Vec<Box<str>>,
}

/// Rows that meet all conditions; with none, all rows. Holds names, so it outlives a reload.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SliceSpec {
    pub conditions: Vec<Condition>,
}

/// Why a text is no slice, or a slice is none of a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SliceError {
    #[error("there is no dimension {name}; there are {known}")]
    Dimension { name: String, known: String },
    #[error("{dimension} has no value {value}; it has {known}")]
    Value { dimension: String, value: String, known: String },
    #[error("{text} is no condition; write dimension=value, or dimension=value|value")]
    Syntax { text: String },
}

/// Values that an error lists.
const LISTED: usize = 8;

impl SliceSpec {
    /// Reads `country=BR|MX, device=mobile`, what [`std::fmt::Display`] writes.
    ///
    /// # Errors
    /// When a part has no `=`.
    pub fn parse(text: &str) -> Result<Self, SliceError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let condition = |part: &str| match part.split_once('=') {
            Some((dimension, values)) if !dimension.trim().is_empty() => Ok(Condition {
                dimension: dimension.trim().into(),
                values: values.split('|').map(|value| value.trim().into()).collect(),
            }),
            _ => Err(SliceError::Syntax { text: part.to_owned() }),
        };
        Ok(Self { conditions: parts.map(condition).collect::<Result<_, _>>()? })
    }

    /// The slice of some values of some dimensions, given as codes, those of one dimension one after another.
    pub(super) fn of_codes(predictions: &Predictions, codes: &[(usize, usize)]) -> Self {
        let condition = |own: &[(usize, usize)]| {
            let dimension = &predictions.dimensions()[own[0].0];
            let values = own.iter().map(|&(_, code)| dimension.labels[code].clone()).collect();
            Condition { dimension: dimension.name.clone(), values }
        };
        Self { conditions: codes.chunk_by(|a, b| a.0 == b.0).map(condition).collect() }
    }

    /// The rows of the slice.
    ///
    /// # Errors
    /// When a dimension or a value is unknown; the error lists what there is.
    pub fn rows(&self, predictions: &Predictions) -> Result<Bits, SliceError> {
        let mut rows = Bits::new(predictions.rows(), true);
        for condition in &self.conditions {
            rows = rows.and(&condition.rows(predictions)?);
        }
        Ok(rows)
    }
}

impl Condition {
    /// By code, whether a value of the dimension is one of these. Linear in both.
    pub fn chosen(&self, dimension: &Dimension) -> Vec<bool> {
        let values: FxHashSet<&str> = self.values.iter().map(|value| &**value).collect();
        dimension.labels.iter().map(|label| values.contains(&**label)).collect()
    }
}

impl SliceSpec {
    /// The rows of the slice; `None` for all of them.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub fn rows_if_any(&self, predictions: &Predictions) -> Result<Option<Bits>, SliceError> {
        (!self.conditions.is_empty()).then(|| self.rows(predictions)).transpose()
    }

    /// The condition on a dimension.
    pub fn condition(&self, dimension: &str) -> Option<&Condition> {
        self.conditions.iter().find(|own| &*own.dimension == dimension)
    }

    /// Sets or drops the condition on a dimension; the others keep their order.
    pub fn set(&mut self, dimension: &str, values: Option<Vec<Box<str>>>) {
        let at = self.conditions.iter().position(|own| &*own.dimension == dimension);
        match (at, values) {
            (Some(at), Some(values)) => self.conditions[at].values = values,
            (None, Some(values)) => {
                self.conditions.push(Condition { dimension: dimension.into(), values });
            }
            (Some(at), None) => drop(self.conditions.remove(at)),
            (None, None) => {}
        }
    }

    /// Both slices: of a dimension that both name, the values that both have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for condition in &other.conditions {
            let values = match self.condition(&condition.dimension) {
                Some(own) => {
                    let common = condition.values.iter().filter(|value| own.values.contains(value));
                    common.cloned().collect()
                }
                None => condition.values.clone(),
            };
            both.set(&condition.dimension, Some(values));
        }
        both
    }
}

impl Condition {
    fn rows(&self, predictions: &Predictions) -> Result<Bits, SliceError> {
        let named: Vec<(&str, &[Box<str>])> = predictions
            .dimensions()
            .iter()
            .map(|own| (&*own.name, own.labels.as_slice()))
            .collect();
        let (at, wanted) = self.wanted(&named)?;
        Ok(rows_of_codes(predictions, at, &wanted))
    }

    /// The place of its dimension among some with their labels, and which of those will do.
    pub(super) fn wanted(
        &self,
        dimensions: &[(&str, &[Box<str>])],
    ) -> Result<(usize, Vec<bool>), SliceError> {
        let listed = |names: Vec<&str>| {
            let more = if names.len() > LISTED { ", …" } else { "" };
            names[..names.len().min(LISTED)].join(", ") + more
        };
        let Some(at) = dimensions.iter().position(|(name, _)| *name == &*self.dimension) else {
            return Err(SliceError::Dimension {
                name: self.dimension.to_string(),
                known: listed(dimensions.iter().map(|(name, _)| *name).collect()),
            });
        };
        let labels = dimensions[at].1;
        let mut wanted = vec![false; labels.len()];
        for value in &self.values {
            let Some(code) = labels.iter().position(|label| label == value) else {
                return Err(SliceError::Value {
                    dimension: self.dimension.to_string(),
                    value: value.to_string(),
                    known: listed(labels.iter().map(|label| &**label).collect()),
                });
            };
            wanted[code] = true;
        }
        Ok((at, wanted))
    }
}

/// Rows whose code in a dimension is wanted.
pub(super) fn rows_of_codes(predictions: &Predictions, dimension: usize, wanted: &[bool]) -> Bits {
    let codes = &predictions.dimensions()[dimension].codes;
    let word = |word: usize| {
        let start = word * 64;
        let mut bits = 0;
        codes.for_each(start..(start + 64).min(predictions.rows()), |i, code| {
            bits |= u64::from(wanted[code as usize]) << i;
        });
        bits
    };
    let words = (0..predictions.rows().div_ceil(64)).into_par_iter().with_min_len(1024).map(word);
    Bits::of_words(words.collect(), predictions.rows())
}

impl std::fmt::Display for SliceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.conditions.is_empty() {
            return f.write_str("all rows");
        }
        for (at, condition) in self.conditions.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let values: Vec<&str> = condition.values.iter().map(|value| &**value).collect();
            write!(f, "{comma}{}={}", condition.dimension, values.join("|"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{predictions, seeded};

    #[test]
    fn what_is_written_is_read() {
        let spec = SliceSpec::parse(" country = BR|MX , device=mobile ").expect("a slice");
        assert_eq!(spec.to_string(), "country=BR|MX, device=mobile");
        assert_eq!(SliceSpec::parse(&spec.to_string()), Ok(spec));
        assert_eq!(SliceSpec::parse(""), Ok(SliceSpec::default()));
        let error = SliceSpec::parse("country").expect_err("no value");
        assert_eq!(
            error.to_string(),
            "country is no condition; write dimension=value, or dimension=value|value"
        );
    }

    #[test]
    fn conditions_are_set_dropped_and_joined() {
        let mut spec = SliceSpec::parse("country=BR|MX, device=mobile").expect("a slice");
        let other = SliceSpec::parse("country=MX|AR, page=home").expect("a slice");
        assert_eq!(spec.and(&other).to_string(), "country=MX, device=mobile, page=home");
        spec.set("country", None);
        spec.set("device", Some(vec!["desktop".into()]));
        assert_eq!(spec.to_string(), "device=desktop");
    }

    #[test]
    fn rows_meet_every_condition() {
        let rows = seeded(2, 500, &[3, 4], 1, false);
        let own = predictions(&[3, 4], 1, &rows);
        let spec = SliceSpec::parse("d0=v1, d1=v0|v3").expect("a slice");
        let found = spec.rows(&own).expect("known names");
        for (row, own) in rows.iter().enumerate() {
            assert_eq!(found.get(row), own.codes[0] == 1 && matches!(own.codes[1], 0 | 3));
        }
        let unknown = SliceSpec::parse("d0=v9").expect("a slice").rows(&own).expect_err("no v9");
        assert_eq!(unknown.to_string(), "d0 has no value v9; it has v0, v1, v2");
        let unknown = SliceSpec::parse("site=x").expect("a slice").rows(&own).expect_err("no site");
        assert_eq!(unknown.to_string(), "there is no dimension site; there are d0, d1");
    }
}
