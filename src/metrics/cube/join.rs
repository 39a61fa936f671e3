//! Cubes of parts into the cube of the whole: days, or the files that many workers wrote.

use super::labels::ordered;
use super::scores::settled;
use super::{CubeCell, CubeError, ScoreBin, SliceCube};
use crate::metrics::cell::{ModelSums, RowSums, Scale};
use rustc_hash::FxHashMap;

impl SliceCube {
    /// Adds the cells of another part. Where scales differ, both take the finer, so that no digit is lost. `other`
    /// names what is there for errors; [`Self::settle`] when all parts are in.
    ///
    /// # Errors
    /// When dimensions, models or ranges of scores differ, or a sum does not fit the finer scale; nothing is added
    /// then.
    pub fn add(&mut self, part: Self, other: &str) -> Result<(), CubeError> {
        let part = part.shaped_like(self, other)?;
        let scale = Scale {
            weight: self.scale.weight.max(part.scale.weight),
            loss: self.scale.loss.max(part.scale.loss),
            square: self.scale.square.max(part.scale.square),
            ..self.scale
        };
        // Parts of one query have one scale: what was added is then left as it is, or many parts would cost their square.
        let units = |own: Scale| (own.weight, own.loss, own.square);
        let finer = |own: &Self| {
            let differs = units(own.scale) != units(scale);
            differs.then(|| own.rescaled(scale).ok_or(CubeError::Finest)).transpose()
        };
        let (own, theirs) = (finer(self)?, finer(&part)?);
        self.add_ranges(&part, other)?;
        let ranges = std::mem::take(&mut self.score_ranges);
        let mut part = theirs.unwrap_or(part);
        if let Some(own) = own {
            *self = own;
        }
        self.score_ranges = ranges;
        for (at, (own, theirs)) in self.dimensions.iter_mut().zip(part.dimensions).enumerate() {
            let mut places: FxHashMap<Box<str>, u32> =
                own.labels.iter().cloned().zip(0..).collect();
            let place = |label: Box<str>| {
                let new = places.len() as u32;
                *places.entry(label.clone()).or_insert_with(|| {
                    own.labels.push(label);
                    new
                })
            };
            let codes: Vec<u32> = theirs.labels.into_iter().map(place).collect();
            for cell in &mut part.cells {
                cell.key[at] = codes[cell.key[at] as usize];
            }
        }
        self.cells.append(&mut part.cells);
        Ok(())
    }

    /// Brings labels and cells into their order, whatever part brought them, and adds up cells of the same values.
    pub fn settle(&mut self) {
        for (at, dimension) in self.dimensions.iter_mut().enumerate() {
            let sorted = ordered(dimension.labels.clone());
            let places: FxHashMap<&str, u32> = sorted.iter().map(|own| &**own).zip(0..).collect();
            let codes: Vec<u32> = dimension.labels.iter().map(|own| places[&**own]).collect();
            for cell in &mut self.cells {
                cell.key[at] = codes[cell.key[at] as usize];
            }
            dimension.labels = sorted;
        }
        self.cells.sort_by(|a, b| a.key.cmp(&b.key));
        self.cells.dedup_by(|own, kept| {
            let same = own.key == kept.key;
            if same {
                kept.rows += own.rows;
                kept.models.iter_mut().zip(&own.models).for_each(|(kept, own)| *kept += *own);
                let scores = kept.scores.iter_mut().zip(&mut own.scores);
                scores.for_each(|(kept, own)| kept.append(own));
            }
            same
        });
        self.cells.iter_mut().flat_map(|cell| &mut cell.scores).for_each(settled);
    }

    /// With dimensions and models in the order of `first`, which errors call `name`.
    fn shaped_like(self, first: &Self, name: &str) -> Result<Self, CubeError> {
        let names = |own: &Self| own.dimensions.iter().map(|own| own.name.clone()).collect();
        let (own, theirs): (Vec<Box<str>>, Vec<Box<str>>) = (names(&self), names(first));
        let order =
            |what, own: &[Box<str>], theirs: &[Box<str>]| -> Result<Vec<usize>, CubeError> {
                let other = || name.to_owned();
                if let Some(more) = own.iter().find(|name| !theirs.contains(name)) {
                    return Err(CubeError::More { what, name: more.clone(), other: other() });
                }
                let place = |name: &str| {
                    let found = own.iter().position(|own| **own == *name);
                    found.ok_or_else(|| CubeError::Less { what, name: name.into(), other: other() })
                };
                theirs.iter().map(|name| place(name)).collect()
            };
        let dimensions = order("dimension", &own, &theirs)?;
        let models = order("model", &self.models, &first.models)?;
        let cell = |cell: &CubeCell| CubeCell {
            key: dimensions.iter().map(|&at| cell.key[at]).collect(),
            rows: cell.rows,
            models: models.iter().map(|&at| cell.models[at]).collect(),
            scores: picked(&cell.scores, &models),
        };
        Ok(Self {
            cells: self.cells.iter().map(cell).collect(),
            dimensions: dimensions.iter().map(|&at| self.dimensions[at].clone()).collect(),
            models: first.models.clone(),
            scale: self.scale,
            score_ranges: picked(&self.score_ranges, &models),
        })
    }

    /// The same sums in finer units; `None` where one outgrows its integer.
    fn rescaled(&self, scale: Scale) -> Option<Self> {
        let by = |finer: i32, coarser: i32| finer.checked_sub(coarser)?.try_into().ok();
        let weight = by(scale.weight, self.scale.weight)?;
        let loss = by(scale.loss, self.scale.loss)?;
        let square = by(scale.square, self.scale.square)?;
        let shift = |sum: i128, by: u32| sum.checked_mul(1_i128.checked_shl(by)?);
        let own_sums = |own: &ModelSums| {
            Some(ModelSums {
                wp: shift(own.wp, weight)?,
                loss: shift(own.loss, loss)?,
                square: shift(own.square, weight)?,
                variance: shift(own.variance, square)?,
                wwpp: shift(own.wwpp, square)?,
                wwpy: shift(own.wwpy, square)?,
            })
        };
        let row_sums = |own: &RowSums| {
            let (w, wy) = (shift(own.w, weight)?, shift(own.wy, weight)?);
            Some(RowSums { w, wy, wwyy: shift(own.wwyy, square)?, ..*own })
        };
        let bin = |own: &ScoreBin| {
            Some(ScoreBin { rows: row_sums(&own.rows)?, sums: own_sums(&own.sums)?, ..*own })
        };
        let cell = |cell: &CubeCell| {
            Some(CubeCell {
                key: cell.key.clone(),
                rows: row_sums(&cell.rows)?,
                models: cell.models.iter().map(own_sums).collect::<Option<_>>()?,
                scores: cell
                    .scores
                    .iter()
                    .map(|bins| bins.iter().map(bin).collect::<Option<_>>())
                    .collect::<Option<_>>()?,
            })
        };
        let cells = self.cells.iter().map(cell).collect::<Option<_>>()?;
        Some(Self { cells, scale, ..self.clone() })
    }
}

/// Of what is kept by model, where it is, that of some models.
fn picked<T: Clone>(all: &[T], models: &[usize]) -> Vec<T> {
    if all.is_empty() { Vec::new() } else { models.iter().map(|&at| all[at].clone()).collect() }
}
