//! The air between virtual loudspeakers and microphones: what was played when, and what of it a microphone hears.
//!
//! A sound that is played stands in the timeline from then on. A microphone gets the stretch of time in which it
//! recorded, nothing else: whoever records too late has a recording without the signal. All times are seconds of the
//! scene and arguments, so the same timeline gives the same recording.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use room_dsp::synthetic::Phone;
use room_dsp::{SampleRate, Signal};

use super::trouble::Trouble;

/// Shortest recording that is one, in seconds.
const SHORTEST_S: f64 = 0.01;

/// The way from a loudspeaker to a microphone.
#[derive(Debug, Clone)]
pub struct Path {
    /// Impulse response at the rate of the air.
    pub response: Arc<Vec<f64>>,
    /// Seconds that the sound takes beyond the response's own beginning, at least 0.
    pub travel_s: f64,
    /// Largest magnitude of a whole measurement at the microphone, 0 to 1 of full scale.
    pub peak: f64,
}

/// How a microphone hears and counts time.
#[derive(Debug, Clone, Copy)]
pub struct Ear {
    /// Its sampling frequency.
    pub rate: SampleRate,
    /// Parts per million by which its clock is fast.
    pub skew_ppm: f64,
    /// Level of its own white noise, dB re full scale.
    pub noise_db: f64,
    /// Chooses the noise.
    pub seed: u64,
}

/// All ways, all ears, and what was played so far.
#[derive(Debug)]
pub struct Air {
    rate: SampleRate,
    paths: BTreeMap<(String, String), Path>,
    ears: BTreeMap<String, Ear>,
    sounds: Mutex<Vec<Sound>>,
}

/// Something that was played.
#[derive(Debug, Clone)]
struct Sound {
    loudspeaker: String,
    signal: Arc<Signal>,
    from_s: f64,
}

impl Air {
    /// Silent air whose responses have the rate `rate`; paths are named by loudspeaker and microphone.
    pub const fn new(
        rate: SampleRate,
        paths: BTreeMap<(String, String), Path>,
        ears: BTreeMap<String, Ear>,
    ) -> Self {
        Self {
            rate,
            paths,
            ears,
            sounds: Mutex::new(Vec::new()),
        }
    }

    /// A loudspeaker begins to play at `from_s`.
    ///
    /// # Errors
    /// A signal of another rate than the responses, or with several channels.
    pub fn play(&self, loudspeaker: &str, signal: Arc<Signal>, from_s: f64) -> Result<(), Trouble> {
        if signal.rate() != self.rate || signal.channels().len() != 1 {
            return Err(Trouble::Air(format!(
                "a signal of {} Hz and {} channels was played; the responses carry one channel of {} Hz",
                signal.rate().hz(),
                signal.channels().len(),
                self.rate.hz()
            )));
        }
        let sound = Sound {
            loudspeaker: loudspeaker.to_owned(),
            signal,
            from_s,
        };
        self.sounds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sound);
        Ok(())
    }

    /// What a microphone recorded from `from_s` to `to_s`: every sound through its own response, and the noise. This
    /// takes a while: it convolves.
    ///
    /// # Errors
    /// An unknown microphone, or a recording shorter than a hundredth of a second.
    pub fn heard(&self, microphone: &str, from_s: f64, to_s: f64) -> Result<Signal, Trouble> {
        let ear = self.ears.get(microphone).ok_or_else(|| {
            Trouble::Air(format!(
                "there is no microphone {microphone}; there are {}",
                names(self.ears.keys())
            ))
        })?;
        if to_s - from_s < SHORTEST_S {
            return Err(Trouble::Air(format!(
                "{microphone} recorded for {:.4} s; a recording lasts {SHORTEST_S} s at least",
                to_s - from_s
            )));
        }
        let mut heard = ear.noise(to_s - from_s)?;
        for sound in self.played_before(to_s) {
            let place = (sound.loudspeaker.clone(), microphone.to_owned());
            if let Some(path) = self.paths.get(&place) {
                add(&mut heard, &ear.hear(&sound, path, (from_s, to_s))?);
            }
        }
        Ok(Signal::mono(ear.rate, heard))
    }

    fn played_before(&self, to_s: f64) -> Vec<Sound> {
        let sounds = self.sounds.lock().unwrap_or_else(PoisonError::into_inner);
        sounds
            .iter()
            .filter(|sound| sound.from_s < to_s)
            .cloned()
            .collect()
    }
}

impl Ear {
    /// Nothing but noise for `duration_s`.
    fn noise(&self, duration_s: f64) -> Result<Vec<f32>, Trouble> {
        let nothing = Signal::mono(self.rate, vec![0.0]);
        let phone = self.phone().white_noise_db(self.noise_db);
        let before_s = duration_s - nothing.duration_s();
        let phone = phone.delay_s(before_s).after_s(0.0);
        Ok(first_channel(&phone.record(&nothing, &[1.0])?))
    }

    /// One sound, without noise. Of a sound that ended before, its reverberation is heard.
    fn hear(
        &self,
        sound: &Sound,
        path: &Path,
        (from_s, to_s): (f64, f64),
    ) -> Result<Vec<f32>, Trouble> {
        let arrives_s = sound.from_s + path.travel_s;
        let ends_s = arrives_s + sound.signal.duration_s();
        let reverberation_s = path.response.len() as f64 / sound.signal.rate().as_f64();
        if arrives_s >= to_s || ends_s + reverberation_s <= from_s {
            return Ok(Vec::new());
        }
        let phone = self
            .phone()
            .peak(path.peak)
            .delay_s((arrives_s - from_s).max(0.0))
            .cut_start_s((from_s - arrives_s).max(0.0))
            .after_s(to_s - ends_s);
        Ok(first_channel(&phone.record(&sound.signal, &path.response)?))
    }

    fn phone(&self) -> Phone {
        Phone::new(self.rate, self.seed)
            .float()
            .skew_ppm(self.skew_ppm)
    }
}

/// Adds what both have.
fn add(sum: &mut [f32], other: &[f32]) {
    for (a, b) in sum.iter_mut().zip(other) {
        *a += b;
    }
}

fn first_channel(signal: &Signal) -> Vec<f32> {
    signal.channels().first().cloned().unwrap_or_default()
}

fn names<'a>(known: impl Iterator<Item = &'a String>) -> String {
    known.map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::STANDARD;

    /// One loudspeaker and one microphone without noise to speak of, 0.1 s apart.
    fn air() -> Air {
        let path = Path {
            response: Arc::new(vec![1.0]),
            travel_s: 0.1,
            peak: 0.5,
        };
        let ear = Ear {
            rate: RATE,
            skew_ppm: 0.0,
            noise_db: -120.0,
            seed: 1,
        };
        let place = ("l".to_owned(), "m".to_owned());
        Air::new(RATE, [(place, path)].into(), [("m".to_owned(), ear)].into())
    }

    /// A second of full scale.
    fn second() -> Arc<Signal> {
        Arc::new(Signal::mono(RATE, vec![1.0; 48_000]))
    }

    /// Where a recording is loud, in whole milliseconds of itself.
    fn loud_ms(signal: &Signal) -> Option<(usize, usize)> {
        let loud = |x: &f32| x.abs() > 0.25;
        let samples = &signal.channels()[0];
        let first = samples.iter().position(loud)?;
        let last = samples.iter().rposition(loud)?;
        Some(((first + 24) / 48, (last + 25) / 48))
    }

    #[test]
    fn a_recording_holds_what_was_played_while_it_ran() {
        let air = air();
        air.play("l", second(), 2.0).unwrap();
        let whole = air.heard("m", 1.5, 4.0).unwrap();
        assert_eq!((whole.len(), loud_ms(&whole)), (120_000, Some((600, 1600))));
        let late = air.heard("m", 2.6, 4.0).unwrap();
        assert_eq!((late.len(), loud_ms(&late)), (67_200, Some((0, 500))));
        let early = air.heard("m", 1.5, 2.5).unwrap();
        assert_eq!(loud_ms(&early), Some((600, 1000)));
    }

    #[test]
    fn what_was_played_before_or_after_is_not_heard() {
        let air = air();
        air.play("l", second(), 2.0).unwrap();
        for (from_s, to_s) in [(0.0, 2.05), (3.2, 5.0)] {
            let recording = air.heard("m", from_s, to_s).unwrap();
            assert_eq!(loud_ms(&recording), None, "{from_s} to {to_s}");
            assert!(!recording.is_empty());
        }
    }

    #[test]
    fn sounds_at_the_same_time_add() {
        let air = air();
        air.play("l", second(), 1.0).unwrap();
        air.play("l", second(), 1.5).unwrap();
        let heard = air.heard("m", 0.0, 4.0).unwrap();
        let at = |s: f64| heard.channels()[0][RATE.samples(s)];
        for (time_s, level) in [(1.3, 0.5), (1.8, 1.0), (2.3, 0.5)] {
            assert!(
                (at(time_s) - level).abs() < 0.02,
                "{time_s}: {}",
                at(time_s)
            );
        }
    }

    #[test]
    fn what_the_air_cannot_carry_is_refused_with_the_reason() {
        let air = air();
        let other = Signal::mono(SampleRate::new(44_100).unwrap(), vec![0.0; 10]);
        let refused = air.play("l", Arc::new(other), 0.0).unwrap_err().to_string();
        assert!(refused.contains("44100 Hz"), "{refused}");
        let refused = air.heard("x", 0.0, 1.0).unwrap_err().to_string();
        assert!(refused.contains("there are m"), "{refused}");
        assert!(air.heard("m", 1.0, 1.0).is_err());
    }
}
