//! How an owner is told on a card: a colour of the theme and two letters.

use crate::model::{NodeIx, SystemGraph};
use xxhash_rust::xxh3::xxh3_64;

/// The owner of something shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerMark {
    pub team: NodeIx,
    pub name: Box<str>,
    /// Two letters, so that it is never told by colour alone.
    pub initials: Box<str>,
    /// For [`Theme::owner`](super::Theme::owner): of the team's id, so that a team keeps its colour.
    pub hash: u64,
}

impl OwnerMark {
    pub fn new(graph: &SystemGraph, team: NodeIx) -> Self {
        let node = graph.node(team);
        Self {
            team,
            name: node.name.clone(),
            initials: initials(&node.name).into(),
            hash: xxh3_64(node.id.as_str().as_bytes()),
        }
    }
}

/// The first letters of the first two words, or the first two letters of the only one.
fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or("?");
    let mut letters = first.chars();
    let one = letters.next().unwrap_or('?');
    let two = words.next().and_then(|word| word.chars().next()).or_else(|| letters.next());
    std::iter::once(one).chain(two).flat_map(char::to_uppercase).take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_of_any_name() {
        let all = ["Ads ranking", "ads-ranking", "growth", "x", "", "データ 基盤"].map(initials);
        assert_eq!(all, ["AR", "AR", "GR", "X", "?", "デ基"]);
    }
}
