//! Names that last and positions that do not: [`NodeId`] is stable text, the `…Ix` types are valid
//! in one snapshot of the graph only.

use std::fmt;
use std::sync::Arc;

/// The stable name of a node, as its tool writes it (`model.shop.orders`). Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(Arc<str>);

impl NodeId {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for NodeId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position as an array index.
            pub const fn at(self) -> usize {
                self.0 as usize
            }

            /// # Panics
            /// Beyond `u32::MAX` entries, which no graph in memory reaches.
            pub fn new(position: usize) -> Self {
                Self(u32::try_from(position).expect("fewer than 2^32 entries"))
            }
        }
    };
}

index!(
    /// A node's position in one [`SystemGraph`](super::SystemGraph).
    NodeIx
);
index!(
    /// An edge's position in one [`SystemGraph`](super::SystemGraph).
    EdgeIx
);
index!(
    /// A group's position in one [`SystemGraph`](super::SystemGraph).
    GroupIx
);
index!(
    /// A source file's position in one [`SystemGraph`](super::SystemGraph).
    FileIx
);
