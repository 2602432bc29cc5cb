//! A request's body on its way through: counted, never kept, and ended where it becomes too long.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::Instant;

/// A body that is watched on its way.
pub(crate) struct Watched {
    body: Body,
    left: u64,
    progress: Arc<Progress>,
}

/// What became of a body so far.
#[derive(Debug)]
pub(crate) struct Progress {
    too_long: AtomicBool,
    moved: watch::Sender<Instant>,
}

/// The body has more bytes than are allowed.
#[derive(Debug)]
struct TooLong;

impl Watched {
    /// Lets at most `limit` bytes of a body through.
    pub(crate) fn new(body: Body, limit: u64) -> (Self, Arc<Progress>) {
        let (moved, _) = watch::channel(Instant::now());
        let progress = Arc::new(Progress {
            too_long: AtomicBool::new(false),
            moved,
        });
        (
            Self {
                body,
                left: limit,
                progress: Arc::clone(&progress),
            },
            progress,
        )
    }
}

impl Progress {
    /// Whether the body was longer than allowed.
    pub(crate) fn is_too_long(&self) -> bool {
        self.too_long.load(Ordering::Relaxed)
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
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let now = Instant::now();
        self.progress.moved.send_replace(now);
        let bytes = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) | None => 0,
        };
        let Some(left) = self.left.checked_sub(bytes) else {
            self.progress.too_long.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new(TooLong))));
        };
        self.left = left;
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
    use http_body_util::BodyExt;

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
            let (watched, progress) = Watched::new(chunks(&sizes), 10);
            assert_eq!(watched.collect().await.is_ok(), passes, "{sizes:?}");
            assert_eq!(progress.is_too_long(), !passes, "{sizes:?}");
        }
    }

    #[tokio::test]
    async fn who_moves_is_not_stalled_and_who_stands_is() {
        let (_watched, progress) = Watched::new(Body::empty(), 10);
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
        let (mut watched, progress) = Watched::new(chunks(&[1, 1]), 10);
        let mut moved = progress.moved.subscribe();
        for _ in 0..2 {
            watched.frame().await.unwrap().unwrap();
            assert!(moved.has_changed().unwrap());
            moved.mark_unchanged();
        }
    }
}
