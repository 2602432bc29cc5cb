//! What a form says before its file: bounded, and given in small pieces to who reads the form.
//!
//! The reader of forms takes all that is there into memory, and looks through it again with every piece until it finds
//! the head of a part. So a form gets one piece with each look, and ends with an error where no file has begun within
//! the bound.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use chassis::problem::Problem;
use futures_util::{Stream, TryStreamExt as _};
use serde_json::json;

/// Bytes of a form before its file begins: other fields, and the head of the part.
const BYTES_MAX: usize = 64 * 1024;

/// Bytes that are handed out at once before it begins.
const PIECE: usize = 4 * 1024;

/// What is known of a form's beginning.
#[derive(Debug, Clone, Default)]
pub(super) struct Preamble {
    over: Arc<AtomicBool>,
    exceeded: Arc<AtomicBool>,
}

impl Preamble {
    /// The same body, bounded until the file begins.
    pub(super) fn of(body: Body) -> (Body, Self) {
        let preamble = Self::default();
        let pieces = Pieces {
            body: body.into_data_stream(),
            rest: Bytes::new(),
            seen: 0,
            handed: false,
            preamble: preamble.clone(),
        };
        (Body::from_stream(pieces), preamble)
    }

    /// The file has begun: what follows has its own bound.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// The refusal of a form that went on too long without a file.
    pub(super) fn refusal(&self) -> Option<Problem> {
        let told = format!("The form has more than {BYTES_MAX} bytes before its field 'file'");
        self.exceeded.load(Ordering::Relaxed).then(|| {
            Problem::bad_request(told)
                .remedy(
                    "Send multipart/form-data with the recording in 'file', as its first field.",
                )
                .data(json!({"limit_bytes": BYTES_MAX}))
        })
    }
}

/// A body in pieces, one for each time that it is asked in a row.
struct Pieces {
    body: BodyDataStream,
    rest: Bytes,
    seen: usize,
    handed: bool,
    preamble: Preamble,
}

impl Pieces {
    fn piece(&mut self) -> io::Result<Bytes> {
        if self.preamble.over.load(Ordering::Relaxed) {
            return Ok(std::mem::take(&mut self.rest));
        }
        let length = self.rest.len().min(PIECE).min(BYTES_MAX - self.seen);
        if length == 0 && !self.rest.is_empty() {
            self.preamble.exceeded.store(true, Ordering::Relaxed);
            return Err(io::Error::other("no file within the bound"));
        }
        self.seen += length;
        Ok(self.rest.split_to(length))
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, axum::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.handed {
            self.handed = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(self.body.try_poll_next_unpin(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            }
        }
        self.handed = true;
        Poll::Ready(Some(self.piece().map_err(Into::into)))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _};

    use super::*;

    /// Bytes that are taken before the end of `stream`, and those of the largest piece.
    async fn taken(body: Body) -> (usize, usize) {
        let (mut all, mut largest) = (0, 0);
        let mut pieces = body.into_data_stream();
        while let Some(Ok(piece)) = pieces.next().await {
            all += piece.len();
            largest = largest.max(piece.len());
        }
        (all, largest)
    }

    #[tokio::test]
    async fn a_form_without_a_file_ends_at_the_bound() {
        for (more, is_refused) in [(0, false), (1, true)] {
            let (body, preamble) = Preamble::of(Body::from(vec![b'x'; BYTES_MAX + more]));
            assert_eq!(taken(body).await, (BYTES_MAX, PIECE));
            assert_eq!(preamble.refusal().is_some(), is_refused);
        }
    }

    #[tokio::test]
    async fn a_file_that_has_begun_is_not_bounded_here() {
        let (body, preamble) = Preamble::of(Body::from(vec![b'x'; 10 * BYTES_MAX]));
        preamble.end();
        assert_eq!(taken(body).await, (10 * BYTES_MAX, 10 * BYTES_MAX));
        assert!(preamble.refusal().is_none());
    }

    #[test]
    fn who_asks_again_at_once_gets_nothing() {
        let (body, _) = Preamble::of(Body::from(vec![b'x'; 3 * PIECE]));
        let mut pieces = body.into_data_stream();
        for piece in [true, false, true, false] {
            assert_eq!(pieces.next().now_or_never().is_some(), piece);
        }
    }
}
