//! The bare signal, as it is played or through a cable: nothing before its first chirp, nothing after its last.

use room_dsp::{Analyzer, Excitation, ExcitationParameters, Finding, Signal};

/// Findings in the signal with `before` and `after` samples of silence around it.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn codes(parameters: ExcitationParameters, before: usize, after: usize) -> Vec<&'static str> {
    let excitation = Excitation::new(parameters).unwrap();
    let played = excitation.signal();
    let mut samples = vec![0.0; before];
    samples.extend(&played.channels()[0]);
    samples.resize(samples.len() + after, 0.0);
    let recording = Signal::mono(excitation.rate(), samples);
    let measured = Analyzer::new(excitation).measure(&recording).unwrap();
    measured.findings.iter().map(Finding::code).collect()
}

#[test]
fn the_signal_itself_has_no_fault() {
    for parameters in [
        ExcitationParameters::reference(),
        ExcitationParameters::paired(),
    ] {
        for before in [0, 1, 7, 100, 2_400, 48_000] {
            for after in [0, 4_800] {
                assert_eq!(
                    codes(parameters, before, after),
                    [""; 0],
                    "{before} {after}"
                );
            }
        }
    }
}
