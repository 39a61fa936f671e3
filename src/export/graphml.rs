//! GraphML with the extensions of yEd: what is shown with places and shapes, to arrange by hand.

use super::outline::{Connection, Outline, Thing};
use super::svg_pen::{Escaped, Hex};
use super::{ExportError, ExportMeta, Exported, Exporter, Picture};
use crate::model::{Evidence, NodeKind};
use crate::scene::Theme;
use std::fmt::Write;

#[derive(Debug)]
pub(super) struct GraphMl;

impl Exporter for GraphMl {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "graphml",
            title: "GraphML",
            extension: "graphml",
            doc: "Nodes and edges with places and shapes, for yEd, Gephi and others.",
            whole: true,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let outline = Outline::new(picture);
        let mut text = String::from(HEAD);
        for (thing, ix) in outline.things.iter().zip(0..) {
            node(&outline, thing, ix, picture.theme, &mut text);
        }
        for (connection, ix) in outline.connections.iter().zip(0..) {
            edge(connection, ix, picture.theme, &mut text);
        }
        text.push_str("</graph>\n</graphml>\n");
        Ok(Exported { bytes: text.into_bytes(), notes: Vec::new() })
    }
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
<key id="id" for="node" attr.name="id" attr.type="string"/>
<key id="name" for="node" attr.name="name" attr.type="string"/>
<key id="kind" for="node" attr.name="kind" attr.type="string"/>
<key id="owner" for="node" attr.name="owner" attr.type="string"/>
<key id="group" for="node" attr.name="group" attr.type="string"/>
<key id="members" for="node" attr.name="members" attr.type="int"/>
<key id="shape" for="node" yfiles.type="nodegraphics"/>
<key id="edge_kind" for="edge" attr.name="kind" attr.type="string"/>
<key id="connections" for="edge" attr.name="connections" attr.type="int"/>
<key id="line" for="edge" yfiles.type="edgegraphics"/>
<graph edgedefault="directed">
"#;

fn node(outline: &Outline<'_>, thing: &Thing<'_>, ix: usize, theme: &Theme, text: &mut String) {
    let _ = writeln!(text, "<node id=\"n{ix}\">");
    let group = thing.frame.map(|frame| outline.frames[frame].key);
    let members = thing.members.to_string();
    for (key, value) in [
        ("id", Some(&*thing.id)),
        ("name", Some(thing.name)),
        ("kind", Some(thing.kind_key())),
        ("owner", thing.owner),
        ("group", group),
        ("members", Some(&members)),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "<data key=\"{key}\">{}</data>", Escaped(value));
        }
    }
    let (rect, border) = (thing.rect, thing.kind().map_or(theme.border, |kind| theme.kind(kind)));
    let _ = writeln!(
        text,
        "<data key=\"shape\"><y:ShapeNode><y:Geometry x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/><y:Fill color=\"{}\"/><y:BorderStyle color=\"{}\" type=\"line\" width=\"2.0\"/><y:NodeLabel textColor=\"{}\">{}</y:NodeLabel><y:Shape type=\"{}\"/></y:ShapeNode></data>\n</node>",
        rect.min.x,
        rect.min.y,
        rect.width(),
        rect.height(),
        Hex(theme.card_ground()),
        Hex(border),
        Hex(theme.text),
        Escaped(thing.name),
        shape(thing.kind())
    );
}

/// yEd's shapes, so that kinds are told without colour.
const fn shape(kind: Option<NodeKind>) -> &'static str {
    match kind {
        None => "rectangle3d",
        Some(NodeKind::Model) => "diamond",
        Some(NodeKind::Signal | NodeKind::Prediction) => "ellipse",
        Some(NodeKind::Job | NodeKind::Package) => "hexagon",
        Some(NodeKind::Surface | NodeKind::Monitor | NodeKind::ControlPlane) => "octagon",
        Some(NodeKind::Threshold | NodeKind::Action | NodeKind::Flag) => "parallelogram",
        Some(_) => "roundrectangle",
    }
}

fn edge(connection: &Connection<'_>, ix: usize, theme: &Theme, text: &mut String) {
    let line = match connection.style {
        style if style.through_world => "dotted",
        style if style.evidence != Evidence::Declared => "dashed",
        _ => "line",
    };
    let label = if connection.count > 1 {
        format!("<y:EdgeLabel>{}</y:EdgeLabel>", connection.count)
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "<edge id=\"e{ix}\" source=\"n{}\" target=\"n{}\"><data key=\"edge_kind\">{}</data><data key=\"connections\">{}</data><data key=\"line\"><y:PolyLineEdge><y:LineStyle color=\"{}\" type=\"{line}\" width=\"1.0\"/><y:Arrows source=\"none\" target=\"standard\"/>{label}</y:PolyLineEdge></data></edge>",
        connection.from,
        connection.to,
        connection.kind.key(),
        connection.count,
        Hex(theme.link)
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, facts, hostile, picture_of, whole};
    use usvg::roxmltree::{Document, Node};

    /// `from to kind` of every edge, by the ids that the file gives.
    fn edges(xml: &Document<'_>) -> Vec<(String, String, String)> {
        let data = |node: Node<'_, '_>, key: &str| -> String {
            let found = node.children().find(|child| child.attribute("key") == Some(key));
            found.and_then(|found| found.text().map(str::to_owned)).unwrap_or_default()
        };
        let id = |place: Option<&str>| {
            let is = |node: &Node<'_, '_>| {
                node.tag_name().name() == "node" && node.attribute("id") == place
            };
            data(xml.descendants().find(is).expect("an end"), "id")
        };
        let mut edges: Vec<_> = xml
            .descendants()
            .filter(|node| node.tag_name().name() == "edge")
            .map(|edge| {
                let ends = [edge.attribute("source"), edge.attribute("target")].map(id);
                (ends[0].clone(), ends[1].clone(), data(edge, "edge_kind"))
            })
            .collect();
        edges.sort();
        edges
    }

    #[test]
    fn every_node_and_edge_is_in_the_file() {
        for shown in [Shown::sample_seen("ads_ranking", &whole()), Shown::of(&hostile())] {
            let bytes = GraphMl.export(&picture_of(&shown)).expect("a file").bytes;
            let text = String::from_utf8(bytes).expect("text");
            let xml = Document::parse(&text).expect("well-formed");
            assert_eq!(edges(&xml), facts(&shown.graph).edges);
        }
    }
}
