//! The sums of a cell: integers in fixed point, so that they add and subtract exactly.
//!
//! Every row's contribution is rounded once to a multiple of a power of two; from there on all is
//! integer arithmetic. So a sum does not depend on the order of rows, on threads, or on whether it
//! came from rows or from parts that were added before, and a difference of two sums is the sum of
//! the rows between them.

use std::ops::{AddAssign, SubAssign};

/// Bits of the largest contribution of a row. Adding 1.5 · 2⁵² to a float leaves its rounded value in
/// the low bits up to 51 of them; [`FLUSH_ROWS`] such numbers fit 64 bits.
const VALUE_BITS: i32 = 50;

/// Rows that a 64-bit cell takes before it is emptied into 128 bits.
pub(super) const FLUSH_ROWS: u32 = 1 << 12;

/// A score is kept this far from 0 and 1 where its logarithm is taken: the spacing of 32-bit floats
/// below 2, as scikit-learn's `log_loss` does for such scores. The worst loss of a row is 15.9.
pub const LEAST_PROBABILITY: f64 = f32::EPSILON as f64;

/// The worst loss of a row is below two to this.
const LOSS_BITS: i32 = 4;

/// Two to this is the unit of each sort of sum: `value = integer / 2^exponent`.
///
/// Set by the largest weight, so the finest that is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Of sums of w, wy, wp, w(p − y)².
    pub weight: i32,
    /// Of sums of w · log loss.
    pub loss: i32,
    /// Of sums of w²p(1 − p), w²p², w²py, w²y².
    pub square: i32,
    /// Of weights in histograms of scores, which have no 128 bits to be emptied into.
    pub mass: i32,
}

impl Scale {
    /// For weights up to `largest` and up to `rows` rows.
    pub fn new(largest: f64, rows: usize) -> Self {
        let weight_bits = largest.max(f64::MIN_POSITIVE).log2().ceil() as i32;
        let own = Self {
            weight: VALUE_BITS - weight_bits,
            loss: VALUE_BITS - weight_bits - LOSS_BITS,
            square: VALUE_BITS - 2 * weight_bits,
            mass: 0,
        };
        own.for_rows(rows)
    }

    /// With the unit of histograms of up to `rows` rows.
    pub(super) fn for_rows(self, rows: usize) -> Self {
        let row_bits = (rows.max(1) as f64).log2().ceil() as i32;
        Self { mass: self.weight - (row_bits + VALUE_BITS - 62).max(0), ..self }
    }
}

/// Two to an exponent.
pub(super) fn power(exponent: i32) -> f64 {
    2.0_f64.powi(exponent)
}

/// Rounds a number below 2⁵¹ in size to an integer: to nearest, ties to even.
#[inline(always)]
pub(super) fn rounded(value: f64) -> i64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²
    (value + MAGIC).to_bits() as i64 - MAGIC.to_bits() as i64
}

/// Natural logarithm of a normal positive number, within two units in the last place.
///
/// Written without branches or calls, so that the compiler can do several at once: the mantissa is
/// brought to √½ … √2 and ln m = 2 artanh((m − 1)/(m + 1)) summed to the ninth term.
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    const ONE: u64 = 0x3FF0_0000_0000_0000;
    let shifted = x.to_bits().wrapping_add(ONE - SQRT_HALF);
    // The exponent as a float, without a conversion of integers: 2⁵² + e, less 2⁵² and the bias.
    let exponent = f64::from_bits((shifted >> 52) | 0x4330_0000_0000_0000)
        - (4_503_599_627_370_496.0 + 1023.0);
    let m = f64::from_bits((shifted & 0x000F_FFFF_FFFF_FFFF) + SQRT_HALF);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let series = 1.0 / 17.0 + z * (1.0 / 19.0);
    let series = 1.0 / 13.0 + z * (1.0 / 15.0 + z * series);
    let series = 1.0 / 9.0 + z * (1.0 / 11.0 + z * series);
    let series = 1.0 / 5.0 + z * (1.0 / 7.0 + z * series);
    let series = z * (1.0 / 3.0 + z * series);
    exponent * std::f64::consts::LN_2 + 2.0 * (s + s * series)
}

/// Sums of a cell that all models on the same rows share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowSums {
    /// Rows that the models scored.
    pub rows: u64,
    /// Those of them with a label; all other sums are over these.
    pub labelled: u64,
    /// Σw
    pub w: i128,
    /// Σwy
    pub wy: i128,
    /// Σw²y²
    pub wwyy: i128,
}

/// Sums of a cell for one model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelSums {
    /// Σwp
    pub wp: i128,
    /// Σw · log loss
    pub loss: i128,
    /// Σw(p − y)²
    pub square: i128,
    /// Σw²p(1 − p)
    pub variance: i128,
    /// Σw²p²
    pub wwpp: i128,
    /// Σw²py
    pub wwpy: i128,
}

macro_rules! add_fields {
    ($name:ident: $($field:ident)*) => {
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) { $(self.$field += other.$field;)* }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) { $(self.$field -= other.$field;)* }
        }
    };
}
add_fields!(RowSums: rows labelled w wy wwyy);
add_fields!(ModelSums: wp loss square variance wwpp wwpy);

/// The state of a cell for one model, as plain numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Rows that the model scored, and those of them with a label.
    pub rows: u64,
    pub labelled: u64,
    /// Over rows with a label: Σw, Σwy, Σwp, Σw · log loss, Σw(p − y)².
    pub w: f64,
    pub wy: f64,
    pub wp: f64,
    pub loss: f64,
    pub square: f64,
    /// Σw²p(1 − p), Σw²p², Σw²py, Σw²y².
    pub variance: f64,
    pub wwpp: f64,
    pub wwpy: f64,
    pub wwyy: f64,
}

impl Sums {
    pub fn new(rows: &RowSums, model: &ModelSums, scale: Scale) -> Self {
        let number = |sum: i128, exponent: i32| sum as f64 * power(-exponent);
        Self {
            rows: rows.rows,
            labelled: rows.labelled,
            w: number(rows.w, scale.weight),
            wy: number(rows.wy, scale.weight),
            wp: number(model.wp, scale.weight),
            loss: number(model.loss, scale.loss),
            square: number(model.square, scale.weight),
            variance: number(model.variance, scale.square),
            wwpp: number(model.wwpp, scale.square),
            wwpy: number(model.wwpy, scale.square),
            wwyy: number(rows.wwyy, scale.square),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_logarithm_is_the_library_s(exponent in -30_i32..4, mantissa in 1.0_f64..2.0) {
            let x = mantissa * power(exponent);
            let (own, std) = (ln(x), x.ln());
            prop_assert!((own - std).abs() <= 4.0 * f64::EPSILON * std.abs().max(1e-3), "{x} {own} {std}");
        }

        #[test]
        fn rounding_is_to_nearest(value in -1e15_f64..1e15) {
            prop_assert_eq!(rounded(value), value.round_ties_even() as i64);
        }
    }

    #[test]
    fn the_largest_contributions_fit() {
        for largest in [1.0, 8.0, 8.1, 1e-3, 1e6] {
            let scale = Scale::new(largest, 10_000_000);
            let worst = -LEAST_PROBABILITY.ln() * largest * power(scale.loss);
            assert!(worst * f64::from(FLUSH_ROWS) < 2_f64.powi(63));
            assert!(largest * largest * power(scale.square) <= power(VALUE_BITS));
            assert!(largest * power(scale.mass) * 1e7 < 2_f64.powi(63));
        }
    }
}
