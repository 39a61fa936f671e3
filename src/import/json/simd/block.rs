//! Sixty-four bytes at once: which of them are quotes, brackets and the like, as bits. By AVX2, which
//! processors have had since 2013.

use super::super::scan::{self, Quoted, Stop};
use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8,
};

/// How many bytes a block has.
pub(super) const BYTES: usize = 64;

/// How many bytes one instruction looks at.
const HALF: usize = 32;

/// Which bytes of a block are what; the lowest bit stands for the first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    /// `{` and `[`.
    pub(super) opens: u64,
    /// `}` and `]`.
    pub(super) closes: u64,
    /// Below a blank.
    pub(super) controls: u64,
}

/// Braces and brackets differ in this bit alone.
const BRACE_BIT: u8 = b'{' ^ b'[';

/// Whether this processor has what the functions here and in `nesting` ask for.
pub(super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt")
}

/// Which bytes of `block` are what. About 1 ns.
#[target_feature(enable = "avx2")]
pub(super) fn marks(block: &[u8; BYTES]) -> Marks {
    let mut marks = Marks::default();
    let (halves, _) = block.as_chunks::<HALF>();
    for (place, half) in halves.iter().enumerate() {
        let bytes = load(half);
        let folded = _mm256_or_si256(bytes, all(BRACE_BIT));
        let shift = place * HALF;
        marks.quotes |= equal(bytes, all(b'"')) << shift;
        marks.backslashes |= equal(bytes, all(b'\\')) << shift;
        marks.opens |= equal(folded, all(b'{')) << shift;
        marks.closes |= equal(folded, all(b'}')) << shift;
        marks.controls |= equal(bytes, _mm256_min_epu8(bytes, all(b' ' - 1))) << shift;
    }
    marks
}

/// As [`scan::quoted`].
#[target_feature(enable = "avx2")]
pub(super) fn quoted(bytes: &[u8], at: usize) -> Result<Quoted, Stop> {
    scan::quoted_by(bytes, at, |bytes, at| plain_end(bytes, at))
}

/// As [`scan::plain_end`].
#[target_feature(enable = "avx2")]
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(half) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        match first_special(half) {
            Some(place) => return at + place,
            None => at += half.len(),
        }
    }
    scan::plain_end(bytes, at)
}

/// Where the first quote, backslash or control character of `half` is. Less than 1 ns.
#[target_feature(enable = "avx2")]
fn first_special(half: &[u8; HALF]) -> Option<usize> {
    let bytes = load(half);
    let controls = _mm256_cmpeq_epi8(bytes, _mm256_min_epu8(bytes, all(b' ' - 1)));
    let quotes = _mm256_cmpeq_epi8(bytes, all(b'"'));
    let backslashes = _mm256_cmpeq_epi8(bytes, all(b'\\'));
    let special = _mm256_or_si256(controls, _mm256_or_si256(quotes, backslashes));
    let specials = _mm256_movemask_epi8(special).cast_unsigned();
    (specials != 0).then(|| specials.trailing_zeros() as usize)
}

#[target_feature(enable = "avx2")]
fn load(half: &[u8; HALF]) -> __m256i {
    bytemuck::cast(*half)
}

#[target_feature(enable = "avx2")]
fn all(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}

#[target_feature(enable = "avx2")]
fn equal(left: __m256i, right: __m256i) -> u64 {
    u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(left, right)).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one_by_one(block: &[u8; BYTES]) -> Marks {
        let bits = |is: fn(u8) -> bool| {
            let set = block.iter().enumerate().filter(|(_, byte)| is(**byte));
            set.fold(0, |bits, (place, _)| bits | 1_u64 << place)
        };
        Marks {
            quotes: bits(|byte| byte == b'"'),
            backslashes: bits(|byte| byte == b'\\'),
            opens: bits(|byte| matches!(byte, b'{' | b'[')),
            closes: bits(|byte| matches!(byte, b'}' | b']')),
            controls: bits(|byte| byte < b' '),
        }
    }

    proptest! {
        #[test]
        fn marks_are_those_of_a_loop(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[] \x1f\x20\xdb\xdd\xfb"[..])], BYTES)) {
            if !is_supported() {
                return Ok(());
            }
            let block = bytes.first_chunk().expect("a whole block");
            let expected = one_by_one(block);
            // SAFETY: the processor was asked.
            #[expect(unsafe_code, reason = "the test is what shows them right")]
            let (marks, first) = unsafe { (marks(block), first_special(block.first_chunk().expect("a half"))) };
            prop_assert_eq!(marks, expected);
            let specials = (expected.quotes | expected.backslashes | expected.controls) as u32;
            prop_assert_eq!(first, (specials != 0).then(|| specials.trailing_zeros() as usize));
        }
    }
}
