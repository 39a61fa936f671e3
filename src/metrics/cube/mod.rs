//! Aggregated cubes: the sums of cells in place of rows.
//!
//! A cube holds, for each combination of values that occurs, what [`super::Sums`] is made of, as the
//! integers themselves. So tables made from a cube have the same digits as tables made from the rows,
//! and cubes of parts add up to the cube of the whole. Logs that outgrow a machine are aggregated where
//! they live: [`sql`] writes the query, [`SliceCube::read`] takes its result. A cell may hold its sums once more
//! by ranges of scores: histograms, off which the AUC is read.

mod files;
mod join;
mod labels;
mod scores;
mod sql;

#[cfg(test)]
mod tests;

pub use files::{CubeError, CubeFormat};
pub use scores::{ScoreBin, ScoreRange};
pub use sql::{Dialect, SqlRequest, TimeForm, sql};

use super::cell::{ModelSums, RowSums, Scale};
use super::columns::{Bits, Codes, DifferentRows, Dimension, Predictions};
use super::kernel::{Cut, Scan, Slicing};
use super::table::key_of;
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
    /// By model, the ranges of scores that cells tell apart; empty where they have no histograms.
    pub score_ranges: Vec<Vec<ScoreRange>>,
}

/// A combination of values and its sums.
#[derive(Clone, Debug, PartialEq)]
pub struct CubeCell {
    /// A code of each dimension.
    pub key: Vec<u32>,
    pub rows: RowSums,
    /// By model.
    pub models: Vec<ModelSums>,
    /// By model, the same by its scores, ascending; empty where no histograms are kept.
    pub scores: Vec<Vec<ScoreBin>>,
}

impl SliceCube {
    /// The cube of some dimensions and models, with histograms of up to `bins` ranges of each model's scores;
    /// none where that is 0. Reads each row twice, and twice more for each histogram.
    ///
    /// # Errors
    /// When the models scored different rows, or when more cells occur than a cube may have.
    pub fn of(
        predictions: &Predictions,
        models: &[usize],
        dimensions: &[usize],
        filter: Option<&Bits>,
        bins: usize,
    ) -> Result<Self, CubeError> {
        for &model in models {
            predictions.comparable(model, models[0])?;
        }
        let own: Vec<_> = dimensions.iter().map(|&at| &predictions.dimensions()[at]).collect();
        let axes: Vec<(&Codes, usize)> =
            own.iter().map(|own| (&own.codes, own.labels.len())).collect();
        let dimension =
            |own: &&Dimension| CubeDimension { name: own.name.clone(), labels: own.labels.clone() };
        let mut cube = Self {
            dimensions: own.iter().map(dimension).collect(),
            models: models.iter().map(|&at| predictions.models()[at].name.clone()).collect(),
            scale: predictions.scale,
            cells: cells_of(predictions, models, &axes, filter)?,
            score_ranges: Vec::new(),
        };
        if bins > 0 {
            predictions.need_rows().map_err(|_| CubeError::NoScores)?;
            files::free_of_names(own.iter().map(|own| &*own.name))?;
            for &model in models {
                cube.add_scores(predictions, model, &axes, filter, bins)?;
            }
        }
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

/// The cells that occur, ascending.
fn cells_of(
    predictions: &Predictions,
    models: &[usize],
    axes: &[(&Codes, usize)],
    filter: Option<&Bits>,
) -> Result<Vec<CubeCell>, CubeError> {
    let sizes: Vec<usize> = axes.iter().map(|(_, size)| *size).collect();
    let found = Occurring::new(predictions.rows(), axes, filter)?;
    let cuts = match &found {
        Occurring::All => axes.iter().map(|&(codes, size)| Cut::Codes(codes, size)).collect(),
        Occurring::Some { codes, keys } => vec![Cut::Codes(codes, keys.len())],
    };
    let slicings = [Slicing { cuts, filter: None }];
    let scan = Scan { predictions, models, filter, slicings: &slicings, histograms: None, bins: 1 };
    let cells = scan.run().pop().unwrap_or_default();
    let key = |cell: usize| match &found {
        Occurring::All => key_of(cell, &sizes),
        Occurring::Some { keys, .. } => key_of(keys[cell] as usize, &sizes),
    };
    let own = |(cell, rows): (usize, &RowSums)| CubeCell {
        key: key(cell).into_iter().map(|code| code as u32).collect(),
        rows: *rows,
        models: cells.models.iter().map(|model| model[cell]).collect(),
        scores: Vec::new(),
    };
    let occur = cells.rows.iter().enumerate().filter(|(_, rows)| rows.rows > 0);
    let mut all: Vec<CubeCell> = occur.map(own).collect();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(all)
}

/// The combinations that occur, where not all that could would fit.
enum Occurring {
    All,
    Some { codes: Codes, keys: Vec<u64> },
}

impl Occurring {
    fn new(
        rows: usize,
        axes: &[(&Codes, usize)],
        filter: Option<&Bits>,
    ) -> Result<Self, CubeError> {
        let all = axes.iter().try_fold(1_u64, |all, &(_, size)| all.checked_mul(size as u64));
        let all = all.ok_or(CubeError::TooManyCells)?;
        if all <= MAX_CUBE_CELLS as u64 / 4 {
            return Ok(Self::All);
        }
        let mut places: FxHashMap<u64, u32> = FxHashMap::default();
        let mut keys = Vec::new();
        let mut codes = Codes::zeros(MAX_CUBE_CELLS, rows);
        for row in 0..rows {
            if filter.is_some_and(|filter| !filter.get(row)) {
                continue;
            }
            let key = axes
                .iter()
                .fold(0, |key, &(codes, size)| key * size as u64 + codes.get(row) as u64);
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
