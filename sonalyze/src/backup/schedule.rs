//! Backups again and again: the next is due so long after the newest, so that a restart neither skips nor doubles one.

use std::path::Path;
use std::time::Duration;

use chassis::shutdown::Shutdown;
use jiff::Timestamp;

use super::shelf;
use super::take::{Order, Taken, Tell, take};
use crate::exit::Failure;

/// From one look at the clock to the next: a machine that slept is late by so much at most.
const LOOK: Duration = Duration::from_mins(1);

/// After a failure it is tried again so soon, or sooner where backups are made more often.
const RETRY: Duration = Duration::from_mins(5);

/// Makes backups until the end begins; `said` hears of each that was made or failed.
pub(super) async fn go_on(
    order: &Order,
    every: Duration,
    shutdown: &Shutdown,
    tell: Tell<'_>,
    said: impl Fn(&Result<Taken, Failure>),
) {
    loop {
        let due_in = due_in(newest(&order.shelf), every, Timestamp::now());
        let pause = if due_in.is_zero() {
            let made = tokio::select! {
                made = take(order, tell) => made,
                () = shutdown.begun() => return,
            };
            said(&made);
            match made {
                Ok(_) => continue,
                Err(_) => RETRY.min(every),
            }
        } else {
            due_in.min(LOOK)
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.begun() => return,
        }
    }
}

fn newest(place: &Path) -> Option<Timestamp> {
    Some(shelf::kept(place).last()?.manifest.taken_at)
}

/// How long it is until the next is due. One from the future, after a clock was set back, counts as made now.
fn due_in(newest: Option<Timestamp>, every: Duration, now: Timestamp) -> Duration {
    let Some(newest) = newest else {
        return Duration::ZERO;
    };
    let age = Duration::try_from(now.duration_since(newest)).unwrap_or(Duration::ZERO);
    every.saturating_sub(age)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn the_next_is_due_so_long_after_the_newest() {
        let now: Timestamp = "2026-01-02T03:00:00Z".parse().unwrap();
        let due = |newest: &str| due_in(Some(newest.parse().unwrap()), DAY, now);
        assert_eq!(due_in(None, DAY, now), Duration::ZERO);
        assert_eq!(due("2026-01-02T02:00:00Z"), Duration::from_hours(23));
        assert_eq!(due("2026-01-01T03:00:00Z"), Duration::ZERO);
        assert_eq!(due("2025-12-01T03:00:00Z"), Duration::ZERO);
        assert_eq!(due("2027-01-01T00:00:00Z"), DAY, "the clock was set back");
    }
}
