//! A request that cannot be carried out: 400 with every fault, as a sentence and as a list.

use std::fmt;

use chassis::problem::Problem;
use contract::problem::Fault;
use serde_json::Value;

/// How the sentence of every refused request begins.
const BEGINNING: &str = "Invalid simulation request: ";

/// Every fault of a request; places count from the body.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    faults: Vec<Fault>,
}

impl Refusal {
    /// Of faults with their places.
    pub fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// Of one fault.
    pub(crate) fn one(loc: Vec<Value>, kind: &str, msg: impl Into<String>, input: Value) -> Self {
        Self::new(vec![Fault {
            kind: kind.to_owned(),
            loc,
            msg: msg.into(),
            input,
        }])
    }

    /// The faults.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The refusal over HTTP; `root` is the way to what was read, such as `["body"]`.
    pub fn problem(self, root: &[Value]) -> Problem {
        let sentence = self.to_string();
        let rooted = |fault: Fault| Fault {
            loc: [root, &fault.loc].concat(),
            ..fault
        };
        Problem::bad_request(sentence).errors(self.faults.into_iter().map(rooted).collect())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BEGINNING)?;
        for (count, fault) in self.faults.iter().enumerate() {
            if count > 0 {
                f.write_str("; ")?;
            }
            if !fault.loc.is_empty() {
                write!(f, "{}: ", way(&fault.loc))?;
            }
            f.write_str(&fault.msg)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// The way to a field as people write it: `room.corners_m[2][0]`.
pub fn way(loc: &[Value]) -> String {
    let mut text = String::new();
    for step in loc {
        match step {
            Value::String(name) if text.is_empty() => text.push_str(name),
            Value::String(name) => {
                text.push('.');
                text.push_str(name);
            }
            index @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
        }
    }
    text
}
