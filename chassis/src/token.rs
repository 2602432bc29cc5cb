//! Texts that are never printed: the token between services, the address of a database with its password.

use std::fmt;

use subtle::ConstantTimeEq;

/// A text that no log, error or debug print shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// `INTERNAL_AUTH_TOKEN`: services show it to each other in the header `X-Internal-Token`.
#[derive(Clone)]
pub struct Token(Secret);

impl Token {
    /// A token of visible ASCII characters; `None` if empty or not that, because no header could carry it.
    pub fn new(text: &str) -> Option<Self> {
        let carried = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        carried.then(|| Self(Secret::new(text)))
    }

    /// Whether `shown` is this token, found out in a time that does not depend on where they differ.
    pub fn matches(&self, shown: &[u8]) -> bool {
        self.0.expose().as_bytes().ct_eq(shown).into()
    }

    /// The text, for the header of a call.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let printed = format!(
            "{:?} {:?}",
            Secret::new("hunter2"),
            Token::new("hunter2").unwrap()
        );
        assert!(!printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn a_token_matches_itself_alone() {
        let token = Token::new("abc").unwrap();
        assert!(token.matches(b"abc"));
        for other in ["", "ab", "abcd", "abd"] {
            assert!(!token.matches(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_no_header_carries_is_no_token() {
        for bad in ["", "a b", "ä", "a\n"] {
            assert!(Token::new(bad).is_none(), "{bad:?}");
        }
    }
}
