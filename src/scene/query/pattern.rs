//! Texts to find and patterns over them, without regard to case.

/// A text to find, or a pattern with `*` and `?`. Case is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Lower case.
    text: String,
    wild: bool,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_lowercase(), wild: text.contains(['*', '?']) }
    }

    /// Text that only means itself.
    pub(super) fn is_wild(&self) -> bool {
        self.wild
    }

    /// The whole of `text`, pattern or not.
    pub(super) fn equals(&self, text: &str) -> bool {
        if self.wild { self.matches_wild(text) } else { equal_ignoring_case(text, &self.text) }
    }

    /// A part of `text`, or the whole of it for a pattern.
    pub(super) fn finds(&self, text: &str) -> bool {
        if self.wild { self.matches_wild(text) } else { contains_ignoring_case(text, &self.text) }
    }

    /// Without allocation for ASCII, as in [`contains_ignoring_case`].
    fn matches_wild(&self, text: &str) -> bool {
        if self.text.is_ascii() && text.is_ascii() {
            let is = |own: u8, other: u8| own == other.to_ascii_lowercase();
            return is_like(self.text.as_bytes(), text.as_bytes(), [b'*', b'?'], is);
        }
        let pattern: Vec<char> = self.text.chars().collect();
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        is_like(&pattern, &text, ['*', '?'], |own, other| own == other)
    }
}

/// Whether all of `text` is as the pattern says: `any` stands for any row of letters, `one` for one of them. Greedy with
/// one step back at the last `any`: linear in practice, never exponential.
fn is_like<T: Copy + PartialEq>(
    pattern: &[T],
    text: &[T],
    [any, one]: [T; 2],
    is: impl Fn(T, T) -> bool,
) -> bool {
    let (mut p, mut t, mut last) = (0, 0, None);
    while let Some(&letter) = text.get(t) {
        if pattern.get(p) == Some(&any) {
            last = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|&own| own == one || is(own, letter)) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = last {
            last = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&own| own == any)
}

fn equal_ignoring_case(text: &str, lower: &str) -> bool {
    if text.is_ascii() { text.eq_ignore_ascii_case(lower) } else { text.to_lowercase() == lower }
}

/// Without allocation for ASCII: this runs over every id of a graph at each key stroke.
fn contains_ignoring_case(text: &str, lower: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(lower);
    }
    let (text, lower) = (text.as_bytes(), lower.as_bytes());
    let Some((&first, rest)) = lower.split_first() else { return true };
    let upper = first.to_ascii_uppercase();
    memchr::memchr2_iter(first, upper, text).any(|at| {
        text.get(at + 1..at + lower.len()).is_some_and(|part| part.eq_ignore_ascii_case(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By trying everything; exponential.
    fn is_like_slowly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some(('*', rest)), _) => {
                (0..=text.len()).any(|skipped| is_like_slowly(rest, &text[skipped..]))
            }
            (Some((own, rest)), Some((other, more))) => {
                (*own == '?' || own == other) && is_like_slowly(rest, more)
            }
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn patterns_are_what_trying_everything_says(pattern in "[abä*?]{0,7}", text in "[abABÄ]{0,9}") {
            let chars = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
            let slow = is_like_slowly(&chars(&pattern), &chars(&text));
            prop_assert_eq!(Pattern::new(&pattern).matches_wild(&text), slow);
        }
    }

    #[test]
    fn patterns_ignore_case_and_do_not_explode() {
        assert!(Pattern::new("stg_*").equals("STG_orders"));
        assert!(Pattern::new("*o?d*").equals("stg_orders"));
        assert!(!Pattern::new("stg_?").equals("stg_orders"));
        assert!(Pattern::new("ORD").finds("stg_orders"));
        assert!(Pattern::new("ärger").finds("GROẞER ÄRGER"));
        let hostile = "*a".repeat(200) + "b";
        assert!(!Pattern::new(&hostile).equals(&"a".repeat(10_000)));
    }
}
