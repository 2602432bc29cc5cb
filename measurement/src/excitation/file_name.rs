//! The name under which a browser keeps the signal. A session's id is a client's text, so only harmless ones get in.

/// Most characters of a session's id in a file name.
const LENGTH_MAX: usize = 128;

/// `measurement_<session_id>.<extension>`, or `measurement_signal.<extension>` without an id, or with one that is no
/// plain word of letters, digits, `.`, `_` and `-`.
pub(super) fn file_name(session_id: Option<&str>, extension: &str) -> String {
    let id = session_id.filter(|id| is_plain(id)).unwrap_or("signal");
    format!("measurement_{id}.{extension}")
}

fn is_plain(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !id.is_empty() && id.len() <= LENGTH_MAX && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_id_is_in_the_name() {
        assert_eq!(
            file_name(Some("abc-123_4.5"), "flac"),
            "measurement_abc-123_4.5.flac"
        );
        let longest = "x".repeat(128);
        assert_eq!(
            file_name(Some(&longest), "wav"),
            format!("measurement_{longest}.wav")
        );
    }

    #[test]
    fn any_other_id_is_left_out() {
        let too_long = "x".repeat(129);
        for id in [
            "",
            "a b",
            "a\r\nSet-Cookie: b",
            "../../etc/passwd",
            "a\"b",
            "ä",
            &too_long,
        ] {
            assert_eq!(
                file_name(Some(id), "wav"),
                "measurement_signal.wav",
                "{id:?}"
            );
        }
        assert_eq!(file_name(None, "wav"), "measurement_signal.wav");
    }
}
