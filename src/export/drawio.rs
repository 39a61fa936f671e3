//! draw.io: what is shown as shapes with places, to arrange and annotate by hand.

use super::outline::{Connection, Outline, Thing};
use super::svg_pen::{Escaped, Hex};
use super::{ExportError, ExportMeta, Exported, Exporter, Picture};
use crate::layout::{Point, Rect};
use crate::model::{Evidence, NodeKind};
use crate::scene::Theme;
use std::fmt::Write;

#[derive(Debug)]
pub(super) struct DrawIo;

impl Exporter for DrawIo {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "drawio",
            title: "draw.io",
            extension: "drawio",
            doc: "Shapes, groups and connected arrows at their places, for draw.io (diagrams.net).",
            whole: false,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let outline = Outline::new(picture);
        let theme = picture.theme;
        let mut text = String::new();
        let _ = writeln!(
            text,
            "<mxfile host=\"Undercurrent\"><diagram name=\"{}\"><mxGraphModel grid=\"0\" page=\"0\" background=\"{}\"><root>\n<mxCell id=\"0\"/>\n<mxCell id=\"1\" parent=\"0\"/>",
            Escaped(&picture.scene.caption.title),
            Hex(theme.canvas)
        );
        for ix in 0..outline.frames.len() {
            frame(&outline, ix, theme, &mut text);
        }
        for (thing, ix) in outline.things.iter().zip(0..) {
            node(&outline, thing, ix, theme, &mut text);
        }
        for (connection, ix) in outline.connections.iter().zip(0..) {
            edge(connection, ix, theme, &mut text);
        }
        text.push_str("</root></mxGraphModel></diagram></mxfile>\n");
        Ok(Exported { bytes: text.into_bytes(), notes: Vec::new() })
    }
}

/// The id of the cell around, and where its corner is: places in draw.io are relative to it.
fn around(outline: &Outline<'_>, frame: Option<usize>) -> (String, Point) {
    match frame {
        Some(ix) => (format!("g{ix}"), outline.frames[ix].rect.min),
        None => ("1".to_owned(), Point::default()),
    }
}

fn frame(outline: &Outline<'_>, ix: usize, theme: &Theme, text: &mut String) {
    let frame = &outline.frames[ix];
    let (parent, corner) = around(outline, frame.parent);
    let style = format!(
        "rounded=1;arcSize=2;container=1;collapsible=0;verticalAlign=top;align=left;spacingLeft=8;fillColor={};strokeColor={};fontColor={}",
        Hex(theme.frame_ground(0)),
        Hex(theme.frame_edge()),
        Hex(theme.text)
    );
    cell(&format!("g{ix}"), &parent, frame.name, &style, frame.rect, corner, text);
}

fn node(outline: &Outline<'_>, thing: &Thing<'_>, ix: usize, theme: &Theme, text: &mut String) {
    let (parent, corner) = around(outline, thing.frame);
    let stroke = thing.kind().map_or(theme.border, |kind| theme.kind(kind));
    let style = format!(
        "{};whiteSpace=wrap;fillColor={};strokeColor={};fontColor={}",
        shape(thing.kind()),
        Hex(theme.card_ground()),
        Hex(stroke),
        Hex(theme.text)
    );
    let label = match thing.node {
        Some(node) => format!("{}\n{}", thing.name, node.kind.meta().title),
        None => format!("{}\n{} nodes", thing.name, thing.members),
    };
    cell(&format!("n{ix}"), &parent, &label, &style, thing.rect, corner, text);
}

/// Shapes that tell kinds without colour. Labels are plain text: `html=1` would read them as more.
const fn shape(kind: Option<NodeKind>) -> &'static str {
    match kind {
        None => "rounded=1;strokeWidth=2",
        Some(NodeKind::Source | NodeKind::Dataset) => "shape=cylinder3;size=6",
        Some(NodeKind::Signal | NodeKind::Prediction) => "rounded=1;arcSize=50",
        Some(NodeKind::Model | NodeKind::Job | NodeKind::Package) => "shape=hexagon;size=12",
        Some(NodeKind::Threshold | NodeKind::Flag | NodeKind::Action) => {
            "shape=parallelogram;size=12"
        }
        Some(NodeKind::Surface) => "ellipse",
        Some(_) => "rounded=1",
    }
}

fn cell(
    id: &str,
    parent: &str,
    label: &str,
    style: &str,
    rect: Rect,
    corner: Point,
    text: &mut String,
) {
    let _ = writeln!(
        text,
        "<mxCell id=\"{id}\" parent=\"{parent}\" value=\"{}\" style=\"{style}\" vertex=\"1\"><mxGeometry x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" as=\"geometry\"/></mxCell>",
        Attribute(label),
        rect.min.x - corner.x,
        rect.min.y - corner.y,
        rect.width(),
        rect.height()
    );
}

fn edge(connection: &Connection<'_>, ix: usize, theme: &Theme, text: &mut String) {
    let dash = match connection.style {
        style if style.through_world => "dashed=1;dashPattern=1 3;",
        style if style.evidence != Evidence::Declared => "dashed=1;dashPattern=6 4;",
        _ => "",
    };
    let label = if connection.count > 1 { connection.count.to_string() } else { String::new() };
    let bends: String = connection
        .bends
        .iter()
        .map(|bend| format!("<mxPoint x=\"{}\" y=\"{}\"/>", bend.x, bend.y))
        .collect();
    let bends =
        if bends.is_empty() { bends } else { format!("<Array as=\"points\">{bends}</Array>") };
    let _ = writeln!(
        text,
        "<mxCell id=\"e{ix}\" parent=\"1\" source=\"n{}\" target=\"n{}\" value=\"{label}\" style=\"curved=1;{dash}exitX=1;exitY=0.5;entryX=0;entryY=0.5;endArrow=block;endSize=6;strokeColor={}\" edge=\"1\"><mxGeometry relative=\"1\" as=\"geometry\">{bends}</mxGeometry></mxCell>",
        connection.from,
        connection.to,
        Hex(theme.link)
    );
}

/// Text in an attribute, where a line feed is kept only as an entity.
struct Attribute<'t>(&'t str);

impl std::fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Escaped(self.0).to_string().replace('\n', "&#10;"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, facts, hostile, picture_of, whole};
    use std::collections::BTreeSet;
    use usvg::roxmltree::Document;

    #[test]
    fn every_thing_is_a_cell_in_its_group_and_every_edge_is_connected() {
        for shown in [Shown::sample_seen("ads_ranking", &whole()), Shown::of(&hostile())] {
            let bytes = DrawIo.export(&picture_of(&shown)).expect("a file").bytes;
            let text = String::from_utf8(bytes).expect("text");
            let xml = Document::parse(&text).expect("well-formed");
            let cells = || xml.descendants().filter(|node| node.has_tag_name("mxCell"));
            let ids: BTreeSet<&str> = cells().filter_map(|cell| cell.attribute("id")).collect();
            assert_eq!(ids.len(), cells().count());
            let mut edges = 0;
            for cell in cells() {
                for end in ["parent", "source", "target"] {
                    assert!(cell.attribute(end).is_none_or(|end| ids.contains(end)), "{cell:?}");
                }
                edges += usize::from(cell.attribute("edge").is_some());
            }
            assert_eq!(edges, facts(&shown.graph).edges.len());
            assert!(!text.contains("html=1"));
        }
    }
}
