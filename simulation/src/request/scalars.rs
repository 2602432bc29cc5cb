//! What a single value of a request must be.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::reader::Reader;

/// A finite number; numbers in quotes count, as they did before.
pub(crate) fn finite(reader: &mut Reader, value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return reader.fault("float_type", "Input should be a valid number", value);
        }
    };
    let found = number.filter(|number| number.is_finite());
    found.or_else(|| reader.fault("float_parsing", "Input should be a finite number", value))
}

/// A finite number within bounds.
pub(crate) fn number(
    range: RangeInclusive<f64>,
) -> impl FnOnce(&mut Reader, &Value) -> Option<f64> {
    move |reader, value| {
        let found = finite(reader, value)?;
        if range.contains(&found) {
            return Some(found);
        }
        let (least, most) = (range.start(), range.end());
        let msg = format!("Input should be between {least} and {most}");
        reader.fault("out_of_range", msg, value)
    }
}

/// A whole number within bounds.
pub(crate) fn integer(
    range: RangeInclusive<u64>,
) -> impl FnOnce(&mut Reader, &Value) -> Option<u64> {
    move |reader, value| {
        let exact = value.as_u64();
        let found = match exact {
            Some(found) => Some(found),
            None => whole(finite(reader, value)?),
        };
        found.filter(|found| range.contains(found)).or_else(|| {
            let (least, most) = (range.start(), range.end());
            let msg = format!("Input should be a valid integer between {least} and {most}");
            reader.fault("out_of_range", msg, value)
        })
    }
}

/// Yes or no; 1, 0 and the words that stood for them count.
pub(crate) fn flag(reader: &mut Reader, value: &Value) -> Option<bool> {
    let msg = "Input should be a valid boolean";
    word(value).or_else(|| reader.fault("bool_parsing", msg, value))
}

/// What stands for yes or no, if anything does.
pub(crate) fn word(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(found) => Some(*found),
        Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        },
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text of at most so many characters.
pub(crate) fn text(most: usize) -> impl FnOnce(&mut Reader, &Value) -> Option<String> {
    move |reader, value| {
        let Value::String(found) = value else {
            return reader.fault("string_type", "Input should be a valid string", value);
        };
        if found.chars().count() > most {
            let msg = format!("String should have at most {most} characters");
            return reader.fault("string_too_long", msg, value);
        }
        Some(found.clone())
    }
}

/// A non-negative number without a fraction.
pub(crate) fn whole(number: f64) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole, positive and below 2^53"
    )]
    let found = number as u64;
    let exact = number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number);
    exact.then_some(found)
}
