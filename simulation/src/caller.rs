//! Who waits for an answer: how long, and whether still.

use std::time::Duration;

use chassis::problem::Problem;
use chassis::trace::Trace;
use room_simulation::{Phase, Stopped, Watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a caller is worked for that does not say how long it waits.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a caller is worked for at most.
const PATIENCE_MAX: Duration = Duration::from_mins(10);

/// Of a batch's time this share, and at most as long, is kept to hand over what is done.
const HAND_OVER: (u32, Duration) = (20, Duration::from_secs(1));

/// After as many seconds a caller may ask again.
const RETRY_AFTER_S: u32 = 1;

/// How long the caller of this request is worked for from now on.
pub(crate) fn patience() -> Duration {
    let remaining = Trace::current().and_then(|trace| trace.remaining());
    remaining.map_or(PATIENCE, |remaining| remaining.min(PATIENCE_MAX))
}

/// The time in which the results of a batch have to be computed.
pub(crate) fn before_hand_over(patience: Duration) -> Duration {
    let (share, most) = HAND_OVER;
    patience.saturating_sub((patience / share).min(most))
}

pub(crate) fn late() -> Problem {
    Problem::timeout("The simulation takes longer than its caller waits")
        .remedy("Ask for fewer pairs, a lower order, a lower accuracy or fewer rays.")
}

/// The caller, who may leave, and whose time may be over.
pub(crate) struct Caller<'a> {
    token: &'a CancellationToken,
    until: Instant,
}

impl<'a> Caller<'a> {
    pub(crate) const fn new(token: &'a CancellationToken, until: Instant) -> Self {
        Self { token, until }
    }

    /// Whether nobody is there any more to hand anything to.
    pub(crate) fn has_left(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Why a computation was given up.
    pub(crate) fn given_up(&self, _: Stopped) -> Problem {
        if !self.has_left() {
            return late();
        }
        let text = "The simulation was given up: its caller left";
        Problem::unavailable(text, RETRY_AFTER_S)
    }

    /// Whether it is worth to go on.
    ///
    /// # Errors
    /// 503 when the caller left, 504 when its time is over.
    pub(crate) fn waits(&self) -> Result<(), Problem> {
        if self.stopped() {
            return Err(self.given_up(Stopped));
        }
        Ok(())
    }
}

impl Watch for Caller<'_> {
    fn stopped(&self) -> bool {
        self.has_left() || Instant::now() >= self.until
    }

    fn progress(&self, _share: f64, _phase: Phase) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(ms: &str) -> Duration {
        let mut headers = http::HeaderMap::new();
        headers.insert("x-deadline-ms", ms.parse().unwrap());
        let asked = async { patience() };
        Trace::from_headers(&headers).scope(asked).await
    }

    #[tokio::test]
    async fn a_deadline_is_the_callers_up_to_ten_minutes() {
        assert_eq!(patience(), Duration::from_mins(1), "nobody said");
        assert!(
            told("300000").await > Duration::from_secs(200),
            "longer than a minute"
        );
        assert_eq!(told("3600000").await, Duration::from_mins(10));
        assert_eq!(told("0").await, Duration::ZERO);
    }

    #[test]
    fn a_batch_keeps_time_to_hand_over() {
        let of = |ms| before_hand_over(Duration::from_millis(ms)).as_millis();
        assert_eq!((of(200), of(60_000), of(0)), (190, 59_000, 0));
    }
}
