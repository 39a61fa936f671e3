//! What somebody chose to see: small, comparable, serialisable. Undo, saved views, snapshots and
//! captions carry it. Names are text, so that a view survives a reload of the graph.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which question the picture answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Perspective {
    /// What flows into what.
    #[default]
    Data,
    /// Models, predictions and surfaces, with correction depth as layers.
    Cascades,
    /// What hangs together, without layers: the same things as in [`Self::Data`].
    Clusters,
}

impl Perspective {
    pub const ALL: &[Self] = &[Self::Data, Self::Cascades, Self::Clusters];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Cascades => "cascades",
            Self::Clusters => "clusters",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Data => "Data dependencies",
            Self::Cascades => "Model cascades",
            Self::Clusters => "Cluster map",
        }
    }
}

/// What becomes of that which the query or the focus leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unrelated {
    #[default]
    Remove,
    Dim,
}

/// How far to go: so many steps, or all the way.
pub type Hops = Option<u32>;

/// A neighbourhood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Focus {
    /// Node ids.
    pub on: Vec<String>,
    pub up: Hops,
    pub down: Hops,
    /// Ids in the order in which a closed walk passes them: they are drawn as a ring. Empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub round: Vec<String>,
}

/// By what things are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// The groups that the manifests name: packages, folders, namespaces, systems.
    #[default]
    Manifest,
    Team,
    Kind,
    None,
}

impl Grouping {
    pub const ALL: &[Self] = &[Self::Manifest, Self::Team, Self::Kind, Self::None];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Manifest => "Groups of the manifest",
            Self::Team => "Teams",
            Self::Kind => "Kinds",
            Self::None => "No groups",
        }
    }
}

/// Which groups are open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupsOpen {
    /// As many as leave 50 to 150 things to be seen.
    #[default]
    Auto,
    All,
    /// Those with these keys, as far as all groups around them are open too.
    Set(BTreeSet<String>),
}

/// Everything that decides what the picture shows. It says nothing of camera, selection or theme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    pub perspective: Perspective,
    /// In the query language; empty for everything.
    pub query: String,
    pub unrelated: Unrelated,
    pub focus: Option<Focus>,
    pub grouping: Grouping,
    pub open: GroupsOpen,
    /// Ids of nodes hidden by hand, and keys of groups after `group:`.
    pub hidden: BTreeSet<String>,
    /// Tests and monitors as badges on what they watch.
    pub fold_checks: bool,
    /// Where somebody put a thing: the centre, in scene units, by node id or `group:` and key.
    pub pins: BTreeMap<String, (f32, f32)>,
}

/// Before the key of a group in [`View::hidden`] and [`View::pins`], where node ids stand too.
pub const GROUP_PREFIX: &str = "group:";

impl Default for View {
    fn default() -> Self {
        Self {
            perspective: Perspective::Data,
            query: String::new(),
            unrelated: Unrelated::Remove,
            focus: None,
            grouping: Grouping::Manifest,
            open: GroupsOpen::Auto,
            hidden: BTreeSet::new(),
            fold_checks: true,
            pins: BTreeMap::new(),
        }
    }
}
