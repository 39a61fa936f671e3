//! HTML: the picture in a page of its own that can be moved, searched and asked, without a network.

use super::svg_pen::{Escaped, Hex};
use super::{ExportError, ExportMeta, Exported, Exporter, Picture, svg};
use crate::scene::Theme;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

#[derive(Debug)]
pub(super) struct Html;

impl Exporter for Html {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "html",
            title: "Interactive HTML",
            extension: "html",
            doc: "A page to zoom, search and click through in any browser, without a network.",
            whole: false,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let drawing = svg::draw(picture, 1.0, true);
        let document = drawing.document("");
        // The policy lets this script run and no other, should text ever find a way out of its place.
        let nonce = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(document.as_bytes()));
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'unsafe-inline'; font-src data:; script-src 'nonce-{nonce}'\">\n\
             <title>{}</title>\n<style>{}{}\n{STYLE}</style>\n{document}\
             <div id=\"search\" class=\"panel\"><input type=\"search\" placeholder=\"Search ( / )\" \
             aria-label=\"Search\"><span id=\"count\" role=\"status\"></span></div>\n\
             <div id=\"tools\" class=\"panel\"><button data-key=\"-\" title=\"Smaller (-)\">−</button>\
             <button data-key=\"+\" title=\"Larger (+)\">+</button>\
             <button data-key=\"f\" title=\"All of it (F)\">Fit</button></div>\n\
             <div id=\"about\" class=\"panel\" aria-live=\"polite\" hidden></div>\n\
             <script nonce=\"{nonce}\">{SCRIPT}</script>\n</html>\n",
            Escaped(drawing.title()),
            svg::font_faces(drawing.characters()),
            tokens(picture.theme)
        );
        Ok(Exported { bytes: page.into_bytes(), notes: Vec::new() })
    }
}

/// The theme's colours as properties.
fn tokens(theme: &Theme) -> String {
    let named = [
        ("canvas", theme.canvas),
        ("panel", theme.panel),
        ("raised", theme.raised),
        ("hairline", theme.border),
        ("text", theme.text),
        ("secondary", theme.secondary),
        ("accent", theme.accent),
    ];
    let properties = named.map(|(name, color)| format!("--{name}:{}", Hex(color)));
    format!(":root{{{}}}", properties.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, hostile, picture_of};

    fn page(shown: &Shown) -> String {
        let exported = Html.export(&picture_of(shown)).expect("a page");
        String::from_utf8(exported.bytes).expect("text")
    }

    #[test]
    fn hostile_names_are_text_and_nothing_is_fetched() {
        let page = page(&Shown::of(&hostile()));
        assert_eq!(page.matches("<script").count(), 1);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        let markup = page.replace(SCRIPT, "").replace(STYLE, "");
        for tag in markup.split('<').skip(1) {
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            for word in [" src=", " href=", " onload", " onclick", "javascript:"] {
                assert!(!tag.contains(word), "{tag}");
            }
        }
        // The name of SVG's own language is no address that anybody follows.
        let addresses = markup.replace("http://www.w3.org/2000/svg", "");
        assert!(!addresses.contains("http://") && !addresses.contains("https://"));
        assert!(!SCRIPT.contains("innerHTML") && !SCRIPT.contains("fetch("));
    }

    #[test]
    fn every_link_names_two_boxes_of_the_page() {
        let page = page(&Shown::sample("ads_ranking"));
        let values = |key: &str| -> Vec<String> {
            let mark = format!(" {key}=\"");
            let all = page.split(&*mark).skip(1);
            all.map(|rest| rest[..rest.find('"').expect("a quote")].to_owned()).collect()
        };
        let boxes = values("data-box");
        let (from, to) = (values("data-from"), values("data-to"));
        assert!(!from.is_empty() && from.len() == to.len());
        for end in from.iter().chain(&to) {
            assert!(boxes.contains(end), "{end} is no box");
        }
    }
}
