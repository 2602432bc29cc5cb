//! What goes into a queue, what comes out of it, and the names of both.

use std::fmt;

use ledger::{Instant, ids};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use sqlx::FromRow;
use uuid::Uuid;

/// Characters of the name of a queue.
pub(crate) const NAME_MAX: usize = 128;

/// Characters of an id.
pub(crate) const ID_MAX: usize = 200;

/// Bytes of a payload.
const PAYLOAD_MAX: usize = 256 * 1024;

/// What is wrong with a name, an id or a payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongItem {
    /// The name of a queue.
    #[error(
        "queue must have 1 to {NAME_MAX} characters out of A-Z, a-z, 0-9, '.', '_', ':' and '-'"
    )]
    Name,
    /// The id of an item.
    #[error("id must be a string of at most {ID_MAX} characters, none of them NUL")]
    Id,
    /// A payload that is too large.
    #[error("payload has {bytes} bytes of JSON; at most {PAYLOAD_MAX} are allowed")]
    Large {
        /// Bytes of it.
        bytes: usize,
    },
    /// A payload that a database cannot keep.
    #[error("{0}")]
    Nul(String),
}

/// The name of a queue: 1 to 128 characters of `[A-Za-z0-9._:-]`. A queue is there as soon as it is pushed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QueueName(String);

impl QueueName {
    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for QueueName {
    type Err = WrongItem;

    fn from_str(text: &str) -> Result<Self, WrongItem> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        if (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(WrongItem::Name)
        }
    }
}

/// What an item is about: a JSON object of at most 256 KiB, kept as its text.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Payload(Box<RawValue>);

impl Payload {
    /// From an object.
    ///
    /// # Errors
    ///
    /// [`WrongItem`] where it is too large, or holds U+0000, which `PostgreSQL` cannot keep.
    pub fn of(object: &Map<String, Value>) -> Result<Self, WrongItem> {
        for (name, value) in object {
            if let Some(place) = chassis::nul::place(value, &format!("payload.{name}")) {
                return Err(WrongItem::Nul(chassis::nul::sentence(&place)));
            }
            if chassis::nul::is_in(name) {
                return Err(WrongItem::Nul(chassis::nul::sentence("payload")));
            }
        }
        // An object of JSON always has a text.
        let text = to_raw_value(object).unwrap_or_else(|_| RawValue::NULL.to_owned());
        let bytes = text.get().len();
        if bytes > PAYLOAD_MAX {
            return Err(WrongItem::Large { bytes });
        }
        Ok(Self(text))
    }

    pub(super) fn kept(text: Box<RawValue>) -> Self {
        Self(text)
    }

    /// Its JSON.
    pub fn raw(&self) -> &RawValue {
        &self.0
    }

    /// Its JSON, read.
    ///
    /// # Errors
    ///
    /// What `serde_json` says where it is not of the type.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.0.get())
    }
}

/// By what an item is known: a UUID, and the text that was given for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemId {
    pub(super) id: Uuid,
    /// As it was given; none where the server made the id.
    pub(super) given: Option<String>,
}

impl ItemId {
    /// An id that nobody else has.
    pub fn new() -> Self {
        Self {
            id: ids::next(),
            given: None,
        }
    }

    /// Of a text: a UUID, or any text of at most 200 characters, from which a UUID is made (version 5). Within a queue
    /// there is one item of an id.
    ///
    /// # Errors
    ///
    /// [`WrongItem::Id`].
    pub fn of(text: &str) -> Result<Self, WrongItem> {
        if text.is_empty() || text.contains('\0') || text.chars().count() > ID_MAX {
            return Err(WrongItem::Id);
        }
        let named = || {
            Uuid::new_v5(
                &Uuid::NAMESPACE_URL,
                format!("sonoma:item:{text}").as_bytes(),
            )
        };
        Ok(Self {
            id: Uuid::try_parse(text).unwrap_or_else(|_| named()),
            given: Some(text.to_owned()),
        })
    }
}

impl Default for ItemId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.given {
            Some(text) => f.write_str(text),
            None => self.id.fmt(f),
        }
    }
}

/// What is pushed.
#[derive(Debug, Clone)]
pub struct Entry {
    /// By what it is known.
    pub id: ItemId,
    /// Larger is served earlier.
    pub priority: i32,
    /// What it is about.
    pub payload: Payload,
    /// Not handed out before; none: at once.
    pub due: Option<Instant>,
}

/// An item as it stands in the queue.
#[derive(Debug, Clone)]
pub struct Item {
    /// By what it is known.
    pub id: ItemId,
    /// Larger is served earlier.
    pub priority: i64,
    /// How often it was handed out.
    pub attempts: i64,
    /// What it is about.
    pub payload: Payload,
    /// By which it is finished, given back or held longer; none where it was removed at once.
    pub receipt: Option<Receipt>,
}

/// The right to finish an item: it ends when the item is handed out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromRow)]
pub struct Receipt {
    pub(super) seq: i64,
    #[sqlx(rename = "receipt")]
    pub(super) lease: Uuid,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.seq, self.lease.simple())
    }
}

impl std::str::FromStr for Receipt {
    type Err = NotAReceipt;

    fn from_str(text: &str) -> Result<Self, NotAReceipt> {
        let (seq, lease) = text.split_once('-').ok_or(NotAReceipt)?;
        Ok(Self {
            seq: seq.parse().map_err(|_| NotAReceipt)?,
            lease: Uuid::try_parse(lease).map_err(|_| NotAReceipt)?,
        })
    }
}

/// A text that no pop has given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("receipt must be the text that pop answered for the item")]
pub struct NotAReceipt;

/// Which items are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They wait and may be handed out.
    Pending,
    /// They were handed out too often and are not any more.
    Dead,
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It waits.
    Pending,
    /// It waits for its time.
    Scheduled,
    /// It was handed out under a lease.
    Processing,
    /// It was handed out too often.
    Dead,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Scheduled, Self::Processing, Self::Dead];

    /// As it is kept and told.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Scheduled => "scheduled",
            Self::Processing => "processing",
            Self::Dead => "dead",
        }
    }
}

/// How many items of a queue stand where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// The name of the queue.
    pub queue: String,
    /// Where they stand.
    pub status: Status,
    /// So many.
    pub items: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for name in ["a", "crawl.urls:high_1-2", &"x".repeat(NAME_MAX)] {
            assert_eq!(name.parse::<QueueName>().unwrap().as_str(), name);
        }
        for name in ["", "a b", "ä", "a/b", &"x".repeat(NAME_MAX + 1)] {
            assert_eq!(name.parse::<QueueName>(), Err(WrongItem::Name), "{name}");
        }
    }

    #[test]
    fn an_id_is_shown_as_it_was_given() {
        let uuid = "0190A5C4-0000-7000-8000-000000000001";
        let (as_uuid, as_text) = (ItemId::of(uuid).unwrap(), ItemId::of("page 1").unwrap());
        assert_eq!(as_uuid.to_string(), uuid);
        assert_eq!(as_uuid.id, Uuid::try_parse(uuid).unwrap());
        assert_eq!(as_text.to_string(), "page 1");
        assert_eq!(as_text, ItemId::of("page 1").unwrap());
        assert_ne!(ItemId::new(), ItemId::new());
        for wrong in ["", "a\0", &"x".repeat(ID_MAX + 1)] {
            assert_eq!(ItemId::of(wrong), Err(WrongItem::Id));
        }
    }

    #[test]
    fn a_payload_is_bounded_and_can_be_kept() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let payload = Payload::of(&object(json!({"url": "http://a"}))).unwrap();
        assert_eq!(payload.raw().get(), r#"{"url":"http://a"}"#);
        let told = |value: Value| Payload::of(&object(value)).unwrap_err().to_string();
        assert!(told(json!({"x": "a".repeat(PAYLOAD_MAX)})).contains("at most 262144"));
        assert!(told(json!({"x": ["\0"]})).contains("payload.x.0"));
        assert!(told(json!({"\0": 1})).contains("U+0000"));
    }

    #[test]
    fn a_receipt_is_read_as_it_was_shown() {
        let receipt = Receipt {
            seq: 7,
            lease: Uuid::from_u128(9),
        };
        assert_eq!(receipt.to_string().parse(), Ok(receipt));
        for wrong in ["", "7", "7-x", "x-0190a5c4000070008000000000000001"] {
            assert_eq!(wrong.parse::<Receipt>(), Err(NotAReceipt), "{wrong}");
        }
    }
}
