//! How faults are worded: as the list of a 422, or as one sentence of a 400 for events.

use contract::problem::Fault;
use serde_json::Value;

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

pub(super) fn fault(loc: Vec<Value>, wrong: Wrong, seen: &Value) -> Fault {
    Fault {
        kind: wrong.kind,
        loc,
        msg: wrong.msg,
        input: shown(seen),
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

fn sentence(fault: &Fault) -> String {
    match fault.msg.strip_prefix("Input ") {
        Some(rest) if fault.loc.len() > 1 => {
            format!("{} {rest}, not {}", quoted(&fault.loc), fault.input)
        }
        Some(rest) => format!("'data' {rest}, not {}", fault.input),
        None => fault.msg.clone(),
    }
}

/// The way below `data`, in quotes: `'speakers.0.device_id'`.
fn quoted(loc: &[Value]) -> String {
    let below = loc.get(1..).unwrap_or(&[]);
    format!("'{}'", crate::problem::path_of(below))
}

/// The value seen, never so long that a refusal outweighs its request.
fn shown(seen: &Value) -> Value {
    match seen {
        Value::Null | Value::Bool(_) | Value::Number(_) => seen.clone(),
        Value::String(text) => Value::String(shortened(text)),
        Value::Array(items) if is_long(seen) => format!("a list of {} items", items.len()).into(),
        Value::Object(map) if is_long(seen) => format!("an object of {} members", map.len()).into(),
        Value::Array(_) | Value::Object(_) => seen.clone(),
    }
}

fn is_long(value: &Value) -> bool {
    !weighs_at_most(value, &mut SHOWN_LIMIT.clone())
}

/// Whether a value fits into what is left of the limit; stops at the first that does not.
fn weighs_at_most(value: &Value, left: &mut usize) -> bool {
    let weight = match value {
        Value::String(text) => text.len() + 3,
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::Array(_) | Value::Object(_) => 3,
    };
    if *left < weight {
        return false;
    }
    *left -= weight;
    match value {
        Value::Array(items) => items.iter().all(|item| weighs_at_most(item, left)),
        Value::Object(map) => map.iter().all(|(name, item)| {
            let fits = *left >= name.len();
            *left = left.saturating_sub(name.len());
            fits && weighs_at_most(item, left)
        }),
        _ => true,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
