//! How faults are worded: as the list of a 422, or as one sentence of a 400 for events.

use contract::problem::Fault;
use serde_json::{Map, Value};

use crate::problem::Problem;

/// A value longer than this (characters of JSON) is named by its kind instead of shown.
const SHOWN_LIMIT: usize = 1024;
/// As many characters of a long text are shown.
const TEXT_LIMIT: usize = 200;

/// What is wrong with a value.
#[derive(Debug)]
pub(super) struct Wrong {
    kind: String,
    msg: String,
}

impl Wrong {
    pub(super) fn own(kind: &str, msg: String) -> Self {
        Self {
            kind: kind.to_owned(),
            msg,
        }
    }
}

pub(super) fn wrong(kind: &str, msg: impl Into<String>) -> Wrong {
    Wrong::own(kind, msg.into())
}

pub(super) fn not_an_object() -> Wrong {
    wrong("dict_type", "Input should be a valid dictionary")
}

/// A fault with the value seen, as [`shown`] or [`shown_object`] give it.
pub(super) fn fault(loc: Vec<Value>, wrong: Wrong, input: Value) -> Fault {
    Fault {
        kind: wrong.kind,
        loc,
        msg: wrong.msg,
        input,
    }
}

/// 400 with `Missing 'code' in data` for what is not there, and a sentence for each other fault.
pub(super) fn event_problem(faults: Vec<Fault>) -> Problem {
    let missing: Vec<String> = faults
        .iter()
        .filter(|fault| fault.kind == "missing")
        .map(|fault| quoted(&fault.loc))
        .collect();
    let mut sentences = Vec::new();
    if !missing.is_empty() {
        sentences.push(format!("Missing {} in data", listed(&missing, "and")));
    }
    sentences.extend(
        faults
            .iter()
            .filter(|fault| fault.kind != "missing")
            .map(sentence),
    );
    Problem::bad_request(sentences.join("; ")).errors(faults)
}

/// `'a'`, `'a' or 'b'`, `'a', 'b' or 'c'`.
pub(super) fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// The wording for bodies names no field, so its first word is replaced; a sentence of the caller's own stands.
fn sentence(fault: &Fault) -> String {
    let named = if fault.loc.len() > 1 {
        quoted(&fault.loc)
    } else {
        "'data'".to_owned()
    };
    match fault.msg.split_once(' ') {
        Some(("Input" | "String", rest)) => format!("{named} {rest}, not {}", fault.input),
        Some(("List", rest)) => format!("{named} {rest}"),
        _ => fault.msg.clone(),
    }
}

/// The way below `data`, in quotes: `'speakers.0.device_id'`.
fn quoted(loc: &[Value]) -> String {
    let below = loc.get(1..).unwrap_or(&[]);
    format!("'{}'", crate::problem::path_of(below))
}

/// The value seen, never so long that a refusal outweighs its request.
pub(super) fn shown(seen: &Value) -> Value {
    match seen {
        Value::String(text) => Value::String(shortened(text)),
        Value::Object(map) => shown_object(map),
        Value::Array(items) if !weighs_at_most(seen, &mut { SHOWN_LIMIT }) => {
            format!("a list of {} items", items.len()).into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => seen.clone(),
    }
}

/// The same for an object.
pub(super) fn shown_object(seen: &Map<String, Value>) -> Value {
    if members_weigh_at_most(seen, &mut { SHOWN_LIMIT }) {
        return Value::Object(seen.clone());
    }
    format!("an object of {} members", seen.len()).into()
}

/// Whether a value fits into what is left of the limit; stops at the first part that does not.
fn weighs_at_most(value: &Value, left: &mut usize) -> bool {
    let weight = match value {
        Value::String(text) => text.len() + 3,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => 8,
    };
    take(left, weight)
        && match value {
            Value::Array(items) => items.iter().all(|item| weighs_at_most(item, left)),
            Value::Object(map) => members_weigh_at_most(map, left),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
}

fn members_weigh_at_most(map: &Map<String, Value>, left: &mut usize) -> bool {
    map.iter()
        .all(|(name, item)| take(left, name.len()) && weighs_at_most(item, left))
}

fn take(left: &mut usize, weight: usize) -> bool {
    let fits = *left >= weight;
    *left = left.saturating_sub(weight);
    fits
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
