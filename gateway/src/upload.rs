//! A request's body on its way through: counted, never kept, ended where it becomes too long. What nobody has read of
//! it is discarded, so that a client that sends everything before it reads gets to see its answer.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::header::EXPECT;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::limits::{REST_FACTOR, UPLOAD_TIMEOUT};

/// A body that is watched on its way.
#[derive(Debug)]
pub(crate) struct Watched {
    /// `None` at its end, or where it has been handed back.
    body: Option<Body>,
    /// The client sends its body when it is told to (`Expect: 100-continue`), which it has not been yet.
    is_held: bool,
    progress: Arc<Progress>,
}

/// What became of a body so far.
#[derive(Debug)]
pub(crate) struct Progress {
    limit: u64,
    seen: AtomicU64,
    moved: watch::Sender<Instant>,
    rest: Mutex<Option<Body>>,
}

/// The body has more bytes than are allowed.
#[derive(Debug)]
struct TooLong;

/// Lets at most `limit` bytes of a request's body through.
pub(crate) fn watch(request: Request, limit: u64) -> (Request, Arc<Progress>) {
    let is_held = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let (body, progress) = Watched::new(body, is_held, limit);
    (Request::from_parts(parts, Body::new(body)), progress)
}

impl Watched {
    fn new(body: Body, is_held: bool, limit: u64) -> (Self, Arc<Progress>) {
        let (moved, _) = watch::channel(Instant::now());
        let progress = Arc::new(Progress {
            limit,
            seen: AtomicU64::new(0),
            moved,
            rest: Mutex::default(),
        });
        let watched = Self {
            body: Some(body),
            is_held,
            progress: Arc::clone(&progress),
        };
        (watched, progress)
    }

    fn hand_back(&mut self) {
        if let Some(body) = self.body.take() {
            *self.progress.lock_rest() = Some(body);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.is_held {
            self.hand_back();
        }
    }
}

impl Progress {
    /// Bytes that have come so far.
    pub(crate) fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// Whether the body was longer than allowed.
    pub(crate) fn is_too_long(&self) -> bool {
        self.seen() > self.limit
    }

    /// Waits until no byte has moved for as long.
    pub(crate) async fn stalled(&self, patience: Duration) {
        let mut moved = self.moved.subscribe();
        loop {
            let until = *moved.borrow_and_update() + patience;
            match tokio::time::timeout_at(until, moved.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => std::future::pending().await,
                Err(_) => return,
            }
        }
    }

    /// Reads what nobody wants any more: until its end, until it is [`REST_FACTOR`] times the limit beyond the limit,
    /// or until no byte has moved for as long.
    pub(crate) async fn discard_rest(&self, patience: Duration) {
        let Some(rest) = self.lock_rest().take() else {
            return;
        };
        let most = self.limit.saturating_mul(REST_FACTOR + 1);
        if self.seen().saturating_add(rest.size_hint().lower()) > most {
            return;
        }
        self.moved.send_replace(Instant::now());
        tokio::select! {
            biased;
            () = self.read_on(rest, most) => {}
            () = self.stalled(patience) => {}
            () = tokio::time::sleep(UPLOAD_TIMEOUT) => {}
        }
    }

    async fn read_on(&self, mut rest: Body, most: u64) {
        while let Some(Ok(frame)) = rest.frame().await {
            if self.count(&frame) > most {
                return;
            }
        }
    }

    /// Bytes that have come with this frame.
    fn count(&self, frame: &Frame<Bytes>) -> u64 {
        self.moved.send_replace(Instant::now());
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        self.seen
            .fetch_add(bytes, Ordering::Relaxed)
            .saturating_add(bytes)
    }

    fn lock_rest(&self) -> std::sync::MutexGuard<'_, Option<Body>> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_held = false;
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        let Some(Ok(frame)) = frame else {
            self.body = None;
            return Poll::Ready(frame);
        };
        if self.progress.count(&frame) > self.progress.limit {
            self.hand_back();
            return Poll::Ready(Some(Err(axum::Error::new(TooLong))));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body is longer than allowed")
    }
}

impl std::error::Error for TooLong {}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn chunks(sizes: &[usize]) -> Body {
        let chunks: Vec<_> = sizes
            .iter()
            .map(|&size| Ok::<_, std::io::Error>(Bytes::from(vec![7; size])))
            .collect();
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn the_limit_itself_passes_and_one_byte_more_does_not() {
        for (sizes, passes) in [
            (vec![4, 6], true),
            (vec![4, 7], false),
            (vec![11], false),
            (vec![], true),
        ] {
            let (watched, progress) = Watched::new(chunks(&sizes), false, 10);
            assert_eq!(watched.collect().await.is_ok(), passes, "{sizes:?}");
            assert_eq!(progress.is_too_long(), !passes, "{sizes:?}");
        }
    }

    #[tokio::test]
    async fn who_moves_is_not_stalled_and_who_stands_is() {
        let (_watched, progress) = Watched::new(Body::empty(), false, 10);
        let patience = Duration::from_millis(1);
        progress
            .moved
            .send_replace(Instant::now() + Duration::from_hours(1));
        let mut stalled = std::pin::pin!(progress.stalled(patience));
        let early = tokio::time::timeout(Duration::from_millis(30), &mut stalled).await;
        assert!(
            early.is_err(),
            "the last byte has moved later than the patience began"
        );
        progress.moved.send_replace(Instant::now());
        stalled.await;
    }

    #[tokio::test]
    async fn every_frame_is_a_movement() {
        let (mut watched, progress) = Watched::new(chunks(&[1, 1]), false, 10);
        let mut moved = progress.moved.subscribe();
        for _ in 0..2 {
            watched.frame().await.unwrap().unwrap();
            assert!(moved.has_changed().unwrap());
            moved.mark_unchanged();
        }
    }

    /// A body that was let go after its first piece, or before.
    async fn left(sizes: &[usize], read: bool) -> Arc<Progress> {
        let (mut watched, progress) = Watched::new(chunks(sizes), false, 10);
        if read {
            drop(watched.frame().await);
        }
        progress
    }

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn what_nobody_reads_is_discarded_within_a_bound() {
        for (sizes, read, seen) in [
            (vec![4, 4], false, 8),
            (vec![4, 4], true, 8),
            (vec![11, 9, 10], true, 30),
            (vec![11, 9, 11, 1], true, 31),
            (vec![11; 1000], false, 33),
        ] {
            let progress = left(&sizes, read).await;
            progress.discard_rest(PATIENCE).await;
            assert_eq!(progress.seen(), seen, "{sizes:?}, one read before: {read}");
        }
    }

    #[tokio::test]
    async fn the_rest_of_a_body_that_is_still_read_is_left_to_its_reader() {
        let (mut watched, progress) = Watched::new(chunks(&[4, 4]), false, 10);
        drop(watched.frame().await);
        progress.discard_rest(PATIENCE).await;
        assert_eq!(progress.seen(), 4);
        assert!(watched.frame().await.is_some());
    }

    #[tokio::test]
    async fn who_stands_still_or_waits_to_be_asked_is_not_waited_for() {
        let endless = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let (still, stood) = Watched::new(endless, false, 10);
        drop(still);
        stood.discard_rest(Duration::from_millis(1)).await;
        let (held, asked) = Watched::new(chunks(&[4]), true, 10);
        drop(held);
        asked.discard_rest(PATIENCE).await;
        assert_eq!(asked.seen(), 0);
    }
}
