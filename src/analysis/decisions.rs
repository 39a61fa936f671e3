//! What thresholds decided, by the rows of the table.

use super::Context;
use super::finding::Finding;
use crate::model::{DecisionRow, NodeIx, TableKind};
use jiff::civil::Date;

/// Cases that a window must have for its share to say something, or decided ones with a known outcome for how many
/// are right: the same as for statistics that are counted from predictions.
const LEAST_CASES: u64 = 100;

/// Of one threshold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Decisions {
    rows: Vec<u32>,
    scored: u64,
    decided: u64,
    /// The largest share of a window.
    busiest: Option<f64>,
    /// Known outcomes of what was decided and how many were right, in the earlier and the later half of the days.
    halves: [(u64, u64); 2],
}

impl Decisions {
    /// `None` where no row speaks of the threshold. Linear in its rows.
    pub(super) fn of(context: &Context<'_>, threshold: NodeIx) -> Option<Self> {
        let rows = context.measured.decision_threshold().rows_of(threshold);
        let table = &context.graph.tables().decisions;
        let row = |at: &u32| -> &DecisionRow { &table[*at as usize].row };
        let mut days: Vec<Date> = rows.iter().filter_map(|at| row(at).date).collect();
        days.sort_unstable();
        days.dedup();
        let middle = days.get(days.len() / 2).copied();
        let mut this = Self { rows: rows.to_vec(), ..Self::default() };
        for own in rows.iter().map(row) {
            this.scored += own.scored;
            this.decided += own.decided;
            if own.scored >= LEAST_CASES && own.date.is_some() {
                let share = own.decided as f64 / own.scored as f64;
                this.busiest = Some(this.busiest.map_or(share, |most| most.max(share)));
            }
            let is_later = days.len() > 1 && own.date.is_some_and(|day| Some(day) >= middle);
            if let Some((known, right)) = own.labelled.zip(own.right) {
                let half = &mut this.halves[usize::from(is_later)];
                *half = (half.0 + known, half.1 + right);
            }
        }
        (this.scored > 0).then_some(this)
    }

    /// Share of what was decided that was right, in the earlier and the later half of the days.
    pub(super) fn right(&self) -> [Option<f64>; 2] {
        self.halves
            .map(|(known, right)| (known >= LEAST_CASES).then(|| right as f64 / known as f64))
    }

    /// By how many standard errors the share of right ones fell from one half to the other; negative where it rose.
    pub(super) fn fall(&self) -> Option<f64> {
        let [Some(before), Some(after)] = self.right() else { return None };
        let [(n, a), (m, b)] = self.halves.map(|(known, right)| (known as f64, right as f64));
        let all = (a + b) / (n + m);
        let error = (all * (1.0 - all) * (1.0 / n + 1.0 / m)).sqrt();
        Some(if error > 0.0 { (before - after) / error } else { 0.0 })
    }

    /// Adds what was decided and how much of it was right.
    pub(super) fn tell(&self, finding: Finding) -> Finding {
        let share = self.decided as f64 / self.scored as f64;
        let mut finding = percent(finding, "cases that the threshold decides", share);
        match self.right() {
            [Some(before), Some(after)] => {
                finding = percent(finding, "of them right, earlier half", before);
                finding = percent(finding, "of them right, later half", after);
            }
            [Some(all), None] => finding = percent(finding, "of them right", all),
            _ => {}
        }
        finding.rows(TableKind::Decisions, self.rows.clone())
    }

    /// Adds how much was decided in all and in the busiest window.
    pub(super) fn tell_rate(&self, finding: Finding) -> Finding {
        let share = self.decided as f64 / self.scored as f64;
        let mut finding = percent(finding, "cases that the threshold decides", share);
        if let Some(busiest) = self.busiest {
            finding = percent(finding, "in the busiest window", busiest);
        }
        finding.rows(TableKind::Decisions, self.rows.clone())
    }
}

fn percent(finding: Finding, label: &'static str, share: f64) -> Finding {
    finding.because(super::Evidence::Number {
        label: label.into(),
        value: (share * 1000.0).round() / 10.0,
        threshold: None,
        unit: "%",
    })
}
