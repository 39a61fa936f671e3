//! Rows beyond the memory: exact sums by cell, and a sample of the rows.
//!
//! The files are gone through twice, a few parts at a time. First all values are counted, so that each has
//! its code, and rows are drawn by a hash of their number; then every row is added to its cell. Where there
//! would be too many cells the dimension with the most values is given up, which only the sample has then.

use super::assemble::{Part, Pieces, assemble};
use super::builder::{ColumnPart, UNKNOWN};
use super::coder::{Census, Coder};
use super::roles::{Binning, Role};
use super::{
    Flow, Loaded, OpenedFiles, ReadError, ReadOptions, ReadReport, Wanted, Watch, bytes_of_row,
    stream,
};
use crate::metrics::cell::{ModelSums, RowSums, Scale};
use crate::metrics::columns::{Dimension, DimensionKind, Predictions, row_hash};
use crate::metrics::cube::{CubeCell, CubeDimension, CubeError, MAX_CUBE_CELLS, SliceCube};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};

/// Of the memory that is allowed: a half for cells, a quarter for the sample, the rest for reading.
const SHARE_OF_CELLS: u64 = 2;
const SHARE_OF_SAMPLE: u64 = 4;

/// Bytes of a cell while cells are gathered: its key and the sums of rows, and those of each model.
const CELL_BYTES: u64 = 200;
const MODEL_BYTES: u64 = 100;

/// Reads files of about `rows` rows that would not fit the memory.
///
/// # Errors
/// When it was cancelled or no row can be used.
pub(super) fn aggregate(
    opened: &OpenedFiles,
    rows: u64,
    wanted: &[Wanted],
    mut report: ReadReport,
    options: &ReadOptions,
    watch: &Watch<'_>,
) -> Result<Loaded, ReadError> {
    let halved = |bytes: u64| (watch.advanced)(bytes / 2);
    let watch = Watch { cancelled: watch.cancelled, advanced: &halved };
    let flow = Flow::Blocks(rayon::current_num_threads());
    let share = (options.memory / SHARE_OF_SAMPLE / bytes_of_row(wanted).max(1)) as f64;
    let mut survey = Survey::new(wanted, share / rows.max(1) as f64);
    stream(opened, wanted, flow, &watch, &mut report, &mut |parts| {
        survey.add(wanted, &parts);
        Ok(())
    })?;
    if report.rows == report.left_out {
        return Err(ReadError::Nothing { problems: report.problems });
    }
    let mut remarks = Vec::new();
    let coders = survey.coders(wanted, &report, options, &mut remarks);
    let first = opened.first().map_or(Path::new(""), |(path, ..)| PathBuf::as_path(path));
    report.remark(first, remarks);
    let kept = report.rows - report.left_out;
    let labelled = survey.labelled;
    let scale = Scale::new(survey.largest(), kept as usize);
    let mut tally = Tally::new(options.memory, survey.together());
    // What is wrong was told when the rows were surveyed.
    let mut again = ReadReport::default();
    let own = ReadOptions { bins: 1, ..options.clone() };
    let roles = &report.roles.0;
    stream(opened, wanted, flow, &watch, &mut again, &mut |parts| {
        let mut few = assemble(wanted, roles, parts, &own, Some(&coders), &mut Vec::new());
        few.scale = scale;
        tally.add(&few).map_err(|error| ReadError::Cube(error.to_string()))
    })?;
    let sample = (!survey.sample.is_empty())
        .then(|| assemble(wanted, roles, survey.sample, options, Some(&coders), &mut Vec::new()));
    let (predictions, given_up) = tally.finish(scale, (kept, labelled));
    report.sample_only = given_up;
    report.unlabelled = predictions.unlabelled() as u64;
    Ok(Loaded { predictions, sample, report })
}

/// What is learned of all rows before any is coded.
struct Survey {
    /// By wanted column; counted for dimensions and times.
    census: Vec<Census>,
    largest_weight: Option<f32>,
    /// Rows with a label.
    labelled: u64,
    /// By column of scores, a sum of the hashes of the rows without one: the same where the rows are. Empty for
    /// tables with a row a model.
    unscored: Vec<u64>,
    sample: Vec<Part>,
    /// Rows whose hash is below are drawn.
    below: u64,
    next_row: u64,
}

impl Survey {
    fn new(wanted: &[Wanted], share: f64) -> Self {
        let long = wanted.iter().any(|own| matches!(own.role, Role::Model | Role::Version));
        let scores = wanted.iter().filter(|own| own.role == Role::Score).count();
        Self {
            census: wanted.iter().map(|_| Census::default()).collect(),
            largest_weight: None,
            labelled: 0,
            unscored: if long { Vec::new() } else { vec![0; scores] },
            sample: Vec::new(),
            below: (share.min(1.0) * u64::MAX as f64) as u64,
            next_row: 0,
        }
    }

    fn add(&mut self, wanted: &[Wanted], parts: &[Part]) {
        for part in parts {
            let stays = |row: usize| part.keep.as_ref().is_none_or(|keep| keep.get(row));
            let start = self.next_row;
            let hash = |row: usize| row_hash(start + row as u64);
            let mut unscored = self.unscored.iter_mut();
            for (at, (own, column)) in wanted.iter().zip(&part.columns).enumerate() {
                match (own.role, column) {
                    (Role::Dimension | Role::Time, _) => {
                        self.census[at].add(column, part.keep.as_ref());
                    }
                    (Role::Label, ColumnPart::Labels(labels)) => {
                        let rows = labels.iter().enumerate();
                        let known = |&(row, &own): &(usize, &u8)| own != UNKNOWN && stays(row);
                        self.labelled += rows.filter(known).count() as u64;
                    }
                    (Role::Weight, ColumnPart::Floats(weights)) => {
                        let largest = weights.iter().copied().fold(0.0, f32::max);
                        self.largest_weight =
                            Some(self.largest_weight.map_or(largest, |own| own.max(largest)));
                    }
                    (Role::Score, ColumnPart::Floats(scores)) => {
                        let Some(sum) = unscored.next() else { continue };
                        let rows = scores.iter().enumerate();
                        rows.filter(|(row, own)| own.is_nan() && stays(*row))
                            .for_each(|(row, _)| *sum = sum.wrapping_add(hash(row)));
                    }
                    _ => {}
                }
            }
            let drawn = |&row: &usize| stays(row) && hash(row) <= self.below;
            let rows: Vec<usize> = (0..part.rows).filter(drawn).collect();
            if !rows.is_empty() {
                self.sample.push(part.pick(&rows));
            }
            self.next_row += part.rows as u64;
        }
    }

    /// Models, as columns of scores, that scored the same rows; `None` where each row is of one model.
    fn together(&self) -> Option<Vec<Vec<usize>>> {
        let mut all: Vec<Vec<usize>> = Vec::new();
        for (at, sum) in self.unscored.iter().enumerate() {
            match all.iter_mut().find(|own| self.unscored[own[0]] == *sum) {
                Some(own) => own.push(at),
                None => all.push(vec![at]),
            }
        }
        (!all.is_empty()).then_some(all)
    }

    fn largest(&self) -> f64 {
        f64::from(self.largest_weight.filter(|&own| own > 0.0).unwrap_or(1.0))
    }

    /// By wanted column: how its values become codes; `None` for what is no dimension.
    fn coders(
        &self,
        wanted: &[Wanted],
        report: &ReadReport,
        options: &ReadOptions,
        remarks: &mut Vec<(Box<str>, String)>,
    ) -> Vec<Option<Coder>> {
        let coder = |(at, own): (usize, &Wanted)| {
            let census = &self.census[at];
            match own.role {
                Role::Time => Some(Coder::of_times(census, options.bucket)),
                Role::Dimension => {
                    let role = report.roles.0.iter().find(|role| *role.column == *own.column);
                    let binning = role.map_or(&Binning::Auto, |role| &role.binning);
                    let sample = Pieces::look(&self.sample, at);
                    let mut remark = |text: String| remarks.push((own.column.clone(), text));
                    Some(Coder::new(census, &sample, binning, options.values, &mut remark))
                }
                _ => None,
            }
        };
        wanted.iter().enumerate().map(coder).collect()
    }
}

/// Models that scored the same rows, and their cells.
#[derive(Default)]
struct Class {
    models: Vec<Box<str>>,
    cells: FxHashMap<Vec<u32>, (RowSums, Vec<ModelSums>)>,
}

/// The cells so far.
struct Tally {
    memory: u64,
    /// See [`Survey::together`].
    together: Option<Vec<Vec<usize>>>,
    /// Names of all models; in their order for tables with a column a model.
    models: Vec<Box<str>>,
    /// All dimensions, without codes, and which of them cells are cut by.
    dimensions: Vec<Dimension>,
    kept: Vec<usize>,
    classes: Vec<Class>,
}

impl Tally {
    fn new(memory: u64, together: Option<Vec<Vec<usize>>>) -> Self {
        Self {
            memory,
            together,
            models: Vec::new(),
            dimensions: Vec::new(),
            kept: Vec::new(),
            classes: Vec::new(),
        }
    }

    fn add(&mut self, few: &Predictions) -> Result<(), CubeError> {
        if self.dimensions.is_empty() {
            let bare = |own: &Dimension| Dimension {
                codes: crate::metrics::Codes::zeros(1, 0),
                ..own.clone()
            };
            self.dimensions = few.dimensions().iter().map(bare).collect();
            self.kept = (0..self.dimensions.len()).collect();
        }
        for model in few.models() {
            if !self.models.contains(&model.name) {
                self.models.push(model.name.clone());
            }
        }
        let alone = || (0..few.models().len()).map(|own| vec![own]).collect();
        let together = self.together.clone().unwrap_or_else(alone);
        for models in &together {
            let cube = loop {
                match SliceCube::of(few, models, &self.kept, None, 0) {
                    Err(CubeError::TooManyCells) if !self.kept.is_empty() => self.give_one_up(),
                    outcome => break outcome?,
                }
            };
            self.take(cube);
        }
        while self.cells() > self.most_cells() && !self.kept.is_empty() {
            self.give_one_up();
        }
        Ok(())
    }

    fn take(&mut self, cube: SliceCube) {
        let at = self.classes.iter().position(|own| own.models == cube.models);
        let at = at.unwrap_or_else(|| {
            self.classes.push(Class { models: cube.models, ..Class::default() });
            self.classes.len() - 1
        });
        for cell in cube.cells {
            put(&mut self.classes[at].cells, cell.key, (cell.rows, cell.models));
        }
    }

    fn cells(&self) -> u64 {
        self.classes.iter().map(|own| own.cells.len() as u64).sum()
    }

    fn most_cells(&self) -> u64 {
        let models = self.classes.iter().map(|own| own.models.len() as u64).max().unwrap_or(1);
        let fit = self.memory / SHARE_OF_CELLS / (CELL_BYTES + MODEL_BYTES * models);
        fit.clamp(1, MAX_CUBE_CELLS as u64)
    }

    /// Joins the cells that differ in the dimension of most values alone; of several the last, and a time only
    /// when nothing else is left, because courses over time are what alarms are raised by.
    fn give_one_up(&mut self) {
        let weight = |at: usize| {
            let own = &self.dimensions[self.kept[at]];
            (own.kind != DimensionKind::Times, own.labels.len())
        };
        let Some(at) = (0..self.kept.len()).max_by_key(|&at| weight(at)) else { return };
        self.kept.remove(at);
        for class in &mut self.classes {
            let mut joined = FxHashMap::default();
            for (mut key, sums) in std::mem::take(&mut class.cells) {
                key.remove(at);
                put(&mut joined, key, sums);
            }
            class.cells = joined;
        }
    }

    /// The cells, and the dimensions that were given up.
    fn finish(mut self, scale: Scale, counts: (u64, u64)) -> (Predictions, Vec<Box<str>>) {
        if self.together.is_none() {
            self.models.sort();
        }
        let (kept, all) = (self.kept, self.dimensions);
        let named = kept.iter().map(|&at| &all[at]);
        let dimensions: Vec<CubeDimension> = named
            .map(|own| CubeDimension { name: own.name.clone(), labels: own.labels.clone() })
            .collect();
        let cube = |class: Class| {
            let cell = |(key, (rows, models))| CubeCell { key, rows, models, scores: Vec::new() };
            let mut cells: Vec<CubeCell> = class.cells.into_iter().map(cell).collect();
            cells.sort_by(|a, b| a.key.cmp(&b.key));
            let (dimensions, models) = (dimensions.clone(), class.models);
            SliceCube { dimensions, models, scale, cells, score_ranges: Vec::new() }
        };
        let cubes: Vec<SliceCube> = self.classes.into_iter().map(cube).collect();
        let (mut own, mut given_up) = (Vec::new(), Vec::new());
        for (at, dimension) in all.into_iter().enumerate() {
            if kept.contains(&at) {
                own.push(dimension);
            } else {
                given_up.push(dimension.name);
            }
        }
        (Predictions::of_cubes(own, &cubes, &self.models, counts), given_up)
    }
}

fn put(
    cells: &mut FxHashMap<Vec<u32>, (RowSums, Vec<ModelSums>)>,
    key: Vec<u32>,
    sums: (RowSums, Vec<ModelSums>),
) {
    match cells.entry(key) {
        std::collections::hash_map::Entry::Vacant(place) => {
            place.insert(sums);
        }
        std::collections::hash_map::Entry::Occupied(mut place) => {
            let own = place.get_mut();
            own.0 += sums.0;
            own.1.iter_mut().zip(sums.1).for_each(|(own, other)| *own += other);
        }
    }
}
