//! Who follows a simulation: a bar on the terminal, and Ctrl-C.

use std::sync::Mutex;
use std::time::Duration;

use chassis::shutdown::Shutdown;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use room_simulation::{Phase, Stopped, Watch};
use tokio::runtime::Runtime;

use crate::exit::{Exit, Failure};
use crate::serve::command::runtime;

/// Steps of the bar.
const STEPS: f64 = 1000.0;

/// Time between two pictures of the bar.
const TICK: Duration = Duration::from_millis(100);

/// Shows how far a simulation is, and stops it when a signal comes.
#[derive(Debug)]
pub(super) struct Follower {
    bar: ProgressBar,
    phase: Mutex<Option<Phase>>,
    stop: Shutdown,
    /// Waits for signals as long as the follower is there.
    _signals: Runtime,
}

impl Follower {
    /// Begins to wait for signals; nothing is drawn where nobody looks: no terminal, or `quiet`.
    ///
    /// # Errors
    /// If the system gives no threads or does not let signals be caught.
    pub(super) fn new(quiet: bool) -> Result<Self, Failure> {
        let signals = runtime()?;
        let stop = Shutdown::default();
        let entered = signals.enter();
        stop.on_signals()
            .map_err(|error| Failure::failed(format!("signals cannot be caught: {error}")))?;
        drop(entered);
        drop(signals.spawn(leave_at_the_second(stop.clone())));
        Ok(Self {
            bar: bar(quiet),
            phase: Mutex::new(None),
            stop,
            _signals: signals,
        })
    }

    /// Whether to go on with what the engine does not watch.
    ///
    /// # Errors
    /// [`Stopped`] after a signal.
    pub(super) fn go_on(&self) -> Result<(), Stopped> {
        if self.stopped() { Err(Stopped) } else { Ok(()) }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Watch for Follower {
    fn stopped(&self) -> bool {
        self.stop.has_begun()
    }

    fn progress(&self, share: f64, phase: Phase) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "steps of a bar"
        )]
        let steps = (STEPS * share.clamp(0.0, 1.0)) as u64;
        // Threads tell in any order; a bar only goes forwards.
        if steps > self.bar.position() {
            self.bar.set_position(steps);
        }
        let Ok(mut told) = self.phase.lock() else {
            return;
        };
        if *told != Some(phase) {
            *told = Some(phase);
            self.bar.set_message(words(phase));
        }
    }
}

const fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Images => "searching reflections",
        Phase::Rays => "tracing rays",
        Phase::Rendering => "making responses",
    }
}

/// A bar on the standard error; none where nobody looks.
fn bar(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
    let bar =
        match ProgressStyle::with_template("{spinner} {bar:40} {percent:>3} %, {elapsed} {msg}") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
    bar.enable_steady_tick(TICK);
    bar
}

/// The second signal does not wait for the engine.
#[expect(
    clippy::exit,
    reason = "somebody who asks twice wants the process to end now"
)]
async fn leave_at_the_second(stop: Shutdown) {
    stop.begun().await;
    // A terminal that cannot be listened to leaves the first signal at work.
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(Exit::Interrupted as i32);
    }
}
