//! Where the columns of a grid of slices stand: as wide as their traffic.

use super::{Color, Theme};
use crate::metrics::grid::{Arranged, CellState, Grid, GridCell};
use std::ops::Range;

/// A column is never narrower: it must be hit with a pointer.
pub const LEAST_COLUMN: f32 = 10.0;

/// Between two groups.
const GROUP_GAP: f32 = 8.0;

/// Columns from left to right, in bands below one another, in points from the left edge of their band.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GridLayout {
    /// Places in [`Grid::columns`].
    pub columns: Vec<usize>,
    /// Runs of `columns` that stand beside one another.
    pub bands: Vec<Range<usize>>,
    /// Left edges.
    lefts: Vec<f32>,
    rights: Vec<f32>,
}

impl GridLayout {
    /// `per_whole` points stand for all rows; a column without rows is as wide as the least. A group that
    /// does not fit into what is left of `room` begins a band of its own.
    pub fn new(grid: &Grid, arranged: &Arranged, per_whole: f32, room: f32) -> Self {
        let mut this = Self { columns: arranged.columns.clone(), ..Self::default() };
        let group = |place: usize| grid.columns[arranged.columns[place]].group;
        let wide = |place: usize| {
            // All rows stand for themselves; drawn at their width they would push the rest out of sight.
            let column = &grid.columns[arranged.columns[place]];
            let share = if column.group.is_none() { ALL_ROWS } else { column.share as f32 };
            (share * per_whole).max(LEAST_COLUMN)
        };
        let (mut x, mut start, mut place) = (0.0, 0, 0);
        while place < this.columns.len() {
            let own = group(place);
            let end = (place..this.columns.len()).find(|&at| group(at) != own);
            let end = end.unwrap_or(this.columns.len());
            let gap = if place > start { GROUP_GAP } else { 0.0 };
            let needed: f32 = (place..end).map(wide).sum();
            if place > start && x + gap + needed > room {
                this.bands.push(start..place);
                (x, start) = (0.0, place);
            } else {
                x += gap;
            }
            for at in place..end {
                this.lefts.push(x);
                x += wide(at);
                this.rights.push(x);
            }
            place = end;
        }
        if start < this.columns.len() {
            this.bands.push(start..this.columns.len());
        }
        this
    }

    /// Right edge of the widest band.
    pub fn width(&self) -> f32 {
        self.rights.iter().copied().fold(0.0, f32::max)
    }

    /// Left and right edge of the column at this place of the order.
    pub fn span(&self, place: usize) -> (f32, f32) {
        (self.lefts[place], self.rights[place])
    }

    /// Places of the columns of a band that show between two points.
    pub fn visible(&self, band: usize, from: f32, to: f32) -> Range<usize> {
        let own = self.bands[band].clone();
        let start = own.start + self.rights[own.clone()].partition_point(|&right| right < from);
        let end = own.start + self.lefts[own].partition_point(|&left| left <= to);
        start..end.max(start)
    }

    /// Runs of columns of one group in a band, with the group.
    pub fn groups(&self, grid: &Grid, band: usize) -> Vec<(Option<usize>, Range<usize>)> {
        let mut runs: Vec<(Option<usize>, Range<usize>)> = Vec::new();
        for place in self.bands[band].clone() {
            let group = grid.columns[self.columns[place]].group;
            match runs.last_mut().filter(|(own, _)| *own == group) {
                Some((_, run)) => run.end = place + 1,
                None => runs.push((group, place..place + 1)),
            }
        }
        runs
    }
}

/// Share of a whole that the column of all rows is drawn at.
const ALL_ROWS: f32 = 0.15;

/// A shade is drawn at least so far, so that what is little sure is not taken for nothing.
const LEAST_OPACITY: f32 = 0.18;

/// The ground of a cell: the hue by direction, its strength by size within `range` and by certainty.
pub fn cell_color(theme: &Theme, cell: &GridCell, range: f64) -> Color {
    match (cell.state, cell.shade) {
        (CellState::Judged, Some(shade)) => {
            let share = (shade / range.max(1e-9)).clamp(-1.0, 1.0) as f32;
            let opacity = LEAST_OPACITY + (1.0 - LEAST_OPACITY) * cell.certainty;
            theme.diverging(share * opacity)
        }
        _ => theme.panel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::SliceSpec;
    use crate::metrics::grid::{GridColumn, GridRequest};
    use crate::scene::ThemeName;

    fn grid(shares: &[(Option<usize>, f64)]) -> Grid {
        let column = |&(group, share): &(Option<usize>, f64)| GridColumn {
            group,
            name: String::new(),
            values: String::new(),
            spec: SliceSpec::default(),
            rows: 0,
            share,
            cells: Vec::new(),
        };
        let request = GridRequest {
            models: vec![0],
            groups: vec![vec![0], vec![1]],
            metrics: Vec::new(),
            baseline: None,
            base_of_all: false,
            support: 0,
            slice: SliceSpec::default(),
        };
        Grid {
            request,
            columns: shares.iter().map(column).collect(),
            refused: vec![None],
            hidden: 0,
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_traffic_and_can_be_hit() {
        let grid = grid(&[(None, 1.0), (Some(0), 0.7), (Some(0), 0.3), (Some(1), 0.001)]);
        let arranged = Arranged { columns: vec![0, 1, 2, 3], unmatched: 0 };
        let layout = GridLayout::new(&grid, &arranged, 400.0, 10_000.0);
        let widths: Vec<f32> = (0..4).map(|at| layout.span(at).1 - layout.span(at).0).collect();
        for (own, expected) in widths.iter().zip([60.0, 280.0, 120.0, LEAST_COLUMN]) {
            assert!((own - expected).abs() < 0.01, "{widths:?}");
        }
        assert_eq!((layout.bands.len(), layout.groups(&grid, 0).len()), (1, 3));
        assert_eq!(layout.visible(0, 0.0, layout.width()), 0..4);
        let (left, right) = layout.span(2);
        assert_eq!(layout.visible(0, left + 1.0, right - 1.0), 2..3);
        assert!(GridLayout::default().bands.is_empty());
    }

    #[test]
    fn what_does_not_fit_beside_the_others_stands_below_them() {
        let grid =
            grid(&[(None, 1.0), (Some(0), 0.7), (Some(0), 0.3), (Some(1), 0.6), (Some(1), 0.4)]);
        let arranged = Arranged { columns: vec![0, 1, 2, 3, 4], unmatched: 0 };
        let layout = GridLayout::new(&grid, &arranged, 400.0, 600.0);
        assert_eq!(layout.bands, [0..3, 3..5]);
        assert_eq!(layout.span(3).0, 0.0);
        assert_eq!(layout.visible(1, 0.0, 100.0), 3..4);
        let narrow = GridLayout::new(&grid, &arranged, 400.0, 10.0);
        assert_eq!(narrow.bands, [0..1, 1..3, 3..5], "a group is never torn");
    }

    #[test]
    fn colours_grow_with_size_and_certainty_and_say_nothing_of_few_rows() {
        let theme = Theme::of(ThemeName::Dark);
        let cell = GridCell { shade: Some(0.2), certainty: 1.0, ..GridCell::default() };
        assert_eq!(cell_color(theme, &cell, 0.2), theme.higher);
        assert_eq!(cell_color(theme, &GridCell { shade: Some(-0.9), ..cell }, 0.2), theme.lower);
        let unsure = cell_color(theme, &GridCell { certainty: 0.0, ..cell }, 0.2);
        assert!(unsure != theme.panel && unsure != theme.higher);
        let few = GridCell { state: CellState::TooFew, ..cell };
        assert_eq!(cell_color(theme, &few, 0.2), theme.panel);
    }
}
