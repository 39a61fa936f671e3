//! What is to be drawn, as plain data: filter, query, grouping, level of detail, emphasis, style.
//!
//! One [`Scene`] feeds the screen and the files, so that a picture in a file always matches the view.
//! Must never know: a window, a file format, the file system. The way through, in reading order:
//! [`View`] (what somebody chose) and the graph → [`visible`] → [`arrange`] → the layout engine →
//! [`assemble`] → [`Scene`], which [`draw`] puts on any [`draw::Pen`]. [`picture`] goes all the way.

mod adjacency;
pub mod alive;
mod arrange;
mod assemble;
mod beyond;
pub mod caption;
pub mod consumers;
mod debt;
pub mod draw;
mod emphasis;
pub mod figure_one;
pub mod findings;
pub mod icon;
pub mod impact;
pub mod labels;
mod marks;
pub mod matrix;
pub mod measure;
mod outline;
mod owner;
mod picture;
pub mod picture_matrix;
pub mod query;
pub mod raster;
pub mod route;
pub mod row_text;
pub mod rows;
pub mod slice_bars;
pub mod slice_courses;
pub mod slice_grid;
pub mod slice_words;
mod telling;
mod theme;
mod view;
mod visible;

pub use arrange::{Placement, arrange, arrange_near, layout_options};
pub use assemble::assemble;
pub use caption::{Caption, Legend};
pub use debt::DebtMap;
pub use emphasis::{Emphasis, EmphasisMap, Target, emphasis};
pub use marks::{Badge, BadgeKind, BoxIx, Card, Hit, LinkIx, LinkMark, Plate, Scene};
pub use outline::{Outline, OutlineGroup, OutlineItem, OutlineRow, outline};
pub use owner::OwnerMark;
pub use picture::{fresh_picture, picture};
pub use theme::{Color, OWNER_COLORS, Theme, ThemeName};
pub use view::{Focus, GROUP_PREFIX, Grouping, GroupsOpen, Hops, Perspective, Unrelated, View};
pub use visible::{
    EdgeFate, FEW_THINGS, GroupInfo, GroupKeyIx, Hidden, ItemCounts, ItemIx, Known, Link,
    LinkStyle, MANY_THINGS, Reason, Shown, Structure, Visible, VisibleItem, is_named, visible,
    visible_with, visible_within,
};
