//! What a dying phone leaves is not lost, and is not passed off as whole.

mod golden_files;

use audio_file::{Limits, ReadError, WavFormat, read, write_wav};
use golden_files::golden;
use room_dsp::{SampleRate, Signal};

/// Length of the header of a WAV of 16-bit mono.
const HEADER: usize = 44;

#[test]
fn a_wav_cut_in_its_samples_gives_those_that_are_there() {
    let whole = golden("mono-16.wav");
    let reference = read(&whole, &Limits::default()).unwrap().signal;
    let decoded = read(&whole[..=HEADER + 2 * 10_000], &Limits::default()).unwrap();
    assert!(decoded.truncated);
    assert_eq!(
        decoded.signal.channels()[0],
        reference.channels()[0][..10_000]
    );
}

#[test]
fn a_wav_that_never_stated_its_length_gives_all_samples() {
    let whole = golden("mono-16.wav");
    let reference = read(&whole, &Limits::default()).unwrap().signal;
    for stated in [0, u32::MAX] {
        for riff in [0, u32::MAX] {
            let mut file = whole.clone();
            file[4..8].copy_from_slice(&u32::to_le_bytes(riff));
            file[40..44].copy_from_slice(&u32::to_le_bytes(stated));
            let decoded = read(&file, &Limits::default()).unwrap();
            assert!(decoded.truncated, "{stated} {riff}");
            assert_eq!(decoded.signal, reference, "{stated} {riff}");
        }
    }
}

#[test]
fn a_wrong_length_of_the_whole_file_alone_is_no_truncation() {
    let mut file = golden("mono-16.wav");
    file[4..8].fill(0);
    let decoded = read(&file, &Limits::default()).unwrap();
    assert!(!decoded.truncated);
    assert_eq!(decoded.signal.len(), 14_400);
}

#[test]
fn a_wav_of_no_samples_is_empty() {
    let whole = golden("mono-16.wav");
    let error = read(&whole[..HEADER], &Limits::default()).unwrap_err();
    assert_eq!(error, ReadError::Empty { bytes: HEADER });
}

#[test]
fn every_stream_cut_in_half_gives_its_first_half() {
    for file in [
        "mono-16.aiff",
        "mono-24.flac",
        "mono.mp3",
        "mono-live.webm",
        "mono.webm",
        "mono-pcm.webm",
    ] {
        let whole = golden(file);
        let reference = read(&whole, &Limits::default()).unwrap().signal;
        let half = read(&whole[..whole.len() / 2], &Limits::default());
        let half = half.unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(half.truncated, "{file}");
        let n = half.signal.len();
        assert!((2_000..14_400).contains(&n), "{file}: {n}");
        let start = half.signal.channels()[0][..n - 1_000].iter();
        let off = start
            .zip(&reference.channels()[0])
            .position(|(a, b)| (a - b).abs() > 1e-6);
        assert_eq!(off, None, "{file}");
    }
}

#[test]
fn an_mp4_that_was_never_finished_says_so() {
    let whole = golden("mono.m4a");
    let moov = whole.windows(4).position(|w| w == b"moov").unwrap() - 4;
    assert!(read(&whole[..moov], &Limits::default()).is_err());
}

#[test]
fn a_hole_in_the_middle_is_an_error_with_its_place() {
    let mut file = golden("mono.webm");
    let mut blocks = file
        .windows(2)
        .enumerate()
        .filter(|(_, w)| *w == [0xa3, 0x41]);
    let block = blocks.nth(2).unwrap().0;
    // An Opus packet of code 3 that claims no frames (RFC 6716, 3.2.5).
    file[block + 7] |= 3;
    file[block + 8] = 0;
    match read(&file, &Limits::default()) {
        Err(ReadError::Malformed {
            at_sample: Some(n), ..
        }) => assert!(n > 0 && n % 960 == 0, "{n}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn samples_that_are_no_numbers_are_named() {
    let signal = Signal::mono(SampleRate::STANDARD, vec![0.25; 5]);
    let mut file = write_wav(&signal, WavFormat::Float32).unwrap();
    let at = file.len() - 2 * 4;
    file[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(matches!(
        read(&file, &Limits::default()),
        Err(ReadError::Malformed {
            at_sample: Some(3),
            ..
        })
    ));
}
