//! The area under the ROC curve from binned scores, with the bound of the binning.

/// Labels by bin of score: negatives and positives, as rows or as weights in fixed point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// By bin: negatives, positives.
    pub bins: Vec<[u64; 2]>,
}

/// An AUC and how far off it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auc {
    pub value: f64,
    /// The exact AUC of the same rows differs by no more than this: pairs that share a bin are taken
    /// as ties, and each may be off by a half.
    pub bound: f64,
    /// DeLong's standard error, where every row counts one.
    pub std_error: f64,
}

impl Histogram {
    /// From pairs of negatives and positives.
    pub(super) fn of(mut counts: impl Iterator<Item = u64>) -> Self {
        let mut bins = Vec::with_capacity(counts.size_hint().0 / 2);
        while let (Some(negative), Some(positive)) = (counts.next(), counts.next()) {
            bins.push([negative, positive]);
        }
        Self { bins }
    }

    /// Adds the bins of `other`, which has as many.
    pub fn add(&mut self, other: &Self) {
        self.bins.resize(self.bins.len().max(other.bins.len()), [0; 2]);
        for (own, other) in self.bins.iter_mut().zip(&other.bins) {
            own[0] += other[0];
            own[1] += other[1];
        }
    }

    /// Takes the bins of `other`, a part of this one, away.
    pub fn subtract(&mut self, other: &Self) {
        for (own, other) in self.bins.iter_mut().zip(&other.bins) {
            own[0] -= other[0];
            own[1] -= other[1];
        }
    }

    /// Negatives and positives.
    pub fn totals(&self) -> [u64; 2] {
        self.bins.iter().fold([0; 2], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]])
    }

    /// The AUC, or `None` where one of the classes is absent. `O(bins)`, exact integers up to the
    /// last division. DeLong, DeLong and Clarke-Pearson 1988, by placements.
    pub fn auc(&self) -> Option<Auc> {
        let [negatives, positives] = self.totals();
        if negatives == 0 || positives == 0 {
            return None;
        }
        let (mut below, mut doubled, mut tied) = (0_u128, 0_u128, 0_u128);
        for &[negative, positive] in &self.bins {
            let (negative, positive) = (u128::from(negative), u128::from(positive));
            doubled += positive * (2 * below + negative);
            tied += positive * negative;
            below += negative;
        }
        let pairs = negatives as f64 * positives as f64;
        let value = doubled as f64 / 2.0 / pairs;
        Some(Auc { value, bound: tied as f64 / 2.0 / pairs, std_error: self.delong(value) })
    }

    fn delong(&self, auc: f64) -> f64 {
        let [negatives, positives] = self.totals().map(|n| n as f64);
        let (mut below, mut beaten) = (0.0, 0.0);
        let (mut of_positives, mut of_negatives) = (0.0, 0.0);
        for [negative, positive] in self.bins.iter().map(|bin| bin.map(|n| n as f64)) {
            let placement = (below + negative / 2.0) / negatives;
            of_positives += positive * (placement - auc).powi(2);
            let placement = 1.0 - (beaten + positive / 2.0) / positives;
            of_negatives += negative * (placement - auc).powi(2);
            below += negative;
            beaten += positive;
        }
        let mean = |squares: f64, n: f64| if n > 1.0 { squares / (n - 1.0) / n } else { f64::NAN };
        (mean(of_positives, positives) + mean(of_negatives, negatives)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All pairs, a tie counts a half.
    fn by_pairs(rows: &[(u16, bool)]) -> f64 {
        let (mut won, mut pairs) = (0.0, 0.0);
        for &(p, _) in rows.iter().filter(|row| row.1) {
            for &(n, _) in rows.iter().filter(|row| !row.1) {
                won += if p > n {
                    1.0
                } else if p == n {
                    0.5
                } else {
                    0.0
                };
                pairs += 1.0;
            }
        }
        won / pairs
    }

    fn binned(rows: &[(u16, bool)], width: u16) -> Histogram {
        let mut bins = vec![[0; 2]; 64];
        for &(score, label) in rows {
            bins[usize::from(score / width)][usize::from(label)] += 1;
        }
        Histogram { bins }
    }

    proptest! {
        #[test]
        fn it_is_exact_on_bins_and_within_its_bound_on_wider_ones(
            rows in prop::collection::vec((0_u16..64, any::<bool>()), 0..60)
        ) {
            let both = rows.iter().any(|row| row.1) && rows.iter().any(|row| !row.1);
            let fine = binned(&rows, 1).auc();
            prop_assert_eq!(fine.is_some(), both);
            if let (Some(fine), Some(wide)) = (fine, binned(&rows, 8).auc()) {
                prop_assert!((fine.value - by_pairs(&rows)).abs() < 1e-12);
                prop_assert!((wide.value - fine.value).abs() <= wide.bound + 1e-12);
            }
        }
    }

    #[test]
    fn delong_is_the_published_variance() {
        // Positives 3 5 8, negatives 1 3 4 6, by hand: placements .625 .75 1 and 1 .8333 .6667 .3333.
        let rows =
            [(3, true), (5, true), (8, true), (1, false), (3, false), (4, false), (6, false)];
        let auc = binned(&rows, 1).auc().expect("both classes");
        let placements = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
            squares / (values.len() - 1) as f64 / values.len() as f64
        };
        let positives = [1.5 / 4.0, 3.0 / 4.0, 1.0];
        let negatives = [1.0, 2.5 / 3.0, 2.0 / 3.0, 1.0 / 3.0];
        let expected = (placements(&positives) + placements(&negatives)).sqrt();
        assert!((auc.value - by_pairs(&rows)).abs() < 1e-15);
        assert!((auc.std_error - expected).abs() < 1e-12, "{} {expected}", auc.std_error);
    }
}
