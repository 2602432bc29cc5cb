//! What a recording tells about itself: findings that a result must carry, and refusals that end an analysis.
//!
//! Variants hold numbers; words are made from them last, here and nowhere else.

use crate::excitation::Layout;

/// A value that belongs to a finding or a refusal.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// One number, its unit at the end of its key.
    Number(f64),
    /// Several numbers.
    Numbers(Vec<f64>),
}

/// Something about the recording that its reader must know; the analysis goes on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// The recorder's clock differs by more than 100 ppm; the recording was resampled.
    ClockSkewCompensated {
        /// Positive: the recorder's clock is fast.
        skew_ppm: f64,
    },
    /// Two chirps were not heard, so the clock could not be compared.
    SkewUnknown,
    /// The recording has another rate than the excitation and was converted.
    SampleRateConverted {
        /// Rate of the file.
        from_hz: u32,
        /// Rate of the analysis.
        to_hz: u32,
    },
    /// Several different channels; the one with the clearest chirps was used.
    ChannelSelected {
        /// The channel used, counted from 0.
        channel: usize,
        /// Channels in the file.
        channels: usize,
    },
    /// The first chirp is not in the recording.
    StartChirpMissing,
    /// The second chirp is not in the recording.
    EndChirpMissing,
    /// The recording ends before the silence after the sweep does.
    TruncatedTail {
        /// Recorded seconds after the end of the sweep.
        found_s: f64,
        /// Seconds of silence that the excitation provides.
        needed_s: f64,
    },
    /// Samples stick to a ceiling.
    Clipping {
        /// Number of flat tops.
        runs: usize,
        /// The ceiling re full scale, in decibels.
        ceiling_dbfs: f64,
    },
    /// Stretches of the sweep are silent or repeat.
    Dropout {
        /// Number of stretches.
        count: usize,
        /// Their total length in seconds.
        total_s: f64,
        /// Where the first begins, in seconds of the file.
        first_s: f64,
    },
    /// The level changed during the recording.
    GainChange {
        /// Level of the later part re the earlier, in decibels.
        change_db: f64,
    },
    /// Lines at multiples of the mains frequency stand out of the background.
    MainsHum {
        /// 50 or 60 Hz.
        fundamental_hz: f64,
        /// Strongest line over its surroundings, in decibels.
        prominence_db: f64,
    },
    /// The background falls silent after loud parts: the recorder suppresses noise.
    NoiseGate {
        /// Background before the signal re background after it, in decibels.
        drop_db: f64,
    },
    /// The loudspeaker or the microphone carries only a part of the sweep.
    BandLimitedSource {
        /// Nominal centres of the octaves that hold a third of an octave more than 20 dB below the median.
        octaves_hz: Vec<f64>,
    },
    /// Harmonics of the sweep: loudspeaker or microphone is overloaded.
    Distortion {
        /// Total of the second to fourth harmonic re the linear response, in percent.
        thd_percent: f64,
    },
    /// Short loud noises during the sweep.
    ImpulsiveNoise {
        /// Where the strongest lies, in seconds of the file.
        at_s: f64,
        /// Its peak over the noise around it, in decibels.
        prominence_db: f64,
        /// Number of them.
        count: usize,
    },
}

impl Finding {
    /// Stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ClockSkewCompensated { .. } => "CLOCK_SKEW_COMPENSATED",
            Self::SkewUnknown => "SKEW_UNKNOWN",
            Self::SampleRateConverted { .. } => "SAMPLE_RATE_CONVERTED",
            Self::ChannelSelected { .. } => "CHANNEL_SELECTED",
            Self::StartChirpMissing => "START_CHIRP_MISSING",
            Self::EndChirpMissing => "END_CHIRP_MISSING",
            Self::TruncatedTail { .. } => "TRUNCATED_TAIL",
            Self::Clipping { .. } => "CLIPPING",
            Self::Dropout { .. } => "DROPOUT",
            Self::GainChange { .. } => "GAIN_CHANGE",
            Self::MainsHum { .. } => "MAINS_HUM",
            Self::NoiseGate { .. } => "NOISE_GATE",
            Self::BandLimitedSource { .. } => "BAND_LIMITED_SOURCE",
            Self::Distortion { .. } => "DISTORTION",
            Self::ImpulsiveNoise { .. } => "IMPULSIVE_NOISE",
        }
    }

    /// What was found, with its numbers.
    pub fn message(&self) -> String {
        match self {
            Self::ClockSkewCompensated { skew_ppm } => format!(
                "the recorder's clock runs {:.1} ppm {}; the recording was resampled",
                skew_ppm.abs(),
                if *skew_ppm > 0.0 { "fast" } else { "slow" }
            ),
            Self::SkewUnknown => {
                "without two chirps the recorder's clock cannot be compared; its skew is unknown and not compensated".into()
            }
            Self::SampleRateConverted { from_hz, to_hz } => {
                format!("the recording has {from_hz} Hz and was converted to {to_hz} Hz")
            }
            Self::ChannelSelected { channel, channels } => {
                format!(
                    "channel {} of {channels} has the clearest chirps and was used",
                    channel + 1
                )
            }
            Self::StartChirpMissing => "the first chirp is not in the recording".into(),
            Self::EndChirpMissing => "the second chirp is not in the recording".into(),
            Self::TruncatedTail { found_s, needed_s } => format!(
                "the recording ends {found_s:.2} s after the sweep; {needed_s:.2} s were expected"
            ),
            Self::Clipping { runs, ceiling_dbfs } => {
                let ceiling = number(*ceiling_dbfs, 1);
                format!("{runs} peaks are cut flat at {ceiling} dBFS")
            }
            Self::Dropout {
                count,
                total_s,
                first_s,
            } => format!(
                "{count} gap(s) of {:.1} ms in all within the sweep, the first at {first_s:.2} s",
                1e3 * total_s
            ),
            Self::GainChange { change_db } => {
                let change = signed(*change_db, 1);
                format!("the level changed by {change} dB during the recording")
            }
            Self::MainsHum {
                fundamental_hz,
                prominence_db,
            } => format!(
                "lines at multiples of {fundamental_hz:.0} Hz stand {prominence_db:.0} dB out of the background"
            ),
            Self::NoiseGate { drop_db } => format!(
                "the background is {drop_db:.0} dB lower after loud parts than before the signal"
            ),
            Self::BandLimitedSource { octaves_hz } => format!(
                "octave(s) {} lie wholly or partly more than 20 dB below the others",
                octaves_hz
                    .iter()
                    .map(|f| format!("{f} Hz"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Self::Distortion { thd_percent } => {
                format!("harmonic distortion of {thd_percent:.1} %")
            }
            Self::ImpulsiveNoise {
                at_s,
                prominence_db,
                count,
            } => format!(
                "{count} click(s) or knock(s); the strongest at {at_s:.2} s stands {prominence_db:.0} dB out of the noise"
            ),
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::ClockSkewCompensated { .. } | Self::SampleRateConverted { .. } => {
                "nothing to do: the result is corrected"
            }
            Self::SkewUnknown | Self::StartChirpMissing | Self::EndChirpMissing => {
                "start recording before the signal and stop after its last chirp"
            }
            Self::ChannelSelected { .. } => {
                "record one channel, or check that the right one was used"
            }
            Self::TruncatedTail { .. } => "let the recording run until after the last chirp",
            Self::Clipping { .. } => "lower the microphone gain or the playback level, then repeat",
            Self::Dropout { .. } => "close other programs on the recorder and repeat",
            Self::GainChange { .. } => {
                "switch automatic gain control off on the recorder and repeat"
            }
            Self::MainsHum { .. } => {
                "run the recorder on battery or move it away from power supplies"
            }
            Self::NoiseGate { .. } => "switch noise suppression off on the recorder and repeat",
            Self::BandLimitedSource { .. } => {
                "use a loudspeaker and microphone that carry these octaves"
            }
            Self::Distortion { .. } => "lower the playback level and repeat",
            Self::ImpulsiveNoise { .. } => "keep the room quiet during the sweep and repeat",
        }
    }

    /// The numbers, by name.
    pub fn data(&self) -> Vec<(&'static str, Datum)> {
        let number = |key, x: f64| (key, Datum::Number(x));
        match self {
            Self::ClockSkewCompensated { skew_ppm } => vec![number("skew_ppm", *skew_ppm)],
            Self::SkewUnknown | Self::StartChirpMissing | Self::EndChirpMissing => Vec::new(),
            Self::SampleRateConverted { from_hz, to_hz } => {
                vec![
                    number("from_hz", f64::from(*from_hz)),
                    number("to_hz", f64::from(*to_hz)),
                ]
            }
            Self::ChannelSelected { channel, channels } => {
                vec![
                    number("channel", *channel as f64),
                    number("channels", *channels as f64),
                ]
            }
            Self::TruncatedTail { found_s, needed_s } => {
                vec![number("found_s", *found_s), number("needed_s", *needed_s)]
            }
            Self::Clipping { runs, ceiling_dbfs } => {
                vec![
                    number("runs", *runs as f64),
                    number("ceiling_dbfs", *ceiling_dbfs),
                ]
            }
            Self::Dropout {
                count,
                total_s,
                first_s,
            } => vec![
                number("count", *count as f64),
                number("total_s", *total_s),
                number("first_s", *first_s),
            ],
            Self::GainChange { change_db } => vec![number("change_db", *change_db)],
            Self::MainsHum {
                fundamental_hz,
                prominence_db,
            } => vec![
                number("fundamental_hz", *fundamental_hz),
                number("prominence_db", *prominence_db),
            ],
            Self::NoiseGate { drop_db } => vec![number("drop_db", *drop_db)],
            Self::BandLimitedSource { octaves_hz } => {
                vec![("octaves_hz", Datum::Numbers(octaves_hz.clone()))]
            }
            Self::Distortion { thd_percent } => vec![number("thd_percent", *thd_percent)],
            Self::ImpulsiveNoise {
                at_s,
                prominence_db,
                count,
            } => vec![
                number("at_s", *at_s),
                number("prominence_db", *prominence_db),
                number("count", *count as f64),
            ],
        }
    }
}

/// Why a recording cannot be analysed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// Silence, or nothing above -60 dBFS and no chirp.
    NoSignal {
        /// Highest sample re full scale in decibels; none for digital silence.
        peak_dbfs: Option<f64>,
    },
    /// No chirp of the excitation was found.
    NoSync {
        /// Prominence of the best candidate over the median of the matched filter, in decibels.
        best_prominence_db: f64,
        /// Prominence that a chirp needs.
        needed_prominence_db: f64,
    },
    /// The recording ends before the sweep does, or begins after it began.
    RecordingTruncated {
        /// Recorded seconds of the sweep and its tail.
        found_s: f64,
        /// Seconds that the analysis needs.
        needed_s: f64,
    },
    /// The chirps are those of the other layout.
    WrongLayout {
        /// The layout that was expected.
        expected: Layout,
        /// Where the chirp that tells begins, in seconds of the file.
        at_s: f64,
        /// How far it stands out of the median of the matched filter, in decibels.
        prominence_db: f64,
        /// How much it resembles the other layout's end chirp, 0 to 1.
        correlation: f64,
    },
    /// Chirps and sweep do not lie where one clock could have put them.
    SyncInconsistent {
        /// Deviation of the distance between the chirps, in parts per million of it.
        deviation_ppm: f64,
        /// Largest disagreement between chirp and sweep arrivals, in milliseconds; none when the distance alone
        /// refused.
        step_ms: Option<f64>,
    },
}

impl Refusal {
    /// Stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSignal { .. } => "NO_SIGNAL",
            Self::NoSync { .. } => "NO_SYNC",
            Self::RecordingTruncated { .. } => "RECORDING_TRUNCATED",
            Self::WrongLayout { .. } => "WRONG_LAYOUT",
            Self::SyncInconsistent { .. } => "SYNC_INCONSISTENT",
        }
    }

    /// What happened, the value seen and what is allowed.
    pub fn message(&self) -> String {
        match self {
            Self::NoSignal { peak_dbfs: None } => "the recording is digital silence".into(),
            Self::NoSignal {
                peak_dbfs: Some(peak),
            } => {
                format!(
                    "nothing in the recording exceeds {} dBFS; at least \u{2212}60 dBFS are needed",
                    number(*peak, 1)
                )
            }
            Self::NoSync {
                best_prominence_db,
                needed_prominence_db,
            } => format!(
                "no chirp of the measurement signal was found: the best candidate stands {best_prominence_db:.1} dB out, {needed_prominence_db:.0} dB and the chirp's shape are needed"
            ),
            Self::RecordingTruncated { found_s, needed_s } => format!(
                "only {found_s:.2} s of the sweep and its decay were recorded; {needed_s:.2} s are needed"
            ),
            Self::WrongLayout {
                expected,
                at_s,
                prominence_db,
                correlation,
            } => {
                let (chirp, found, expected) = match expected {
                    Layout::Reference => ("a falling chirp", "paired", "reference"),
                    Layout::Paired => ("a second rising chirp", "reference", "paired"),
                };
                format!(
                    "the recording holds the signal of the {found} layout, the {expected} layout was expected: {chirp} at {at_s:.2} s stands {prominence_db:.1} dB out and resembles that layout's end chirp to {:.0} %",
                    100.0 * correlation
                )
            }
            Self::SyncInconsistent {
                deviation_ppm,
                step_ms: None,
            } => format!(
                "the chirps lie {} ppm from their distance; a clock differs by at most 250 ppm, so samples were lost or inserted",
                signed(*deviation_ppm, 0)
            ),
            Self::SyncInconsistent {
                deviation_ppm,
                step_ms: Some(step),
            } => format!(
                "chirp and sweep arrive {step:.2} ms apart after clock compensation ({} ppm); at most {:.2} ms are allowed, so samples were lost or inserted",
                signed(*deviation_ppm, 0),
                crate::checkpoints::STEP_MAX_S * 1e3
            ),
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoSignal { .. } => {
                "check that the right microphone is chosen and not muted, then repeat"
            }
            Self::NoSync { .. } => {
                "play the signal of this measurement louder or nearer, and record all of it"
            }
            Self::RecordingTruncated { .. } => {
                "record from before the first chirp until after the last one"
            }
            Self::WrongLayout {
                expected: Layout::Reference,
                ..
            } => "analyse it with `--layout paired`, or play the reference layout",
            Self::WrongLayout {
                expected: Layout::Paired,
                ..
            } => "analyse it with `--layout reference`, or play the paired layout",
            Self::SyncInconsistent { .. } => {
                "close other programs on player and recorder, avoid wireless audio, then repeat"
            }
        }
    }

    /// The numbers, by name.
    pub fn data(&self) -> Vec<(&'static str, Datum)> {
        let pairs: Vec<(&'static str, Option<f64>)> = match *self {
            Self::NoSignal { peak_dbfs } => vec![("peak_dbfs", peak_dbfs)],
            Self::NoSync {
                best_prominence_db,
                needed_prominence_db,
            } => vec![
                ("best_prominence_db", Some(best_prominence_db)),
                ("needed_prominence_db", Some(needed_prominence_db)),
            ],
            Self::RecordingTruncated { found_s, needed_s } => {
                vec![("found_s", Some(found_s)), ("needed_s", Some(needed_s))]
            }
            Self::WrongLayout {
                at_s,
                prominence_db,
                correlation,
                ..
            } => vec![
                ("at_s", Some(at_s)),
                ("prominence_db", Some(prominence_db)),
                ("correlation", Some(correlation)),
            ],
            Self::SyncInconsistent {
                deviation_ppm,
                step_ms,
            } => {
                vec![("deviation_ppm", Some(deviation_ppm)), ("step_ms", step_ms)]
            }
        };
        pairs
            .into_iter()
            .filter_map(|(k, v)| v.map(|x| (k, Datum::Number(x))))
            .collect()
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for Refusal {}

/// Fixed decimals with a true minus sign and no negative zero, as reports write them.
fn number(value: f64, places: usize) -> String {
    let digits = format!("{:.places$}", value.abs());
    if is_negative(value, &digits) {
        format!("\u{2212}{digits}")
    } else {
        digits
    }
}

/// As [`number`], with the sign of a positive one too.
fn signed(value: f64, places: usize) -> String {
    let digits = number(value, places);
    let is_positive = is_negative(-value, &digits);
    if is_positive {
        format!("+{digits}")
    } else {
        digits
    }
}

/// Whether a value is below zero as it is written.
fn is_negative(value: f64, digits: &str) -> bool {
    value < 0.0 && digits.bytes().any(|digit| matches!(digit, b'1'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_messages_have_the_minus_of_reports_and_no_negative_zero() {
        let change = |change_db| Finding::GainChange { change_db }.message();
        assert!(change(-6.04).contains(" by \u{2212}6.0 dB"));
        assert!(change(6.04).contains(" by +6.0 dB"));
        assert!(change(-0.04).contains(" by 0.0 dB"));
        let ceiling = |ceiling_dbfs| {
            let runs = 2;
            Finding::Clipping { runs, ceiling_dbfs }.message()
        };
        assert!(ceiling(-3.0).ends_with(" \u{2212}3.0 dBFS"));
        assert!(ceiling(-0.01).ends_with(" 0.0 dBFS"));
        let quiet = Refusal::NoSignal {
            peak_dbfs: Some(-71.25),
        };
        assert!(!quiet.message().contains(" -"), "{quiet}");
        assert!(quiet.message().contains("exceeds \u{2212}71.2 dBFS"));
        for (step_ms, told) in [
            (None, "lie \u{2212}412 ppm"),
            (Some(2.0), "(\u{2212}412 ppm)"),
        ] {
            let refusal = Refusal::SyncInconsistent {
                deviation_ppm: -412.3,
                step_ms,
            };
            assert!(refusal.message().contains(told), "{refusal}");
        }
    }
}
