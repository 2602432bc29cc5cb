//! An impulse response out of a file: the channel with the highest peak.

use contract::analysis::Warning;
use room_dsp::{Finding, ImpulseResponse, NoOnset, Signal};

use super::findings;

/// The channel with the highest peak, as an impulse response that carries all frequencies of its rate.
pub(super) fn of(signal: &Signal) -> Result<(ImpulseResponse, usize), NoOnset> {
    let peak = |samples: &[f32]| samples.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let (channel, samples) = signal
        .channels()
        .iter()
        .enumerate()
        .rev()
        .max_by(|(_, a), (_, b)| peak(a).total_cmp(&peak(b)))
        .ok_or(NoOnset)?;
    let samples = samples.iter().map(|x| f64::from(*x)).collect();
    let range_hz = (0.0, signal.rate().as_f64() / 2.0);
    Ok((
        ImpulseResponse::new(signal.rate(), samples, range_hz)?,
        channel,
    ))
}

/// Channels that differ are worth a word; equal ones are not.
pub(super) fn selected(signal: &Signal, channel: usize) -> Option<Warning> {
    let channels = signal.channels();
    let differ = channels.iter().any(|c| *c != channels[channel]);
    let finding = Finding::ChannelSelected {
        channel,
        channels: channels.len(),
    };
    differ.then(|| findings::warning(&finding))
}

#[cfg(test)]
mod tests {
    use room_dsp::SampleRate;

    use super::*;

    fn pulse(height: f32) -> Vec<f32> {
        let mut samples = vec![0.0; 2000];
        samples[100] = height;
        samples
    }

    #[test]
    fn the_loudest_channel_is_taken_and_told() {
        let signal = Signal::new(
            SampleRate::STANDARD,
            vec![pulse(0.1), pulse(-0.5), pulse(0.2)],
        )
        .unwrap();
        let (response, channel) = of(&signal).unwrap();
        assert_eq!((response.onset(), channel), (100, 1));
        let told = selected(&signal, channel).unwrap();
        assert_eq!(told.code, "CHANNEL_SELECTED");
    }

    #[test]
    fn equal_channels_are_one() {
        let signal = Signal::new(SampleRate::STANDARD, vec![pulse(0.1), pulse(0.1)]).unwrap();
        assert_eq!(of(&signal).unwrap().1, 0);
        assert_eq!(selected(&signal, 0), None);
    }

    #[test]
    fn silence_is_no_response() {
        let signal = Signal::mono(SampleRate::STANDARD, vec![0.0; 100]);
        assert_eq!(of(&signal).unwrap_err(), NoOnset);
    }
}
