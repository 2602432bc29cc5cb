//! Reads a JSON value part by part and notes every fault with its place, so that a caller learns all of them at once.
//!
//! A part with a fault is left out and reading goes on; what was read is of use only while there are no faults. Words
//! are those of `chassis::fields`, which knows objects but neither lists of lists nor values of several kinds.

use std::ops::RangeInclusive;

use chassis::fields::FAULT_LIMIT;
use contract::problem::Fault;
use serde_json::{Map, Value};

use super::scalars::finite;

/// Entries of a list, or characters of a text, up to which it is shown in a fault.
const SHOWN_ENTRIES: usize = 8;
/// As many characters of a text are shown.
const SHOWN_CHARACTERS: usize = 200;

/// Faults as they are found, and the place that is being read.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    place: Vec<Value>,
    faults: Vec<Fault>,
    /// Whether nobody can tell how long lists of coefficients have to be.
    leaves_lengths: bool,
}

impl Reader {
    /// The faults found.
    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Whether nothing is wrong so far.
    pub(crate) const fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// From here on lists over the octaves may be of any length: which octaves there are is not known for a fault that
    /// has been noted.
    pub(crate) const fn leave_lengths(&mut self) {
        self.leaves_lengths = true;
    }

    /// Whether it does.
    pub(crate) const fn leaves_lengths(&self) -> bool {
        self.leaves_lengths
    }

    /// Notes a fault of the value that is being read.
    pub(crate) fn fault<T>(
        &mut self,
        kind: &str,
        msg: impl Into<String>,
        seen: &Value,
    ) -> Option<T> {
        let loc = self.place.clone();
        self.fault_at(loc, kind, msg.into(), shown(seen));
        None
    }

    /// Notes a fault of any place.
    pub(crate) fn fault_at(&mut self, loc: Vec<Value>, kind: &str, msg: String, input: Value) {
        if self.faults.len() < FAULT_LIMIT {
            let kind = kind.to_owned();
            self.faults.push(Fault {
                kind,
                loc,
                msg,
                input,
            });
        }
    }

    /// Reads a field that must be there.
    pub(crate) fn required<T>(
        &mut self,
        object: &Map<String, Value>,
        name: &str,
        read: impl FnOnce(&mut Self, &Value) -> Option<T>,
    ) -> Option<T> {
        self.within(name, |reader| match object.get(name) {
            Some(value) => read(reader, value),
            None => reader.fault("missing", "Field required", &Value::Null),
        })
    }

    /// Reads a field that may be absent or null.
    pub(crate) fn optional<T>(
        &mut self,
        object: &Map<String, Value>,
        name: &str,
        read: impl FnOnce(&mut Self, &Value) -> Option<T>,
    ) -> Option<T> {
        let value = object.get(name).filter(|value| !value.is_null())?;
        self.within(name, |reader| read(reader, value))
    }

    /// Reads a field with a default, which stands for a faulty one too.
    pub(crate) fn or<T>(
        &mut self,
        object: &Map<String, Value>,
        name: &str,
        default: T,
        read: impl FnOnce(&mut Self, &Value) -> Option<T>,
    ) -> T {
        self.optional(object, name, read).unwrap_or(default)
    }

    /// Reads every entry of a list; a faulty one leaves its place empty.
    pub(crate) fn each<T>(
        &mut self,
        value: &Value,
        count: RangeInclusive<usize>,
        mut read: impl FnMut(&mut Self, &Value) -> Option<T>,
    ) -> Option<Vec<Option<T>>> {
        let Value::Array(entries) = value else {
            return self.fault("list_type", "Input should be a valid list", value);
        };
        if !count.contains(&entries.len()) {
            return self.wrong_count(value, entries.len(), &count);
        }
        let entry =
            |(index, entry): (usize, &Value)| self.within(index, |reader| read(reader, entry));
        Some(entries.iter().enumerate().map(entry).collect())
    }

    /// Reads a list of exactly `N` finite numbers.
    pub(crate) fn numbers<const N: usize>(&mut self, value: &Value) -> Option<[f64; N]> {
        let entries = self.each(value, N..=N, finite)?;
        let whole: Option<Vec<f64>> = entries.into_iter().collect();
        whole?.try_into().ok()
    }

    /// Reads an object.
    pub(crate) fn object<'a>(&mut self, value: &'a Value) -> Option<&'a Map<String, Value>> {
        match value.as_object() {
            Some(object) => Some(object),
            None => self.fault("dict_type", "Input should be a valid dictionary", value),
        }
    }

    /// Does something one step further into the value.
    pub(crate) fn within<T>(
        &mut self,
        step: impl Into<Value>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.place.push(step.into());
        let found = read(self);
        self.place.pop();
        found
    }

    fn wrong_count<T>(
        &mut self,
        value: &Value,
        found: usize,
        count: &RangeInclusive<usize>,
    ) -> Option<T> {
        let (least, most) = (count.start(), count.end());
        let (kind, bound) = if found < *least {
            ("too_short", format!("at least {least}"))
        } else {
            ("too_long", format!("at most {most}"))
        };
        let noun = if bound.ends_with(" 1") {
            "item"
        } else {
            "items"
        };
        let msg = format!("List should have {bound} {noun} after validation, not {found}");
        self.fault(kind, msg, value)
    }
}

/// The value seen, never so long that a refusal outweighs its request.
pub(crate) fn shown(seen: &Value) -> Value {
    let small = |v: &Value| !matches!(v, Value::Array(_) | Value::Object(_) | Value::String(_));
    match seen {
        Value::String(text) => text
            .chars()
            .take(SHOWN_CHARACTERS)
            .collect::<String>()
            .into(),
        Value::Array(list) if list.len() <= SHOWN_ENTRIES && list.iter().all(small) => seen.clone(),
        Value::Array(list) => format!("a list of {} items", list.len()).into(),
        Value::Object(object) if object.len() <= SHOWN_ENTRIES && object.values().all(small) => {
            seen.clone()
        }
        Value::Object(object) => format!("an object of {} members", object.len()).into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => seen.clone(),
    }
}
