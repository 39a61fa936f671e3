//! Graphviz DOT. Start reading at [`Reader::graph`]; `token` cuts the text into words and signs.

mod label;
mod token;

use self::label::plain_label;
use self::token::{Quote, Token, Tokens};
use super::{Cancelled, Claim, FormatMeta, Importer, Source, attr_text};
use crate::model::{
    Attr, AttrValue, Batch, EdgeKind, GroupRef, NodeKind, NodeRef, Place, Problem, ProblemKind,
    Provenance, Severity,
};
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::borrow::Cow;

/// Subgraphs that lie in one another; drawings have three.
const DEEPEST: usize = 64;

/// Edges that `{…} -> {…}` may mean in one statement.
const MOST_EDGES_OF_A_STATEMENT: usize = 1_000_000;

/// How often a cancelled reading is noticed.
const STATEMENTS_BETWEEN_CHECKS: usize = 4096;

#[derive(Debug)]
pub(super) struct Dot;

impl Importer for Dot {
    fn meta(&self) -> &'static FormatMeta {
        &FormatMeta {
            key: "dot",
            title: "Graphviz DOT",
            extensions: &["dot", "gv"],
            doc: include_str!("doc.md"),
        }
    }

    fn claim(&self, _name: &str, head: &str) -> Claim {
        let mut tokens = Tokens::new(head);
        if opening(&mut tokens).is_some() { Claim::Sure } else { Claim::No }
    }

    fn import(&self, source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled> {
        let tokens = Tokens::new(source.text.as_str());
        Reader { source, batch, tokens, clusters: Vec::new(), cluster_of: FxHashMap::default() }
            .file()
    }
}

/// What stands before a graph's first brace.
struct Opening {
    strict: bool,
    directed: bool,
}

/// `[strict] (graph | digraph) [id] {`
fn opening(tokens: &mut Tokens<'_>) -> Option<Opening> {
    let mut keyword = word(&tokens.next())?;
    let strict = keyword == "strict";
    if strict {
        keyword = word(&tokens.next())?;
    }
    let directed = match &*keyword {
        "digraph" => true,
        "graph" => false,
        _ => return None,
    };
    if matches!(tokens.peek(), Token::Id(..)) {
        tokens.next();
    }
    tokens.take(b'{').then_some(Opening { strict, directed })
}

/// A bare word in lower case: keywords do not mind case.
fn word(token: &Token<'_>) -> Option<String> {
    match token {
        Token::Id(text, Quote::Bare) => Some(text.to_ascii_lowercase()),
        _ => None,
    }
}

/// An attribute as written.
type Attribute<'a> = (Cow<'a, str>, Cow<'a, str>, Quote);

/// A graph or subgraph that is open.
#[derive(Default)]
struct Scope<'a> {
    cluster: Option<usize>,
    node_defaults: Vec<Attribute<'a>>,
    edge_defaults: Vec<Attribute<'a>>,
    /// Nodes named in it, for edges that go to the whole of it.
    members: IndexSet<NodeRef, FxBuildHasher>,
    statement: Statement,
}

/// An edge chain (or a single node) while it is read.
#[derive(Default)]
struct Statement {
    operands: Vec<Vec<NodeRef>>,
    /// Whether the one operand is a node and not a subgraph.
    is_node: bool,
    at: Option<Provenance>,
}

struct Cluster {
    parent: Option<usize>,
    id: String,
    label: Option<String>,
}

struct Reader<'s, 'a, 'b> {
    source: &'s Source<'a>,
    batch: &'b mut Batch,
    tokens: Tokens<'a>,
    clusters: Vec<Cluster>,
    cluster_of: FxHashMap<NodeRef, usize>,
}

impl<'a> Reader<'_, 'a, '_> {
    fn file(&mut self) -> Result<(), Cancelled> {
        while *self.tokens.peek() != Token::End {
            let offset = self.tokens.peek_offset();
            match opening(&mut self.tokens) {
                Some(opening) => self.graph(&opening)?,
                None => {
                    self.syntax(
                        offset,
                        "Only `graph` or `digraph` and its braces were expected here".into(),
                    );
                    break;
                }
            }
        }
        self.place_in_groups();
        Ok(())
    }

    /// Reads up to the brace that ends the graph. Subgraphs are kept on a stack of our own.
    fn graph(&mut self, opening: &Opening) -> Result<(), Cancelled> {
        let mut open: Vec<Scope<'a>> = vec![Scope::default()];
        let mut seen: FxHashSet<(NodeRef, NodeRef)> = FxHashSet::default();
        let mut seen = opening.strict.then_some(&mut seen);
        if !opening.directed {
            self.batch.report(Problem::new(
                Severity::Note,
                ProblemKind::Value,
                Some(self.source.text.at_offset(self.tokens.offset)),
                "This graph has no directions; its edges are read in the order they are written",
                "Write `digraph` and `->` to say which way data flows.",
            ));
        }
        for count in 1_usize.. {
            if count.is_multiple_of(STATEMENTS_BETWEEN_CHECKS) {
                self.source.progress.check()?;
            }
            let token = self.tokens.next();
            let offset = self.tokens.offset;
            match token {
                Token::Sign(b';' | b',') => {}
                Token::Sign(b'}') => {
                    let Some(scope) = open.pop() else { return Ok(()) };
                    let Some(parent) = open.last_mut() else { return Ok(()) };
                    parent.statement.is_node = false;
                    parent.statement.operands.push(scope.members.into_iter().collect());
                    self.after_operand(&mut open, &mut seen);
                }
                Token::Sign(b'{') => self.open_scope(&mut open, None, offset),
                Token::Id(text, quote) => self.word(&mut open, &mut seen, text, quote, offset),
                Token::End => {
                    self.syntax(
                        offset,
                        "The graph ends without `}`; it seems to be cut off".into(),
                    );
                    return Ok(());
                }
                Token::Unclosed => {
                    self.syntax(
                        offset,
                        "This text is never closed; the file was read up to here".into(),
                    );
                    return Ok(());
                }
                other => self.recover(&mut open, offset, &other),
            }
        }
        Ok(())
    }

    /// A statement, or an operand of one, that begins with a word.
    fn word(
        &mut self,
        open: &mut Vec<Scope<'a>>,
        seen: &mut Option<&mut FxHashSet<(NodeRef, NodeRef)>>,
        text: Cow<'a, str>,
        quote: Quote,
        offset: usize,
    ) {
        let keyword = if quote == Quote::Bare { text.to_ascii_lowercase() } else { String::new() };
        let Some(scope) = open.last_mut() else { return };
        match &*keyword {
            "subgraph" => {
                let name = match self.tokens.peek() {
                    Token::Id(..) => match self.tokens.next() {
                        Token::Id(name, _) => Some(name.into_owned()),
                        _ => None,
                    },
                    _ => None,
                };
                if self.tokens.take(b'{') {
                    self.open_scope(open, name, offset);
                } else {
                    let found = self.tokens.next();
                    self.recover(open, offset, &found);
                }
            }
            "graph" | "node" | "edge" if *self.tokens.peek() == Token::Sign(b'[') => {
                let attributes = self.attributes();
                match &*keyword {
                    "node" => scope.node_defaults.extend(attributes),
                    "edge" => scope.edge_defaults.extend(attributes),
                    _ => self.graph_attributes(open, attributes),
                }
            }
            _ if scope.statement.operands.is_empty() && self.tokens.take(b'=') => {
                if let Token::Id(value, quote) = self.tokens.peek().clone() {
                    self.tokens.next();
                    self.graph_attributes(open, vec![(text, value, quote)]);
                }
            }
            _ => {
                let node = self.node(open, &text, offset);
                if self.tokens.take(b':') {
                    self.tokens.next();
                    if self.tokens.take(b':') {
                        self.tokens.next();
                    }
                }
                if let Some(scope) = open.last_mut() {
                    scope.statement.is_node = scope.statement.operands.is_empty();
                    scope.statement.operands.push(vec![node]);
                    let place = self.source.text.at_offset(offset);
                    scope.statement.at.get_or_insert(place);
                }
                self.after_operand(open, seen);
            }
        }
    }

    /// Goes on with a chain, or ends the statement with its attributes.
    fn after_operand(
        &mut self,
        open: &mut [Scope<'a>],
        seen: &mut Option<&mut FxHashSet<(NodeRef, NodeRef)>>,
    ) {
        if matches!(self.tokens.peek(), Token::Directed | Token::Undirected) {
            self.tokens.next();
            let is_operand = matches!(self.tokens.peek(), Token::Id(..) | Token::Sign(b'{'));
            if is_operand {
                return;
            }
            let offset = self.tokens.offset;
            self.syntax(offset, "Nothing stands behind this arrow".into());
        }
        let attributes = match self.tokens.peek() {
            Token::Sign(b'[') => self.attributes(),
            _ => Vec::new(),
        };
        self.finish_statement(open, &attributes, seen);
    }

    fn finish_statement(
        &mut self,
        open: &mut [Scope<'a>],
        attributes: &[Attribute<'a>],
        seen: &mut Option<&mut FxHashSet<(NodeRef, NodeRef)>>,
    ) {
        let Some((scope, outer)) = open.split_last_mut() else { return };
        let statement = std::mem::take(&mut scope.statement);
        // Nothing leads to the whole of the outermost graph.
        if !outer.is_empty() {
            scope.members.extend(statement.operands.iter().flatten());
        }
        let at = statement.at.unwrap_or(Provenance::file(Batch::FILE));
        if let [single] = &statement.operands[..] {
            if let (true, [node]) = (statement.is_node, &single[..]) {
                self.describe(*node, attributes);
            }
            return;
        }
        let pairs: usize =
            statement.operands.windows(2).map(|pair| pair[0].len() * pair[1].len()).sum();
        if pairs > MOST_EDGES_OF_A_STATEMENT {
            self.batch.report(Problem::new(
                Severity::Error,
                ProblemKind::Limit,
                Some(at),
                format!("This statement means {pairs} edges; at most {MOST_EDGES_OF_A_STATEMENT} are read of one"),
                "Put a node between the two groups. The statement was left out.",
            ));
            return;
        }
        let mut said: Vec<(Attr, AttrValue)> = Vec::new();
        let mut kind = EdgeKind::Feeds;
        let defaults = outer.iter().chain(std::iter::once(&*scope)).flat_map(|s| &s.edge_defaults);
        for (key, value, quote) in defaults.chain(attributes) {
            if key == "kind"
                && let Some(known) = EdgeKind::parse(value)
            {
                kind = known;
            }
            said.extend(edge_attribute(key, value, *quote));
        }
        for pair in statement.operands.windows(2) {
            for &from in &pair[0] {
                for &to in &pair[1] {
                    if seen.as_mut().is_some_and(|seen| !seen.insert((from, to))) {
                        continue;
                    }
                    let edge = self.batch.edge(from, to, kind, at);
                    for (attr, value) in &said {
                        edge.set(*attr, value.clone(), at);
                    }
                }
            }
        }
    }

    fn open_scope(&mut self, open: &mut Vec<Scope<'a>>, name: Option<String>, offset: usize) {
        let place = self.source.text.at_offset(offset);
        let Some(parent) = open.last_mut() else { return };
        parent.statement.at.get_or_insert(place);
        let mut cluster = parent.cluster;
        if open.len() == DEEPEST {
            self.batch.report(Problem::new(
                Severity::Error,
                ProblemKind::Limit,
                Some(place),
                format!("Subgraphs lie more than {DEEPEST} deep in one another"),
                "The graph was read up to here.",
            ));
            open.clear();
            // Nothing more is read of this file.
            while *self.tokens.peek() != Token::End {
                self.tokens.next();
            }
            open.push(Scope::default());
            return;
        }
        if let Some(id) = name.filter(|name| name.starts_with("cluster")) {
            let known = self.clusters.iter().position(|c| c.id == id && c.parent == cluster);
            cluster = Some(known.unwrap_or_else(|| {
                self.clusters.push(Cluster { parent: cluster, id, label: None });
                self.clusters.len() - 1
            }));
        }
        open.push(Scope { cluster, ..Scope::default() });
    }

    /// The node `text`; a first mention brings it into being, with the defaults that hold here.
    fn node(&mut self, open: &[Scope<'a>], text: &str, offset: usize) -> NodeRef {
        let at = self.source.text.at_offset(offset);
        // Tools number their nodes; such a number names nothing in another file.
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let id = if is_number {
            Cow::Owned(format!("{}#{text}", self.source.name))
        } else {
            Cow::Borrowed(text)
        };
        let reference = self.batch.reference(&id);
        let is_new = !self.batch.defines(reference);
        self.batch.mention(reference, at);
        if is_new {
            if is_number {
                self.batch.mention(reference, at).name = Some(text.into());
            }
            let defaults: Vec<Attribute<'a>> =
                open.iter().flat_map(|scope| scope.node_defaults.iter().cloned()).collect();
            self.describe(reference, &defaults);
        }
        if let Some(cluster) = open.last().and_then(|scope| scope.cluster) {
            let known = self.cluster_of.entry(reference).or_insert(cluster);
            // A node lies in the innermost cluster that names it, and in the first of several apart.
            let mut around = self.clusters[cluster].parent;
            while let Some(outer) = around {
                if outer == *known {
                    *known = cluster;
                }
                around = self.clusters[outer].parent;
            }
        }
        reference
    }

    fn describe(&mut self, reference: NodeRef, attributes: &[Attribute<'_>]) {
        let id = self.batch.id(reference).clone();
        let file_name = self.source.name;
        let node = self.batch.mention(reference, Provenance::file(Batch::FILE));
        let at = node.at;
        for (key, value, quote) in attributes {
            match &**key {
                "label" => {
                    let bare =
                        id.strip_prefix(file_name).map_or(&*id, |id| id.trim_start_matches('#'));
                    let name = plain_label(value, *quote, bare);
                    if !name.is_empty() {
                        node.name = Some(name.into());
                    }
                }
                "kind" | "type" => node.kind = NodeKind::parse(value).or(node.kind),
                "shape" if value == "cylinder" => {
                    node.kind = node.kind.or(Some(NodeKind::Dataset));
                }
                "URL" | "href" => {
                    node.set(Attr::Uri, AttrValue::text(&**value), at);
                }
                // A link's window, in DOT.
                "target" => {}
                key => {
                    let attr = Attr::parse(key).filter(|attr| attr.meta().place != Place::Edges);
                    let value =
                        attr.and_then(|attr| Some((attr, attr_text::parse(attr, value).ok()?)));
                    if let Some((attr, value)) = value {
                        node.set(attr, value, at);
                    }
                }
            }
        }
    }

    fn graph_attributes(&mut self, open: &[Scope<'a>], attributes: Vec<Attribute<'a>>) {
        let Some(cluster) = open.last().and_then(|scope| scope.cluster) else { return };
        // A plain subgraph inside a cluster shares the cluster, but not its label.
        let is_inner = open.len() > 1 && open[open.len() - 2].cluster == Some(cluster);
        for (key, value, quote) in attributes {
            if key == "label" && !is_inner {
                let label = plain_label(&value, quote, &self.clusters[cluster].id);
                self.clusters[cluster].label = Some(label).filter(|label| !label.is_empty());
            }
        }
    }

    /// `[a=b, c=d; e]…`
    fn attributes(&mut self) -> Vec<Attribute<'a>> {
        let mut attributes = Vec::new();
        while self.tokens.take(b'[') {
            loop {
                match self.tokens.peek().clone() {
                    Token::Sign(b']') => {
                        self.tokens.next();
                        break;
                    }
                    Token::Sign(b',' | b';') => {
                        self.tokens.next();
                    }
                    Token::Id(key, _) => {
                        self.tokens.next();
                        if self.tokens.take(b'=') {
                            if let Token::Id(value, quote) = self.tokens.peek().clone() {
                                self.tokens.next();
                                attributes.push((key, value, quote));
                            }
                        } else {
                            attributes.push((key, Cow::Borrowed("true"), Quote::Bare));
                        }
                    }
                    _ => {
                        // The statement around it reports what stands here, or ends.
                        let offset = self.tokens.peek_offset();
                        self.syntax(offset, "This list of attributes has no `]`".into());
                        return attributes;
                    }
                }
            }
        }
        attributes
    }

    /// Reports what stands here and goes on with the next statement.
    fn recover(&mut self, open: &mut [Scope<'a>], offset: usize, found: &Token<'_>) {
        let found = match found {
            Token::Sign(sign) => (*sign as char).to_string(),
            Token::Stray(character) => character.escape_debug().to_string(),
            Token::Directed => "->".into(),
            Token::Undirected => "--".into(),
            Token::Id(text, _) => text.chars().take(60).flat_map(char::escape_debug).collect(),
            Token::Unclosed | Token::End => "the end".into(),
        };
        self.syntax(offset, format!("`{found}` stands where a statement was expected"));
        if let Some(scope) = open.last_mut() {
            scope.statement = Statement::default();
        }
        let line = self.source.text.at_offset(offset).line;
        loop {
            let next = self.tokens.peek_offset();
            let is_later = self.source.text.at_offset(next).line > line;
            let ends = matches!(
                self.tokens.peek(),
                Token::Sign(b';' | b'}') | Token::End | Token::Unclosed
            );
            if ends || (is_later && matches!(self.tokens.peek(), Token::Id(..))) {
                return;
            }
            self.tokens.next();
        }
    }

    fn syntax(&mut self, offset: usize, message: String) {
        self.batch.report(Problem::new(
            Severity::Error,
            ProblemKind::Syntax,
            Some(self.source.text.at_offset(offset)),
            message,
            "The statement was left out; mend it and open the file again.",
        ));
    }

    /// Clusters become groups, now that their labels are known.
    fn place_in_groups(&mut self) {
        let mut groups: Vec<GroupRef> = Vec::with_capacity(self.clusters.len());
        let mut taken: FxHashSet<GroupRef> = FxHashSet::default();
        for cluster in &self.clusters {
            let parent = cluster.parent.map(|parent| groups[parent]);
            let label = cluster.label.as_deref().unwrap_or(&cluster.id);
            let mut group = self.batch.group(parent, label);
            if !taken.insert(group) {
                group = self.batch.group(parent, &format!("{label} ({})", cluster.id));
                taken.insert(group);
            }
            groups.push(group);
        }
        // The order of a hash map, but each node is told its own group only.
        for (&node, &cluster) in &self.cluster_of {
            self.batch.mention(node, Provenance::file(Batch::FILE)).group = Some(groups[cluster]);
        }
    }
}

/// What an attribute says of an edge; most only say how it is drawn.
fn edge_attribute(key: &str, value: &str, quote: Quote) -> Option<(Attr, AttrValue)> {
    if key == "label" {
        let label = plain_label(value, quote, "");
        return (!label.is_empty()).then(|| (Attr::Label, AttrValue::text(label)));
    }
    let attr = Attr::parse(key).filter(|attr| attr.meta().place == Place::Edges)?;
    Some((attr, attr_text::parse(attr, value).ok()?))
}
