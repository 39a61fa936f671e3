//! Against `serde_json`, which is the slow oracle here.

use super::*;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

fn read(text: &str) -> Result<Value, String> {
    let mut json = Json::new(text, 0);
    let value = Value::deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|error| format!("{} {error}", json.position()))
}

/// Numbers as this reader gives them.
fn with_floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(with_floats).collect(),
        Value::Object(items) => {
            items.iter().map(|(key, item)| (key.clone(), with_floats(item))).collect()
        }
        other => other.clone(),
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        // Few digits, which the oracle reads exactly.
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let key = "[a-c\"\\\\é\n]{0,10}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|items| Value::Object(items.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn values_are_read_as_they_were_written(value in value()) {
        let expected = with_floats(&value);
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert_eq!(read(&text), Ok(expected.clone()));
            let behind = format!("{text}, 1");
            let mut json = Json::new(&behind, 0);
            IgnoredAny::deserialize(&mut json).unwrap();
            prop_assert_eq!(json.position(), text.len());
        }
    }

    #[test]
    fn what_the_oracle_reads_is_read_alike(
        value in value(),
        at in any::<prop::sample::Index>(),
        sign in prop::sample::select(&["", "{", "}", "[", "]", "\"", ":", ",", "\\", "1", " ", "\n"][..]),
        cut in any::<bool>(),
    ) {
        let text = value.to_string();
        let at = text.floor_char_boundary(at.index(text.len() + 1));
        let changed = text[..at].to_owned() + sign + if cut { "" } else { &text[at..] };
        if let Ok(oracle) = serde_json::from_str::<Value>(&changed) {
            prop_assert_eq!(read(&changed), Ok(with_floats(&oracle)));
        } else {
            // More is taken than the oracle takes, such as 01, but nothing panics.
            let _ = read(&changed);
        }
    }
}

#[test]
fn errors_say_where_and_what() {
    for (text, expected) in [
        ("", "0 the text ends in the middle of a value"),
        ("[1, 2", "5 the text ends in the middle of a value"),
        ("{\"a\"", "4 the text ends in the middle of a value"),
        ("\"abc", "4 the text ends in the middle of a value"),
        ("tru", "3 the text ends in the middle of a value"),
        ("[1 2]", "3 `2` where `,` or `]` was expected"),
        ("[1,]", "3 `]` where a value was expected"),
        ("{\"a\": 1,}", "8 `}` where a key in double quotes was expected"),
        ("{\"a\" 1}", "5 `1` where `:` was expected"),
        ("{'a': 1}", "1 `\\'` where a key in double quotes was expected"),
        ("{\"a\": nul}", "6 `n` where a value was expected"),
        ("[--1]", "1 `-` where a value was expected"),
        ("1 2", "2 `2` where the end of the file was expected"),
        ("[\"a\nb\"]", "3 a text has a line feed or another control character"),
        (r#"["\x"]"#, "1 a text has an escape that JSON does not know"),
    ] {
        assert_eq!(read(text), Err(expected.to_owned()), "{text}");
    }
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(read(&deep(DEEPEST)).is_ok());
    assert_eq!(
        read(&deep(200)),
        Err(format!("{DEEPEST} values nest more than {DEEPEST} levels deep"))
    );
}

#[test]
fn numbers_that_json_does_not_have_are_missing_and_told() {
    let text = r#"{"a": NaN, "b": "NaN", "c": [-Infinity, Infinity ]}"#;
    let mut json = Json::new(text, 0);
    let value = Value::deserialize(&mut json).unwrap();
    assert_eq!(value, serde_json::json!({"a": null, "b": "NaN", "c": [null, null]}));
    let told: Vec<_> = json.not_finite().iter().map(|one| (one.position, one.word)).collect();
    assert_eq!(told, [(6, "NaN"), (29, "-Infinity"), (40, "Infinity")]);
}

#[test]
fn a_text_borrows_unless_it_has_escapes() {
    use super::super::lenient::Field;
    use std::borrow::Cow;
    let text = r#"["plain", "b\n"]"#;
    let fields = Field::<Vec<Cow<'_, str>>>::deserialize(&mut Json::new(text, 0)).unwrap();
    assert!(matches!(&fields.items()[0], Cow::Borrowed("plain")));
    assert!(matches!(&fields.items()[1], Cow::Owned(owned) if owned == "b\n"));
}
