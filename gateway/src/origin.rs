//! Where a request came from and by which address it reached us, seen through a proxy in front of us if there is one.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName};

/// The scheme a proxy in front of us was called by.
pub(crate) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// The host a proxy in front of us was called by.
pub(crate) const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What a request says of the way it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Address of the peer, where the listener tells it.
    pub(crate) ip: Option<String>,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// Host and port by which the client calls us, if it says so in a form that can be.
    pub(crate) host: Option<String>,
}

impl Origin {
    /// Reads it off a request.
    pub(crate) fn of(parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self {
            ip: peer.map(|ConnectInfo(address)| address.ip().to_canonical().to_string()),
            scheme: scheme(&parts.headers),
            host: host(&parts.headers),
        }
    }

    /// The base of addresses that this client can reach.
    pub(crate) fn base_url(&self) -> Option<String> {
        self.host
            .as_ref()
            .map(|host| format!("{}://{host}", self.scheme))
    }
}

fn scheme(headers: &HeaderMap) -> &'static str {
    match first(headers, &FORWARDED_PROTO) {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https",
        _ => "http",
    }
}

fn host(headers: &HeaderMap) -> Option<String> {
    [&FORWARDED_HOST, &HOST]
        .into_iter()
        .filter_map(|name| first(headers, name))
        .find_map(authority)
}

/// The first of the values that several proxies have put in a row.
fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().ok()?;
    text.split(',').map(str::trim).find(|part| !part.is_empty())
}

/// A host with or without a port, and nothing else that an address could begin with.
fn authority(text: &str) -> Option<String> {
    let parsed = Authority::try_from(text).ok()?;
    let whole = match parsed.port() {
        Some(port) => format!("{}:{port}", parsed.host()),
        None => parsed.host().to_owned(),
    };
    (whole == text && !parsed.host().is_empty()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn origin(headers: &[(HeaderName, &str)]) -> Origin {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        Origin::of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_host_of_the_handshake_makes_the_base() {
        assert_eq!(origin(&[]).base_url(), None);
        for (host, base) in [
            ("192.168.1.7:8000", "http://192.168.1.7:8000"),
            ("box.local", "http://box.local"),
            ("[fe80::1]:8000", "http://[fe80::1]:8000"),
        ] {
            assert_eq!(origin(&[(HOST, host)]).base_url().as_deref(), Some(base));
        }
    }

    #[test]
    fn a_proxy_in_front_is_believed() {
        let seen = origin(&[
            (HOST, "inner:8000"),
            (FORWARDED_HOST, "sonalyze.example, other"),
            (FORWARDED_PROTO, "https"),
        ]);
        assert_eq!(seen.base_url().as_deref(), Some("https://sonalyze.example"));
    }

    #[test]
    fn what_is_no_host_is_not_taken() {
        for bad in [
            "",
            "a b",
            "user@host",
            "host/path",
            "host:port:x",
            "http://x",
            "a\"b",
            ":80",
        ] {
            assert_eq!(origin(&[(HOST, bad)]).host, None, "{bad}");
        }
        let seen = origin(&[
            (HOST, "good"),
            (FORWARDED_HOST, "ba/d"),
            (FORWARDED_PROTO, "javascript"),
        ]);
        assert_eq!(seen.base_url().as_deref(), Some("http://good"));
    }
}
