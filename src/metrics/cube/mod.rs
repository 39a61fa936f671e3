//! Aggregated cubes: the sums of cells in place of rows.
//!
//! A cube holds, for each combination of values that occurs, what [`super::Sums`] is made of, as the
//! integers themselves. So tables made from a cube have the same digits as tables made from the rows,
//! and cubes of parts add up to the cube of the whole. Logs that outgrow a machine are aggregated where
//! they live: [`sql`] writes the query, [`SliceCube::read`] takes its result.

mod files;
mod join;
mod labels;
mod sql;

#[cfg(test)]
mod tests;

pub use files::{CubeError, CubeFormat};
pub use sql::{Dialect, SqlRequest, TimeForm, sql};

use super::cell::{ModelSums, RowSums, Scale};
use super::columns::{Bits, Codes, DifferentRows, Predictions};
use super::kernel::{Cut, Scan, Slicing, cells};
use super::table::{cuts_of, key_of};
use rustc_hash::FxHashMap;

/// Cells of a cube at most: their sums take about a kilobyte each while they are counted.
pub const MAX_CUBE_CELLS: usize = 1 << 18;

/// A dimension of a cube: its name, and its values in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CubeDimension {
    pub name: Box<str>,
    pub labels: Vec<Box<str>>,
}

/// Sums by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceCube {
    pub dimensions: Vec<CubeDimension>,
    pub models: Vec<Box<str>>,
    pub scale: Scale,
    /// By the codes of their values, ascending.
    pub cells: Vec<CubeCell>,
}

/// A combination of values and its sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CubeCell {
    /// A code of each dimension.
    pub key: Vec<u32>,
    pub rows: RowSums,
    /// By model.
    pub models: Vec<ModelSums>,
}

impl SliceCube {
    /// The cube of some dimensions and models. Reads each row twice.
    ///
    /// # Errors
    /// When the models scored different rows, or when more cells occur than a cube may have.
    pub fn of(
        predictions: &Predictions,
        models: &[usize],
        dimensions: &[usize],
        filter: Option<&Bits>,
    ) -> Result<Self, CubeError> {
        for &model in models {
            predictions.comparable(model, models[0])?;
        }
        let cuts = cuts_of(predictions, dimensions);
        let sizes: Vec<usize> = cuts.iter().map(|cut| cut.size()).collect();
        let found = Occurring::new(predictions, dimensions, &sizes, filter)?;
        let slicing = match &found {
            Occurring::All => Slicing { cuts, filter: None },
            Occurring::Some { codes, keys } => {
                Slicing { cuts: vec![Cut::Codes(codes, keys.len())], filter: None }
            }
        };
        let slicings = [slicing];
        let scan =
            Scan { predictions, models, filter, slicings: &slicings, histograms: None, bins: 1 };
        let cells = scan.run().pop().unwrap_or_default();
        let key = |cell: usize| match &found {
            Occurring::All => key_of(cell, &sizes),
            Occurring::Some { keys, .. } => key_of(keys[cell] as usize, &sizes),
        };
        let own = |(cell, rows): (usize, &RowSums)| CubeCell {
            key: key(cell).into_iter().map(|code| code as u32).collect(),
            rows: *rows,
            models: cells.models.iter().map(|model| model[cell]).collect(),
        };
        let occur = cells.rows.iter().enumerate().filter(|(_, rows)| rows.rows > 0);
        let mut cube = Self {
            dimensions: dimensions
                .iter()
                .map(|&at| {
                    let own = &predictions.dimensions()[at];
                    CubeDimension { name: own.name.clone(), labels: own.labels.clone() }
                })
                .collect(),
            models: models.iter().map(|&at| predictions.models()[at].name.clone()).collect(),
            scale: predictions.scale,
            cells: occur.map(own).collect(),
        };
        cube.cells.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(cube)
    }

    /// Rows of all cells.
    pub fn rows(&self) -> u64 {
        self.cells.iter().map(|cell| cell.rows.rows).sum()
    }

    pub fn dimension(&self, name: &str) -> Option<usize> {
        self.dimensions.iter().position(|own| &*own.name == name)
    }
}

/// The combinations that occur, where not all that could would fit.
enum Occurring {
    All,
    Some { codes: Codes, keys: Vec<u64> },
}

impl Occurring {
    fn new(
        predictions: &Predictions,
        dimensions: &[usize],
        sizes: &[usize],
        filter: Option<&Bits>,
    ) -> Result<Self, CubeError> {
        if cells(&cuts_of(predictions, dimensions)) <= MAX_CUBE_CELLS / 4 {
            return Ok(Self::All);
        }
        let all = sizes.iter().try_fold(1_u64, |all, &size| all.checked_mul(size as u64));
        all.ok_or(CubeError::TooManyCells)?;
        let own: Vec<&Codes> =
            dimensions.iter().map(|&at| &predictions.dimensions()[at].codes).collect();
        let mut places: FxHashMap<u64, u32> = FxHashMap::default();
        let mut keys = Vec::new();
        let mut codes = Codes::zeros(MAX_CUBE_CELLS, predictions.rows());
        for row in 0..predictions.rows() {
            if filter.is_some_and(|filter| !filter.get(row)) {
                continue;
            }
            let pairs = own.iter().zip(sizes);
            let key =
                pairs.fold(0, |key, (codes, &size)| key * size as u64 + codes.get(row) as u64);
            let place = *places.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() as u32 - 1
            });
            if keys.len() > MAX_CUBE_CELLS {
                return Err(CubeError::TooManyCells);
            }
            codes.set(row, place as usize);
        }
        Ok(Self::Some { codes, keys })
    }
}

impl From<DifferentRows> for CubeError {
    fn from(error: DifferentRows) -> Self {
        Self::DifferentRows(error)
    }
}
