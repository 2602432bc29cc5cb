//! Every socket message of every phone, in the order in which it was sent or arrived.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::value::RawValue;

use super::clock::SceneClock;

/// Which way a message went, seen from the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the phone to the server.
    Sent,
    /// From the server to the phone.
    Received,
}

/// One message.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Seconds of the scene since its beginning.
    pub at_s: f64,
    /// The phone.
    pub device: String,
    /// Which way it went.
    pub direction: Direction,
    /// The message itself, unread; what was no JSON stands there as a string.
    pub message: Box<RawValue>,
}

/// What all phones of a scene sent and received. Clones share one list.
#[derive(Debug, Clone)]
pub struct Transcript {
    clock: SceneClock,
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Transcript {
    /// An empty one, dated by the scene's clock.
    pub fn new(clock: SceneClock) -> Self {
        Self {
            clock,
            lines: Arc::default(),
        }
    }

    /// Notes a message.
    pub fn note(&self, device: &str, direction: Direction, text: &str) {
        let Some(message) = raw(text) else { return };
        let line = Line {
            at_s: self.clock.now_s(),
            device: device.to_owned(),
            direction,
            message,
        };
        self.locked().push(line);
    }

    /// All messages so far.
    pub fn lines(&self) -> Vec<Line> {
        self.locked().clone()
    }

    /// All messages so far, one JSON object a line.
    ///
    /// # Errors
    /// When a line cannot be written as JSON.
    pub fn to_jsonl(&self) -> serde_json::Result<String> {
        let mut text = String::new();
        for line in self.lines() {
            text.push_str(&serde_json::to_string(&line)?);
            text.push('\n');
        }
        Ok(text)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text as it is, or as a string of JSON where it is none; a string can always be written.
fn raw(text: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(text.to_owned())
        .or_else(|_| serde_json::value::to_raw_value(text))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stands_in_its_line_unread() {
        let transcript = Transcript::new(SceneClock::start(1.0));
        transcript.note("mic", Direction::Sent, r#"{"event":"a","data":{"x":1.50}}"#);
        transcript.note("mic", Direction::Received, "no JSON");
        let text = transcript.to_jsonl().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        let sent =
            r#""device":"mic","direction":"sent","message":{"event":"a","data":{"x":1.50}}}"#;
        assert!(lines[0].ends_with(sent), "{}", lines[0]);
        assert!(
            lines[1].ends_with(r#""direction":"received","message":"no JSON"}"#),
            "{}",
            lines[1]
        );
    }
}
