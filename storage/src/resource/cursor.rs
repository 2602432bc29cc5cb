//! Where a list goes on: after a row, by the moment it came to be and its id.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::Instant;
use uuid::Uuid;

use crate::entity::{Entity, MOMENTS_US, Row};

/// A row that was the last of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) born: Instant,
    pub(super) id: Uuid,
}

impl Cursor {
    /// Behind a row.
    pub(super) fn after(entity: &Entity, row: &Row) -> Self {
        Self {
            born: row.born(entity),
            id: row.id,
        }
    }

    /// The text that a client sends back.
    pub(super) fn text(self) -> String {
        let bytes = [
            &self.born.microseconds().to_be_bytes()[..],
            self.id.as_bytes(),
        ]
        .concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads such a text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (born, id) = bytes.split_first_chunk::<8>()?;
        let born = Some(i64::from_be_bytes(*born)).filter(|born| MOMENTS_US.contains(born))?;
        Some(Self {
            born: Instant::from_microseconds(born).ok()?,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_other_texts_are_none() {
        let cursor = Cursor {
            born: "2026-01-31T09:00:00.000001Z".parse().unwrap(),
            id: Uuid::now_v7(),
        };
        assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        for text in ["", "x", "AAAA", "!!!!", &format!("{}AA", cursor.text())] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
        let before_any = Cursor {
            born: "-005000-01-01T00:00:00Z".parse().unwrap(),
            ..cursor
        };
        assert_eq!(
            Cursor::parse(&before_any.text()),
            None,
            "a database has no such moment"
        );
    }
}
