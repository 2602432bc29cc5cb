//! What is written is read back, and other decoders agree.

use audio_file::{FlacBits, Limits, WavFormat, WriteError, read, write_flac, write_wav};
use proptest::prelude::*;
use room_dsp::{SampleRate, Signal};

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn noise(channels: usize, length: usize, rate_hz: u32) -> Signal {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0
    };
    #[expect(clippy::cast_possible_truncation, reason = "samples are single")]
    let samples = (0..channels).map(|_| (0..length).map(|_| next() as f32).collect());
    Signal::new(SampleRate::new(rate_hz).unwrap(), samples.collect()).unwrap()
}

fn worst(a: &Signal, b: &Signal) -> f64 {
    assert_eq!((a.rate(), a.len()), (b.rate(), b.len()));
    assert_eq!(a.channels().len(), b.channels().len());
    let pairs = a
        .channels()
        .iter()
        .flatten()
        .zip(b.channels().iter().flatten());
    pairs.fold(0.0, |m, (x, y)| {
        m.max((f64::from(*x) - f64::from(*y)).abs())
    })
}

/// Half a step of rounding, and the step by which the scales of writing and reading differ at full scale.
fn allowed(bits: i32) -> f64 {
    1.5 / 2.0_f64.powi(bits - 1) + 1e-9
}

#[test]
fn fifteen_seconds_have_the_canonical_size_and_header() {
    let signal = Signal::mono(SampleRate::STANDARD, vec![0.0; 15 * 48_000]);
    let bytes = write_wav(&signal, WavFormat::Pcm16).unwrap();
    assert_eq!(bytes.len(), 1_440_044);
    let header = b"RIFF\x24\xf9\x15\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0data\0\xf9\x15\0";
    assert_eq!(bytes[..44], header[..]);
}

#[test]
fn float_comes_back_as_it_was() {
    let loud = Signal::mono(SampleRate::STANDARD, vec![3.5, -1e-7, 0.1]);
    for signal in [noise(1, 5_000, 44_100), noise(3, 777, 96_000), loud] {
        let decoded = read(
            &write_wav(&signal, WavFormat::Float32).unwrap(),
            &Limits::default(),
        );
        assert_eq!(decoded.unwrap().signal, signal);
    }
}

#[test]
fn integers_come_back_within_a_step() {
    for (channels, length, rate) in [(1, 5_000, 8_000), (2, 4_097, 48_000), (6, 100, 192_000)] {
        let signal = noise(channels, length, rate);
        for (format, bits) in [(WavFormat::Pcm16, 16), (WavFormat::Pcm24, 24)] {
            let decoded = read(&write_wav(&signal, format).unwrap(), &Limits::default()).unwrap();
            assert!(worst(&decoded.signal, &signal) <= allowed(bits));
            assert_eq!(decoded.bits_per_sample, u32::try_from(bits).ok());
        }
        for (format, bits) in [(FlacBits::Sixteen, 16), (FlacBits::TwentyFour, 24)] {
            let decoded = read(&write_flac(&signal, format).unwrap(), &Limits::default()).unwrap();
            assert!(worst(&decoded.signal, &signal) <= allowed(bits));
            assert_eq!(decoded.bits_per_sample, u32::try_from(bits).ok());
        }
    }
}

#[test]
fn claxon_reads_the_same_integers_from_flac() {
    let signal = noise(2, 10_000, 48_000);
    for (format, scale) in [
        (FlacBits::Sixteen, 32_767.0),
        (FlacBits::TwentyFour, 8_388_607.0),
    ] {
        let bytes = write_flac(&signal, format).unwrap();
        let mut reader = claxon::FlacReader::new(&bytes[..]).unwrap();
        assert_eq!(reader.streaminfo().bits_per_sample, format.bits());
        let found: Vec<i32> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(found.len(), 20_000);
        for (n, value) in found.iter().enumerate() {
            let exact = f64::from(signal.channels()[n % 2][n / 2]) * scale;
            assert!((f64::from(*value) - exact).abs() <= 0.5, "{n}");
        }
    }
}

#[test]
fn nothing_is_clipped_in_silence() {
    let signal = Signal::mono(SampleRate::STANDARD, vec![0.0, 1.25, -1.5]);
    let expected = WriteError::OutOfRange {
        samples: 2,
        peak: 1.5,
    };
    assert_eq!(write_wav(&signal, WavFormat::Pcm24), Err(expected.clone()));
    assert_eq!(write_flac(&signal, FlacBits::Sixteen), Err(expected));
}

#[test]
fn too_many_channels_for_flac_are_refused() {
    let expected = WriteError::Channels {
        found: 9,
        allowed: 8,
    };
    let result = write_flac(&noise(9, 10, 48_000), FlacBits::Sixteen);
    assert_eq!(result, Err(expected));
}

#[test]
fn rates_that_flac_cannot_state_are_refused() {
    let expected = WriteError::Rate {
        found_hz: 768_000,
        allowed_hz: 655_350,
    };
    let signal = noise(1, 10, 768_000);
    assert_eq!(write_flac(&signal, FlacBits::Sixteen), Err(expected));
    let wav = write_wav(&signal, WavFormat::Float32).unwrap();
    assert_eq!(read(&wav, &Limits::default()).unwrap().signal, signal);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_signal_survives_flac_and_wav(
        samples in prop::collection::vec(-1.0_f32..=1.0, 1..3_000),
        rate_hz in SampleRate::MIN_HZ..=655_350,
    ) {
        let signal = Signal::mono(SampleRate::new(rate_hz).unwrap(), samples);
        let flac = read(&write_flac(&signal, FlacBits::TwentyFour).unwrap(), &Limits::default()).unwrap();
        let wav = read(&write_wav(&signal, WavFormat::Pcm24).unwrap(), &Limits::default()).unwrap();
        prop_assert!(worst(&flac.signal, &signal) <= allowed(24));
        prop_assert_eq!(flac.signal, wav.signal);
    }

    #[test]
    fn any_bytes_behind_any_magic_are_answered(
        magic in prop::sample::select(vec![
            &b"RIFF\0\0\0\0WAVE"[..], b"FORM\0\0\0\0AIFF", b"fLaC\0\0\0\x22", b"OggS\0\x02",
            b"\0\0\0\x18ftypM4A ", b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff",
            b"\xff\xfb\x90\x64", b"\xff\xf1\x4c\x40", b"ID3\x04\0\0\0\0\0\0",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let file = [magic, &bytes[..]].concat();
        if let Ok(decoded) = read(&file, &Limits::default()) {
            prop_assert!(!decoded.signal.is_empty());
        }
    }
}
