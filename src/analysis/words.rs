//! Turns of phrase that the messages of rules share.

/// `1 model`, `1,437 models`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

/// Digits in groups of three.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `` `a`, `b` and 4 more ``.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    /// More names than these make a sentence unreadable.
    const NAMED: usize = 3;
    let names: Vec<&str> = names.into_iter().collect();
    let quoted: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    match (quoted.as_slice(), names.len().saturating_sub(NAMED)) {
        ([], _) => String::new(),
        ([only], 0) => only.clone(),
        ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
        (some, more) => format!("{} and {more} more", some.join(", ")),
    }
}

/// A share as per cent with two significant digits: `58 %`, `0.069 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", significant(share * 100.0))
}

/// Two significant digits, without an exponent.
pub(super) fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let decimals = (1.0 - value.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_and_counted() {
        assert_eq!(listed([]), "");
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(listed(["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 more");
        assert_eq!(
            (counted(1, "day", "days"), counted(0, "day", "days")),
            ("1 day".into(), "0 days".into())
        );
    }

    #[test]
    fn shares_keep_two_digits() {
        assert_eq!(percent(0.58), "58 %");
        assert_eq!(percent(0.000_688), "0.069 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(-0.0031), "-0.31 %");
        assert_eq!(significant(0.96), "0.96");
        assert_eq!(significant(12.34), "12");
    }
}
