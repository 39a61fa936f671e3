//! Prediction tables: what models said, what happened, and how well the two agree, by slice.
//!
//! Owns: columns of predictions and their reading, the sums of a cell, statistics with their
//! certainty, group tables, brushes, slice finding, thresholds, cubes. Must never know: the graph's
//! drawing, manifests.
//!
//! The entry points, in the order in which a user meets them: [`read::read`] turns files into
//! [`Predictions`] and a report; [`tables`] makes tables of models by slice, with intervals and changes
//! against a baseline, [`grid::grid`] the grid of them; [`Tiles::build`] and [`Tiles::brush`] answer a drag; [`find::find`] looks for bad
//! slices; [`thresholds::bench`] moves and learns thresholds; [`over_time::over_time`] gives courses and
//! alarms; [`cube::SliceCube`] is the same from aggregates, and [`cube::sql`] the query that makes them.
//! A slice is named by a [`SliceSpec`]; its rows are [`Bits`], which every entry point takes as a filter.

mod aggregated;
mod auc;
mod bins;
mod brush;
mod calibration;
mod cell;
mod columns;
pub mod cube;
pub mod find;
pub mod grid;
mod kernel;
pub mod over_time;
pub mod read;
mod slice;
mod statistics;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod thresholds;
pub mod workbench;

pub use auc::{Auc, Histogram};
pub use bins::DEFAULT_BINS;
pub use brush::{Bars, Brushes, Tiles, ViewTiles, bars};
pub use calibration::CALIBRATION_BINS;
pub use cell::{LEAST_PROBABILITY, ModelSums, RowSums, Scale, Sums};
pub use columns::{
    Bits, Codes, DifferentRows, Dimension, DimensionKind, MISSING, Model, NeedsRows, OTHER,
    Predictions, RowsOfTwo, Scores,
};
pub use kernel::{MAX_CELLS, Mass};
pub use slice::{Condition, SliceError, SliceSpec};
pub use statistics::{
    BaseRate, DEFAULT_FOLDS, Interval, Metric, NORMAL_95, calibration_error, jackknife,
    normal_tail, student_95,
};
pub use table::{Change, Group, GroupTable, SliceStats, TableError, TableRequest, tables};
