//! "Did you mean": the known word nearest to a misspelt one.

/// Less alike than this, a suggestion would be a guess; `ower` and `owner` are at 0.93.
const ALIKE: f64 = 0.8;

/// The known word most like `word`, if any is much like it. The first of equals.
pub(super) fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing is quadratic in the length, and no key is long.
    let word: String = word.chars().take(64).collect::<String>().to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let alike = strsim::jaro_winkler(&word, candidate);
        if alike >= ALIKE && best.is_none_or(|(most, _)| alike > most) {
            best = Some((alike, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// "Did you mean `owner`?", or else the words there are.
pub(super) fn hint<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    otherwise: &str,
) -> String {
    /// A longer list is better looked up than read in a message.
    const MOST_LISTED: usize = 24;
    if let Some(closest) = closest(word, known.clone()) {
        return format!("Did you mean `{closest}`?");
    }
    let all: Vec<&str> = known.into_iter().collect();
    if all.is_empty() || all.len() > MOST_LISTED {
        return otherwise.to_owned();
    }
    format!("Known are: {}.", all.join(", "))
}
