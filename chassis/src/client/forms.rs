//! The three ways a request takes; none of them is seen by who calls.

use std::fmt;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::Body;
use futures_util::FutureExt;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower::ServiceExt;

use super::call_error::BadBase;
use super::faulty::{Faults, disturbed};
use crate::service::panic_text;

/// A way to another service.
pub(super) enum Form {
    /// Over the network.
    Http(Base, Client<HttpConnector, Body>),
    /// Its router, called in this process.
    InMemory(Router),
    /// Its router, out of order.
    Faulty(Router, Faults),
}

/// The constant beginning of every URL of a service.
pub(super) struct Base {
    authority: Authority,
    /// Without a slash at its end; empty for most.
    prefix: String,
}

impl Form {
    pub(super) fn http(base: &str) -> Result<Self, BadBase> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self::Http(Base::parse(base)?, client))
    }

    /// The answer, or why none came.
    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, String> {
        match self {
            Self::Http(base, client) => over_network(base, client, request).await,
            Self::InMemory(router) => in_memory(router, request).await,
            Self::Faulty(router, faults) => disturbed(faults, in_memory(router, request)).await,
        }
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(base, _) => write!(f, "Http(http://{}{})", base.authority, base.prefix),
            Self::InMemory(_) => f.write_str("InMemory"),
            Self::Faulty(_, faults) => write!(f, "Faulty({faults:?})"),
        }
    }
}

impl Base {
    fn parse(text: &str) -> Result<Self, BadBase> {
        let bad = |reason: &str| BadBase {
            url: text.to_owned(),
            reason: reason.to_owned(),
        };
        let uri = Uri::try_from(text.trim()).map_err(|cause| bad(&cause.to_string()))?;
        if uri.scheme() != Some(&Scheme::HTTP) {
            return Err(bad("its scheme is not http"));
        }
        if uri.query().is_some() {
            return Err(bad("it has a query"));
        }
        let prefix = uri.path().trim_end_matches('/').to_owned();
        let authority = uri
            .into_parts()
            .authority
            .ok_or_else(|| bad("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("it has a user name"));
        }
        Ok(Self { authority, prefix })
    }

    fn join(&self, path: Option<&PathAndQuery>) -> Result<Uri, http::Error> {
        let builder = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.authority.clone());
        match path {
            Some(path) if self.prefix.is_empty() => builder.path_and_query(path.clone()).build(),
            Some(path) => builder
                .path_and_query(format!("{}{path}", self.prefix))
                .build(),
            None => builder.path_and_query(format!("{}/", self.prefix)).build(),
        }
    }
}

async fn over_network(
    base: &Base,
    client: &Client<HttpConnector, Body>,
    mut request: Request<Body>,
) -> Result<Response<Body>, String> {
    *request.uri_mut() = base
        .join(request.uri().path_and_query())
        .map_err(|cause| cause.to_string())?;
    *request.version_mut() = http::Version::HTTP_11;
    request.headers_mut().remove(http::header::HOST);
    match client.request(request).await {
        Ok(answer) => Ok(answer.map(Body::new)),
        Err(cause) => Err(with_sources(&cause)),
    }
}

/// A router that panics is a service that is not there, as it would be over the network.
async fn in_memory(router: &Router, request: Request<Body>) -> Result<Response<Body>, String> {
    let answer = AssertUnwindSafe(router.clone().oneshot(request))
        .catch_unwind()
        .await;
    match answer {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(never)) => match never {},
        Err(panic) => Err(format!("it panicked: {}", panic_text(panic.as_ref()))),
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, path: &'static str) -> String {
        Base::parse(base)
            .unwrap()
            .join(Some(&PathAndQuery::from_static(path)))
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_slash_at_the_end_is_taken_off() {
        assert_eq!(
            joined("http://lobby:8000/", "/lobbies?x=1"),
            "http://lobby:8000/lobbies?x=1"
        );
        assert_eq!(
            joined("http://lobby:8000", "/lobbies"),
            "http://lobby:8000/lobbies"
        );
        assert_eq!(joined("http://host/lobby/", "/x"), "http://host/lobby/x");
    }

    #[test]
    fn a_base_is_an_http_url() {
        for bad in [
            "",
            "lobby:8000",
            "https://lobby",
            "http://",
            "http://u:p@lobby",
            "http://lobby?x=1",
        ] {
            assert!(Base::parse(bad).is_err(), "{bad}");
        }
    }
}
