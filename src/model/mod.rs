//! The typed system graph: what exists, what it depends on, and where each statement was read.
//!
//! Owns: kinds, ids, provenance, attributes, tables, and the merge of many files into one graph.
//! Must never know: a file format, a rule, a drawing. Start reading at [`SystemGraph`], then
//! [`Batch`] (what an importer says) and [`GraphBuilder`] (how what they say becomes one graph).

mod attribute;
mod batch;
mod builder;
mod changed;
mod graph;
mod id;
mod identity;
mod join;
mod kind;
mod lists;
mod node_set;
mod observed;
mod problem;
mod provenance;
mod table;

pub use attribute::{
    Attr, AttrEntry, AttrMeta, AttrSet, AttrValue, Interval, Place, Setting, ValueType,
};
pub use batch::{Allow, Batch, EdgeDecl, GroupRef, NodeDecl, NodeRef};
pub use builder::GraphBuilder;
pub use graph::{Column, ColumnLink, Edge, EdgeDetails, Group, Node, SystemGraph};
pub use id::{EdgeIx, FileIx, GroupIx, NodeId, NodeIx};
pub use kind::{EdgeKind, Evidence, KindMeta, NodeKind, Phase};
pub use lists::Lists;
pub use node_set::NodeSet;
pub use observed::Sightings;
pub use problem::{Problem, ProblemKind, Severity};
pub use provenance::{Provenance, SourceFile};
pub use table::{
    AblationRow, AccessRow, AlertRow, ConfigChangeRow, CorrelationRow, DecisionRow, DeploymentRow,
    ImportanceRow, IncidentRow, LinesOfCodeRow, PredictionStatsRow, PredictionsFile,
    ResidualCorrelationRow, Row, RunRow, TableKind, Tables,
};
