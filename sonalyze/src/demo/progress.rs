//! What is seen while the phones work: a bar of steps with the phase, and one while the signal is played.
//!
//! Nothing is drawn where nobody looks: no terminal, or `--quiet`.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::clock::SceneClock;
use super::scene::Scene;
use super::stage::News;

/// Phases of every loudspeaker's cycle; the last one's has `completed` besides.
const PHASES: usize = 8;

/// Time between two pictures of the bar that plays.
const TICK: Duration = Duration::from_millis(100);

/// Draws until the last phone has nothing more to tell.
pub(super) async fn show(
    mut news: mpsc::UnboundedReceiver<News>,
    scene_steps: u64,
    speed: f64,
    quiet: bool,
) {
    let target = if quiet {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let bars = Bars::new(&MultiProgress::with_draw_target(target), scene_steps, speed);
    let mut playing: Option<(SceneClock, f64)> = None;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            told = news.recv() => match told {
                Some(told) => bars.tell(told, &mut playing),
                None => break,
            },
            _ = tick.tick() => bars.play(&mut playing),
        }
    }
    bars.clear();
}

/// How many steps a session of this scene has.
pub(super) fn steps(scene: &Scene) -> u64 {
    let pairs = scene.loudspeakers.len() * scene.microphones.len();
    (scene.loudspeakers.len() * PHASES + 1 + 2 * pairs) as u64
}

struct Bars {
    steps: ProgressBar,
    sound: ProgressBar,
    speed: f64,
}

impl Bars {
    fn new(all: &MultiProgress, steps: u64, speed: f64) -> Self {
        let steps = ProgressBar::new(steps).with_style(style("{bar:20} {pos:>2}/{len} {wide_msg}"));
        let sound =
            ProgressBar::new(1).with_style(style("{bar:20} {pos:>2}/{len} s of sound {wide_msg}"));
        Self {
            steps: all.add(steps),
            sound: all.add(sound),
            speed,
        }
    }

    fn tell(&self, news: News, playing: &mut Option<(SceneClock, f64)>) {
        match news {
            // A count of microphones within a phase is no step.
            News::Phase(phase) if phase.recordings_started.is_some() => (),
            News::Phase(phase) => {
                let turn = (phase.current_speaker_index + 1).min(phase.total_speakers);
                let of = phase.total_speakers;
                self.step(format!(
                    "loudspeaker {turn} of {of}: {}",
                    phase.phase_description
                ));
            }
            News::Uploaded { upload, bytes } => {
                self.step(format!("{upload} uploaded, {:.1} MB", bytes as f64 / 1e6));
            }
            News::Analyzed { upload } => self.step(format!("{upload} analysed")),
            News::Playing { device, duration_s } => {
                *playing = Some((SceneClock::start(self.speed), duration_s));
                self.sound.set_length(whole(duration_s));
                self.sound.set_message(format!("from {device}"));
            }
        }
    }

    fn play(&self, playing: &mut Option<(SceneClock, f64)>) {
        let Some((clock, duration_s)) = *playing else {
            return;
        };
        self.sound
            .set_position(whole(clock.now_s().min(duration_s)));
        if clock.now_s() >= duration_s {
            *playing = None;
        }
    }

    fn step(&self, message: String) {
        self.steps.inc(1);
        self.steps.set_message(message);
    }

    fn clear(&self) {
        self.sound.finish_and_clear();
        self.steps.finish_and_clear();
    }
}

/// A bar; the template is fixed, and one that is not understood would only look plain.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a signal, for a bar"
)]
fn whole(seconds: f64) -> u64 {
    seconds.max(0.0).round() as u64
}
