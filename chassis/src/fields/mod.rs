//! Reads a JSON object and collects every fault of it, so that a caller learns all of them at once, in the form that
//! earlier clients read.
//!
//! ```
//! use chassis::fields::Fields;
//! let body = serde_json::json!({"code": "ABC123"});
//! let mut fields = Fields::body(&body);
//! let code = fields.text("code", 4..=16);
//! let device_id = fields.text("device_id", 1..=128);
//! let problem = fields.finish((code, device_id)).unwrap_err();
//! assert_eq!(problem.sentence(), "body.device_id: Field required");
//! ```

use std::borrow::Cow;
use std::ops::RangeInclusive;

use contract::problem::Fault;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::problem::Problem;

mod faults;
mod read;
mod scalars;

pub use read::{Read, Whole};

/// More faults of one request than this are not listed.
pub const FAULT_LIMIT: usize = 100;

/// A JSON object under examination. Each reader notes a fault if the field is not as it must be.
#[derive(Debug)]
pub struct Fields<'a> {
    object: Cow<'a, Map<String, Value>>,
    loc: Vec<Value>,
    source: Source,
    faults: Vec<Fault>,
}

/// Where an object stands in a request, which decides how a refusal is worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Body of an HTTP request: 422 with the list of faults.
    Body,
    /// Query of an HTTP request: the same, all values being text.
    Query,
    /// `data` of an event: 400 with a sentence that names the fields.
    Event,
}

impl<'a> Fields<'a> {
    /// The body of an HTTP request. What is no object has one fault, and every reader finds nothing.
    pub fn body(value: &'a Value) -> Self {
        Self::of(value, Source::Body, "body")
    }

    /// `data` of an event.
    pub fn event(value: &'a Value) -> Self {
        Self::of(value, Source::Event, "data")
    }

    /// A body that is known to be an object.
    pub fn body_object(object: &'a Map<String, Value>) -> Self {
        Self::over(Cow::Borrowed(object), vec!["body".into()], Source::Body)
    }

    /// `data` of an event that is known to be an object.
    pub fn event_object(object: &'a Map<String, Value>) -> Self {
        Self::over(Cow::Borrowed(object), vec!["data".into()], Source::Event)
    }

    /// The parameters of a query, all of them text; numbers are parsed.
    pub fn query(parameters: &'a Map<String, Value>) -> Self {
        Self::over(
            Cow::Borrowed(parameters),
            vec!["query".into()],
            Source::Query,
        )
    }

    /// A text of so many characters, none of them NUL.
    pub fn text(&mut self, name: &str, length: RangeInclusive<usize>) -> Read<String> {
        self.required(name, |value| scalars::text(value, &length))
    }

    /// A text of so many characters, or absent, or null.
    pub fn optional_text(
        &mut self,
        name: &str,
        length: RangeInclusive<usize>,
    ) -> Read<Option<String>> {
        self.optional(name, |value| scalars::text(value, &length))
    }

    /// One of `allowed`, read by the serde names of `T`; `allowed` is what the refusal lists.
    pub fn one_of<T: DeserializeOwned>(&mut self, name: &str, allowed: &[&str]) -> Read<T> {
        self.required(name, |value| scalars::one_of(value, allowed))
    }

    /// One of `allowed`, or absent, or null.
    pub fn optional_one_of<T: DeserializeOwned>(
        &mut self,
        name: &str,
        allowed: &[&str],
    ) -> Read<Option<T>> {
        self.optional(name, |value| scalars::one_of(value, allowed))
    }

    /// An integer in a range. As earlier services did, `3.0` and `"3"` are taken for 3.
    pub fn integer(&mut self, name: &str, range: RangeInclusive<i64>) -> Read<i64> {
        self.required(name, |value| scalars::integer(value, &range))
    }

    /// An integer in a range, or absent, or null.
    pub fn optional_integer(
        &mut self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Read<Option<i64>> {
        self.optional(name, |value| scalars::integer(value, &range))
    }

    /// A finite number in a range.
    pub fn number(&mut self, name: &str, range: RangeInclusive<f64>) -> Read<f64> {
        self.required(name, |value| scalars::number(value, &range))
    }

    /// A finite number in a range, or absent, or null.
    pub fn optional_number(&mut self, name: &str, range: RangeInclusive<f64>) -> Read<Option<f64>> {
        self.optional(name, |value| scalars::number(value, &range))
    }

    /// Any JSON value but null.
    pub fn any(&mut self, name: &str) -> Read<Value> {
        self.required(name, |value| {
            let given = (!value.is_null()).then(|| value.clone());
            given.ok_or_else(|| faults::wrong("missing", "Field required"))
        })
    }

    /// A value of the caller's own reading, which tells the kind of a fault and what is allowed.
    pub fn value<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, (&'static str, String)>,
    ) -> Read<T> {
        self.required(name, |value| {
            read(value).map_err(|(kind, msg)| faults::Wrong::own(kind, msg))
        })
    }

    /// An object, taken as it is: what stands inside is not looked at.
    pub fn map(&mut self, name: &str) -> Read<Map<String, Value>> {
        self.required(name, scalars::map)
    }

    /// An object, taken as it is, or absent, or null.
    pub fn optional_map(&mut self, name: &str) -> Read<Option<Map<String, Value>>> {
        self.optional(name, scalars::map)
    }

    /// An object whose fields `read` examines.
    pub fn object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Read<T>,
    ) -> Read<T> {
        let Read(Some(map)) = self.required(name, scalars::map) else {
            return Read(None);
        };
        self.nested(vec![name.into()], &map, read)
    }

    /// An object whose fields `read` examines, or absent, or null.
    pub fn optional_object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Read<T>,
    ) -> Read<Option<T>> {
        match self.optional(name, scalars::map) {
            Read(Some(Some(map))) => self.nested(vec![name.into()], &map, read).map(Some),
            Read(Some(None)) => Read(Some(None)),
            Read(None) => Read(None),
        }
    }

    /// A list of so many objects, each examined by `read`.
    pub fn array<T>(
        &mut self,
        name: &str,
        length: RangeInclusive<usize>,
        mut read: impl FnMut(&mut Fields<'_>) -> Read<T>,
    ) -> Read<Vec<T>> {
        let Read(Some(items)) = self.entries(name, length) else {
            return Read(None);
        };
        let mut found = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let loc = vec![name.into(), index.into()];
            let value = match item.as_object() {
                Some(map) => self.nested(loc, map, &mut read),
                None => self.note(&loc, faults::not_an_object(), faults::shown(item)),
            };
            found.push(value.0);
        }
        Read(found.into_iter().collect())
    }

    /// A list of so many texts of so many characters each.
    pub fn texts(
        &mut self,
        name: &str,
        length: RangeInclusive<usize>,
        each: RangeInclusive<usize>,
    ) -> Read<Vec<String>> {
        self.items(name, length, |value| scalars::text(value, &each))
    }

    /// A list of so many finite numbers in a range.
    pub fn numbers(
        &mut self,
        name: &str,
        length: RangeInclusive<usize>,
        range: RangeInclusive<f64>,
    ) -> Read<Vec<f64>> {
        self.items(name, length, |value| scalars::number(value, &range))
    }

    /// A list of so many values of any kind.
    pub fn list(&mut self, name: &str, length: RangeInclusive<usize>) -> Read<Vec<Value>> {
        self.required(name, |value| scalars::list(value, &length))
    }

    /// A list of so many values of any kind, or absent, or null.
    pub fn optional_list(
        &mut self,
        name: &str,
        length: RangeInclusive<usize>,
    ) -> Read<Option<Vec<Value>>> {
        self.optional(name, |value| scalars::list(value, &length))
    }

    /// Notes a fault of the caller's own finding. `msg` says what is allowed; in an event it stands as it is, so it
    /// names the field itself there.
    pub fn fault<T>(&mut self, name: &str, kind: &str, msg: impl Into<String>) -> Read<T> {
        let seen = self.object.get(name).map_or(Value::Null, faults::shown);
        self.note(&[name.into()], faults::Wrong::own(kind, msg.into()), seen)
    }

    /// Whether the field is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|value| !value.is_null())
    }

    /// The values, or every fault: 422 for a body or a query, 400 for an event.
    ///
    /// # Errors
    ///
    /// A problem that lists all faults found.
    pub fn finish<T: Whole>(self, values: T) -> Result<T::Out, Problem> {
        if !self.faults.is_empty() {
            return Err(match self.source {
                Source::Body | Source::Query => Problem::unprocessable(self.faults),
                Source::Event => faults::event_problem(self.faults),
            });
        }
        values
            .whole()
            .0
            .ok_or_else(|| Problem::internal("a field was lost though it has no fault"))
    }

    fn of(value: &'a Value, source: Source, root: &str) -> Self {
        if let Value::Object(object) = value {
            return Self::over(Cow::Borrowed(object), vec![root.into()], source);
        }
        let mut fields = Self::over(Cow::Owned(Map::new()), vec![root.into()], source);
        fields.faults.push(faults::fault(
            fields.loc.clone(),
            faults::not_an_object(),
            faults::shown(value),
        ));
        fields
    }

    fn over(object: Cow<'a, Map<String, Value>>, loc: Vec<Value>, source: Source) -> Self {
        Self {
            object,
            loc,
            source,
            faults: Vec::new(),
        }
    }

    fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, faults::Wrong>,
    ) -> Read<T> {
        let outcome = match self.object.get(name) {
            Some(Value::Null) if self.source == Source::Event => None,
            Some(value) => Some(read(value).map_err(|wrong| (wrong, faults::shown(value)))),
            None => None,
        };
        match outcome {
            Some(Ok(value)) => Read(Some(value)),
            Some(Err((wrong, seen))) => self.note(&[name.into()], wrong, seen),
            None => self.missing(name),
        }
    }

    fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, faults::Wrong>,
    ) -> Read<Option<T>> {
        if self.has(name) {
            self.required(name, read).map(Some)
        } else {
            Read(Some(None))
        }
    }

    /// A list whose entries are still to be examined.
    fn entries(&mut self, name: &str, length: RangeInclusive<usize>) -> Read<Vec<Value>> {
        self.required(name, |value| scalars::list(value, &length))
    }

    fn items<T>(
        &mut self,
        name: &str,
        length: RangeInclusive<usize>,
        mut read: impl FnMut(&Value) -> Result<T, faults::Wrong>,
    ) -> Read<Vec<T>> {
        let Read(Some(items)) = self.entries(name, length) else {
            return Read(None);
        };
        let mut found = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            found.push(match read(item) {
                Ok(value) => Some(value),
                Err(wrong) => {
                    self.note(&[name.into(), index.into()], wrong, faults::shown(item))
                        .0
                }
            });
        }
        Read(found.into_iter().collect())
    }

    fn nested<T>(
        &mut self,
        way: Vec<Value>,
        object: &Map<String, Value>,
        read: impl FnOnce(&mut Fields<'_>) -> Read<T>,
    ) -> Read<T> {
        let loc = [self.loc.clone(), way].concat();
        let mut inner = Fields::over(Cow::Borrowed(object), loc, self.source);
        let value = read(&mut inner);
        let room = FAULT_LIMIT.saturating_sub(self.faults.len());
        let faultless = inner.faults.is_empty();
        self.faults.extend(inner.faults.into_iter().take(room));
        if faultless { value } else { Read(None) }
    }

    fn missing<T>(&mut self, name: &str) -> Read<T> {
        let seen = faults::shown_object(&self.object);
        self.note(
            &[name.into()],
            faults::wrong("missing", "Field required"),
            seen,
        )
    }

    /// Notes a fault; `seen` is already of bounded size.
    fn note<T>(&mut self, way: &[Value], wrong: faults::Wrong, seen: Value) -> Read<T> {
        if self.faults.len() < FAULT_LIMIT {
            let loc = [self.loc.as_slice(), way].concat();
            self.faults.push(faults::fault(loc, wrong, seen));
        }
        Read(None)
    }
}
