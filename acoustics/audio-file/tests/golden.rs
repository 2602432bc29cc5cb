//! Every format starts at the sample at which it was recorded.
//!
//! The files are made by `files/make.sh`: 14 400 samples at 48 kHz, a click at sample 4 848 (left) and 9 696 (right).

mod golden_files;

use audio_file::{AudioFormat, EncoderDelay, Limits, read};
use golden_files::golden;

const CLICKS: [usize; 2] = [4_848, 9_696];
const LENGTH: usize = 14_400;

/// What a file must decode to.
struct Expected {
    file: &'static str,
    format: AudioFormat,
    /// Bits per sample of lossless files.
    bits: Option<u32>,
    delay: EncoderDelay,
    length: usize,
    /// Samples by which the click is late.
    late: usize,
}

const fn lossless(file: &'static str, format: AudioFormat, bits: u32) -> Expected {
    Expected {
        file,
        format,
        bits: Some(bits),
        delay: EncoderDelay::NotApplicable,
        length: LENGTH,
        late: 0,
    }
}

const fn lossy(file: &'static str, format: AudioFormat, start: u64, end: u64) -> Expected {
    Expected {
        file,
        format,
        bits: None,
        delay: EncoderDelay::Trimmed {
            start_samples: start,
            end_samples: end,
        },
        length: LENGTH,
        late: 0,
    }
}

const fn unknown(file: &'static str, format: AudioFormat, length: usize, late: usize) -> Expected {
    Expected {
        file,
        format,
        bits: None,
        delay: EncoderDelay::Unknown,
        length,
        late,
    }
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn check(expected: &Expected) {
    let decoded = read(&golden(expected.file), &Limits::default()).unwrap();
    let name = expected.file;
    assert_eq!(decoded.format, expected.format, "{name}");
    assert_eq!(decoded.bits_per_sample, expected.bits, "{name}");
    assert_eq!(decoded.encoder_delay, expected.delay, "{name}");
    assert_eq!(decoded.lossy, expected.bits.is_none(), "{name}");
    assert!(!decoded.truncated, "{name}");
    assert_eq!(decoded.signal.rate().hz(), 48_000, "{name}");
    assert_eq!(decoded.signal.len(), expected.length, "{name}");
    let count = if name.starts_with("stereo") { 2 } else { 1 };
    assert_eq!(decoded.signal.channels().len(), count, "{name}");
    for (channel, click) in decoded.signal.channels().iter().zip(CLICKS) {
        assert_eq!(loudest(channel), Some(click + expected.late), "{name}");
    }
}

fn loudest(channel: &[f32]) -> Option<usize> {
    let peak = channel.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    channel.iter().position(|x| x.abs() >= peak)
}

#[test]
fn lossless_files() {
    use AudioFormat::{Aiff, Flac, Mp4Alac, OggFlac, Wav, WebmPcm};
    for expected in [
        lossless("mono-8.wav", Wav, 8),
        lossless("mono-16.wav", Wav, 16),
        lossless("mono-24.wav", Wav, 24),
        lossless("mono-32.wav", Wav, 32),
        lossless("mono-f32.wav", Wav, 32),
        lossless("mono-f64.wav", Wav, 64),
        lossless("stereo-16.wav", Wav, 16),
        lossless("stereo-extensible.wav", Wav, 24),
        lossless("mono-16.aiff", Aiff, 16),
        lossless("stereo-16.aiff", Aiff, 16),
        lossless("mono-24.flac", Flac, 24),
        lossless("stereo-24.flac", Flac, 24),
        lossless("mono-flac.ogg", OggFlac, 24),
        lossless("mono-alac.m4a", Mp4Alac, 24),
        lossless("stereo-alac.m4a", Mp4Alac, 24),
        lossless("mono-pcm.webm", WebmPcm, 32),
    ] {
        check(&expected);
    }
}

#[test]
fn lossless_files_hold_the_same_samples() {
    let limits = Limits::default();
    let reference = read(&golden("mono-24.wav"), &limits).unwrap().signal;
    for file in [
        "mono-32.wav",
        "mono-f32.wav",
        "mono-f64.wav",
        "mono-24.flac",
        "mono-flac.ogg",
        "mono-alac.m4a",
        "mono-pcm.webm",
    ] {
        let signal = read(&golden(file), &limits).unwrap().signal;
        assert_eq!(signal.channels(), reference.channels(), "{file}");
    }
}

#[test]
fn lossy_files_that_state_their_delay() {
    use AudioFormat::{Mp3, Mp4Aac, Mp4Opus, OggOpus, OggVorbis, WebmOpus};
    for expected in [
        lossy("mono.mp3", Mp3, 1_105, 623),
        lossy("stereo.mp3", Mp3, 1_105, 623),
        lossy("mono.vorbis.ogg", OggVorbis, 128, 384),
        lossy("stereo.vorbis.ogg", OggVorbis, 128, 128),
        lossy("mono.m4a", Mp4Aac, 1_024, 960),
        lossy("stereo.m4a", Mp4Aac, 1_024, 960),
        lossy("mono.opus", OggOpus, 312, 648),
        lossy("stereo.opus", OggOpus, 312, 648),
        lossy("mono-speech.opus", OggOpus, 312, 648),
        lossy("mono.webm", WebmOpus, 312, 648),
        lossy("stereo.webm", WebmOpus, 312, 648),
        lossy("mono-live.webm", WebmOpus, 312, 648),
        lossy("mono-opus.mp4", Mp4Opus, 312, 648),
    ] {
        check(&expected);
    }
}

#[test]
fn fragments_state_a_start_and_no_end() {
    check(&Expected {
        length: 15 * 1_024,
        ..lossy("mono-fragmented.m4a", AudioFormat::Mp4Aac, 1_024, 0)
    });
}

#[test]
fn lossy_files_that_do_not() {
    use AudioFormat::{AacAdts, Mp3, Mp4Aac};
    for expected in [
        unknown("mono-no-edit.m4a", Mp4Aac, 16 * 1_024, 1_024),
        unknown("mono.aac", AacAdts, 16 * 1_024, 1_024),
        unknown("mono-no-xing.mp3", Mp3, 14 * 1_152, 1_105),
    ] {
        check(&expected);
    }
}

#[test]
fn opus_decodes_to_what_libopus_does() {
    let limits = Limits::default();
    let ours = read(&golden("mono-speech.opus"), &limits).unwrap().signal;
    let theirs = read(&golden("mono-speech-decoded.wav"), &limits)
        .unwrap()
        .signal;
    assert_eq!(ours.len(), theirs.len());
    let pairs = ours.channels()[0].iter().zip(&theirs.channels()[0]);
    let worst = pairs.fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
    // The other is rounded to 16 bits.
    assert!(worst <= 0.51 / 32_768.0, "{worst}");
}
