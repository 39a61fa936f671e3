//! Words of the command line that mean something in a graph: ids and queries.

use super::failure::Failure;
use crate::model::{NodeIx, SystemGraph};
use crate::scene::query::{self, Query};

/// How many suggestions an error makes.
const SUGGESTED: usize = 3;

/// The node with this id, alias or name.
///
/// # Errors
/// When there is none, with those most like it; when several have the name, with their ids.
pub(super) fn node(graph: &SystemGraph, text: &str) -> Result<NodeIx, Failure> {
    if let Some(found) = graph.find(text) {
        return Ok(found);
    }
    let named: Vec<NodeIx> =
        graph.node_indices().filter(|&ix| *graph.node(ix).name == *text).collect();
    let ids = |nodes: &[NodeIx]| -> Vec<String> {
        nodes.iter().map(|&ix| format!("`{}`", graph.node(ix).id)).collect()
    };
    match &named[..] {
        [only] => Ok(*only),
        [] => Err(Failure::new(match &ids(&most_alike(graph, text))[..] {
            [] => format!("there is no node `{text}`; `undercurrent query` lists ids"),
            near => format!("there is no node `{text}`. Did you mean {}?", near.join(" or ")),
        })),
        several => Err(Failure::new(format!(
            "{} nodes are called `{text}`. Name one by its id: {}",
            several.len(),
            ids(&several[..several.len().min(2 * SUGGESTED)]).join(", ")
        ))),
    }
}

/// The nodes whose id or name is most like `text`, best first. Linear in the graph.
fn most_alike(graph: &SystemGraph, text: &str) -> Vec<NodeIx> {
    /// Jaro–Winkler; below it suggestions look random.
    const ALIKE: f64 = 0.85;
    /// Comparing is quadratic in the length.
    const COMPARED: usize = 96;
    let short = |text: &str| text.chars().take(COMPARED).collect::<String>().to_lowercase();
    let wanted = short(text);
    let mut found: Vec<(f64, NodeIx)> = graph
        .node_indices()
        .filter_map(|ix| {
            let node = graph.node(ix);
            // Of `model.shop.orders` people remember `orders`.
            let id = short(node.id.as_str());
            let last = id.rsplit('.').next().unwrap_or_default();
            let alike = [&*id, last, &*short(&node.name)]
                .iter()
                .map(|known| strsim::jaro_winkler(&wanted, known))
                .fold(0.0, f64::max);
            (alike >= ALIKE).then_some((alike, ix))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    found.into_iter().take(SUGGESTED).map(|(_, ix)| ix).collect()
}

/// # Errors
/// When the text is no query, with a line that points at the characters at fault.
pub(super) fn parse(text: &str) -> Result<Query, Failure> {
    query::parse(text).map_err(|error| {
        let shown: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let before = text[..error.span.start].chars().count();
        let at_fault = text[error.span.clone()].chars().count().max(1);
        Failure::new(format!(
            "{}\n  {shown}\n  {}{}",
            error.message,
            " ".repeat(before),
            "^".repeat(at_fault)
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_character() {
        let Err(Failure::Message(message)) = parse("größe or onwer:ads") else {
            panic!("parses")
        };
        assert_eq!(
            message,
            "there is no field onwer; did you mean owner:\n  größe or onwer:ads\n           ^^^^^"
        );
        let Err(Failure::Message(message)) = parse("a and") else { panic!("parses") };
        assert!(message.ends_with("\n  a and\n       ^"), "{message}");
    }
}
