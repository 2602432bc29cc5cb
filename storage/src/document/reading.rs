//! A document as it was sent, and what is wrong with it.

use ledger::Instant;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::entity::{moment, nul_free, whole};

/// Bytes of an address: what an index takes.
pub(crate) const URL_MAX: usize = 2048;

/// Characters of an id that is no UUID.
pub(crate) const ID_MAX: usize = 200;

/// Characters of a content type and of a status.
pub(crate) const CONTENT_TYPE_MAX: usize = 255;
pub(crate) const STATUS_MAX: usize = 64;

/// Largest size: integers that every JSON reader keeps.
pub(crate) const SIZE_MAX: i64 = 9_007_199_254_740_991;

/// Where the text of an id is kept that is no UUID.
pub(super) const EXTERNAL_ID: &str = "_externalId";

/// Metadata that stand in columns of their own.
pub(super) const CRAWLED_AT: &str = "crawledAt";
pub(super) const LAST_MODIFIED: &str = "lastModified";
pub(super) const CONTENT_TYPE: &str = "contentType";
pub(super) const SIZE: &str = "size";

/// A document without a fault.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sent {
    /// None where the server makes one.
    pub(super) id: Option<Uuid>,
    pub(super) url: String,
    pub(super) status: Option<String>,
    /// As sent, and the text of an id that is no UUID.
    pub(super) metadata: Map<String, Value>,
}

/// The id of a text: itself, or a UUID made from it (version 5), so that the same text is always the same row.
pub(super) fn id_of(text: &str) -> Uuid {
    let named = || {
        Uuid::new_v5(
            &Uuid::NAMESPACE_URL,
            format!("sonoma:doc:{text}").as_bytes(),
        )
    };
    Uuid::try_parse(text).unwrap_or_else(|_| named())
}

/// How an entry of `errors` names a document: by its id, else its address, else its place.
pub(super) fn name_of(document: &Value, place: usize) -> String {
    let text = |name: &str| {
        document
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let shown = text("id").or_else(|| text("url"));
    shown.map_or_else(
        || format!("#{place}"),
        |name| name.chars().take(ID_MAX).collect(),
    )
}

/// Reads a document; all its faults in one sentence.
pub(super) fn read(document: &Value) -> Result<Sent, String> {
    let Value::Object(fields) = document else {
        return Err("a document must be an object".to_owned());
    };
    let mut faults = Vec::new();
    let mut note = |outcome: Result<(), String>| faults.extend(outcome.err());
    let mut sent = Sent {
        id: None,
        url: String::new(),
        status: None,
        metadata: Map::new(),
    };
    note(metadata(fields, &mut sent));
    note(id(fields, &mut sent));
    note(url(fields).map(|url| sent.url = url));
    note(status(fields).map(|status| sent.status = status));
    if faults.is_empty() {
        Ok(sent)
    } else {
        Err(faults.join("; "))
    }
}

fn id(fields: &Map<String, Value>, sent: &mut Sent) -> Result<(), String> {
    let text = match fields.get("id") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(text)) => text,
        Some(_) => return Err("id must be a string".to_owned()),
    };
    if text.chars().count() > ID_MAX || text.contains('\0') {
        return Err(format!(
            "id must have at most {ID_MAX} characters, none of them NUL"
        ));
    }
    if !text.is_empty() {
        let id = id_of(text);
        sent.id = Some(id);
        if Uuid::try_parse(text).is_err() {
            sent.metadata
                .insert(EXTERNAL_ID.to_owned(), Value::from(text.as_str()));
        }
    }
    Ok(())
}

fn url(fields: &Map<String, Value>) -> Result<String, String> {
    let text = fields
        .get("url")
        .and_then(Value::as_str)
        .map(str::trim)
        .unwrap_or_default();
    let host = text.split_once("://").filter(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    });
    let is_whole =
        host.is_some_and(|(_, rest)| !rest.is_empty() && !rest.starts_with(['/', '?', '#']));
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_whole && is_plain && text.len() <= URL_MAX {
        return Ok(text.to_owned());
    }
    Err(format!(
        "url must be an absolute http or https address of at most {URL_MAX} bytes"
    ))
}

fn status(fields: &Map<String, Value>) -> Result<Option<String>, String> {
    match fields.get("status") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= STATUS_MAX && !text.contains('\0') => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(format!(
            "status must be a string of at most {STATUS_MAX} characters"
        )),
    }
}

fn metadata(fields: &Map<String, Value>, sent: &mut Sent) -> Result<(), String> {
    let metadata = match fields.get("metadata") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err("metadata must be an object".to_owned()),
    };
    let mut faults = Vec::new();
    for name in [CRAWLED_AT, LAST_MODIFIED] {
        if given(metadata, name).is_some_and(|value| moment(value).is_err()) {
            faults.push(format!(
                "metadata.{name} must be a moment (RFC 3339, or seconds since 1970)"
            ));
        }
    }
    let is_short = |value: &Value| {
        value
            .as_str()
            .is_some_and(|t| t.chars().count() <= CONTENT_TYPE_MAX)
    };
    if given(metadata, CONTENT_TYPE).is_some_and(|value| !is_short(value)) {
        faults.push(format!(
            "metadata.{CONTENT_TYPE} must be a string of at most {CONTENT_TYPE_MAX} characters"
        ));
    }
    let is_size = |value: &Value| whole(value).is_some_and(|size| (0..=SIZE_MAX).contains(&size));
    if given(metadata, SIZE).is_some_and(|value| !is_size(value)) {
        faults.push(format!(
            "metadata.{SIZE} must be an integer from 0 to {SIZE_MAX}"
        ));
    }
    faults.extend(nul_free(&Value::Object(metadata.clone()), "metadata").err());
    if !faults.is_empty() {
        return Err(faults.join("; "));
    }
    sent.metadata.clone_from(metadata);
    Ok(())
}

fn given<'a>(metadata: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    metadata.get(name).filter(|value| !value.is_null())
}

/// A moment among metadata; none where it is absent or null.
pub(super) fn moment_in(metadata: &Map<String, Value>, name: &str) -> Option<Instant> {
    given(metadata, name).and_then(|value| moment(value).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_uuids_or_made_from_their_text() {
        let uuid = "0190a5c4-0000-7000-8000-000000000001";
        assert_eq!(id_of(uuid).to_string(), uuid);
        assert_eq!(id_of("page 1"), id_of("page 1"));
        assert_ne!(id_of("page 1"), id_of("page 2"));
        let sent = read(&json!({"id": "page 1", "url": " https://a.example/x "})).unwrap();
        assert_eq!(
            (sent.id, sent.url.as_str()),
            (Some(id_of("page 1")), "https://a.example/x")
        );
        assert_eq!(sent.metadata[EXTERNAL_ID], "page 1");
        assert_eq!(
            read(&json!({"id": "", "url": "http://a"})).unwrap().id,
            None
        );
    }

    #[test]
    fn every_fault_of_a_document_is_told() {
        let metadata = json!({"crawledAt": "soon", "contentType": 1, "size": -1, "x": "\0"});
        let told = read(
            &json!({"id": 1, "url": "ftp://a", "status": "s".repeat(65), "metadata": metadata}),
        );
        let told = told.unwrap_err();
        for word in [
            "id must",
            "url must",
            "status must",
            "crawledAt",
            "contentType",
            "size",
            "NUL",
        ] {
            assert!(told.contains(word), "{word}: {told}");
        }
        for url in ["", "http://", "https:///x", "/x", "http://a b", "x.example"] {
            assert!(read(&json!({"url": url})).is_err(), "{url}");
        }
        assert!(read(&json!({"url": format!("http://a/{}", "x".repeat(2040))})).is_err());
        assert_eq!(name_of(&json!({"url": "u"}), 3), "u");
        assert_eq!(name_of(&json!(7), 3), "#3");
    }
}
