//! What is read of a resource in a manifest, in any version: one declaration for all of them, since
//! keys were added and renamed but never reused.

use super::super::lenient::{Entries, Field, Shape, object};
use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use std::borrow::Cow;

object! {
    /// A node, source, exposure, metric, group or any other item of a manifest.
    Resource<'a> {
        unique_id: Cow<'a, str> = "unique_id",
        resource_type: Cow<'a, str> = "resource_type",
        name: Cow<'a, str> = "name",
        label: Cow<'a, str> = "label",
        package_name: Cow<'a, str> = "package_name",
        fqn: Vec<Cow<'a, str>> = "fqn",
        description: Cow<'a, str> = "description",
        source_description: Cow<'a, str> = "source_description",
        tags: Vec<Cow<'a, str>> = "tags",
        meta: Meta<'a> = "meta",
        config: Config<'a> = "config",
        group: Cow<'a, str> = "group",
        access: Cow<'a, str> = "access",
        owner: Person<'a> = "owner",
        depends_on: DependsOn<'a> = "depends_on",
        columns: Entries<'a, Column<'a>> = "columns",
        version: Cow<'a, str> = "version",
        language: Cow<'a, str> = "language",
        deprecation_date: Cow<'a, str> = "deprecation_date",
        contract: Contract<'a> = "contract",
        relation_name: Cow<'a, str> = "relation_name",
        database: Cow<'a, str> = "database",
        schema: Cow<'a, str> = "schema",
        alias: Cow<'a, str> = "alias",
        identifier: Cow<'a, str> = "identifier",
        source_name: Cow<'a, str> = "source_name",
        loaded_at_field: Cow<'a, str> = "loaded_at_field",
        loaded_at_query: Cow<'a, str> = "loaded_at_query",
        freshness: Freshness<'a> = "freshness",
        attached_node: Cow<'a, str> = "attached_node",
        column_name: Cow<'a, str> = "column_name",
        test_metadata: TestMetadata<'a> = "test_metadata",
        exposure_type: Cow<'a, str> = "type",
        maturity: Cow<'a, str> = "maturity",
        url: Cow<'a, str> = "url",
    }
}

object! {
    Config<'a> {
        materialized: Cow<'a, str> = "materialized",
        tags: Vec<Cow<'a, str>> = "tags",
        meta: Meta<'a> = "meta",
        group: Cow<'a, str> = "group",
        access: Cow<'a, str> = "access",
        contract: Contract<'a> = "contract",
        freshness: Freshness<'a> = "freshness",
        loaded_at_field: Cow<'a, str> = "loaded_at_field",
        loaded_at_query: Cow<'a, str> = "loaded_at_query",
    }
}

object! {
    Meta<'a> {
        owner: Person<'a> = "owner",
    }
}

object! {
    DependsOn<'a> {
        nodes: Vec<Cow<'a, str>> = "nodes",
    }
}

object! {
    Column<'a> {
        name: Cow<'a, str> = "name",
        data_type: Cow<'a, str> = "data_type",
        description: Cow<'a, str> = "description",
    }
}

object! {
    Contract<'a> {
        enforced: bool = "enforced",
        checksum: Cow<'a, str> = "checksum",
    }
}

object! {
    TestMetadata<'a> {
        name: Cow<'a, str> = "name",
    }
}

object! {
    Freshness<'a> {
        warn_after: Threshold<'a> = "warn_after",
        error_after: Threshold<'a> = "error_after",
    }
}

object! {
    /// A span of time; both parts are null where none is set.
    Threshold<'a> {
        count: f64 = "count",
        period: Cow<'a, str> = "period",
    }
}

impl Threshold<'_> {
    /// The span in hours; `Err` with the word that is no unit of time, `None` when it is not set.
    pub(super) fn hours(&self) -> Result<Option<f64>, String> {
        let Some(&count) = self.count.get() else { return Ok(None) };
        let unit = match self.period.filled().unwrap_or("hour").trim_end_matches('s') {
            "minute" => 1.0 / 60.0,
            "hour" => 1.0,
            "day" => 24.0,
            other => return Err(other.to_owned()),
        };
        Ok(Some(count * unit))
    }
}

/// Somebody who owns something: a name, or an object that holds one, or a list of which the first counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Person<'a>(pub(super) Cow<'a, str>);

object! {
    Contact<'a> {
        name: Cow<'a, str> = "name",
        team: Cow<'a, str> = "team",
        email: Cow<'a, str> = "email",
    }
}

impl<'de: 'a, 'a> Shape<'de> for Person<'a> {
    const EXPECTED: &'static str = "a name";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self(text))
    }

    fn map<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        let contact = Contact::map(map)?.unwrap_or_default();
        let first = [contact.name, contact.team, contact.email]
            .into_iter()
            .find(|field| field.filled().is_some());
        Ok(Some(Self(first.and_then(Field::take).unwrap_or_default())))
    }

    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        let first = seq.next_element::<Field<Self>>()?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(first.and_then(Field::take).unwrap_or_default()))
    }
}

impl Field<Person<'_>> {
    pub(super) fn named(&self) -> Option<&str> {
        self.get().map(|person| &*person.0).filter(|name| !name.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Resource<'_> {
        serde_json::from_str::<Field<Resource<'_>>>(text).expect("JSON").take().expect("an object")
    }

    #[test]
    fn owners_come_in_three_shapes() {
        for owner in [
            r#""ads""#,
            r#"{"email": "a@b.c", "name": "ads"}"#,
            r#"["ads", "search"]"#,
            r#"[{"name": "ads"}]"#,
        ] {
            let text = format!(r#"{{"owner": {owner}}}"#);
            assert_eq!(read(&text).owner.named(), Some("ads"), "{owner}");
        }
        for nobody in ["null", "{}", "[]", r#"" ""#, "{\"name\": null}"] {
            let text = format!(r#"{{"owner": {nobody}}}"#);
            assert_eq!(read(&text).owner.named(), None, "{nobody}");
        }
    }

    #[test]
    fn spans_are_hours() {
        let hours = |count: f64, period: &'static str| {
            Threshold { count: Field::Is(count), period: Field::Is(Cow::Borrowed(period)) }.hours()
        };
        assert_eq!(hours(90.0, "minute"), Ok(Some(1.5)));
        assert_eq!(hours(2.0, "day"), Ok(Some(48.0)));
        assert_eq!(hours(2.0, "moon"), Err("moon".to_owned()));
        assert_eq!(Threshold::default().hours(), Ok(None));
    }
}
