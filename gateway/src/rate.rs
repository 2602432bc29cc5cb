//! How often a socket may speak: a bucket of tokens for each, full at its beginning.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::limits::Limits;

/// A token comes back after this time at the latest. With a rate of zero it does not come back while a socket lives.
const SLOWEST: Duration = Duration::from_hours(24);
/// A whole bucket is full again after this time at the latest, about a century, which the limiter can still count.
const SLOWEST_WHOLE: Duration = Duration::from_hours(800_000);

/// The tokens of one socket.
pub(crate) struct Bucket<C: Clock = MonotonicClock> {
    limiter: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    clock: C,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self::with_clock(limits, MonotonicClock)
    }
}

impl<C: Clock + Clone> Bucket<C> {
    fn with_clock(limits: &Limits, clock: C) -> Self {
        let limiter = RateLimiter::direct_with_clock(quota(limits), clock.clone());
        Self { limiter, clock }
    }

    /// Takes a token.
    ///
    /// # Errors
    ///
    /// How long to wait for the next one.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        let taken = self.limiter.check();
        taken.map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

fn quota(limits: &Limits) -> Quota {
    let burst = NonZeroU32::new(limits.burst).unwrap_or(NonZeroU32::MIN);
    let slowest = SLOWEST.min(SLOWEST_WHOLE / burst.get());
    let wanted = Duration::try_from_secs_f64(limits.messages_per_s.recip()).unwrap_or(slowest);
    let period = wanted.clamp(Duration::from_nanos(1), slowest);
    Quota::with_period(period).map_or_else(
        || Quota::per_second(burst),
        |quota| quota.allow_burst(burst),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn bucket(messages_per_s: f64, burst: u32) -> (Bucket<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let limits = Limits {
            messages_per_s,
            burst,
            ..Limits::default()
        };
        (Bucket::with_clock(&limits, clock.clone()), clock)
    }

    #[test]
    fn a_bucket_starts_full_and_fills_again() {
        let (bucket, clock) = bucket(10.0, 20);
        for taken in 0..20 {
            assert_eq!(bucket.take(), Ok(()), "{taken}");
        }
        assert_eq!(bucket.take(), Err(Duration::from_millis(100)));
        clock.advance(Duration::from_millis(100));
        assert_eq!(bucket.take(), Ok(()));
        assert!(bucket.take().is_err());
        clock.advance(Duration::from_hours(1));
        let taken = (0..100).take_while(|_| bucket.take().is_ok()).count();
        assert_eq!(taken, 20, "a bucket holds no more than the burst");
    }

    #[test]
    fn with_a_rate_of_zero_nothing_comes_back_in_an_hour() {
        let (bucket, clock) = bucket(0.0, 2);
        assert_eq!((bucket.take(), bucket.take()), (Ok(()), Ok(())));
        clock.advance(Duration::from_hours(1));
        assert!(bucket.take().is_err());
    }

    #[test]
    fn the_largest_values_do_not_overflow() {
        let (bucket, _clock) = bucket(0.0, 1_000_000);
        assert_eq!(bucket.take(), Ok(()));
        let (fast, clock) = self::bucket(1e6, 1);
        assert_eq!(fast.take(), Ok(()));
        clock.advance(Duration::from_micros(1));
        assert_eq!(fast.take(), Ok(()));
    }
}
