//! The native manifest, version 1, in JSON and YAML.
//!
//! Start reading at [`read`]; `located` is the tree that both syntaxes become, `schema` the same
//! tables told to editors.

mod json;
mod located;
mod node;
mod read;
mod relation;
mod schema;
mod value;
mod yaml;

pub use schema::schema;

use super::{Cancelled, Claim, FormatMeta, Importer, Source};
use crate::model::Batch;

/// The key that marks a file as a native manifest; its value is the format's version.
const MARK: &str = "undercurrent";

/// The only version so far.
const VERSION: &str = "1";

#[derive(Debug)]
pub(super) struct Native;

impl Importer for Native {
    fn meta(&self) -> &'static FormatMeta {
        &FormatMeta {
            key: "native",
            title: "Undercurrent manifest",
            extensions: &["yaml", "yml", "json"],
            doc: include_str!("doc.md"),
        }
    }

    fn claim(&self, name: &str, head: &str) -> Claim {
        if has_mark(head) {
            return Claim::Sure;
        }
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        if stem == MARK || stem.ends_with(".undercurrent") { Claim::Maybe } else { Claim::No }
    }

    fn import(&self, source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled> {
        read::read(source, batch)
    }
}

/// Whether the outermost map has the mark: a line of YAML that begins with it, or a key of JSON
/// before anything nests.
fn has_mark(head: &str) -> bool {
    let after_mark = |text: &str| {
        let rest = text.strip_prefix(['"', '\'']).unwrap_or(text);
        rest.strip_prefix(MARK).is_some_and(|rest| {
            rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start().starts_with(':')
        })
    };
    let Some(inner) = head.trim_start().strip_prefix('{') else {
        return head.lines().any(after_mark);
    };
    memchr::memmem::find_iter(inner.as_bytes(), b"\"undercurrent\"").any(|found| {
        let depth = inner.as_bytes()[..found].iter().fold(0_i64, |depth, byte| match byte {
            b'{' | b'[' => depth + 1,
            b'}' | b']' => depth - 1,
            _ => depth,
        });
        depth == 0 && after_mark(&inner[found..])
    })
}
