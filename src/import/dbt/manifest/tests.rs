use super::super::Dbt;
use crate::import::{FileProgress, Importer, Progress, Source};
use crate::model::{
    Attr, Batch, Edge, EdgeKind, Evidence, GraphBuilder, Node, NodeKind, Problem, ProblemKind,
    Severity, SourceFile, SystemGraph,
};

fn read(files: &[&str]) -> (SystemGraph, Vec<Problem>) {
    let mut builder = GraphBuilder::default();
    for (position, text) in files.iter().enumerate() {
        let path = format!("{position}.json");
        let mut batch =
            Batch::new(SourceFile { path, format: "dbt", bytes: text.len() as u64, hash: 0 });
        let progress = Progress::default();
        let share = FileProgress::new(&progress, text.len() as u64);
        Dbt.import(&Source::alone("manifest.json", text, &share), &mut batch)
            .expect("not cancelled");
        builder.add(batch);
    }
    builder.build()
}

fn manifest(sections: &str) -> (SystemGraph, Vec<Problem>) {
    read(&[&format!("{{{sections}}}")])
}

fn node<'g>(graph: &'g SystemGraph, id: &str) -> &'g Node {
    graph.node(graph.find(id).unwrap_or_else(|| panic!("no node {id}")))
}

fn edges(graph: &SystemGraph) -> Vec<(&str, &str, EdgeKind)> {
    let id = |ix| graph.node(ix).id.as_str();
    graph.edges().iter().map(|&Edge { from, to, kind, .. }| (id(from), id(to), kind)).collect()
}

fn words(problems: &[Problem]) -> Vec<(Severity, &str)> {
    problems.iter().map(|problem| (problem.severity, problem.message.as_str())).collect()
}

#[test]
fn a_model_says_what_it_is() {
    let (graph, problems) = manifest(
        r#""nodes": {"model.shop.orders.v2": {
            "name": "orders", "package_name": "shop", "resource_type": "model", "version": 2,
            "fqn": ["shop", "marts", "finance", "orders", "v2"],
            "relation_name": "\"DB\".\"main\".\"orders_v2\"", "description": "All orders.",
            "config": {"materialized": "incremental", "tags": ["daily"], "meta": {"owner": "payments"}},
            "tags": ["daily", "core"], "access": "private", "group": "finance",
            "deprecation_date": "2026-05-01T00:00:00Z", "contract": {"enforced": true},
            "columns": {"id": {"name": "id", "data_type": "int", "description": "The key."}, "paid": {}},
            "depends_on": {"macros": ["macro.x.y"], "nodes": []}
        }}"#,
    );
    assert_eq!(problems, []);
    let node = node(&graph, "DB.main.orders_v2");
    assert_eq!((node.id.as_str(), &*node.name), ("model.shop.orders.v2", "orders v2"));
    assert_eq!(graph.find("db.main.orders_v2"), graph.find("model.shop.orders.v2"));
    assert_eq!(graph.group_path(node.group.expect("a group")), ["shop", "marts", "finance"]);
    assert_eq!(node.attrs.text(Attr::Materialization), Some("incremental"));
    assert_eq!(node.attrs.text(Attr::Owner), Some("payments"));
    let tags = node.attrs.list(Attr::Tags).expect("tags");
    assert_eq!(
        tags.iter().map(|tag| &**tag).collect::<Vec<_>>(),
        ["daily", "core", "group:finance"]
    );
    assert_eq!(node.attrs.list(Attr::Access).map(|access| &*access[0]), Some("group:finance"));
    assert_eq!(
        node.attrs.date(Attr::Deprecated).map(|date| date.to_string()).as_deref(),
        Some("2026-05-01")
    );
    assert!(node.attrs.has(Attr::Contract));
    let columns: Vec<_> = node
        .columns
        .iter()
        .map(|column| (&*column.name, column.data_type.as_deref(), column.described))
        .collect();
    assert_eq!(columns, [("id", Some("int"), true), ("paid", None, false)]);
    assert_eq!((node.at.line, node.at.column), (1, 13));
    assert_eq!(node.attrs.get(Attr::Owner).map(|entry| entry.at.line), Some(5));
}

#[test]
fn parents_come_from_depends_on_alone_once_each() {
    let (graph, problems) = manifest(
        r#""nodes": {
            "seed.p.s": {"resource_type": "seed", "depends_on": {"macros": []}},
            "model.p.a": {"depends_on": {"nodes": ["seed.p.s", "seed.p.s"]}},
            "test.p.t": {"attached_node": "model.p.a", "depends_on": {"nodes": ["seed.p.s", "model.p.a"]}},
            "test.p.of_disabled": {"attached_node": "model.p.off", "depends_on": {"nodes": []}},
            "test.p.bare": {"attached_node": "model.p.a"}
        }, "parent_map": {"model.p.a": ["model.p.ghost"]}, "child_map": {}"#,
    );
    assert_eq!(words(&problems), []);
    let reads = EdgeKind::Reads(Evidence::Declared);
    assert_eq!(
        edges(&graph),
        [
            ("seed.p.s", "model.p.a", EdgeKind::Derives),
            ("model.p.a", "test.p.t", reads),
            ("seed.p.s", "test.p.t", reads),
            ("model.p.a", "test.p.bare", reads),
        ]
    );
}

#[test]
fn many_parents_are_still_one_edge_each() {
    let parents: Vec<String> = (0..100).map(|n| format!("\"source.p.s.t{}\"", n % 50)).collect();
    let text = format!(
        r#""nodes": {{"model.p.hub": {{"depends_on": {{"nodes": [{}]}}}}}}"#,
        parents.join(",")
    );
    assert_eq!(manifest(&text).0.edges().len(), 50);
}

#[test]
fn a_disabled_parent_is_a_stub_with_a_reason() {
    for disabled in [
        r#"{"model.p.off": [{"unique_id": "model.p.off"}], "model.p.unused": [{}]}"#,
        r#"[{"unique_id": "model.p.off"}, {"unique_id": "model.p.unused"}]"#,
    ] {
        let (graph, problems) = manifest(&format!(
            r#""disabled": {disabled}, "nodes": {{"model.p.on": {{"depends_on": {{"nodes": ["model.p.off"]}}}}}}"#
        ));
        assert_eq!(graph.nodes().len(), 2);
        let stub = node(&graph, "model.p.off");
        assert_eq!((stub.defined, stub.kind), (false, NodeKind::Dataset));
        assert_eq!(
            words(&problems)[0],
            (
                Severity::Warning,
                "`model.p.off` is disabled in dbt, but something that is not depends on it"
            )
        );
        assert_eq!(problems.len(), 2, "the other is the builder's own word on the stub");
    }
}

#[test]
fn sources_carry_freshness_in_hours() {
    let (graph, problems) = manifest(
        r#""sources": {
            "source.p.raw.a": {"name": "a", "source_name": "raw", "fqn": ["p", "staging", "raw", "a"], "package_name": "p",
                "loaded_at_field": "ts", "database": "db", "schema": "raw", "identifier": "A",
                "freshness": {"warn_after": {"count": 2, "period": "day"}, "error_after": {"count": null, "period": null}}},
            "source.p.raw.b": {"name": "b", "freshness": null, "config": {"freshness": {"error_after": {"count": 30, "period": "minute"}}}},
            "source.p.raw.c": {"name": "c", "freshness": {"warn_after": {"count": 1, "period": "moon"}}}
        }"#,
    );
    let hours = |id| {
        let attrs = &node(&graph, id).attrs;
        (attrs.number(Attr::FreshnessWarnHours), attrs.number(Attr::FreshnessErrorHours))
    };
    assert_eq!(hours("db.raw.A"), (Some(48.0), None));
    assert_eq!(hours("source.p.raw.b"), (None, Some(0.5)));
    assert_eq!(hours("source.p.raw.c"), (None, None));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("`moon`"), "{problems:?}");
    let group = node(&graph, "db.raw.A").group.expect("a group");
    assert_eq!(graph.group_path(group), ["p", "staging", "raw"]);
}

#[test]
fn exposures_are_consumers_or_models() {
    let (graph, _) = manifest(
        r#""exposures": {
            "exposure.p.board": {"name": "board", "label": "The board", "type": "dashboard", "maturity": "high",
                "owner": {"name": null, "email": "a@b.c"}, "url": "https://b.c", "depends_on": {"nodes": ["metric.p.m"]}},
            "exposure.p.ranker": {"name": "ranker", "type": "ml", "owner": {"name": "ads"}}
        }, "metrics": {"metric.p.m": {"name": "m", "depends_on": {"nodes": ["semantic_model.p.s"]}}},
        "semantic_models": {"semantic_model.p.s": {"name": "s"}}, "saved_queries": {"saved_query.p.q": {"name": "q"}}"#,
    );
    let board = node(&graph, "exposure.p.board");
    assert_eq!((board.kind, &*board.name), (NodeKind::Consumer, "The board"));
    assert_eq!(board.attrs.text(Attr::Owner), Some("a@b.c"));
    assert_eq!(board.attrs.text(Attr::Maturity), Some("production"));
    assert_eq!(node(&graph, "exposure.p.ranker").kind, NodeKind::Model);
    assert_eq!(node(&graph, "saved_query.p.q").kind, NodeKind::Signal);
    assert_eq!(
        edges(&graph),
        [
            ("metric.p.m", "exposure.p.board", EdgeKind::Reads(Evidence::Declared)),
            ("semantic_model.p.s", "metric.p.m", EdgeKind::Derives),
        ]
    );
}

#[test]
fn a_group_owns_what_names_no_owner() {
    let (graph, _) = manifest(
        r#""nodes": {
            "model.p.a": {"package_name": "p", "config": {"group": "finance"}},
            "model.p.b": {"package_name": "p", "group": "finance", "meta": {"owner": "own"}},
            "model.q.c": {"package_name": "q", "group": "finance"}
        }, "groups": {"group.p.finance": {"name": "finance", "package_name": "p", "owner": {"email": "f@b.c"}}}"#,
    );
    let owner = |id| node(&graph, id).attrs.text(Attr::Owner);
    assert_eq!(owner("model.p.a"), Some("f@b.c"));
    assert_eq!(owner("model.p.b"), Some("own"));
    assert_eq!(owner("model.q.c"), Some("f@b.c"), "the only group of that name");
}

#[test]
fn tests_have_short_names_and_say_what_they_watch() {
    let (graph, _) = manifest(
        r#""nodes": {
            "test.p.not_null_orders_id.ab12": {"name": "not_null_orders_id", "column_name": "id", "test_metadata": {"name": "not_null"}},
            "test.p.schema_changes.cd34": {"name": "elementary_schema_changes", "column_name": null, "test_metadata": {"name": "schema_changes"}},
            "test.p.accepted_values.ef56": {"name": "accepted_values", "test_metadata": {"name": "accepted_values"}},
            "test.p.unique.ab78": {"name": "unique", "test_metadata": {"name": "unique"}},
            "test.p.by_hand": {"name": "by_hand"}
        }, "unit_tests": {"unit_test.p.orders.adds_up": {"name": "adds_up", "fqn": ["p", "marts", "orders", "adds_up"], "package_name": "p"}}"#,
    );
    let test = |id| {
        let node = node(&graph, id);
        let last = node.attrs.list(Attr::Tags).and_then(|tags| tags.last()).map(|tag| &**tag);
        (&*node.name, node.attrs.text(Attr::TestScope).expect("a scope"), last)
    };
    assert_eq!(
        test("test.p.not_null_orders_id.ab12"),
        ("not_null(id)", "integration", Some("generic"))
    );
    assert_eq!(test("test.p.by_hand"), ("by_hand", "integration", Some("singular")));
    assert_eq!(test("unit_test.p.orders.adds_up"), ("adds_up", "unit", None));
    let watches = |id| node(&graph, id).attrs.list(Attr::Watches).map(|words| &*words[0]);
    assert_eq!(watches("test.p.schema_changes.cd34"), Some("schema"));
    assert_eq!(watches("test.p.not_null_orders_id.ab12"), Some("null"));
    assert_eq!(watches("test.p.accepted_values.ef56"), Some("range"));
    assert_eq!(watches("test.p.unique.ab78"), None);
    let group = node(&graph, "unit_test.p.orders.adds_up").group.expect("a group");
    assert_eq!(graph.group_path(group), ["p", "marts"]);
}

#[test]
fn a_public_model_says_who_may_read_it_and_a_seed_cannot() {
    let (graph, _) = manifest(
        r#""nodes": {
            "model.p.open": {"name": "open", "resource_type": "model", "package_name": "p", "access": "public"},
            "model.p.own": {"name": "own", "resource_type": "model", "package_name": "p", "access": "protected"},
            "seed.p.list": {"name": "list", "resource_type": "seed", "package_name": "p"}
        }"#,
    );
    let access = |id| node(&graph, id).attrs.list(Attr::Access).map(|access| &*access[0]);
    assert_eq!(access("model.p.open"), Some("public"));
    assert_eq!(access("model.p.own"), Some("package:p"));
    assert_eq!(access("seed.p.list"), None);
}

#[test]
fn operations_are_counted_and_not_drawn() {
    let (graph, problems) = manifest(
        r#""nodes": {
            "operation.p.hook": {"resource_type": "operation", "depends_on": {"nodes": ["model.p.a"]}},
            "analysis.p.look": {"resource_type": "analysis"}, "model.p.a": {}
        }, "macros": {"macro.p.m": {"macro_sql": "select 1"}}, "docs": {"doc.p.d": {}}"#,
    );
    assert_eq!((graph.nodes().len(), graph.edges().len()), (1, 0));
    assert_eq!(
        words(&problems),
        [(
            Severity::Note,
            "Not drawn, since no data comes of them: 1 of type analysis, 1 of type operation"
        )]
    );
}

#[test]
fn one_table_of_two_resources_keeps_both() {
    let (graph, problems) = manifest(
        r#""nodes": {"seed.p.s": {"relation_name": "`d`.`s`"}, "model.p.e": {"database": "d", "schema": "s", "name": "e", "config": {"materialized": "ephemeral"}}},
        "sources": {"source.p.r.s": {"relation_name": "[d].[s]"}}"#,
    );
    assert_eq!(graph.nodes().len(), 3);
    assert_eq!(graph.find("d.s"), graph.find("seed.p.s"));
    assert_eq!(graph.find("d.s.e"), None);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].severity, Severity::Note);
}

#[test]
fn a_wrong_type_costs_one_field() {
    let (graph, problems) = manifest(
        r#""nodes": {
            "model.p.a": {"name": ["x"], "columns": [1], "config": 7, "description": "kept", "depends_on": {"nodes": ["model.p.b", 3]}},
            "model.p.b": "text", "model.p.c": null, "model.p.d": {"name": "d"}
        }, "sources": 5"#,
    );
    assert_eq!(node(&graph, "model.p.a").attrs.text(Attr::Purpose), Some("kept"));
    assert_eq!(&*node(&graph, "model.p.d").name, "d");
    let values: Vec<&str> = problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::Value)
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(
        values,
        [
            "`name` of `model.p.a` is a list; a text was expected",
            "`config` of `model.p.a` is a number; an object was expected",
            "`columns` of `model.p.a` is a list; an object was expected",
            "`the value` of `model.p.b` is a text; an object was expected",
            "`items` of `sources` is a number; an object was expected",
        ]
    );
}

#[test]
fn what_stands_before_a_syntax_error_is_kept() {
    let (graph, problems) = read(&[
        "{\"nodes\": {\n\"model.p.a\": {\"name\": \"a\"},\n\"model.p.b\": {\"name\": tru}}}",
    ]);
    assert_eq!(graph.nodes().len(), 1);
    let at = problems[0].at.expect("a place");
    assert_eq!((problems[0].kind, at.line), (ProblemKind::Syntax, 3));
    assert!(problems[0].message.contains("nodes[\"model.p.b\"]"), "{}", problems[0].message);
    let (graph, problems) = read(&["{\"nodes\": {\"model.p.a\": {}, \"model.p.b\": {\"na"]);
    assert_eq!(graph.nodes().len(), 1);
    assert!(
        problems[0].message.starts_with("The JSON ends too early in `nodes"),
        "{}",
        problems[0].message
    );
}

#[test]
fn not_a_number_is_named_and_read_as_missing() {
    let (graph, problems) = read(&[
        "{\"nodes\": {\n\"model.p.a\": {\"created_at\": NaN, \"version\": Infinity, \"name\": \"a\"}}}",
    ]);
    assert_eq!(node(&graph, "model.p.a").attrs.get(Attr::Version), None);
    assert_eq!(&*node(&graph, "model.p.a").name, "a");
    assert_eq!(problems.len(), 2);
    assert!(problems[0].message.contains("`NaN`"), "{problems:?}");
    assert_eq!(problems[0].at.map(|at| at.line), Some(2));
}

#[test]
fn escaped_texts_fall_back_to_the_place_of_their_node() {
    let (graph, _) =
        read(&["{\"nodes\": {\n\n\"model.p.a\": {\"description\": \"two\\nlines\"}}}"]);
    let purpose = node(&graph, "model.p.a").attrs.get(Attr::Purpose).expect("a purpose");
    assert_eq!(purpose.at.line, 3);
}

#[test]
fn an_empty_or_foreign_object_is_an_empty_graph() {
    for text in ["{}", "{\"nodes\": null}", "{\"other\": [1, {\"nodes\": {}}]}"] {
        let (graph, problems) = read(&[text]);
        assert_eq!((graph.nodes().len(), problems.len()), (0, 0), "{text}");
    }
    assert_eq!(read(&["[]"]).1[0].kind, ProblemKind::Syntax);
}

#[test]
fn files_beside_the_manifest_add_to_its_nodes() {
    let schema = |kind| {
        format!(
            r#""metadata": {{"dbt_schema_version": "https://schemas.getdbt.com/dbt/{kind}/v1.json"}}"#
        )
    };
    let manifest = format!(
        r#"{{{}, "nodes": {{"model.p.a": {{"columns": {{"ID": {{"description": "key"}}}}}}}},
        "sources": {{"source.p.r.s": {{"freshness": {{"warn_after": {{"count": 12, "period": "hour"}}}}}}, "source.p.r.never": {{}}}}}}"#,
        schema("manifest")
    );
    let catalog = format!(
        r#"{{{}, "nodes": {{"model.p.a": {{"columns": {{"id": {{"type": "INT"}}, "extra": {{"type": "TEXT"}}}},
        "stats": {{"has_stats": {{"value": true}}, "row_count": {{"value": 12.0}}}}}}}}, "errors": null}}"#,
        schema("catalog")
    );
    let results = format!(
        r#"{{{}, "results": [
            {{"unique_id": "model.p.a", "status": "success", "timing": [{{"name": "compile", "completed_at": "2026-01-01T00:00:00Z"}}, {{"name": "execute", "completed_at": "2026-01-02T03:04:05Z"}}]}},
            {{"unique_id": "operation.p.o", "status": "success"}}]}}"#,
        schema("run-results")
    );
    let sources = format!(
        r#"{{{}, "results": [
            {{"unique_id": "source.p.r.s", "status": "warn", "max_loaded_at": "2026-01-01T10:00:00+00:00", "max_loaded_at_time_ago_in_s": 54000, "criteria": {{"warn_after": {{"count": 12, "period": "hour"}}}}}},
            {{"unique_id": "source.p.r.never", "status": "error", "max_loaded_at": "0001-01-01T00:00:00+00:00", "max_loaded_at_time_ago_in_s": 63000000000, "criteria": {{"warn_after": {{"count": 12, "period": "hour"}}}}}}]}}"#,
        schema("sources")
    );
    let (graph, problems) = read(&[&manifest, &catalog, &results, &sources]);
    assert_eq!(words(&problems), []);
    assert_eq!(graph.nodes().len(), 3);
    let model = node(&graph, "model.p.a");
    let columns: Vec<_> = model
        .columns
        .iter()
        .map(|column| (&*column.name, column.data_type.as_deref(), column.described))
        .collect();
    assert_eq!(columns, [("ID", Some("INT"), true), ("extra", Some("TEXT"), false)]);
    assert_eq!(model.attrs.number(Attr::RowCount), Some(12.0));
    assert_eq!(model.attrs.text(Attr::LastStatus), Some("success"));
    assert_eq!(
        model.attrs.date(Attr::Updated).map(|date| date.to_string()).as_deref(),
        Some("2026-01-02")
    );
    let late = node(&graph, "source.p.r.s");
    assert_eq!(late.attrs.number(Attr::LateHours), Some(3.0));
    assert_eq!(
        late.attrs.date(Attr::Updated).map(|date| date.to_string()).as_deref(),
        Some("2026-01-01")
    );
    let never = node(&graph, "source.p.r.never");
    assert_eq!((never.attrs.get(Attr::Updated), never.attrs.get(Attr::LateHours)), (None, None));
    assert_eq!(never.attrs.text(Attr::LastStatus), Some("error"));
}

#[test]
fn a_cancelled_reading_stops() {
    let progress = Progress::default();
    progress.cancel();
    let filler = " ".repeat(1 << 20);
    let text = format!("{{\"nodes\": {{\"model.p.a\": {{}}, {filler} \"model.p.b\": {{}}}}}}");
    let share = FileProgress::new(&progress, text.len() as u64);
    let mut batch = Batch::new(SourceFile { path: "m".into(), format: "dbt", bytes: 0, hash: 0 });
    assert!(Dbt.import(&Source::alone("manifest.json", &text, &share), &mut batch).is_err());
}
