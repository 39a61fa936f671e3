//! What follows from the graph: facts computed once, and in time the rules, loops and scores on them.
//!
//! Must never know: a file format, a layout, a drawing. Start reading at [`facts`].

pub mod facts;
