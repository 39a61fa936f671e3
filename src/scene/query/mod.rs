//! One query language for the search bar, saved views, the command line and captions.
//!
//! ```text
//! orders                 the node called so; where none is, all whose id or name holds the text
//! stg_*                  a pattern over id or name
//! "two words"            text with blanks or operators in it
//! +x   x+   2+x+1        with everything upstream, downstream, within so many steps
//! owner:ads kind:model   fields; see [`fields`] for all of them
//! in:loop debt:>50       fields that ask what the analysis found
//! cadence_days:>7        any attribute of the manifest, compared
//! path(a, b)             the shortest paths; path(a, b, 4): all of at most four steps
//! between(a, b)          everything on any way from a to b
//! a and b, a b, a or b, not a, ( )
//! ```
//!
//! Start reading at [`parse`]; [`Query::evaluate_with`] gives the nodes, [`Query::findings`] the findings,
//! [`complete`] what could come next.

mod complete;
mod evaluate;
mod fields;
mod findings;
mod lex;
mod parse;
mod pattern;

pub use complete::{Completion, complete};
pub use fields::{FieldMeta, fields};
pub use parse::parse;

use std::ops::Range;

/// A parsed query. The empty text is the query for everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    root: Option<Expr>,
    /// The first part that asks what the analysis found: as written, and where.
    judged: Option<(String, Range<usize>)>,
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    pub message: String,
    /// Bytes of the text that are at fault; empty at the end of the text.
    pub span: Range<usize>,
}

/// How many steps to follow edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Steps {
    Exactly(u32),
    All,
}

#[derive(Clone, Debug, PartialEq)]
enum Expr {
    /// Text or a pattern over id and name.
    Text(String),
    Field {
        field: fields::Field,
        value: fields::Value,
    },
    /// Every shortest path from one set to the other, or all paths of at most so many steps.
    Path {
        from: Box<Expr>,
        to: Box<Expr>,
        within: Option<u32>,
    },
    /// Everything on any way from one set to the other.
    Between {
        from: Box<Expr>,
        to: Box<Expr>,
    },
    /// A set with what lies up and down of it.
    Around {
        of: Box<Expr>,
        up: Steps,
        down: Steps,
    },
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
}
