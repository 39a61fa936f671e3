//! Words that several formats share.

use super::{Judgement, Lapse, Standing};
use crate::analysis::score::Hotspot;
use crate::analysis::{Accepted, Evidence, RuleResult, Weight, Witness};
use crate::model::SystemGraph;
use crate::scene::caption::counted;

/// "3 new findings: 1 error, 2 warnings; 8 known, 1 accepted".
pub(super) fn summary(judgement: &Judgement<'_>) -> String {
    let new = judgement.total(Standing::New);
    let what = if judgement.compared { "new finding" } else { "finding" };
    let mut words = counted(new, what, &format!("{what}s"));
    let weights: Vec<String> = Weight::ALL
        .iter()
        .map(|&weight| (weight, judgement.count(weight, Standing::New)))
        .filter(|&(_, count)| count > 0)
        .map(|(weight, count)| counted(count, one(weight), many(weight)))
        .collect();
    if !weights.is_empty() {
        words += &format!(": {}", weights.join(", "));
    }
    let rest = [
        (judgement.total(Standing::Known), "known"),
        (judgement.total(Standing::Accepted), "accepted"),
        (judgement.mended.len(), "mended"),
    ];
    let rest: Vec<String> = rest
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !rest.is_empty() {
        words += &format!("; {}", rest.join(", "));
    }
    words
}

pub(super) const fn one(weight: Weight) -> &'static str {
    match weight {
        Weight::Error => "error",
        Weight::Warning => "warning",
        Weight::Note => "note",
        Weight::Review => "to review",
    }
}

const fn many(weight: Weight) -> &'static str {
    match weight {
        Weight::Error => "errors",
        Weight::Warning => "warnings",
        Weight::Note => "notes",
        Weight::Review => "to review",
    }
}

/// What an acceptance that accepts nothing says, and what to do.
pub(super) fn lapse(allow: &Accepted, lapse: Lapse) -> String {
    let of = allow.node.as_deref().map_or_else(String::new, |node| format!(" of `{node}`"));
    let what = format!("The acceptance of {}{of} ({})", allow.rule, allow.reason);
    match lapse {
        Lapse::Expired => {
            let day = allow.expires.map_or_else(String::new, |day| format!(" on {day}"));
            format!("{what} ran out{day}. Mend what it accepted, or decide again.")
        }
        Lapse::Unused => format!("{what} accepts nothing that is found. Take it out."),
        Lapse::UnknownRule => format!("{what} names no rule that there is. Mend its code."),
    }
}

/// `reason (owner, until day)`.
pub(super) fn acceptance(allow: &Accepted) -> String {
    let owner = allow.owner.as_deref().map(str::to_owned);
    let until = allow.expires.map(|day| format!("until {day}"));
    let more: Vec<String> = owner.into_iter().chain(until).collect();
    if more.is_empty() {
        allow.reason.to_string()
    } else {
        format!("{} ({})", allow.reason, more.join(", "))
    }
}

/// What a rule lacked, most frequent first: "an owner (12), a cadence".
pub(super) fn missing(result: &RuleResult) -> String {
    let mut wants: Vec<(&str, usize)> = Vec::new();
    for open in &result.open {
        match wants.iter_mut().find(|(known, _)| *known == open.missing) {
            Some((_, count)) => *count += 1,
            None => wants.push((open.missing, 1)),
        }
    }
    wants.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    if wants.is_empty() {
        return "nothing of its kind is there".to_owned();
    }
    let words: Vec<String> = wants
        .iter()
        .map(|&(what, count)| if count > 1 { format!("{what} ({count})") } else { what.to_owned() })
        .collect();
    words.join(", ")
}

/// Evidence on one line.
pub(super) fn evidence(graph: &SystemGraph, evidence: &Evidence) -> String {
    match evidence {
        Evidence::Number { label, value, threshold, unit } => {
            let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
            let threshold = threshold
                .map_or_else(String::new, |limit| format!(" (threshold {})", number(limit)));
            format!("{}: {}{unit}{threshold}", label.read(graph), number(*value))
        }
        Evidence::Walk { label, witness } => {
            format!("{}: {}", label.read(graph), walk(graph, witness))
        }
        Evidence::Rows { table, rows } => {
            format!("{} of the table {}", counted(rows.len(), "row", "rows"), table.key())
        }
        Evidence::Place { label, at } => format!("{}: {}", label.read(graph), graph.place(*at)),
        // Whatever further evidence there will be has no words here yet, and is left to the window.
        #[allow(unreachable_patterns, reason = "the evidence that rules give is expected to grow")]
        _ => String::new(),
    }
}

/// How many nodes a report names to look at first: a longer list is not read.
pub(super) const MOST_HOTSPOTS: usize = 10;

/// Codes of the rules that make a node hot, the hottest first, each once.
pub(super) fn reasons(judgement: &Judgement<'_>, spot: &Hotspot) -> Vec<&'static str> {
    let mut codes: Vec<&str> = Vec::new();
    for share in &spot.reasons {
        let code = judgement.analysis.findings[share.finding as usize].code;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// At most three decimals, and no more than there are.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `a → b → a`.
pub(super) fn walk(graph: &SystemGraph, witness: &Witness) -> String {
    let name = |ix| &*graph.node(ix).name;
    let mut names: Vec<&str> =
        witness.edges.iter().map(|&edge| name(graph.edge(edge).from)).collect();
    names.extend(witness.edges.last().map(|&edge| name(graph.edge(edge).to)));
    names.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_idle_decimals() {
        assert_eq!([0.25, 3.0, 12.3456].map(number), ["0.25", "3", "12.346"]);
    }
}
