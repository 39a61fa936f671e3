//! CFG002, unused or redundant setting.

use crate::analysis::words::{counted, listed};
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, Setting};

#[derive(Debug)]
pub(super) struct UnusedSetting;

static META: RuleMeta = RuleMeta {
    code: "CFG002",
    name: "unused or redundant setting",
    section: Section::Configuration,
    weight: Weight::Note,
    remedy: "Delete the setting; what was true of it stays true.",
    verify: "The setting is gone, and the effective configuration is the same.",
    parameters: &[],
    docs: "\
## What it does
Finds settings that no code reads (`read: false`), that say what would be so without them (equal to their `default`, or to the same
setting of a configuration that they inherit from), and that are shadowed: every configuration that inherits them sets them anew. One
finding a configuration. Settings of which neither is known leave it open.

## Why it is bad
A line that does nothing looks like one that does. It is kept, copied into the next configuration and weighed in every change, until
somebody turns it and wonders why nothing happens.

## Example
`legacy_bucket_count: 4096` is copied into five configurations. The code that read it was deleted two years ago.

## How to fix
Delete what is not read. Delete what is inherited anyway; where the value must not follow the default, say so in a comment.

## How to verify
Print the effective configuration before and after.

## References
Sculley et al. 2015, §6: it should be possible to detect unused or redundant settings.
",
};

impl Rule for UnusedSetting {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for config in context.nodes_of(NodeKind::Config) {
            let settings = context.graph.node(config).attrs.settings(Attr::Settings);
            let Some(settings) = settings.filter(|settings| !settings.is_empty()) else {
                verdicts.open(Open { subject: Some(config), missing: "settings" });
                continue;
            };
            let idle = Idle::of(context, config, settings);
            if idle.known == 0 {
                let missing = "whether its settings are read, or their defaults";
                verdicts.open(Open { subject: Some(config), missing });
                continue;
            }
            verdicts.judged();
            if idle.count() > 0 {
                verdicts.found(idle.finding(context, config, settings.len()));
            }
        }
    }
}

/// Settings of one configuration that do nothing.
#[derive(Default)]
struct Idle<'a> {
    /// Settings of which enough is said to judge them.
    known: usize,
    unread: Vec<&'a str>,
    redundant: Vec<&'a str>,
    shadowed: Vec<&'a str>,
    bases: Vec<NodeIx>,
}

impl<'a> Idle<'a> {
    fn of(context: &Context<'a>, config: NodeIx, settings: &'a [Setting]) -> Self {
        let bases = neighbours(context, config, Side::Bases);
        let heirs = neighbours(context, config, Side::Heirs);
        let only_inherited = !heirs.is_empty() && feeds_only(context, config, &heirs);
        let mut idle = Self { bases, ..Self::default() };
        for setting in settings {
            let inherited: Vec<&str> =
                idle.bases.iter().filter_map(|&base| value(context, base, &setting.key)).collect();
            let overridden = only_inherited
                && heirs.iter().all(|&heir| {
                    value(context, heir, &setting.key).is_some_and(|own| *own != *setting.value)
                });
            let is_default = inherited.last().copied().or(setting.default.as_deref());
            idle.known +=
                usize::from(setting.read.is_some() || is_default.is_some() || only_inherited);
            if setting.read == Some(false) {
                idle.unread.push(&setting.key);
            } else if is_default == Some(&*setting.value) {
                idle.redundant.push(&setting.key);
            } else if overridden {
                idle.shadowed.push(&setting.key);
            }
        }
        idle
    }

    fn count(&self) -> usize {
        self.unread.len() + self.redundant.len() + self.shadowed.len()
    }

    fn finding(self, context: &Context<'_>, config: NodeIx, all: usize) -> Finding {
        let parts: Vec<String> = [
            ("read by nothing", &self.unread),
            ("equal to what they would be anyway", &self.redundant),
            ("set to something else by all that inherit them", &self.shadowed),
        ]
        .into_iter()
        .filter(|(_, keys)| !keys.is_empty())
        .map(|(what, keys)| format!("{} {what}", listed(keys.iter().copied())))
        .collect();
        let message = format!(
            "{} of {} of configuration `{}` do nothing: {}",
            self.count(),
            counted(all, "setting", "settings"),
            context.name(config),
            parts.join("; ")
        );
        let at = context.graph.node(config).attrs.get(Attr::Settings).map(|said| said.at);
        let mut finding = Finding::new(&META, context.graph, config, message)
            .at(at.unwrap_or(context.graph.node(config).at))
            .number("settings that do nothing", self.count() as f64, 0.0, "settings")
            .magnitude(0.5 + self.count() as f64 / 4.0)
            .said(context.graph, config, Attr::Settings, "settings");
        if !self.redundant.is_empty() {
            for base in self.bases {
                finding = finding.with("inherits from", base).said(
                    context.graph,
                    base,
                    Attr::Settings,
                    "what it inherits",
                );
            }
        }
        finding
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Bases,
    Heirs,
}

/// Configurations that this one inherits from, or that inherit from it.
fn neighbours(context: &Context<'_>, config: NodeIx, side: Side) -> Vec<NodeIx> {
    let graph = context.graph;
    let inherits = |kind| matches!(kind, EdgeKind::Feeds | EdgeKind::Derives);
    let found: Vec<NodeIx> = match side {
        Side::Bases => {
            context.edges_into(config, inherits).map(|edge| graph.edge(edge).from).collect()
        }
        Side::Heirs => {
            context.edges_from(config, inherits).map(|edge| graph.edge(edge).to).collect()
        }
    };
    found.into_iter().filter(|&other| graph.kind(other) == NodeKind::Config).collect()
}

/// Whether nothing but `heirs` takes the configuration in.
fn feeds_only(context: &Context<'_>, config: NodeIx, heirs: &[NodeIx]) -> bool {
    context
        .edges_from(config, EdgeKind::is_flow)
        .all(|edge| heirs.contains(&context.graph.edge(edge).to))
}

fn value<'a>(context: &Context<'a>, config: NodeIx, key: &str) -> Option<&'a str> {
    let settings = context.graph.node(config).attrs.settings(Attr::Settings)?;
    settings.iter().find(|setting| *setting.key == *key).map(|setting| &*setting.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, graph, judge, judge_graph};
    use crate::model::{AttrValue, Batch, GraphBuilder, Provenance, SourceFile};

    /// One configuration with settings of key, value, default and whether they are read.
    fn with(settings: &[(&str, &str, Option<&str>, Option<bool>)]) -> Judged {
        let file = SourceFile { path: "test.yaml".into(), format: "test", bytes: 0, hash: 0 };
        let mut batch = Batch::new(file);
        let at = Provenance::new(Batch::FILE, 1, 1);
        let settings = settings.iter().map(|&(key, value, default, read)| Setting {
            key: key.into(),
            value: value.into(),
            default: default.map(Into::into),
            read,
        });
        let config = batch.reference("c");
        let value = AttrValue::Settings(settings.collect());
        batch.define(config, NodeKind::Config, at).set(Attr::Settings, value, at);
        let mut builder = GraphBuilder::default();
        builder.add(batch);
        judge_graph(&UnusedSetting, builder.build().0)
    }

    #[test]
    fn fires_on_the_unread_and_on_the_default() {
        let found = with(&[
            ("trees", "800", Some("800"), Some(true)),
            ("buckets", "4096", Some("1024"), Some(false)),
            ("depth", "9", Some("6"), Some(true)),
        ]);
        assert_eq!(found.subjects(), ["c note"]);
        let message = &found.message(0);
        assert!(message.starts_with("2 of 3 settings"), "{message}");
        assert!(message.contains("`buckets` read by nothing; `trees` equal"), "{message}");
    }

    #[test]
    fn what_is_inherited_is_redundant_and_what_all_heirs_set_is_shadowed() {
        let judged = judge(
            &UnusedSetting,
            "config base settings=rate:0.1|depth:6\nconfig a settings=rate:0.1|depth:7\nconfig b settings=rate:0.2|depth:8\nmodel m\n\
             base -feeds-> a\nbase -feeds-> b\na -feeds-> m\nb -feeds-> m",
        );
        assert_eq!(judged.subjects(), ["a note", "base note"]);
        assert!(judged.message(1).contains("`depth` set to something else"));
    }

    #[test]
    fn is_silent_on_settings_that_differ_and_are_read() {
        let found = with(&[("depth", "9", Some("6"), Some(true)), ("rate", "1", None, Some(true))]);
        assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn a_base_that_feeds_a_model_itself_shadows_nothing() {
        let judged = judge(
            &UnusedSetting,
            "config base settings=rate:0.1\nconfig a settings=rate:0.2\nmodel m\nbase -feeds-> a\nbase -feeds-> m\na -feeds-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn without_defaults_and_readers_it_is_open() {
        assert_eq!(with(&[("depth", "9", None, None)]).status, Status::Open);
        assert_eq!(judge_graph(&UnusedSetting, graph("config c")).status, Status::Open);
    }
}
