//! CUL001, culture.

use crate::analysis::words::{counted, significant};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct Culture;

static LEAST_DELETED: Parameter = Parameter {
    key: "least_deleted",
    default: 0.2,
    range: (0.0, 10.0),
    unit: "deletions an addition",
    doc: "Signals taken out for each that was added within 12 months, below which it is noted.",
};
static LEAST_ADDED: Parameter = Parameter {
    key: "least_added",
    default: 5.0,
    range: (1.0, 1000.0),
    unit: "signals",
    doc: "A team that added fewer is not judged by its deletions.",
};
static LEAST_COMMON: Parameter = Parameter {
    key: "least_common_authors",
    default: 0.1,
    range: (0.0, 1.0),
    unit: "Jaccard of authors",
    doc: "Overlap of those who change research code and those who change serving code, below which it is noted.",
};

static META: RuleMeta = RuleMeta {
    code: "CUL001",
    name: "culture",
    section: Section::OtherAreas,
    weight: Weight::Note,
    remedy: "Reward taking features out as much as adding them, and let those who research serve what they found.",
    verify: "Deletions and common authors rise over the next half year.",
    parameters: &[&LEAST_DELETED, &LEAST_ADDED, &LEAST_COMMON],
    docs: "\
## What it does
Notes teams that took out fewer than one signal for five that they added within 12 months, and teams in which hardly anybody changes both
research and serving code. It speaks of teams and never of people: the pseudonyms are counted and not shown, and it is a note that gates
nothing whatever is set. Teams of which neither is known stay open.

## Why it is bad
Where only accuracy is rewarded, nothing is ever taken out and every signal costs for ever. A hard line between research and engineering
makes packages that appear as black boxes to those who must run them.

## Example
31 signals added, 2 taken out; four research, three serve, nobody does both.

## How to fix
Count deletions as results. Put both kinds of people on one team, and let the same person carry a change through.

## How to verify
Compare the counts of the next half year.

## References
Sculley et al. 2015, §8, cultural debt.
",
};

impl Rule for Culture {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for team in context.nodes_of(NodeKind::Team) {
            let (deleted, common) = (deleted(context, team), common(context, team));
            if deleted.is_none() && common.is_none() {
                let missing =
                    "features_added and features_deleted, or research_authors and serving_authors";
                verdicts.open(Open { subject: Some(team), missing });
                continue;
            }
            verdicts.judged();
            verdicts_on(context, team, deleted, common).into_iter().for_each(|f| verdicts.found(f));
        }
    }
}

/// Signals added and taken out; `None` where too few were added to tell.
fn deleted(context: &Context<'_>, team: NodeIx) -> Option<(f64, f64)> {
    let attrs = &context.graph.node(team).attrs;
    let (added, deleted) =
        (attrs.number(Attr::FeaturesAdded)?, attrs.number(Attr::FeaturesDeleted)?);
    Some((added, deleted))
}

/// Overlap of both sorts of authors; `None` where one of them is empty.
fn common(context: &Context<'_>, team: NodeIx) -> Option<f64> {
    let attrs = &context.graph.node(team).attrs;
    let sorted = |attr| {
        let mut authors: Vec<&str> = attrs.list(attr)?.iter().map(|author| &**author).collect();
        authors.sort_unstable();
        authors.dedup();
        (!authors.is_empty()).then_some(authors)
    };
    let (research, serving) = (sorted(Attr::ResearchAuthors)?, sorted(Attr::ServingAuthors)?);
    let both = research.iter().filter(|author| serving.binary_search(author).is_ok()).count();
    Some(both as f64 / (research.len() + serving.len() - both) as f64)
}

fn verdicts_on(
    context: &Context<'_>,
    team: NodeIx,
    deleted: Option<(f64, f64)>,
    common: Option<f64>,
) -> Option<Finding> {
    let graph = context.graph;
    let value = |parameter| context.value(&META, parameter);
    let hoards = deleted.filter(|&(added, deleted)| {
        added >= value(&LEAST_ADDED) && deleted / added < value(&LEAST_DELETED)
    });
    let divided = common.filter(|&common| common < value(&LEAST_COMMON));
    let mut parts = Vec::new();
    if let Some((added, deleted)) = hoards {
        let signals = counted(deleted as usize, "signal", "signals");
        parts.push(format!("took out {signals} for {added} added in 12 months"));
    }
    if let Some(common) = divided {
        parts.push(match common {
            0.0 => "has nobody who changes both research and serving code".to_owned(),
            _ => format!(
                "has few who change both research and serving code (overlap {})",
                significant(common)
            ),
        });
    }
    if parts.is_empty() {
        return None;
    }
    let message = format!("Team `{}` {}", context.name(team), parts.join(", and "));
    let mut finding = Finding::new(&META, graph, team, message).magnitude(parts.len() as f64 / 2.0);
    if let Some((added, deleted)) = hoards {
        finding = finding
            .number("deletions an addition", deleted / added, value(&LEAST_DELETED), "signals")
            .said(graph, team, Attr::FeaturesDeleted, "signals taken out");
    }
    if let Some(common) = divided {
        finding = finding
            .number("overlap of authors", common, value(&LEAST_COMMON), "Jaccard")
            .said(graph, team, Attr::ServingAuthors, "who serves");
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn notes_teams_that_only_add_and_teams_that_are_divided() {
        let judged = judge(
            &Culture,
            "team a features_added=31 features_deleted=2\nteam b research_authors=finch|wren serving_authors=otter",
        );
        assert_eq!(judged.subjects(), ["team:a note", "team:b note"]);
    }

    #[test]
    fn never_names_people_and_never_weighs_more() {
        let judged = judge(
            &Culture,
            "team a features_added=300 features_deleted=0 research_authors=finch|wren serving_authors=otter|badger",
        );
        assert_eq!(judged.subjects(), ["team:a note"]);
        let all = format!("{:?}", judged.findings);
        for name in ["finch", "wren", "otter", "badger"] {
            assert!(!all.contains(name), "{all}");
        }
    }

    #[test]
    fn is_silent_on_teams_that_tidy_up_on_small_numbers_and_on_mixed_teams() {
        let judged = judge(
            &Culture,
            "team a features_added=10 features_deleted=2\nteam b features_added=1 features_deleted=0\n\
             team c research_authors=a|b|c|d|e serving_authors=e|f|g|h|i",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn without_counts_it_is_open() {
        assert_eq!(judge(&Culture, "team a features_added=31").status, Status::Open);
        assert_eq!(
            judge(&Culture, "team a research_authors=x serving_authors=").status,
            Status::Open
        );
        assert_eq!(judge(&Culture, "model m").status, Status::Open);
    }
}
