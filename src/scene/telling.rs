//! Which part of a name tells a thing from those beside it, for places with room for a few letters.

use rustc_hash::FxHashMap;

/// What parts the words of a name.
const SEPARATORS: &[char] = &['_', '.', '/', '-', ':', ' '];

/// Words at the start of a name that are looked at.
const MOST_WORDS: usize = 6;

/// A start that so many have, and this share of all beside one another, tells nothing.
const LEAST_ALIKE: usize = 3;
const SHARE_ALIKE: f64 = 0.34;

/// For each name where its telling part starts, in bytes; 0 where all of it tells. The key says which names
/// stand together. Linear in the lengths of the names' starts.
pub(super) fn telling_starts<'a, K: std::hash::Hash + Eq + Copy>(
    names: impl Iterator<Item = (K, &'a str)> + Clone,
) -> Vec<u32> {
    let mut alike: FxHashMap<(K, &str), usize> = FxHashMap::default();
    let mut all: FxHashMap<K, usize> = FxHashMap::default();
    for (beside, name) in names.clone() {
        *all.entry(beside).or_default() += 1;
        for end in word_ends(name) {
            *alike.entry((beside, &name[..end])).or_default() += 1;
        }
    }
    let start = |(beside, name): (K, &'a str)| {
        let least = LEAST_ALIKE.max((all[&beside] as f64 * SHARE_ALIKE).ceil() as usize);
        let ends = word_ends(name).take_while(|&end| alike[&(beside, &name[..end])] >= least);
        ends.last().unwrap_or(0) as u32
    };
    names.map(start).collect()
}

/// Behind each separator of the first words, as long as something follows.
fn word_ends(name: &str) -> impl Iterator<Item = usize> + '_ {
    let ends = name.match_indices(SEPARATORS).map(|(at, separator)| at + separator.len());
    ends.take(MOST_WORDS).filter(|&end| end > 1 && end < name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_all_beside_one_another_have_tell_nothing() {
        let names = ["stg_orders_daily", "stg_orders_weekly", "stg_orders", "stg_users", "clicks"];
        let starts = telling_starts(names.iter().map(|&name| (0, name)));
        let parts: Vec<&str> =
            names.iter().zip(starts).map(|(name, start)| &name[start as usize..]).collect();
        assert_eq!(parts, ["orders_daily", "orders_weekly", "orders", "users", "clicks"]);
    }

    #[test]
    fn names_elsewhere_do_not_count() {
        let names = [(0, "a_x"), (0, "a_y"), (1, "a_z"), (1, "a_"), (1, "ä_ö")];
        assert_eq!(telling_starts(names.into_iter()), [0, 0, 0, 0, 0]);
    }
}
