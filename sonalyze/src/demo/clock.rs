//! The time of the scene: as the phones live it, faster than the wall's by a factor.
//!
//! Sounds last as long as they last; a demonstration that hurries plays them in a tenth of the time. Everything that
//! a phone waits for because of sound is counted here, in seconds of the scene.

use std::time::Duration;

use tokio::time::Instant;

/// A clock that all phones of a scene share. Copies show the same time.
#[derive(Debug, Clone, Copy)]
pub struct SceneClock {
    origin: Instant,
    speed: f64,
}

impl SceneClock {
    /// Starts at zero; `speed` seconds of the scene pass in a second of the wall, more than 0.
    pub fn start(speed: f64) -> Self {
        Self {
            origin: Instant::now(),
            speed,
        }
    }

    /// Seconds of the scene since its beginning.
    pub fn now_s(&self) -> f64 {
        self.origin.elapsed().as_secs_f64() * self.speed
    }

    /// How long `scene_s` seconds of the scene take on the wall.
    pub fn on_the_wall(&self, scene_s: f64) -> Duration {
        Duration::try_from_secs_f64(scene_s.max(0.0) / self.speed).unwrap_or(Duration::MAX)
    }

    /// Waits until the scene has come to `at_s`.
    pub async fn reach(&self, at_s: f64) {
        // A timer may fire a part of a millisecond early, and a fast scene would see that.
        loop {
            let left_s = at_s - self.now_s();
            if left_s <= 0.0 {
                return;
            }
            tokio::time::sleep(self.on_the_wall(left_s)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fast_scene_takes_less_of_the_wall() {
        let clock = SceneClock::start(1000.0);
        assert_eq!(clock.on_the_wall(15.0), Duration::from_millis(15));
        assert_eq!(clock.on_the_wall(-1.0), Duration::ZERO);
        clock.reach(20.0).await;
        assert!(clock.now_s() >= 20.0);
    }
}
