//! Compressed rows: for each row a run of items, all runs in one array.

/// Rows of items; the items of a row keep the order in which they were given.
#[derive(Clone, Debug, Default)]
pub(super) struct Csr {
    start: Vec<u32>,
    items: Vec<u32>,
}

impl Csr {
    /// Collects `(row, item)` pairs; the iterator is run twice. O(rows + pairs).
    pub(super) fn new(rows: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut start = vec![0u32; rows + 1];
        for (row, _) in pairs.clone() {
            start[row as usize + 1] += 1;
        }
        for row in 0..rows {
            start[row + 1] += start[row];
        }
        let mut next = start.clone();
        let mut items = vec![0u32; start[rows] as usize];
        for (row, item) in pairs {
            let slot = &mut next[row as usize];
            items[*slot as usize] = item;
            *slot += 1;
        }
        Self { start, items }
    }

    pub(super) fn row(&self, row: u32) -> &[u32] {
        &self.items[self.range(row)]
    }

    /// Puts as many other items into a row.
    pub(super) fn replace(&mut self, row: u32, items: &[u32]) {
        let range = self.range(row);
        self.items[range].copy_from_slice(items);
    }

    /// Where the items of `row` lie in the flat array.
    pub(super) fn range(&self, row: u32) -> std::ops::Range<usize> {
        self.start[row as usize] as usize..self.start[row as usize + 1] as usize
    }

    pub(super) fn item(&self, slot: usize) -> u32 {
        self.items[slot]
    }

    pub(super) fn degree(&self, row: u32) -> usize {
        self.range(row).len()
    }

    /// Items of a run of rows.
    pub(super) fn count(&self, rows: std::ops::Range<usize>) -> usize {
        (self.start[rows.end] - self.start[rows.start]) as usize
    }

    pub(super) fn rows(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    pub(super) fn items(&self) -> usize {
        self.items.len()
    }
}
