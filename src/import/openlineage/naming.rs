//! Ids and names of jobs and datasets, from namespaces and names.
//!
//! Source: the naming rules of the OpenLineage specification (`spec/Naming.md`): a dataset is a
//! resource, and namespace and name together are its URI.

use crate::model::{Batch, NodeDecl, NodeKind, NodeRef};
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;

/// Namespace and name: what tells one job or dataset from another.
pub(super) type Key<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The nodes of a file's keys.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    datasets: FxHashMap<Key<'a>, NodeRef>,
    jobs: FxHashMap<Key<'a>, NodeRef>,
    taken: FxHashSet<NodeRef>,
}

impl<'a> Names<'a> {
    /// The dataset of a key. It may be one that no event reads or writes; then it stays a stub.
    pub(super) fn dataset(&mut self, batch: &mut Batch, key: &Key<'a>) -> NodeRef {
        if let Some(&known) = self.datasets.get(key) {
            return known;
        }
        let reference = self.take(batch, uri(&key.0, &key.1), key);
        batch.reference_as(&batch.id(reference).clone(), NodeKind::Dataset);
        self.datasets.insert(key.clone(), reference);
        reference
    }

    pub(super) fn job(&mut self, batch: &mut Batch, key: &Key<'a>) -> NodeRef {
        if let Some(&known) = self.jobs.get(key) {
            return known;
        }
        // A job's id never meets that of a dataset of the same namespace and name.
        let reference = self.take(batch, format!("job:{}", uri(&key.0, &key.1)), key);
        self.jobs.insert(key.clone(), reference);
        reference
    }

    /// Two keys may have one URI, as `a/b` in `s3://x` and `b` in `s3://x/a`; they stay two.
    fn take(&mut self, batch: &mut Batch, mut id: String, (namespace, name): &Key<'_>) -> NodeRef {
        let mut reference = batch.reference(&id);
        while !self.taken.insert(reference) {
            id += &format!("|{namespace}|{name}");
            reference = batch.reference(&id);
        }
        reference
    }
}

/// Schemes and namespaces in which a name is a path of catalog, schema and table, as the specification
/// lists them.
const DATABASES: &[&str] = &[
    "awsathena",
    "bigquery",
    "clickhouse",
    "crate",
    "databricks",
    "db2",
    "duckdb",
    "hive",
    "mssql",
    "mysql",
    "oracle",
    "postgres",
    "postgresql",
    "presto",
    "redshift",
    "snowflake",
    "spanner",
    "sqlserver",
    "teradata",
    "trino",
    "unitycatalog",
];

/// The URI of a resource: `postgres://host:5432/db.public.orders`, `bigquery:project.set.table`,
/// `file:/tmp/x`.
pub(super) fn uri(namespace: &str, name: &str) -> String {
    if namespace.is_empty() {
        name.to_owned()
    } else if namespace.contains("://") {
        format!("{}/{}", namespace.trim_end_matches('/'), name.trim_start_matches('/'))
    } else {
        format!("{namespace}:{name}")
    }
}

/// The path of schemas and the table, where the name is one of a database: `db.public` and `orders`.
pub(super) fn table<'n>(namespace: &str, name: &'n str) -> Option<(&'n str, &'n str)> {
    let scheme = namespace.split([':', '/']).next().unwrap_or_default();
    let is_database = DATABASES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    name.rsplit_once('.').filter(|(path, table)| {
        is_database && !path.is_empty() && !table.is_empty() && !name.contains('/')
    })
}

/// The names by which other tools speak of a table, which do not say on which server it lies.
pub(super) fn add_loose_names(node: &mut NodeDecl, namespace: &str, name: &str) {
    if table(namespace, name).is_some() {
        let folded = name.to_lowercase();
        if folded != name {
            node.loose_names.push(folded.into());
        }
        node.loose_names.push(name.into());
    }
}

/// The name of a job within the job that started it: `BQ.upload` is `upload` in `BQ`.
pub(super) fn within<'n>(parent: &str, name: &'n str) -> &'n str {
    let rest = name.strip_prefix(parent).and_then(|rest| rest.strip_prefix('.'));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_those_of_the_specification() {
        assert_eq!(uri("postgres://h:5432", "db.public.t"), "postgres://h:5432/db.public.t");
        assert_eq!(uri("hdfs://h:8020", "/a/b"), "hdfs://h:8020/a/b");
        assert_eq!(uri("s3://bucket", "a/b"), "s3://bucket/a/b");
        assert_eq!(uri("bigquery", "p.s.t"), "bigquery:p.s.t");
        assert_eq!(uri("file", "/tmp/x"), "file:/tmp/x");
        assert_eq!(uri("", "x"), "x");
    }

    #[test]
    fn tables_are_told_from_files() {
        assert_eq!(table("bigquery", "p.s.t"), Some(("p.s", "t")));
        assert_eq!(table("mysql://h:3306", "shop.orders"), Some(("shop", "orders")));
        assert_eq!(table("gs://bucket", "copied.csv"), None);
        assert_eq!(table("hive://h", "a/b.c"), None);
        assert_eq!(table("postgres://h", "orders"), None);
        assert_eq!(table("postgres://h", ".orders"), None);
    }

    #[test]
    fn a_job_is_called_by_what_its_parent_does_not_say() {
        assert_eq!(within("BQ", "BQ.upload"), "upload");
        assert_eq!(within("BQ", "BQ."), "BQ.");
        assert_eq!(within("BQ", "BQX.a"), "BQX.a");
    }
}
