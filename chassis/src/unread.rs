//! Requests that are answered before their body is read: where the rest is not here, the connection ends with the
//! answer and says so, so that a client does not send its next request into a connection that is being closed.
//!
//! A small rest that has arrived already is read and thrown away, and the connection lives on.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt as _;
use http::HeaderValue;
use http::header::{CONNECTION, EXPECT};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;

/// Bytes of a rest that are thrown away; a longer one ends the connection.
const DISCARDED_MAX: usize = 64 * 1024;

/// A body that was given up before its end.
type Left = Arc<Mutex<Option<Body>>>;

/// What became of a request's body.
pub(crate) struct Watch {
    left: Left,
    /// A client that waits to be told to send is not told by throwing away what it has not sent.
    waits: bool,
}

/// A body that is put aside when whoever reads it stops before its end.
struct Watched {
    body: Option<Body>,
    left: Left,
}

/// Lets a request's body be watched.
pub(crate) fn watch(request: Request) -> (Request, Watch) {
    let left = Left::default();
    let watch = Watch {
        left: Arc::clone(&left),
        waits: request.headers().contains_key(EXPECT),
    };
    let watched = request.map(|body| {
        if body.is_end_stream() {
            return body;
        }
        let body = Some(body);
        Body::new(Watched { body, left })
    });
    (watched, watch)
}

impl Watch {
    /// Marks the answer to a request of which something was never read.
    pub(crate) fn mark(self, response: &mut Response) {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(body) = { left }.take() else {
            return;
        };
        if self.waits || !is_over(body) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
    }
}

/// Whether the rest of a body is short and here.
fn is_over(mut body: Body) -> bool {
    let mut discarded = 0;
    while discarded <= DISCARDED_MAX {
        match body.frame().now_or_never() {
            Some(None) => return true,
            Some(Some(Ok(frame))) => discarded += frame.data_ref().map_or(0, Bytes::len),
            Some(Some(Err(_))) | None => return false,
        }
    }
    false
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = rest;
    }
}
