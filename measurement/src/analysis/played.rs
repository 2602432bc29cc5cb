//! What was played: a layout with markers, any other signal, or nothing because the file is the response itself.
//!
//! A reference file is recognised by comparing its samples with each known layout rendered at the file's rate: then
//! chirps tell clock and losses. Any other signal is divided as it is.

use std::sync::Arc;

use room_dsp::{
    Excitation, ExcitationParameters, Layout, ReferenceAnalyzer, ReferenceFault, SampleRate, Signal,
};

/// Largest difference of a sample from the rendered layout, re full scale: above the steps of 16 bits and their dither.
const DIFFERENCE_MAX: f32 = 2e-4;

/// Largest difference of a file's duration from a layout's for it to be compared at all, in seconds.
const DURATION_DIFFERENCE_MAX_S: f64 = 0.01;

/// Frequencies of the sweep that sessions of phones announce, in hertz.
const SMARTPHONE_HZ: (f64, f64) = (200.0, 12_000.0);

/// What a recording is a recording of.
#[derive(Debug, Clone)]
pub enum Played {
    /// A signal with its markers.
    Layout(Excitation),
    /// The sweep of such a signal, cut out: a recording of the whole is measured by its markers, for what follows the
    /// sweep there is no response of it; a recording of the sweep alone is divided as it is.
    Sweep(Excitation, Arc<ReferenceAnalyzer>),
    /// Any other signal.
    Signal(Arc<ReferenceAnalyzer>),
    /// The file is an impulse response.
    Response,
}

impl Played {
    /// What a file with the played signal holds, of whatever rate.
    ///
    /// # Errors
    /// [`ReferenceFault`] when it cannot serve as reference: it is silent, or shorter than 0.1 s or longer than 300 s.
    pub fn recognise(signal: &Signal) -> Result<Self, ReferenceFault> {
        let whole = layouts(signal, Excitation::duration_s);
        if let Some(layout) = { whole }.find(|layout| is_same(&layout.signal(), signal)) {
            return Ok(Self::Layout(layout));
        }
        let analyzer = ReferenceAnalyzer::new(signal).map(Arc::new)?;
        let sweeps = layouts(signal, |layout| {
            layout.sweep_end_s() - layout.sweep_start_s()
        });
        let sweep = { sweeps }.find(|layout| is_same(&sweep(layout), signal));
        Ok(match sweep {
            Some(layout) => Self::Sweep(layout, analyzer),
            None => Self::Signal(analyzer),
        })
    }
}

/// The sweep of a layout, cut out of it.
fn sweep(layout: &Excitation) -> Signal {
    let rate = layout.rate();
    let [from, to] = [layout.sweep_start_s(), layout.sweep_end_s()].map(|s| rate.samples(s));
    let whole = layout.signal();
    let samples = whole.channels()[0].get(from..to).unwrap_or_default();
    Signal::mono(rate, samples.to_vec())
}

/// Excitations that are equal make equal analyzers; numbers are compared by their bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    layout: Layout,
    rate: SampleRate,
    bits: [u64; 10],
}

impl Key {
    pub(super) fn of(excitation: &Excitation) -> Self {
        let p = excitation.parameters();
        let numbers = [
            p.chirp_duration_s,
            p.chirp_start_hz,
            p.chirp_end_hz,
            p.gap_before_s,
            p.sweep_duration_s,
            p.sweep_start_hz,
            p.sweep_end_hz,
            p.gap_after_s,
            p.amplitude,
            p.fade_s,
        ];
        Self {
            layout: p.layout,
            rate: p.sample_rate,
            bits: numbers.map(f64::to_bits),
        }
    }
}

/// All known layouts that fit into the signal's rate and of which something lasts as long as the signal does.
fn layouts(
    signal: &Signal,
    lasts: impl Fn(&Excitation) -> f64,
) -> impl Iterator<Item = Excitation> {
    let (sample_rate, duration_s) = (signal.rate(), signal.duration_s());
    let known = [
        ExcitationParameters::reference(),
        ExcitationParameters {
            sweep_start_hz: SMARTPHONE_HZ.0,
            sweep_end_hz: SMARTPHONE_HZ.1,
            ..ExcitationParameters::reference()
        },
        ExcitationParameters::paired(),
    ];
    known
        .into_iter()
        .filter_map(move |parameters| {
            Excitation::new(ExcitationParameters {
                sample_rate,
                ..parameters
            })
            .ok()
        })
        .filter(move |layout| (lasts(layout) - duration_s).abs() < DURATION_DIFFERENCE_MAX_S)
}

fn is_same(rendered: &Signal, found: &Signal) -> bool {
    let rendered = &rendered.channels()[0];
    found.channels().iter().any(|channel| {
        channel.len() == rendered.len()
            && channel
                .iter()
                .zip(rendered)
                .all(|(a, b)| (a - b).abs() <= DIFFERENCE_MAX)
    })
}

#[cfg(test)]
mod tests {
    use audio_file::{FlacBits, Limits, write_flac};

    use super::*;

    fn through_a_file(signal: &Signal) -> Signal {
        let bytes = write_flac(signal, FlacBits::Sixteen).unwrap();
        audio_file::read(&bytes, &Limits::default()).unwrap().signal
    }

    #[test]
    fn written_layouts_are_recognised_at_every_rate() {
        let smartphone = ExcitationParameters {
            sweep_start_hz: 200.0,
            sweep_end_hz: 12_000.0,
            sample_rate: SampleRate::new(44_100).unwrap(),
            ..ExcitationParameters::reference()
        };
        for parameters in [
            ExcitationParameters::reference(),
            smartphone,
            ExcitationParameters::paired(),
        ] {
            let excitation = Excitation::new(parameters).unwrap();
            let played = Played::recognise(&through_a_file(&excitation.signal())).unwrap();
            assert!(matches!(played, Played::Layout(found) if found == excitation));
        }
    }

    #[test]
    fn the_sweep_of_a_layout_is_recognised_alone() {
        for rate_hz in [48_000, 44_100] {
            let excitation = Excitation::new(ExcitationParameters {
                sample_rate: SampleRate::new(rate_hz).unwrap(),
                ..ExcitationParameters::reference()
            })
            .unwrap();
            let cut = through_a_file(&sweep(&excitation));
            let played = Played::recognise(&cut).unwrap();
            assert!(matches!(played, Played::Sweep(found, _) if found == excitation));
        }
    }

    #[test]
    fn another_signal_is_taken_as_it_is_and_silence_refused() {
        let louder = ExcitationParameters {
            amplitude: 0.91,
            ..ExcitationParameters::reference()
        };
        let signal = Excitation::new(louder).unwrap().signal();
        assert!(matches!(Played::recognise(&signal), Ok(Played::Signal(_))));
        let silence = Signal::mono(signal.rate(), vec![0.0; 48_000]);
        assert_eq!(
            Played::recognise(&silence).unwrap_err(),
            ReferenceFault::Silent
        );
    }

    #[test]
    fn another_frequency_is_another_key() {
        let other = ExcitationParameters {
            sweep_end_hz: 19_999.0,
            ..ExcitationParameters::reference()
        };
        let reference = Key::of(&Excitation::reference());
        assert_eq!(reference, Key::of(&Excitation::reference()));
        assert_ne!(reference, Key::of(&Excitation::new(other).unwrap()));
    }
}
