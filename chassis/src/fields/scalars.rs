//! What a single value must be, with the wording of the earlier services where they had one.

use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::faults::{Wrong, listed, not_an_object, wrong};

/// The one character that no database keeps.
const NUL: char = '\0';

pub(super) fn text(value: &Value, length: &RangeInclusive<usize>) -> Result<String, Wrong> {
    let Value::String(text) = value else {
        return Err(wrong("string_type", "Input should be a valid string"));
    };
    let characters = text.chars().count();
    if characters < *length.start() {
        let msg = format!(
            "String should have at least {}",
            counted(*length.start(), "character")
        );
        return Err(wrong("string_too_short", allowed_text(msg, length)));
    }
    if characters > *length.end() {
        let msg = format!(
            "String should have at most {}",
            counted(*length.end(), "character")
        );
        return Err(wrong("string_too_long", allowed_text(msg, length)));
    }
    if text.contains(NUL) {
        return Err(wrong("string_nul", "String should have no NUL character"));
    }
    Ok(text.clone())
}

pub(super) fn one_of<T: DeserializeOwned>(value: &Value, allowed: &[&str]) -> Result<T, Wrong> {
    T::deserialize(value).map_err(|_| {
        let words: Vec<String> = allowed.iter().map(|word| format!("'{word}'")).collect();
        wrong("enum", format!("Input should be {}", listed(&words, "or")))
    })
}

pub(super) fn integer(value: &Value, range: &RangeInclusive<i64>) -> Result<i64, Wrong> {
    let number = match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .or_else(|| whole(text.trim().parse().ok()?)),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err(wrong("int_type", "Input should be a valid integer"));
        }
    };
    let Some(number) = number else {
        let between = between(range);
        return Err(wrong(
            "int_parsing",
            format!("Input should be a valid integer {between}"),
        ));
    };
    in_range(number, range)
}

pub(super) fn number(value: &Value, range: &RangeInclusive<f64>) -> Result<f64, Wrong> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err(wrong("float_type", "Input should be a valid number"));
        }
    };
    let Some(number) = number.filter(|number| number.is_finite()) else {
        let between = between(range);
        return Err(wrong(
            "float_parsing",
            format!("Input should be a finite number {between}"),
        ));
    };
    in_range(number, range)
}

pub(super) fn map(value: &Value) -> Result<Map<String, Value>, Wrong> {
    value.as_object().cloned().ok_or_else(not_an_object)
}

pub(super) fn list(value: &Value, length: &RangeInclusive<usize>) -> Result<Vec<Value>, Wrong> {
    let items = value
        .as_array()
        .ok_or_else(|| wrong("list_type", "Input should be a valid list"))?;
    let (least, most, seen) = (*length.start(), *length.end(), items.len());
    if seen < least {
        let msg = format!(
            "List should have at least {} after validation, not {seen}",
            counted(least, "item")
        );
        return Err(wrong("too_short", msg));
    }
    if seen > most {
        let msg = format!(
            "List should have at most {} after validation, not {seen}",
            counted(most, "item")
        );
        return Err(wrong("too_long", msg));
    }
    Ok(items.clone())
}

fn in_range<T: PartialOrd + Copy + std::fmt::Display>(
    number: T,
    range: &RangeInclusive<T>,
) -> Result<T, Wrong> {
    if range.contains(&number) {
        return Ok(number);
    }
    let (least, most) = (range.start(), range.end());
    let (kind, bound) = if number < *least {
        (
            "greater_than_equal",
            format!("greater than or equal to {least}"),
        )
    } else {
        ("less_than_equal", format!("less than or equal to {most}"))
    };
    Err(wrong(
        kind,
        format!("Input should be {bound} (allowed: {least} to {most})"),
    ))
}

fn between<T: std::fmt::Display>(range: &RangeInclusive<T>) -> String {
    format!("from {} to {}", range.start(), range.end())
}

/// A fraction of zero, within the integers that a double holds exactly.
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be whole and below 2^53"
)]
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

fn allowed_text(msg: String, length: &RangeInclusive<usize>) -> String {
    if *length.end() == usize::MAX {
        return msg;
    }
    format!("{msg} (allowed: {} to {})", length.start(), length.end())
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_are_taken_as_earlier_services_took_them() {
        for (value, found) in [
            (json!(3), 3),
            (json!(3.0), 3),
            (json!("3"), 3),
            (json!("3.0"), 3),
        ] {
            assert_eq!(integer(&value, &(0..=9)).unwrap(), found, "{value}");
        }
        for value in [
            json!(3.5),
            json!("x"),
            json!(true),
            json!(null),
            json!(10),
            json!(-1),
            json!(1e300),
        ] {
            assert!(integer(&value, &(0..=9)).is_err(), "{value}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        assert!(number(&json!("nan"), &(0.0..=1.0)).is_err());
        assert!(number(&json!("inf"), &(0.0..=f64::MAX)).is_err());
        assert!((number(&json!(0.5), &(0.0..=1.0)).unwrap() - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn text_counts_characters_not_bytes() {
        assert_eq!(text(&json!("äöü"), &(1..=3)).unwrap(), "äöü");
        assert!(text(&json!("äöüß"), &(1..=3)).is_err());
        assert!(text(&json!(""), &(1..=3)).is_err());
    }
}
