//! Whatever the bytes are, the answer is a value or an error, and what comes out stays within the limits.

mod golden_files;

use audio_file::{FlacBits, Limits, Quantity, ReadError, read, write_flac};
use golden_files::golden;
use room_dsp::{SampleRate, Signal};

/// One file for each path through the code.
const FILES: [&str; 18] = [
    "mono-8.wav",
    "stereo-extensible.wav",
    "mono-f64.wav",
    "mono-16.aiff",
    "stereo-24.flac",
    "mono-flac.ogg",
    "stereo-alac.m4a",
    "mono-fragmented.m4a",
    "stereo.m4a",
    "mono.aac",
    "stereo.mp3",
    "stereo.vorbis.ogg",
    "stereo.opus",
    "mono-speech.opus",
    "stereo.webm",
    "mono-live.webm",
    "mono-pcm.webm",
    "mono-opus.mp4",
];

/// Damaged copies of each file, for each kind of damage.
const COPIES: u64 = 150;

/// Bytes from the start within which half of the damage falls: headers and tables.
const HEAD: u64 = 1_000;

/// `SplitMix64`: the same damage in every run.
struct Seeded(u64);

impl Seeded {
    #[expect(clippy::unwrap_used, reason = "a helper of tests")]
    fn next(&mut self, below: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below).unwrap()
    }

    /// A position in a file, as often in its head or tail as anywhere.
    fn place(&mut self, length: usize) -> usize {
        let all = length as u64;
        match self.next(4) {
            0 | 1 => self.next(HEAD.min(all)),
            2 => length - 1 - self.next(HEAD.min(all)),
            _ => self.next(all),
        }
    }
}

fn tight() -> Limits {
    Limits {
        samples_max: 100_000,
        ..Limits::default()
    }
}

/// Puts the checksums of Ogg pages right (RFC 3533, 6), as whoever damages on purpose would.
fn mend_checksums(bytes: &mut [u8]) {
    let mut at = if bytes.starts_with(b"OggS") {
        0
    } else {
        bytes.len()
    };
    while let Some(count) = bytes.get(at + 26).map(|n| usize::from(*n)) {
        let segments = bytes.get(at + 27..at + 27 + count).unwrap_or_default();
        let end = at + 27 + count + segments.iter().map(|n| usize::from(*n)).sum::<usize>();
        if !bytes[at..].starts_with(b"OggS") || end > bytes.len() {
            at += 1;
            continue;
        }
        bytes[at + 22..at + 26].fill(0);
        let sum = bytes[at..end].iter().fold(0, |sum, b| checksum(sum, *b));
        bytes[at + 22..at + 26].copy_from_slice(&sum.to_le_bytes());
        at = end;
    }
}

fn checksum(sum: u32, byte: u8) -> u32 {
    (0..8).fold(sum ^ (u32::from(byte) << 24), |r, _| {
        let polynomial = if r >> 31 == 0 { 0 } else { 0x04c1_1db7 };
        (r << 1) ^ polynomial
    })
}

#[test]
fn mended_checksums_are_those_of_the_file() {
    let original = golden("stereo.opus");
    let mut copy = original.clone();
    copy[22..26].fill(0x55);
    mend_checksums(&mut copy);
    assert_eq!(copy, original);
}

fn survives(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    mend_checksums(&mut bytes);
    let bytes = &bytes[..];
    if let Ok(decoded) = read(bytes, &tight()) {
        let channels = decoded.signal.channels();
        assert!(channels.len() * decoded.signal.len() <= tight().samples_max);
        assert!(channels.iter().flatten().all(|x| x.is_finite()));
    }
}

#[test]
fn flipped_bits_and_overwritten_bytes() {
    for (k, file) in FILES.iter().enumerate() {
        let original = golden(file);
        let mut seeded = Seeded(k as u64);
        for _ in 0..COPIES {
            let mut copy = original.clone();
            for _ in 0..=seeded.next(3) {
                let at = seeded.place(copy.len());
                copy[at] = match seeded.next(4) {
                    0 => 0xff,
                    1 => 0,
                    2 => copy[at] ^ (1 << seeded.next(8)),
                    _ => u8::try_from(seeded.next(256)).unwrap(),
                };
            }
            survives(&copy);
        }
    }
}

#[test]
fn every_byte_of_a_vorbis_header() {
    let original = golden("mono.vorbis.ogg");
    let setup = original
        .windows(7)
        .position(|w| w == b"\x05vorbis")
        .unwrap();
    for at in setup..original.len().min(setup + 3_000) {
        let mut copy = original.clone();
        copy[at] ^= 0xff;
        survives(&copy);
    }
}

#[test]
fn cut_off_anywhere() {
    for (k, file) in FILES.iter().enumerate() {
        let original = golden(file);
        let mut seeded = Seeded(1_000 + k as u64);
        for _ in 0..COPIES {
            let end = seeded.place(original.len());
            survives(&original[..end]);
        }
    }
}

#[test]
fn pieces_missing_doubled_or_replaced() {
    for (k, file) in FILES.iter().enumerate() {
        let original = golden(file);
        let mut seeded = Seeded(2_000 + k as u64);
        for _ in 0..COPIES {
            let start = seeded.place(original.len());
            let end = (start + seeded.next(64)).min(original.len());
            let (head, rest) = original.split_at(start);
            let middle = match seeded.next(3) {
                0 => vec![],
                1 => original[start..end].repeat(2),
                _ => vec![0xff; end - start],
            };
            survives(&[head, &middle, &rest[end - start..]].concat());
        }
    }
}

#[test]
fn each_limit_is_kept() {
    let file = golden("stereo-16.wav");
    let exceeded = |limits: Limits| {
        let Err(ReadError::LimitExceeded { what, .. }) = read(&file, &limits) else {
            return None;
        };
        Some(what)
    };
    let bytes = Limits {
        bytes_max: file.len() - 1,
        ..Limits::default()
    };
    assert_eq!(exceeded(bytes), Some(Quantity::Bytes));
    let channels = Limits {
        channels_max: 1,
        ..Limits::default()
    };
    assert_eq!(exceeded(channels), Some(Quantity::Channels));
    let duration = Limits {
        duration_max_s: 0.299,
        ..Limits::default()
    };
    assert_eq!(exceeded(duration), Some(Quantity::DurationS));
    let samples = Limits {
        samples_max: 28_799,
        ..Limits::default()
    };
    assert_eq!(exceeded(samples), Some(Quantity::Samples));
    let rate = Limits {
        rate_hz: 4_000..=47_999,
        ..Limits::default()
    };
    assert_eq!(exceeded(rate), Some(Quantity::SampleRateHz));
    let enough = Limits {
        bytes_max: file.len(),
        channels_max: 2,
        duration_max_s: 0.3,
        samples_max: 28_800,
        rate_hz: 48_000..=48_000,
    };
    assert!(read(&file, &enough).is_ok());
}

#[test]
fn a_small_file_of_much_silence_stops_at_the_limit() {
    let minutes = Signal::mono(SampleRate::STANDARD, vec![0.0; 5 * 60 * 48_000]);
    let file = write_flac(&minutes, FlacBits::Sixteen).unwrap();
    assert!(file.len() < minutes.len() / 100, "{}", file.len());
    let limits = Limits {
        samples_max: 1_000_000,
        ..Limits::default()
    };
    let Err(ReadError::LimitExceeded { what, found, .. }) = read(&file, &limits) else {
        panic!("not refused");
    };
    assert_eq!(what, Quantity::Samples);
    // One block of FLAC at most was decoded beyond the limit (RFC 9639, 9.1.1).
    assert!((1_000_001.0..=1_065_536.0).contains(&found), "{found}");
}

#[test]
fn a_header_that_claims_billions_of_samples_allocates_nothing() {
    let mut file = golden("mono-24.flac");
    // The number of samples in STREAMINFO, 36 bits (RFC 9639, 8.2).
    file[21] |= 0x0f;
    file[22..26].fill(0xff);
    let decoded = read(&file, &Limits::default()).unwrap();
    assert_eq!(decoded.signal.len(), 14_400);
    assert!(decoded.truncated);
}

#[test]
fn what_is_no_audio_is_named() {
    let limits = Limits::default();
    assert_eq!(read(b"", &limits), Err(ReadError::Empty { bytes: 0 }));
    let error = read(b"%PDF-1.7 and more than sixteen bytes", &limits).unwrap_err();
    let first_bytes = b"%PDF-1.7 and mor".to_vec();
    assert_eq!(error, ReadError::NotAudio { first_bytes });
    assert!(error.to_string().contains("2550 4446"), "{error}");
}
