//! Origins whose web pages may call a service, as `CORS_ORIGINS` names them.

use http::{HeaderValue, Uri};

/// The origins whose pages may call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origins {
    /// All of them.
    #[default]
    Any,
    /// These.
    Listed(Vec<HeaderValue>),
}

/// A word of `CORS_ORIGINS` that no browser would send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' in CORS_ORIGINS is no origin: write scheme, host and, if need be, port, such as https://app.example"
)]
pub struct BadOrigin(pub String);

impl Origins {
    /// Reads the words of `CORS_ORIGINS`; `*` among them stands for all origins.
    ///
    /// # Errors
    ///
    /// The first word that is no origin.
    pub fn of(words: &[String]) -> Result<Self, BadOrigin> {
        if words.iter().any(|word| word == "*") {
            return Ok(Self::Any);
        }
        words
            .iter()
            .map(|word| origin(word))
            .collect::<Result<_, _>>()
            .map(Self::Listed)
    }
}

fn origin(word: &str) -> Result<HeaderValue, BadOrigin> {
    let bad = || BadOrigin(word.to_owned());
    let trimmed = word.trim_end_matches('/');
    let uri = Uri::try_from(trimmed).map_err(|_| bad())?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(bad());
    };
    let whole = format!("{scheme}://{authority}");
    if !web || whole != trimmed || authority.as_str().contains('@') {
        return Err(bad());
    }
    HeaderValue::try_from(whole.to_ascii_lowercase()).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Origins, BadOrigin> {
        Origins::of(
            &words
                .iter()
                .map(|&word| word.to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_star_is_all_and_a_list_is_a_list() {
        assert_eq!(of(&["https://a.example", "*"]), Ok(Origins::Any));
        let listed = ["https://a.example", "http://localhost:5173"].map(HeaderValue::from_static);
        assert_eq!(
            of(&["https://A.example/", "http://localhost:5173"]),
            Ok(Origins::Listed(listed.to_vec()))
        );
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for bad in [
            "a.example",
            "https://a.example/path",
            "ftp://a",
            "https://u@a",
            "https://a?x",
            "",
        ] {
            assert_eq!(of(&["https://good", bad]), Err(BadOrigin(bad.to_owned())));
        }
    }
}
