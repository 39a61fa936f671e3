//! Scenes, lists and findings into files: pictures as they are on the screen.
//!
//! Owns: the formats of files that leave the program, the sheet around a picture, and writing files
//! whole or not at all. Must never know: a window. Every byte follows from the [`Picture`]: the date is
//! handed in, and the same picture gives the same file. Start reading at [`Exporter`]; a format is one
//! file here and one row in [`EXPORTERS`].

mod csv_edges;
mod csv_nodes;
mod dot;
mod drawio;
mod error;
mod file;
mod font;
mod graphml;
mod html;
mod json;
pub mod lists;
mod mermaid;
mod outline;
mod pdf;
mod png;
pub mod report;
mod sheet;
mod svg;
mod svg_pen;
pub mod table;

pub use error::ExportError;
pub use file::write_whole;
pub use png::{MOST_PIXELS, MOST_SIDE, Raster, rasterize};

use crate::model::SystemGraph;
use crate::scene::{DebtMap, EmphasisMap, Scene, Theme};
use jiff::civil::Date;

/// What goes into a file, and what is said beside it.
#[derive(Debug)]
pub struct Picture<'a> {
    pub graph: &'a SystemGraph,
    pub scene: &'a Scene,
    pub emphasis: &'a EmphasisMap,
    /// Debt of every mark, where the rules have judged.
    pub debt: Option<&'a DebtMap>,
    pub theme: &'static Theme,
    /// Of what it is a picture, for the title.
    pub subject: String,
    /// The day that is written on it.
    pub date: Date,
    /// Width in pixels, for formats that have pixels; `None` for sharp at its natural size.
    pub width_px: Option<u32>,
}

/// What a format is called and how its files are told.
#[derive(Debug, PartialEq, Eq)]
pub struct ExportMeta {
    /// As written on the command line.
    pub key: &'static str,
    pub title: &'static str,
    /// Ending of its files, without the first dot.
    pub extension: &'static str,
    /// In a sentence: what it is good for.
    pub doc: &'static str,
    /// For programs and not for eyes: where nothing else is asked for, it holds everything, with groups
    /// open and nothing folded.
    pub whole: bool,
}

/// A finished file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    pub bytes: Vec<u8>,
    /// What a person should know of it, such as that it was made smaller than asked.
    pub notes: Vec<String>,
}

/// Writes one format.
pub trait Exporter: Sync {
    fn meta(&self) -> &'static ExportMeta;

    /// The whole file.
    ///
    /// # Errors
    /// When the picture does not fit the format, with what to do.
    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError>;
}

/// All formats, by key.
pub static EXPORTERS: &[&dyn Exporter] = &[
    &csv_edges::CsvEdges,
    &csv_nodes::CsvNodes,
    &dot::Dot,
    &drawio::DrawIo,
    &graphml::GraphMl,
    &html::Html,
    &json::Json,
    &mermaid::Mermaid,
    &pdf::Pdf,
    &png::Png,
    &svg::Svg,
];

/// The format called `key`.
pub fn exporter(key: &str) -> Option<&'static dyn Exporter> {
    EXPORTERS.iter().copied().find(|exporter| exporter.meta().key.eq_ignore_ascii_case(key))
}

/// The format that a file of this name has: the one with the longest ending that fits.
pub fn exporter_for(file_name: &str) -> Option<&'static dyn Exporter> {
    let name = file_name.to_lowercase();
    EXPORTERS
        .iter()
        .copied()
        .filter(|exporter| name.ends_with(&format!(".{}", exporter.meta().extension)))
        .max_by_key(|exporter| exporter.meta().extension.len())
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_stand_by_key() {
        let keys: Vec<&str> = EXPORTERS.iter().map(|own| own.meta().key).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
    }

    #[test]
    fn a_format_is_found_by_its_key_and_by_the_ending() {
        for own in EXPORTERS {
            let meta = own.meta();
            assert_eq!(exporter(meta.key).expect("its key").meta(), meta);
            let name = format!("Some Map.{}", meta.extension.to_uppercase());
            assert_eq!(exporter_for(&name).expect("its ending").meta(), meta);
        }
        assert!(exporter_for("map").is_none() && exporter_for("svg").is_none());
    }
}
