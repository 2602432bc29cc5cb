//! `If-Match` and `If-None-Match` (RFC 9110, 13.1) against versions.

use chassis::problem::Problem;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::json;

use super::answer::tag;

/// Tags that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tags {
    /// `*`: whatever there is.
    Any,
    /// These versions; weak tags and tags that were never given are none.
    Versions(Vec<i64>),
}

/// What a write asks of the version; nothing if it asks nothing.
pub(super) fn if_match(headers: &HeaderMap) -> Option<Tags> {
    tags(headers, &IF_MATCH, false)
}

/// Whether the caller has this version already.
pub(super) fn is_known(headers: &HeaderMap, version: i64) -> bool {
    match tags(headers, &IF_NONE_MATCH, true) {
        Some(Tags::Any) => true,
        Some(Tags::Versions(known)) => known.contains(&version),
        None => false,
    }
}

/// The refusal of a write whose condition does not hold.
pub(super) fn failed(asked: &Tags, version: i64) -> Problem {
    let asked = match asked {
        Tags::Any => "*".to_owned(),
        Tags::Versions(versions) => versions
            .iter()
            .map(|v| tag(*v))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let current = tag(version);
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "PRECONDITION_FAILED",
        format!("The row has the tag {current}; If-Match asked for {asked}"),
    )
    .remedy("Read the row again, and send its new tag.")
    .data(json!({"current": current, "asked": asked}))
}

fn tags(headers: &HeaderMap, name: &HeaderName, takes_weak: bool) -> Option<Tags> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    let mut versions = Vec::new();
    for part in values.flat_map(|value| value.to_str().unwrap_or_default().split(',')) {
        let part = part.trim();
        if part == "*" {
            return Some(Tags::Any);
        }
        let strong = match part.strip_prefix("W/") {
            Some(rest) if takes_weak => rest,
            Some(_) => continue,
            None => part,
        };
        let number = strong
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        versions.extend(number.and_then(|number| number.parse::<i64>().ok()));
    }
    Some(Tags::Versions(versions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
        let pairs = values
            .iter()
            .map(|value| (name.clone(), value.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn tags_are_read_in_every_form() {
        assert_eq!(if_match(&HeaderMap::new()), None);
        assert_eq!(if_match(&headers(&IF_MATCH, &["*"])), Some(Tags::Any));
        let several = headers(&IF_MATCH, &["\"3\", W/\"4\"", "\"x\""]);
        assert_eq!(
            if_match(&several),
            Some(Tags::Versions(vec![3])),
            "weak tags never match for writes"
        );
        assert!(is_known(&headers(&IF_NONE_MATCH, &["W/\"7\""]), 7));
        assert!(!is_known(&headers(&IF_NONE_MATCH, &["\"7\""]), 8));
        assert!(is_known(&headers(&IF_NONE_MATCH, &["\"1\"", "*"]), 8));
    }
}
