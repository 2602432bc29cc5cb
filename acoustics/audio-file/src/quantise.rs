//! Real samples to integers for files, without silent clipping.

use room_dsp::Signal;

use crate::write_error::WriteError;

/// Interleaved integers of `bits` bits (2 to 24): full scale 1.0 becomes 2^(bits-1) - 1, rounded to nearest,
/// halves away from zero.
///
/// # Errors
/// [`WriteError::Empty`], [`WriteError::NotFinite`], [`WriteError::OutOfRange`].
pub(crate) fn quantise(signal: &Signal, bits: u32) -> Result<Vec<i32>, WriteError> {
    check_finite(signal)?;
    check_range(signal)?;
    let scale = f64::from((1_i32 << (bits - 1)) - 1);
    let count = signal.channels().len();
    let mut out = vec![0; count * signal.len()];
    for (k, channel) in signal.channels().iter().enumerate() {
        for (place, x) in out.iter_mut().skip(k).step_by(count).zip(channel) {
            *place = integer(f64::from(*x) * scale);
        }
    }
    Ok(out)
}

/// Refuses an empty signal and samples that are no numbers.
///
/// # Errors
/// [`WriteError::Empty`], [`WriteError::NotFinite`].
pub(crate) fn check_finite(signal: &Signal) -> Result<(), WriteError> {
    if signal.is_empty() {
        return Err(WriteError::Empty);
    }
    for (channel, samples) in signal.channels().iter().enumerate() {
        if let Some(sample) = samples.iter().position(|x| !x.is_finite()) {
            return Err(WriteError::NotFinite { channel, sample });
        }
    }
    Ok(())
}

fn check_range(signal: &Signal) -> Result<(), WriteError> {
    let magnitudes = || signal.channels().iter().flatten().map(|x| x.abs());
    match magnitudes().filter(|m| *m > 1.0).count() {
        0 => Ok(()),
        samples => Err(WriteError::OutOfRange {
            samples,
            peak: magnitudes().fold(0.0, f32::max),
        }),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the magnitude is at most 2^23 - 1, checked before"
)]
fn integer(scaled: f64) -> i32 {
    scaled.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_dsp::SampleRate;

    #[test]
    fn rounds_to_nearest_and_reaches_full_scale() {
        let x = vec![1.0, -1.0, 0.0, 0.6 / 32767.0, -0.4 / 32767.0];
        let signal = Signal::mono(SampleRate::STANDARD, x);
        assert_eq!(quantise(&signal, 16), Ok(vec![32767, -32767, 0, 1, 0]));
        assert_eq!(quantise(&signal, 24).unwrap()[0], 8_388_607);
    }

    #[test]
    fn counts_what_would_be_clipped() {
        let channels = vec![vec![1.5, 0.0], vec![-2.0, 1.0]];
        let signal = Signal::new(SampleRate::STANDARD, channels).unwrap();
        let expected = WriteError::OutOfRange {
            samples: 2,
            peak: 2.0,
        };
        assert_eq!(quantise(&signal, 16), Err(expected));
    }

    #[test]
    fn names_what_is_no_number() {
        let channels = vec![vec![0.0, 0.0], vec![0.0, f32::NAN]];
        let signal = Signal::new(SampleRate::STANDARD, channels).unwrap();
        let expected = WriteError::NotFinite {
            channel: 1,
            sample: 1,
        };
        assert_eq!(quantise(&signal, 24), Err(expected));
        let empty = Signal::mono(SampleRate::STANDARD, vec![]);
        assert_eq!(quantise(&empty, 16), Err(WriteError::Empty));
    }
}
