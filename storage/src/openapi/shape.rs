//! Schemas of single values: what a column takes in a body and what an answer shows of it, made from its kind.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Ref, Schema, SchemaFormat, SchemaType,
    Type,
};

use crate::entity::{Kind, MOMENTS_US};

/// A text without the character that databases cannot keep.
const ANY_TEXT: &str = "^[^\\u0000]*$";

/// Years 2 to 9998, so that no offset leads out of the years 1 to 9999.
const YEAR: &str =
    "(000[2-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])";
const DAYS: &str = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)\
                    |02-(0[1-9]|1[0-9]|2[0-8]))";
const LEAP_DAY: &str =
    "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29";
const TIME: &str = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
const OFFSET: &str = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";

/// A schema or the name of one.
pub(super) type Shape = RefOr<Schema>;

/// A schema among the components.
pub(super) fn named(name: &str) -> Shape {
    Ref::from_schema_name(name).into()
}

/// A value of a type.
pub(super) fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

/// A text of so many characters.
pub(super) fn text(least: usize, most: usize) -> ObjectBuilder {
    let pattern = match (least, most) {
        (0, _) => ANY_TEXT.to_owned(),
        (least, most) if least == most => format!("^[^\\u0000]{{{least}}}$"),
        (least, _) => format!("^[^\\u0000]{{{least},}}$"),
    };
    of(Type::String)
        .min_length((least > 0).then_some(least))
        .max_length(Some(most))
        .pattern(Some(pattern))
}

/// A text that has a form of its own.
pub(super) fn text_like(pattern: &str) -> ObjectBuilder {
    of(Type::String).pattern(Some(pattern))
}

/// One of some words.
pub(super) fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    of(Type::String).enum_values(Some(words))
}

/// An integer of a range.
pub(super) fn integer(least: i64, most: i64) -> ObjectBuilder {
    of(Type::Integer)
        .minimum(Some(bound(least)))
        .maximum(Some(bound(most)))
}

/// A UUID as a text.
pub(super) fn uuid() -> ObjectBuilder {
    of(Type::String).format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

/// A moment as it is answered.
pub(super) fn shown_moment() -> ObjectBuilder {
    of(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
}

/// Nothing.
pub(super) fn null() -> ObjectBuilder {
    of(Type::Null)
}

/// A value of a schema, or null.
pub(super) fn or_null(shape: impl Into<Shape>) -> Shape {
    AnyOfBuilder::new().item(shape).item(null()).into()
}

/// A list.
pub(super) fn list(items: impl Into<Shape>) -> ArrayBuilder {
    let items: Shape = items.into();
    ArrayBuilder::new().items(items)
}

/// What a body may say of a column.
pub(super) fn taken(kind: Kind) -> Shape {
    match kind {
        Kind::Uuid => uuid().into(),
        Kind::Text(least, most) => text(least, most).into(),
        Kind::Word(words) => word(words.iter().map(|word| word.word)).into(),
        Kind::Integer(least, most) => integer(least, most).into(),
        Kind::Map => named("Map"),
        Kind::Moment => named("Moment"),
    }
}

/// What an answer says of a column: the same, but of moments the one form that is answered.
pub(super) fn shown(kind: Kind) -> Shape {
    match kind {
        Kind::Moment => shown_moment().into(),
        Kind::Uuid | Kind::Text(..) | Kind::Word(_) | Kind::Integer(..) | Kind::Map => taken(kind),
    }
}

/// Values that several schemas speak of.
pub(super) fn shared() -> [(&'static str, Shape); 3] {
    let map = of(Type::Object)
        .property_names(Some(text_like(ANY_TEXT)))
        .additional_properties(Some(named("Json")))
        .description(Some(
            "A JSON object. No text in it, and no name, has the character U+0000.",
        ));
    let plain = [Type::Null, Type::Boolean, Type::Number];
    let json = AnyOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(SchemaType::from_iter(plain)))
        .item(text_like(ANY_TEXT))
        .item(list(named("Json")))
        .item(named("Map"))
        .description(Some("Any JSON without the character U+0000."));
    [
        ("Map", map.into()),
        ("Json", json.into()),
        ("Moment", moment()),
    ]
}

/// A moment as it is taken.
fn moment() -> Shape {
    let pattern = format!("^({YEAR}-{DAYS}|{LEAP_DAY})([T ]{TIME}{OFFSET}?)?$");
    let in_seconds = |microseconds: i64| bound(microseconds / 1_000_000);
    let seconds = of(Type::Number)
        .minimum(Some(in_seconds(*MOMENTS_US.start())))
        .maximum(Some(in_seconds(*MOMENTS_US.end())))
        .description(Some("Seconds since 1970."));
    AnyOfBuilder::new()
        .item(text_like(&pattern).description(Some(
            "ISO 8601, in UTC where no offset is given; a day is its beginning.",
        )))
        .item(seconds)
        .description(Some("A moment, kept to the microsecond."))
        .examples([Value::from("2026-01-31T09:00:00Z")])
        .into()
}

/// A bound as the document writes it; every bound of ours lies within both.
fn bound(value: i64) -> isize {
    isize::try_from(value).unwrap_or(isize::MAX)
}
