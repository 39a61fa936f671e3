//! Brushing: tiles of sums that answer any brush of a view without looking at a row.
//!
//! After Falcon (Moritz, Howe and Heer 2019), with sums in place of counts. When a view becomes
//! active, [`Tiles::build`] scans the rows once and keeps for every other view the sums of each pair of
//! an active value and a value of its own, added up along the active values. From then on a brush is
//! the difference of two such rows, whatever the number of predictions. As the sums are integers, the
//! difference is exactly what a full recomputation gives.

use super::auc::{Auc, Histogram};
use super::cell::{ModelSums, RowSums, Scale, Sums};
use super::columns::{Bits, DifferentRows, Predictions};
use super::kernel::{Cells, Mass, Scan, Slicing};
use super::slice::{SliceSpec, rows_of_codes};
use super::statistics::{BaseRate, Metric};
use super::table::cuts_of;
use std::ops::Range;

/// Bins of scores in tiles: with 32 bars an AUC of each still takes about ten microseconds.
const TILE_BINS: usize = 128;

/// Chosen values of each dimension; `None` is all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brushes {
    /// By dimension, then code.
    pub chosen: Vec<Option<Vec<bool>>>,
}

impl Brushes {
    /// Nothing is brushed.
    pub fn none(predictions: &Predictions) -> Self {
        Self { chosen: vec![None; predictions.dimensions().len()] }
    }

    /// Chooses the values with these codes.
    pub fn choose(&mut self, predictions: &Predictions, dimension: usize, codes: Range<usize>) {
        let size = predictions.dimensions()[dimension].labels.len();
        self.chosen[dimension] = Some((0..size).map(|code| codes.contains(&code)).collect());
    }

    /// Rows that pass all brushes but those of some dimensions; `None` is all rows.
    pub fn rows(&self, predictions: &Predictions, except: &[usize]) -> Option<Bits> {
        let brushed = self.chosen.iter().enumerate().filter(|(at, _)| !except.contains(at));
        let sets = brushed.filter_map(|(at, chosen)| Some((at, chosen.as_ref()?)));
        sets.map(|(at, chosen)| rows_of_codes(predictions, at, chosen)).reduce(|a, b| a.and(&b))
    }
}

impl Brushes {
    /// The brushes that a slice is; what it names and is not there is passed over.
    pub fn of(predictions: &Predictions, spec: &SliceSpec) -> Self {
        let mut brushes = Self::none(predictions);
        for condition in &spec.conditions {
            if let Some(at) = predictions.dimension(&condition.dimension) {
                brushes.chosen[at] = Some(condition.chosen(&predictions.dimensions()[at]));
            }
        }
        brushes
    }
}

/// Every view of `dimensions` by its bars, each filtered by all brushes but its own. One scan of the rows.
///
/// # Errors
/// When the models did not score the same rows.
pub fn bars(
    predictions: &Predictions,
    models: &[usize],
    dimensions: &[usize],
    brushes: &Brushes,
    scores: Option<Mass>,
) -> Result<Vec<Bars>, DifferentRows> {
    for &model in models {
        predictions.comparable(model, models[0])?;
    }
    let filters: Vec<Option<Bits>> =
        dimensions.iter().map(|&own| brushes.rows(predictions, &[own])).collect();
    let cut = |(&own, filter)| Slicing {
        cuts: cuts_of(predictions, &[own]),
        filter: Option::<Bits>::as_ref(filter),
    };
    let slicings: Vec<Slicing<'_>> = dimensions.iter().zip(&filters).map(cut).collect();
    let scan = Scan {
        predictions,
        models,
        filter: None,
        slicings: &slicings,
        histograms: scores,
        bins: TILE_BINS,
    };
    let of = |cells: Cells| Bars {
        sums: (0..cells.rows.len())
            .flat_map(|bar| cells.models.iter().map(move |own| own[bar]))
            .collect(),
        scores: (0..cells.rows.len())
            .flat_map(|bar| cells.histograms.iter().map(move |own| own[bar].clone()))
            .collect(),
        rows: cells.rows,
        models: models.len(),
        scale: Some(predictions.scale),
    };
    Ok(scan.run().into_iter().map(of).collect())
}

/// What the views need while one of them is dragged in.
#[derive(Clone, Debug, PartialEq)]
pub struct Tiles {
    /// The dimension that is brushed.
    pub active: usize,
    /// The other views, in the order in which they were asked for.
    pub views: Vec<ViewTiles>,
    scale: Scale,
}

/// The tiles of one view.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewTiles {
    pub dimension: usize,
    /// Bars of the view.
    pub bars: usize,
    models: usize,
    /// Row `p` holds the sums of all active values below `p`; within it by bar.
    rows: Vec<RowSums>,
    /// The same; within a bar by model.
    sums: Vec<ModelSums>,
    /// The same with bins; empty unless asked for.
    scores: Vec<Histogram>,
}

/// A view under a brush, by bar; reused from one brush to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    rows: Vec<RowSums>,
    sums: Vec<ModelSums>,
    scores: Vec<Histogram>,
    models: usize,
    scale: Option<Scale>,
}

impl Tiles {
    /// Scans the rows for views of `dimensions` while `active` is brushed: filtered by all brushes but
    /// those of the active view and of each view itself.
    ///
    /// # Errors
    /// When the models did not score the same rows.
    pub fn build(
        predictions: &Predictions,
        models: &[usize],
        active: usize,
        dimensions: &[usize],
        brushes: &Brushes,
        scores: Option<Mass>,
    ) -> Result<Self, DifferentRows> {
        for &model in models {
            predictions.comparable(model, models[0])?;
        }
        let filters: Vec<Option<Bits>> =
            dimensions.iter().map(|&own| brushes.rows(predictions, &[active, own])).collect();
        let mut slicings: Vec<Slicing<'_>> = Vec::with_capacity(dimensions.len());
        for (&own, filter) in dimensions.iter().zip(&filters) {
            let cuts = cuts_of(predictions, &[active, own]);
            slicings.push(Slicing { cuts, filter: filter.as_ref() });
        }
        let size = |dimension: usize| predictions.dimensions()[dimension].labels.len();
        let view = |&dimension: &usize| {
            ViewTiles::new(dimension, size(dimension), size(active), models.len())
        };
        let mut views: Vec<ViewTiles> = dimensions.iter().map(view).collect();
        let slicings = &slicings;
        let scan = Scan {
            predictions,
            models,
            filter: None,
            slicings,
            histograms: scores,
            bins: TILE_BINS,
        };
        for (view, cells) in views.iter_mut().zip(scan.run()) {
            view.take(cells);
        }
        views.iter_mut().for_each(ViewTiles::add_up);
        Ok(Self { active, views, scale: predictions.scale })
    }

    /// A view when the active values with these codes are chosen. `O(bars)`.
    pub fn brush(&self, view: usize, chosen: Range<usize>, bars: &mut Bars) {
        self.views[view].difference(chosen, bars, true);
        bars.scale = Some(self.scale);
    }

    /// A view when any set of active values is chosen: one difference a run. `O(runs · bars)`.
    pub fn brush_set(&self, view: usize, chosen: &[bool], bars: &mut Bars) {
        self.views[view].difference(0..0, bars, true);
        let mut start = 0;
        while start < chosen.len() {
            let end = (start..chosen.len()).find(|&at| !chosen[at]).unwrap_or(chosen.len());
            if end > start {
                self.views[view].difference(start..end, bars, false);
            }
            start = end + 1;
        }
        bars.scale = Some(self.scale);
    }

    /// Bytes that the tiles hold.
    pub fn bytes(&self) -> usize {
        let of = |view: &ViewTiles| {
            let bins: usize = view.scores.iter().map(|own| own.bins.len() * 16).sum();
            size_of_val(&*view.rows) + size_of_val(&*view.sums) + bins
        };
        self.views.iter().map(of).sum()
    }
}

impl ViewTiles {
    fn new(dimension: usize, bars: usize, pixels: usize, models: usize) -> Self {
        let cells = (pixels + 1) * bars;
        Self {
            dimension,
            bars,
            models,
            rows: vec![RowSums::default(); cells],
            sums: vec![ModelSums::default(); cells * models],
            scores: Vec::new(),
        }
    }

    /// Takes the cells of single pixels, one row further on.
    fn take(&mut self, cells: Cells) {
        let bars = self.bars;
        self.rows[bars..].copy_from_slice(&cells.rows);
        for (model, own) in cells.models.iter().enumerate() {
            for (cell, sums) in own.iter().enumerate() {
                self.sums[(bars + cell) * self.models + model] = *sums;
            }
        }
        let first = cells.histograms.first().and_then(|own| own.first());
        let Some(width) = first.map(|own| own.bins.len()) else { return };
        self.scores.resize(self.sums.len(), Histogram { bins: vec![[0; 2]; width] });
        for (model, own) in cells.histograms.into_iter().enumerate() {
            for (cell, scores) in own.into_iter().enumerate() {
                self.scores[(bars + cell) * self.models + model] = scores;
            }
        }
    }

    /// Turns sums of single pixels into sums of all pixels before.
    fn add_up(&mut self) {
        for at in self.bars..self.rows.len() {
            let before = self.rows[at - self.bars];
            self.rows[at] += before;
        }
        let step = self.bars * self.models;
        for at in step..self.sums.len() {
            let before = self.sums[at - step];
            self.sums[at] += before;
        }
        for at in step..self.scores.len() {
            let (before, own) = self.scores.split_at_mut(at);
            own[0].add(&before[at - step]);
        }
    }

    /// Sums of the pixels of a range; added to what `bars` holds unless it is to begin anew.
    fn difference(&self, pixels: Range<usize>, bars: &mut Bars, anew: bool) {
        let (low, high) = (pixels.start * self.bars, pixels.end * self.bars);
        if anew {
            bars.models = self.models;
            bars.rows.clear();
            bars.rows.resize(self.bars, RowSums::default());
            bars.sums.clear();
            bars.sums.resize(self.bars * self.models, ModelSums::default());
            bars.scores.truncate(if self.scores.is_empty() { 0 } else { bars.sums.len() });
            bars.scores.iter_mut().for_each(|own| own.bins.fill([0; 2]));
        }
        for (bar, own) in bars.rows.iter_mut().enumerate() {
            *own += self.rows[high + bar];
            *own -= self.rows[low + bar];
        }
        let (low, high) = (low * self.models, high * self.models);
        for (at, own) in bars.sums.iter_mut().enumerate() {
            *own += self.sums[high + at];
            *own -= self.sums[low + at];
        }
        if self.scores.is_empty() {
            return;
        }
        bars.scores.resize_with(bars.sums.len(), Histogram::default);
        for (at, own) in bars.scores.iter_mut().enumerate() {
            own.add(&self.scores[high + at]);
            own.subtract(&self.scores[low + at]);
        }
    }
}

impl Bars {
    /// Number of bars.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number of models.
    pub fn models(&self) -> usize {
        self.models
    }

    /// Rows in a bar.
    pub fn rows(&self, bar: usize) -> u64 {
        self.rows[bar].rows
    }

    /// All sums of a bar for a model, as numbers.
    pub fn sums(&self, bar: usize, model: usize) -> Sums {
        let scale = self.scale.unwrap_or(Scale::new(1.0, 1));
        Sums::new(&self.rows[bar], &self.sums[bar * self.models + model], scale)
    }

    /// Predicted over observed, less one, and nothing else: the cheap one while dragging.
    pub fn bias(&self, bar: usize, model: usize) -> Option<f64> {
        let (wp, wy) = (self.sums[bar * self.models + model].wp, self.rows[bar].wy);
        (wy > 0).then(|| wp as f64 / wy as f64 - 1.0)
    }

    /// A metric of a bar, as far as its sums and scores tell it.
    pub fn value(&self, bar: usize, model: usize, metric: Metric, base: BaseRate) -> Option<f64> {
        match metric {
            Metric::AucLoss => self.auc(bar, model).map(|own| 1.0 - own.value),
            _ => self.sums(bar, model).metric(metric, base),
        }
    }

    /// The AUC of a bar; `None` also where the tiles hold no scores.
    pub fn auc(&self, bar: usize, model: usize) -> Option<Auc> {
        self.scores.get(bar * self.models + model)?.auc()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{predictions, seeded};
    use crate::metrics::{TableRequest, tables};
    use proptest::prelude::*;

    const SIZES: [usize; 3] = [6, 4, 3];

    fn everything(own: &Predictions) -> Brushes {
        let mut brushes = Brushes::none(own);
        brushes.choose(own, 1, 1..3);
        brushes.choose(own, 2, 0..2);
        brushes
    }

    /// The bars by scanning all rows again.
    fn recomputed(own: &Predictions, brushes: &Brushes, view: usize) -> Vec<(Sums, Option<f64>)> {
        let filter = brushes.rows(own, &[view]);
        let request = TableRequest {
            filter: filter.as_ref(),
            auc: Some(Mass::Rows),
            ..TableRequest::new(own, vec![vec![view]])
        };
        let table = tables(own, &request).expect("few cells").remove(0);
        let bar = |code| match table.find(&[code]) {
            Some(group) => (group.stats[1].sums, group.stats[1].auc.map(|auc| auc.value)),
            None => (Sums::default(), None),
        };
        (0..SIZES[view]).map(bar).collect()
    }

    #[test]
    fn bars_are_filtered_by_all_brushes_but_their_own() {
        let own = predictions(&SIZES, 2, &seeded(8, 3000, &SIZES, 2, true));
        let brushes = everything(&own);
        let spec = SliceSpec::parse("d1=v1|v2, d2=v0|v1, nowhere=1").expect("a slice");
        assert_eq!(Brushes::of(&own, &spec), brushes);
        let views =
            bars(&own, &[0, 1], &[0, 1, 2], &brushes, Some(Mass::Rows)).expect("the same rows");
        for (view, bars) in views.iter().enumerate() {
            for (bar, (sums, auc)) in recomputed(&own, &brushes, view).iter().enumerate() {
                assert_eq!(bars.sums(bar, 1), *sums, "{view}");
                assert_eq!(bars.auc(bar, 1).is_some(), auc.is_some(), "{view}");
            }
        }
    }

    #[test]
    fn every_pair_of_pixels_equals_a_full_recomputation() {
        let own = predictions(&SIZES, 2, &seeded(8, 3000, &SIZES, 2, true));
        let mut brushes = everything(&own);
        let tiles = Tiles::build(&own, &[0, 1], 0, &[1, 2], &brushes, Some(Mass::Rows));
        let tiles = tiles.expect("the same rows");
        let mut bars = Bars::default();
        for start in 0..=SIZES[0] {
            for end in start..=SIZES[0] {
                brushes.choose(&own, 0, start..end);
                for view in [0, 1] {
                    tiles.brush(view, start..end, &mut bars);
                    let expected = recomputed(&own, &brushes, tiles.views[view].dimension);
                    for (bar, (sums, auc)) in expected.iter().enumerate() {
                        assert_eq!(bars.sums(bar, 1), *sums, "{start}..{end}");
                        assert_eq!(bars.rows(bar), sums.rows);
                        assert_eq!(bars.bias(bar, 1).is_some(), sums.bias().is_some());
                        let found = bars.auc(bar, 1);
                        assert_eq!(found.is_some(), auc.is_some());
                        if let (Some(found), Some(auc)) = (found, auc) {
                            assert!((found.value - auc).abs() <= found.bound + 1e-12);
                        }
                    }
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn any_set_of_pixels_equals_a_full_recomputation(
            chosen in prop::collection::vec(any::<bool>(), SIZES[0]), seed in 0_u64..1000
        ) {
            let own = predictions(&SIZES, 2, &seeded(seed, 300, &SIZES, 2, true));
            let mut brushes = everything(&own);
            let tiles = Tiles::build(&own, &[0, 1], 0, &[1, 2], &brushes, None);
            let tiles = tiles.expect("the same rows");
            brushes.chosen[0] = Some(chosen.clone());
            let mut bars = Bars::default();
            for view in [0, 1] {
                tiles.brush_set(view, &chosen, &mut bars);
                let expected = recomputed(&own, &brushes, tiles.views[view].dimension);
                for (bar, (sums, _)) in expected.iter().enumerate() {
                    prop_assert_eq!(bars.sums(bar, 1), *sums);
                    prop_assert_eq!(bars.auc(bar, 1), None);
                }
            }
        }
    }
}
