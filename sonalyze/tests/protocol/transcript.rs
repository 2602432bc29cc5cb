//! The transcript of docs/PROTOCOL.md: one line a message, with variables.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// One line.
#[derive(Debug)]
pub(crate) enum Line {
    /// `WHO connects PATH`
    Connects { who: String, path: String },
    /// `WHO -> EVENT DATA`
    Sends {
        who: String,
        event: String,
        data: Value,
    },
    /// `WHO <- DATA`
    Answered { who: String, data: Value },
    /// `WHO,WHO << EVENT DATA`
    Pushed {
        to: Vec<String>,
        event: String,
        data: Value,
    },
    /// `WHO => GET URL`
    Gets { url: String },
    /// `WHO <= STATUS HEADER: VALUE`
    Header {
        status: u16,
        name: String,
        value: String,
    },
    /// `WHO => POST URL NAME`
    Posts { url: String, name: String },
    /// `WHO <= STATUS BODY`
    Body { status: u16, body: Value },
}

/// Reads the one block marked `transcript` of a page.
pub(crate) fn read(page: &str) -> Vec<(usize, Line)> {
    let mut inside = false;
    let mut lines = Vec::new();
    for (index, text) in page.lines().enumerate() {
        match text {
            "```transcript" => inside = true,
            "```" => inside = false,
            "" => {}
            _ if inside => lines.push((index + 1, line(text))),
            _ => {}
        }
    }
    assert!(
        lines.len() > 40,
        "the page has no whole transcript: {} lines",
        lines.len()
    );
    lines
}

fn line(text: &str) -> Line {
    let mut words = text.splitn(3, ' ');
    let who = words.next().unwrap_or_default().to_owned();
    let arrow = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default();
    match arrow {
        "connects" => Line::Connects {
            who,
            path: rest.to_owned(),
        },
        "->" => {
            let (event, data) = split(rest);
            Line::Sends {
                who,
                event,
                data: json(&data),
            }
        }
        "<-" => Line::Answered {
            who,
            data: json(rest),
        },
        "<<" => {
            let (event, data) = split(rest);
            Line::Pushed {
                to: who.split(',').map(str::to_owned).collect(),
                event,
                data: json(&data),
            }
        }
        "=>" => request(rest),
        "<=" => reply(rest),
        other => panic!("`{other}` is no arrow of a transcript: {text}"),
    }
}

fn request(rest: &str) -> Line {
    let words: Vec<&str> = rest.split(' ').collect();
    match words.as_slice() {
        ["GET", url] => Line::Gets {
            url: (*url).to_owned(),
        },
        ["POST", url, name] => Line::Posts {
            url: (*url).to_owned(),
            name: (*name).to_owned(),
        },
        _ => panic!("no request: {rest}"),
    }
}

fn reply(rest: &str) -> Line {
    let (status, content) = split(rest);
    let status = status.parse().unwrap();
    match content.split_once(": ") {
        Some((name, value)) if !content.starts_with('{') => Line::Header {
            status,
            name: name.to_owned(),
            value: value.to_owned(),
        },
        _ => Line::Body {
            status,
            body: json(&content),
        },
    }
}

fn split(text: &str) -> (String, String) {
    let (head, tail) = text
        .split_once(' ')
        .unwrap_or_else(|| panic!("two words expected: {text}"));
    (head.to_owned(), tail.to_owned())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What the variables stand for; the first place where one comes binds it.
#[derive(Debug, Default)]
pub(crate) struct Variables(BTreeMap<String, Value>);

impl Variables {
    /// The text with its variables replaced.
    pub(crate) fn text(&self, text: &str) -> String {
        self.filled(&Value::String(text.to_owned()))
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The value with its variables replaced; each must be known.
    pub(crate) fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.starts_with('$') => self
                .0
                .get(text)
                .unwrap_or_else(|| panic!("{text} is not known yet"))
                .clone(),
            Value::Array(items) => items.iter().map(|v| self.filled(v)).collect(),
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(k, v)| (k.clone(), self.filled(v)))
                    .collect::<Map<_, _>>(),
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }

    /// Holds what came against what was expected, and binds what was not known.
    pub(crate) fn hold(&mut self, expected: &Value, found: &Value, line: usize) {
        match (expected, found) {
            (Value::String(name), _) if name.starts_with('$') => {
                let bound = self.0.entry(name.clone()).or_insert_with(|| found.clone());
                assert_eq!(bound, found, "line {line}: {name}");
            }
            (Value::Object(e), Value::Object(f)) => {
                let keys = |m: &Map<String, Value>| {
                    m.keys().cloned().collect::<std::collections::BTreeSet<_>>()
                };
                assert_eq!(
                    keys(e),
                    keys(f),
                    "line {line}: fields of {expected} and {found}"
                );
                for (key, value) in e {
                    self.hold(value, &f[key], line);
                }
            }
            (Value::Array(all), Value::Array(came)) if all.len() == came.len() => {
                for (e, f) in all.iter().zip(came) {
                    self.hold(e, f, line);
                }
            }
            _ => assert_eq!(expected, found, "line {line}"),
        }
    }
}
