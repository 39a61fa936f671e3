//! `undercurrent snapshot`: what a view shows, in a file.

use super::failure::{Failure, Outcome};
use super::graph;
use super::input::Paths;
use super::out::{Out, complain};
use crate::analysis::analyse;
use crate::export::table::{Column, Table};
use crate::export::{EXPORTERS, Exporter, Picture, exporter, exporter_for, write_whole};
use crate::model::SystemGraph;
use crate::scene::{
    DebtMap, EmphasisMap, Focus, Grouping, GroupsOpen, Perspective, Scene, Theme, ThemeName, View,
    fresh_picture,
};
use jiff::civil::Date;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ViewName {
    Data,
    Cascades,
    Clusters,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ThemeWord {
    Dark,
    Light,
    Projector,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum GroupWord {
    Manifest,
    Team,
    Kind,
    None,
}

#[derive(Debug, clap::Args)]
#[command(after_help = formats())]
pub(super) struct Snapshot {
    #[command(flatten)]
    paths: Paths,
    /// File to write; its ending chooses the format; - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Format, where the ending does not tell it
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[arg(long, value_enum, default_value = "data")]
    view: ViewName,
    /// Show only what matches, such as 'kind:model owner:ads'
    #[arg(long, value_name = "QUERY", default_value = "")]
    query: String,
    /// Show only what is near a node, by id or name; may be given several times
    #[arg(long, value_name = "ID")]
    focus: Vec<String>,
    /// Steps upstream of the focus; all the way without it
    #[arg(long, value_name = "N", requires = "focus")]
    up: Option<u32>,
    /// Steps downstream of the focus; all the way without it
    #[arg(long, value_name = "N", requires = "focus")]
    down: Option<u32>,
    #[arg(long, value_enum, default_value = "light")]
    theme: ThemeWord,
    /// Width of a PNG in pixels
    #[arg(long, value_name = "PX")]
    width: Option<u32>,
    /// Which groups are open: auto (50 to 150 things), all, none, or keys with commas between;
    /// auto for pictures, all for formats that programs read
    #[arg(long, value_name = "GROUPS")]
    open: Option<String>,
    #[arg(long, value_enum, default_value = "manifest")]
    group: GroupWord,
    /// Tests and monitors as cards, not as badges on what they watch; so always for formats that
    /// programs read
    #[arg(long)]
    checks: bool,
    /// Day written on the picture and on which ages are judged, such as 2026-03-01; today (UTC) without it
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
}

impl Snapshot {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let exporter = self.exporter()?;
        let query = graph::parse(&self.query)?;
        let date = self.date.unwrap_or_else(today);
        let settings = self.paths.settings(date)?;
        let graph = self.paths.load_and_complain()?.graph;
        let whole = exporter.meta().whole;
        let view = self.view(&graph, whole)?;
        let asks = query.needs_analysis();
        let analysis = (asks || !whole).then(|| analyse(&graph, &settings));
        let scene = fresh_picture(&graph, analysis.as_ref(), &view);
        let debt = analysis.map(|analysis| DebtMap::new(&scene, &analysis.scores));
        self.complain_of_unknown_groups(&scene);
        let picture = Picture {
            graph: &graph,
            scene: &scene,
            emphasis: &EmphasisMap::none(),
            debt: debt.as_ref(),
            theme: Theme::of(self.theme()),
            subject: self.paths.subject(),
            date,
            width_px: self.width,
        };
        let exported = exporter.export(&picture)?;
        for note in &exported.notes {
            complain("note", note);
        }
        if self.output.as_os_str() == "-" {
            out.bytes(&exported.bytes)?;
        } else {
            write_whole(&self.output, &exported.bytes)?;
        }
        Ok(Outcome::Done)
    }

    fn exporter(&self) -> Result<&'static dyn Exporter, Failure> {
        let keys = || EXPORTERS.iter().map(|own| own.meta().key).collect::<Vec<_>>().join(", ");
        if let Some(key) = &self.format {
            return exporter(key).ok_or_else(|| {
                Failure::new(format!("there is no format `{key}`. There are {}.", keys()))
            });
        }
        let name = self.output.file_name().unwrap_or_default().to_string_lossy().into_owned();
        exporter_for(&name).ok_or_else(|| {
            Failure::new(format!(
                "the ending of `{name}` tells no format. End the name in one of {}, or say --format.",
                keys()
            ))
        })
    }

    fn theme(&self) -> ThemeName {
        match self.theme {
            ThemeWord::Dark => ThemeName::Dark,
            ThemeWord::Light => ThemeName::Light,
            ThemeWord::Projector => ThemeName::Projector,
        }
    }

    /// `whole`: for a format that programs read.
    fn view(&self, graph: &SystemGraph, whole: bool) -> Result<View, Failure> {
        let on = self
            .focus
            .iter()
            .map(|text| graph::node(graph, text).map(|ix| graph.node(ix).id.to_string()));
        let on: Vec<String> = on.collect::<Result<_, _>>()?;
        Ok(View {
            perspective: match self.view {
                ViewName::Data => Perspective::Data,
                ViewName::Cascades => Perspective::Cascades,
                ViewName::Clusters => Perspective::Clusters,
            },
            query: self.query.clone(),
            focus: (!on.is_empty()).then_some(Focus {
                on,
                up: self.up,
                down: self.down,
                round: Vec::new(),
            }),
            grouping: match self.group {
                GroupWord::Manifest => Grouping::Manifest,
                GroupWord::Team => Grouping::Team,
                GroupWord::Kind => Grouping::Kind,
                GroupWord::None => Grouping::None,
            },
            open: match self.open.as_deref() {
                None if whole => GroupsOpen::All,
                None | Some("auto") => GroupsOpen::Auto,
                Some("all") => GroupsOpen::All,
                Some("none") => GroupsOpen::Set(std::collections::BTreeSet::new()),
                Some(keys) => GroupsOpen::Set(keys.split(',').map(str::to_owned).collect()),
            },
            fold_checks: !self.checks && !whole,
            ..View::default()
        })
    }

    /// A key that opens nothing is most often misspelt, or lies in a closed group.
    fn complain_of_unknown_groups(&self, scene: &Scene) {
        let Some(keys) = self.open.as_deref() else { return };
        if matches!(keys, "auto" | "all" | "none") {
            return;
        }
        for key in keys.split(',').filter(|key| !scene.open_keys().any(|open| open == *key)) {
            let closed: Vec<&str> =
                scene.plates.iter().filter(|plate| !plate.open).map(|plate| &*plate.key).collect();
            let some: Vec<&str> = closed.iter().take(8).copied().collect();
            let more = if closed.len() > some.len() { ", …" } else { "" };
            complain(
                "note",
                &format!("no group `{key}` could be opened. Closed are: {}{more}", some.join(", ")),
            );
        }
    }
}

/// Every format with its ending, for the help.
fn formats() -> String {
    let columns = [Column::text("ending", "Ending"), Column::text("doc", "What it is")];
    let mut table = Table::new(columns);
    table.rows.extend(EXPORTERS.iter().map(|own| {
        let meta = own.meta();
        vec![format!(".{}", meta.extension), format!("{}. {}", meta.title, meta.doc)]
    }));
    format!("Formats:\n{}", table.text())
}

/// In UTC, so that it does not depend on where a pipeline runs.
pub(super) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
