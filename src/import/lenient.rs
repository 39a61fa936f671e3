//! JSON fields that take whatever stands in them, so that one odd value costs one field and not the file.
//!
//! Owns: [`Field`], which remembers what stood where something else was expected; [`Shape`], what a
//! field may hold; and [`object!`](super::lenient::object), which declares an object once for reading
//! and for reporting. Texts borrow from the input wherever nothing in them is escaped.
//! Must never know: a format.

use crate::model::{Problem, ProblemKind, Provenance, Severity};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What a field may hold. Each function takes one JSON type; the default refuses it.
pub(super) trait Shape<'de>: Sized {
    /// In words, with an article.
    const EXPECTED: &'static str;

    fn text(_text: Cow<'de, str>) -> Option<Self> {
        None
    }

    fn number(_number: f64) -> Option<Self> {
        None
    }

    fn flag(_flag: bool) -> Option<Self> {
        None
    }

    fn map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    /// Tells of the fields inside that hold something unexpected.
    fn misfits(&self, _report: &mut dyn FnMut(Misfit)) {}
}

/// A field that holds something else than its format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) field: &'static str,
    pub(super) found: &'static str,
    pub(super) expected: &'static str,
}

impl Misfit {
    /// What to say of it; `id` names what the field belongs to.
    pub(super) fn problem(self, id: &str, at: Provenance) -> Problem {
        let Self { field, found, expected } = self;
        Problem::new(
            Severity::Warning,
            ProblemKind::Value,
            Some(at),
            format!("`{field}` of `{id}` is {found}; {expected} was expected"),
            "The field was left out; the rest was read.",
        )
    }
}

/// The value of a field: absent or null, as expected, or something else.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Field<T> {
    #[default]
    Absent,
    Is(T),
    Misfit(&'static str),
}

impl<T> Field<T> {
    pub(super) fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn take(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn misfits<'de>(&self, field: &'static str, report: &mut dyn FnMut(Misfit))
    where
        T: Shape<'de>,
    {
        match self {
            Self::Absent => {}
            Self::Is(value) => value.misfits(report),
            Self::Misfit(found) => report(Misfit { field, found, expected: T::EXPECTED }),
        }
    }
}

impl Field<Cow<'_, str>> {
    /// The text; `None` when it is absent or blank.
    pub(super) fn filled(&self) -> Option<&str> {
        self.get().map(|text| &**text).filter(|text| !text.chars().all(char::is_whitespace))
    }
}

impl<T> Field<Vec<T>> {
    /// The items; none when there is no list.
    pub(super) fn items(&self) -> &[T] {
        self.get().map_or(&[], Vec::as_slice)
    }
}

impl<'de, T: Shape<'de>> serde::Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyShape(PhantomData))
    }
}

struct AnyShape<T>(PhantomData<T>);

impl<T> AnyShape<T> {
    fn judge(value: Option<T>, found: &'static str) -> Field<T> {
        value.map_or(Field::Misfit(found), Field::Is)
    }
}

impl<'de, T: Shape<'de>> Visitor<'de> for AnyShape<T> {
    type Value = Field<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::EXPECTED)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Self::judge(T::flag(flag), "true or false"))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Self::judge(T::number(number as f64), "a number"))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Self::judge(T::number(number as f64), "a number"))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Self::judge(T::number(number), "a number"))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Self::judge(T::text(Cow::Borrowed(text)), "a text"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Self::judge(T::text(Cow::Owned(text.to_owned())), "a text"))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Self::judge(T::text(Cow::Owned(text)), "a text"))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Self::judge(T::map(map)?, "an object"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Ok(Self::judge(T::seq(seq)?, "a list"))
    }
}

/// A text; numbers and flags are taken as written, since versions and names come as either.
impl<'de: 'a, 'a> Shape<'de> for Cow<'a, str> {
    const EXPECTED: &'static str = "a text";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        Some(text)
    }

    fn number(number: f64) -> Option<Self> {
        Some(Cow::Owned(number.to_string()))
    }

    fn flag(flag: bool) -> Option<Self> {
        Some(Cow::Borrowed(if flag { "true" } else { "false" }))
    }
}

impl Shape<'_> for f64 {
    const EXPECTED: &'static str = "a number";

    fn number(number: f64) -> Option<Self> {
        Some(number)
    }

    fn text(text: Cow<'_, str>) -> Option<Self> {
        text.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }
}

impl Shape<'_> for bool {
    const EXPECTED: &'static str = "true or false";

    fn flag(flag: bool) -> Option<Self> {
        Some(flag)
    }

    fn text(text: Cow<'_, str>) -> Option<Self> {
        text.trim().to_ascii_lowercase().parse().ok()
    }
}

/// A list. Items of the wrong shape are left out; one text stands for a list of one.
impl<'de, T: Shape<'de>> Shape<'de> for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        T::text(text).map(|item| vec![item])
    }

    fn seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Field<T>>()? {
            items.extend(item.take());
        }
        Ok(Some(items))
    }
}

/// An object whose keys are data, in the file's order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entries<'a, T>(pub(super) Vec<(Cow<'a, str>, T)>);

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de: 'a, 'a, T: Shape<'de>> Shape<'de> for Entries<'a, T> {
    const EXPECTED: &'static str = "an object";

    fn map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            if let Some(value) = map.next_value::<Field<T>>()?.take() {
                entries.push((key, value));
            }
        }
        Ok(Some(Self(entries)))
    }
}

/// A key, borrowed where nothing in it is escaped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }

    fn visit_string<E>(self, key: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key))
    }
}

/// Declares an object: its fields, each with the key it is read from. Unknown keys are skipped without
/// being built; a key that comes twice counts the last time.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident<$life:lifetime> {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = $key:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(super) struct $name<$life> {
            $($(#[$field_doc])* pub(super) $field: $crate::import::lenient::Field<$type>,)*
        }

        impl<'de: $life, $life> $crate::import::lenient::Shape<'de> for $name<$life> {
            const EXPECTED: &'static str = "an object";

            fn map<A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
                let mut this = Self::default();
                while let Some(key) = map.next_key_seed($crate::import::lenient::Key)? {
                    match &*key {
                        $($key => this.$field = map.next_value()?,)*
                        _ => { map.next_value::<serde::de::IgnoredAny>()?; }
                    }
                }
                Ok(Some(this))
            }

            fn misfits(&self, report: &mut dyn FnMut($crate::import::lenient::Misfit)) {
                $(self.$field.misfits($key, report);)*
            }
        }
    };
}
pub(super) use object;

#[cfg(test)]
mod tests {
    use super::*;

    object! {
        Inner<'a> { name: Cow<'a, str> = "name", }
    }

    object! {
        Outer<'a> {
            name: Cow<'a, str> = "name",
            size: f64 = "size",
            tags: Vec<Cow<'a, str>> = "tags",
            inner: Inner<'a> = "inner",
            rows: Entries<'a, Inner<'a>> = "rows",
        }
    }

    fn read(text: &str) -> Outer<'_> {
        serde_json::from_str::<Field<Outer<'_>>>(text).expect("JSON").take().expect("an object")
    }

    #[test]
    fn texts_borrow_unless_escaped() {
        let outer =
            read(r#"{"name": "plain", "tags": ["a", "b\n"], "rows": {"k": {"name": "x"}}}"#);
        assert!(matches!(&outer.name, Field::Is(Cow::Borrowed("plain"))));
        assert!(matches!(&outer.tags.items()[0], Cow::Borrowed("a")));
        assert!(matches!(&outer.tags.items()[1], Cow::Owned(text) if text == "b\n"));
        let rows = &outer.rows.get().expect("rows").0;
        assert!(matches!(&rows[0].0, Cow::Borrowed("k")));
        assert!(matches!(&rows[0].1.name, Field::Is(Cow::Borrowed("x"))));
    }

    #[test]
    fn a_wrong_type_costs_one_field_and_is_told() {
        let outer = read(
            r#"{"name": 3, "size": {"deep": [1, {}]}, "tags": "one", "inner": {"name": []}, "other": [[{}]], "rows": null}"#,
        );
        assert_eq!(outer.name.filled(), Some("3"));
        assert_eq!(outer.tags.items(), [Cow::Borrowed("one")]);
        assert_eq!(outer.rows, Field::Absent);
        let mut misfits = Vec::new();
        outer.misfits(&mut |misfit| misfits.push(misfit));
        assert_eq!(
            misfits,
            [
                Misfit { field: "size", found: "an object", expected: "a number" },
                Misfit { field: "name", found: "a list", expected: "a text" },
            ]
        );
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        assert_eq!(read(r#"{"name": "first", "name": "second"}"#).name.filled(), Some("second"));
    }
}
