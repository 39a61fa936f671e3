//! Lists by a dense key, such as a node, stored flat.

/// For each key from 0 on a list of entries, all in one array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists<T> {
    /// `entries[starts[k]..starts[k + 1]]` are those of key `k`.
    starts: Vec<u32>,
    entries: Vec<T>,
}

impl<T> Default for Lists<T> {
    /// No keys.
    fn default() -> Self {
        Self { starts: Vec::new(), entries: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    /// Sorts the entries into the lists of `keys` keys by counting; within a list they keep their order. Linear in
    /// keys plus entries, which are gone through twice.
    ///
    /// # Panics
    /// For an entry whose key is not below `keys`.
    pub fn new(keys: usize, entries: impl Iterator<Item = (u32, T)> + Clone) -> Self {
        let mut starts = vec![0u32; keys + 1];
        let mut any = None;
        for (key, entry) in entries.clone() {
            starts[key as usize + 1] += 1;
            any = Some(entry);
        }
        for key in 0..keys {
            starts[key + 1] += starts[key];
        }
        let Some(any) = any else { return Self { starts, entries: Vec::new() } };
        let mut next = starts.clone();
        let mut sorted = vec![any; starts[keys] as usize];
        for (key, entry) in entries {
            let place = &mut next[key as usize];
            sorted[*place as usize] = entry;
            *place += 1;
        }
        Self { starts, entries: sorted }
    }
}

impl<T> Lists<T> {
    /// The list of each key in turn; with room for `most` entries, so that they need not move while they grow.
    pub fn by_key<I: IntoIterator<Item = T>>(
        keys: usize,
        most: usize,
        mut list: impl FnMut(usize) -> I,
    ) -> Self {
        let (starts, entries) = (Vec::with_capacity(keys + 1), Vec::with_capacity(most));
        let mut lists = Self { starts, entries };
        lists.starts.push(0);
        for key in 0..keys {
            lists.entries.extend(list(key));
            lists.starts.push(lists.entries.len() as u32);
        }
        lists
    }

    /// Lists that stand one after another: where each begins, with one more for the end of the last, and all entries.
    pub fn from_parts(starts: Vec<u32>, entries: Vec<T>) -> Self {
        Self { starts, entries }
    }

    /// As [`Self::from_parts`] takes them.
    pub fn into_parts(self) -> (Vec<u32>, Vec<T>) {
        (self.starts, self.entries)
    }

    /// How many keys there are.
    pub fn keys(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// All entries, by their keys.
    pub fn entries(&self) -> &[T] {
        &self.entries
    }

    /// Where the list of `key` begins among all entries; for the key after the last, how many there are.
    pub fn start(&self, key: usize) -> usize {
        self.starts[key] as usize
    }

    /// The entries of a key, in the order in which they came.
    ///
    /// # Panics
    /// For keys that are none.
    pub fn of(&self, key: usize) -> &[T] {
        &self.entries[self.start(key)..self.start(key + 1)]
    }

    /// The list of each key, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..self.keys()).map(|key| self.of(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_order_within_a_list() {
        let lists = Lists::new(4, [(2, 'a'), (0, 'b'), (2, 'c'), (3, 'd')].into_iter());
        let all: Vec<&[char]> = lists.iter().collect();
        assert_eq!(all, [&['b'][..], &[], &['a', 'c'], &['d']]);
        assert_eq!((lists.keys(), lists.start(2), lists.start(4)), (4, 1, 4));
        assert!(Lists::<char>::new(2, std::iter::empty()).of(1).is_empty());
        assert_eq!(Lists::by_key(4, 0, |key| lists.of(key).to_vec()), lists);
    }
}
