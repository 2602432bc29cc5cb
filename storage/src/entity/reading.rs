//! From bodies to cells, by the description of an entity; every fault of a body is told at once.

use chassis::fields::{Fields, Read};
use chassis::nul;
use chassis::problem::Problem;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ledger::{Instant, ids};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::seven::INTEGER_MAX;
use super::words::{Word, synonyms};
use super::{Cell, Column, Create, Entity, Kind};

/// First and last moment that both databases and old clients keep: years 1 to 9999.
pub(crate) const MOMENTS_US: core::ops::RangeInclusive<i64> =
    -62_135_596_800_000_000..=253_402_207_199_999_999;

/// What is new: a cell for every column.
///
/// # Errors
///
/// 422 with every fault.
pub(crate) fn for_creation(
    entity: &Entity,
    body: &Map<String, Value>,
    now: Instant,
) -> Result<Vec<Cell>, Problem> {
    let mut fields = Fields::body_object(body);
    let cells = entity
        .columns
        .iter()
        .map(|column| created(column, body, &mut fields, now));
    let cells: Vec<Read<Cell>> = cells.collect();
    fields.finish(cells)
}

/// What changes: for every column that may be changed its new value, or nothing where the body does not name it.
///
/// # Errors
///
/// 422 with every fault.
pub(crate) fn for_patch(
    entity: &Entity,
    body: &Map<String, Value>,
) -> Result<Vec<Option<Cell>>, Problem> {
    let mut fields = Fields::body_object(body);
    let changed = |column: &'static Column| {
        let name = name_in(column, body);
        match body.get(name) {
            None => Read::of(None),
            Some(Value::Null) if column.nullable => Read::of(Some(Cell::null(column.kind))),
            Some(_) => read(column.kind, name, &mut fields).map(Some),
        }
    };
    let cells: Vec<Read<Option<Cell>>> = entity.changeable().map(changed).collect();
    fields.finish(cells)
}

/// A cell for every column: those of a change, and null for the others.
pub(crate) fn all_cells(entity: &Entity, changed: &[Option<Cell>]) -> Vec<Cell> {
    let mut changed = changed.iter();
    let of = |column: &Column| {
        let own = if column.patch { changed.next() } else { None };
        own.cloned()
            .flatten()
            .unwrap_or_else(|| Cell::null(column.kind))
    };
    entity.columns.iter().map(of).collect()
}

/// What a fact of the owner names: a cell for every named column, moments of creation too, and nothing for the others.
///
/// # Errors
///
/// 422 with every fault.
pub(crate) fn for_record(
    entity: &Entity,
    body: &Map<String, Value>,
) -> Result<Vec<Option<Cell>>, Problem> {
    let mut fields = Fields::body_object(body);
    let named = |column: &'static Column| match body.get(column.name) {
        None => Read::of(None),
        Some(Value::Null) if column.nullable => Read::of(Some(Cell::null(column.kind))),
        Some(_) => read(column.kind, column.name, &mut fields).map(Some),
    };
    let cells: Vec<Read<Option<Cell>>> = entity.columns.iter().map(named).collect();
    fields.finish(cells)
}

/// What a new row has where a fact does not name it.
///
/// # Errors
///
/// 422 with every column that must be named and is not.
pub(crate) fn completed(
    entity: &Entity,
    named: &[Option<Cell>],
    body: &Map<String, Value>,
    now: Instant,
) -> Result<Vec<Cell>, Problem> {
    let mut fields = Fields::body_object(body);
    let pairs = entity.columns.iter().zip(named);
    let cells = pairs.map(|(column, cell)| match cell {
        Some(cell) => Read::of(cell.clone()),
        None => created(column, body, &mut fields, now),
    });
    let cells: Vec<Read<Cell>> = cells.collect();
    fields.finish(cells)
}

/// The values that narrow a list by a column: none where the query does not name it, two for a word, which may have a
/// synonym.
pub(crate) fn filter_cells(column: &Column, query: &mut Fields<'_>) -> Read<Vec<Cell>> {
    if !query.has(column.name) {
        return Read::of(Vec::new());
    }
    let cell = read(column.kind, column.name, query);
    cell.map(|cell| match (column.kind, &cell) {
        (Kind::Word(words), Cell::Text(Some(word))) => {
            let same = synonyms(words, word).map(|word| Cell::Text(Some(word.to_owned())));
            same.to_vec()
        }
        _ => vec![cell],
    })
}

/// The name by which a body has a column.
fn name_in(column: &Column, body: &Map<String, Value>) -> &'static str {
    match column.alias {
        Some(alias) if !body.contains_key(column.name) && body.contains_key(alias) => alias,
        _ => column.name,
    }
}

fn created(
    column: &Column,
    body: &Map<String, Value>,
    fields: &mut Fields<'_>,
    now: Instant,
) -> Read<Cell> {
    let name = name_in(column, body);
    let is_given = body.get(name).is_some_and(|value| !value.is_null());
    match column.create {
        Create::Required => read(column.kind, name, fields),
        Create::OrNull | Create::Or(_) | Create::OrEmpty if is_given => {
            read(column.kind, name, fields)
        }
        Create::OrNull | Create::Null => Read::of(Cell::null(column.kind)),
        Create::Or(preset) => Read::of(Cell::Text(Some(preset.to_owned()))),
        Create::OrEmpty => Read::of(Cell::empty()),
        Create::OrCode => given_code(column.kind, name, fields),
        Create::Now => Read::of(Cell::Moment(Some(now))),
    }
}

/// A code as it was given; where none was, or a blank one, one of our own.
fn given_code(kind: Kind, name: &str, fields: &mut Fields<'_>) -> Read<Cell> {
    let Kind::Text(_, most) = kind else {
        return fields.fault(name, "value_error", "no code is kept here");
    };
    let given = fields.optional_text(name, 0..=most);
    let kept = |text: Option<String>| {
        text.filter(|text| !text.trim().is_empty())
            .unwrap_or_else(ids::code)
    };
    given.map(|text| Cell::Text(Some(kept(text))))
}

/// A value that must be there.
fn read(kind: Kind, name: &str, fields: &mut Fields<'_>) -> Read<Cell> {
    match kind {
        Kind::Uuid => fields.value(name, uuid).map(|id| Cell::Uuid(Some(id))),
        Kind::Text(least, most) => fields
            .text(name, least..=most)
            .map(|text| Cell::Text(Some(text))),
        Kind::Word(words) => {
            let word = fields.value(name, |value| one_of(value, words));
            word.map(|word| Cell::Text(Some(word)))
        }
        Kind::Integer(least, most) => fields
            .integer(name, least..=most)
            .map(|n| Cell::Integer(Some(n))),
        Kind::Map => map(fields, name),
        Kind::Moment => fields
            .value(name, moment)
            .map(|moment| Cell::Moment(Some(moment))),
    }
}

type Wrong = (&'static str, String);

fn uuid(value: &Value) -> Result<Uuid, Wrong> {
    let text = value
        .as_str()
        .ok_or(("uuid_type", "Input should be a UUID as a string".to_owned()))?;
    Uuid::try_parse(text).map_err(|_| ("uuid_parsing", "Input should be a valid UUID".to_owned()))
}

fn one_of(value: &Value, words: &[Word]) -> Result<String, Wrong> {
    let found = words.iter().find(|word| value.as_str() == Some(word.word));
    found.map(|word| word.word.to_owned()).ok_or_else(|| {
        let allowed: Vec<String> = words
            .iter()
            .map(|word| format!("'{}'", word.word))
            .collect();
        (
            "enum",
            format!("Input should be one of {}", allowed.join(", ")),
        )
    })
}

/// ISO 8601 with an offset, or without one in UTC, or a number of seconds since 1970.
pub(crate) fn moment(value: &Value) -> Result<Instant, Wrong> {
    let wrong = || {
        let msg = "Input should be a moment of the years 1 to 9999: ISO 8601 such as 2026-01-31T09:00:00Z, or \
                   seconds since 1970";
        ("datetime_parsing", msg.to_owned())
    };
    let found = match value {
        Value::Number(number) => number.as_f64().and_then(of_seconds),
        Value::String(text) => of_text(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    found
        .filter(|moment| MOMENTS_US.contains(&moment.microseconds()))
        .ok_or_else(wrong)
}

fn of_text(text: &str) -> Option<Instant> {
    if let Ok(moment) = text.parse::<Instant>() {
        return Some(moment);
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return TimeZone::UTC.to_timestamp(local).ok().map(Instant::from);
    }
    of_seconds(text.parse().ok()?)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to lie within the years 1 to 9999"
)]
fn of_seconds(seconds: f64) -> Option<Instant> {
    let microseconds = (1e6 * seconds).round();
    let within = *MOMENTS_US.start() as f64..=*MOMENTS_US.end() as f64;
    if !within.contains(&microseconds) {
        return None;
    }
    Instant::from_microseconds(microseconds as i64).ok()
}

/// An integer: also one that is written with a fraction of zero, as some clients write every number.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    let of_fraction = || {
        let number = value.as_f64()?;
        let is_exact = number.fract() == 0.0 && number.abs() <= INTEGER_MAX as f64;
        is_exact.then(|| truncated(number))
    };
    value.as_i64().or_else(of_fraction)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be whole and within the integers that a double holds"
)]
fn truncated(number: f64) -> i64 {
    number as i64
}

/// Whether no text within a value has the character that databases cannot keep; the place of one that has.
pub(crate) fn nul_free(value: &Value, name: &str) -> Result<(), String> {
    nul::place(value, name).map_or(Ok(()), |place| Err(nul::sentence(&place)))
}

/// An object, whose texts have no character that databases cannot keep.
fn map(fields: &mut Fields<'_>, name: &str) -> Read<Cell> {
    fields.value(name, |value| {
        if !value.is_object() {
            return Err(("dict_type", "Input should be a valid dictionary".to_owned()));
        }
        nul_free(value, name).map_err(|sentence| (nul::KIND, sentence))?;
        let json = serde_json::value::to_raw_value(value);
        json.map(Cell::Map)
            .map_err(|cause| ("json_invalid", cause.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::seven;
    use super::*;

    fn now() -> Instant {
        "2026-01-31T09:00:00Z".parse().unwrap()
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn moments_are_read_as_the_earlier_service_read_them() {
        for (given, shown) in [
            (json!("2023-11-14T22:13:20Z"), "2023-11-14T22:13:20Z"),
            (
                json!("2023-11-14T23:13:20.5+01:00"),
                "2023-11-14T22:13:20.500000Z",
            ),
            (json!("2023-11-14T22:13:20"), "2023-11-14T22:13:20Z"),
            (json!("2023-11-14 22:13:20"), "2023-11-14T22:13:20Z"),
            (json!("2023-11-14"), "2023-11-14T00:00:00Z"),
            (json!(1_700_000_000), "2023-11-14T22:13:20Z"),
            (json!("1700000000"), "2023-11-14T22:13:20Z"),
            (json!(1_700_000_000.25), "2023-11-14T22:13:20.250000Z"),
        ] {
            let found = moment(&given).unwrap();
            assert_eq!(
                super::super::cell::Shown(found).to_string(),
                shown,
                "{given}"
            );
        }
        for given in [
            json!("yesterday"),
            json!(1e300),
            json!(true),
            json!(""),
            json!("-5000-01-01"),
        ] {
            assert_eq!(moment(&given).unwrap_err().0, "datetime_parsing", "{given}");
        }
    }

    #[test]
    fn an_integer_may_have_a_fraction_of_zero() {
        for (given, read) in [
            (json!(7), Some(7)),
            (json!(697.0), Some(697)),
            (json!(-0.0), Some(0)),
            (json!(7.5), None),
            (json!(1e16), None),
            (json!("7"), None),
            (json!(null), None),
        ] {
            assert_eq!(whole(&given), read, "{given}");
        }
    }

    #[test]
    fn every_fault_of_a_body_is_told_at_once() {
        let body = object(
            &json!({"sample_rate_hz": 0, "raw_sha256": "abc", "lobby_id": "1", "metadata": ["a"]}),
        );
        let refused = for_creation(&seven::MEASUREMENTS, &body, now()).unwrap_err();
        let places: Vec<String> = refused
            .body()
            .errors
            .iter()
            .map(|fault| fault.loc[1].to_string())
            .collect();
        assert_eq!(
            places,
            [
                "\"lobby_id\"",
                "\"sample_rate_hz\"",
                "\"raw_sha256\"",
                "\"metadata\""
            ]
        );
    }

    #[test]
    fn null_clears_what_may_be_null_and_is_refused_elsewhere() {
        let body = object(&json!({"label": null, "meta": {"a": 1}, "external_id": "ignored"}));
        let cells = for_patch(&seven::DEVICES, &body).unwrap();
        assert!(matches!(&cells[0], Some(Cell::Text(None))), "label");
        assert!(cells[1].is_none(), "platform");
        assert!(
            matches!(&cells[2], Some(Cell::Map(json)) if json.get() == r#"{"a":1}"#),
            "metadata"
        );
        for (entity, wrong) in [
            (&seven::ANALYSIS_OUTPUTS, json!({"result": null})),
            (&seven::LOBBIES, json!({"state": null})),
            (&seven::LOBBIES, json!({"code": ""})),
            (&seven::DEVICES, json!({"metadata": {"a": "\0"}})),
        ] {
            let refused = for_patch(entity, &object(&wrong)).unwrap_err();
            assert_eq!(refused.status(), 422, "{wrong}");
        }
    }

    #[test]
    fn a_lobby_without_a_code_gets_one() {
        for given in [
            json!({}),
            json!({"code": null}),
            json!({"code": "  "}),
            json!({"code": ""}),
        ] {
            let cells = for_creation(&seven::LOBBIES, &object(&given), now()).unwrap();
            assert!(matches!(&cells[0], Cell::Text(Some(code)) if code.len() == 6));
        }
    }
}
