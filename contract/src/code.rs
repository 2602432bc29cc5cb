//! The codes of failures and warnings that this version gives.
//!
//! Documents carry codes as plain text, so that a reader of today can show a document of
//! tomorrow; these enums are for writers, and for readers that treat a known code specially.

use serde::{Deserialize, Serialize};

/// Defines an enum of codes, the text of each, and the list of all.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$item_doc])* #[serde(rename = $text)] $item,)*
        }

        impl $name {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The code as it stands in a document.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$item => $text,)*
                }
            }
        }
    };
}

codes! {
    /// Why a file could not be evaluated.
    FailureCode {
        /// The recording is as good as silent.
        NoSignal = "NO_SIGNAL",
        /// No alignment chirp was found.
        NoSync = "NO_SYNC",
        /// The recording ends before the sweep does.
        RecordingTruncated = "RECORDING_TRUNCATED",
        /// The chirps are those of the other layout of the signal.
        WrongLayout = "WRONG_LAYOUT",
        /// Samples were lost between the chirps, or they do not belong together.
        SyncInconsistent = "SYNC_INCONSISTENT",
        /// The file is no audio that can be read.
        NotAudio = "NOT_AUDIO",
        /// The signal that was played cannot serve as reference.
        ReferenceUnusable = "REFERENCE_UNUSABLE",
        /// The file is longer than an analysis takes.
        TooLong = "TOO_LONG",
    }
}

codes! {
    /// What the reader of the metrics has to know.
    WarningCode {
        /// The clocks differed by more than 100 ppm; the recording was resampled.
        ClockSkewCompensated = "CLOCK_SKEW_COMPENSATED",
        /// One chirp only: the clocks could not be compared.
        SkewUnknown = "SKEW_UNKNOWN",
        /// The file's rate is not the signal's.
        SampleRateConverted = "SAMPLE_RATE_CONVERTED",
        /// One channel of several was used.
        ChannelSelected = "CHANNEL_SELECTED",
        /// The start chirp was not found.
        StartChirpMissing = "START_CHIRP_MISSING",
        /// The end chirp was not found.
        EndChirpMissing = "END_CHIRP_MISSING",
        /// The recording ends before the response has decayed.
        TruncatedTail = "TRUNCATED_TAIL",
        /// Samples reach full scale.
        Clipping = "CLIPPING",
        /// Samples were lost.
        Dropout = "DROPOUT",
        /// The recorder changed its gain.
        GainChange = "GAIN_CHANGE",
        /// The mains is in the recording.
        MainsHum = "MAINS_HUM",
        /// Too much noise in some bands.
        LowInrBands = "LOW_INR_BANDS",
        /// Loudspeaker or microphone left out part of the frequency range.
        BandLimitedSource = "BAND_LIMITED_SOURCE",
        /// Decays are not straight.
        CurvedDecay = "CURVED_DECAY",
        /// The loudspeaker distorted.
        Distortion = "DISTORTION",
        /// Clicks or knocks during the signal.
        ImpulsiveNoise = "IMPULSIVE_NOISE",
        /// The recorder muted quiet parts.
        NoiseGate = "NOISE_GATE",
        /// The delay of the file's encoder is unknown, so positions in the file are approximate.
        EncoderDelayUnknown = "ENCODER_DELAY_UNKNOWN",
        /// The file ends before its own header says.
        FileTruncated = "FILE_TRUNCATED",
        /// What was played is not known; the announced signal is assumed.
        ReferenceAssumed = "REFERENCE_ASSUMED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_travel_as_their_text() {
        for code in WarningCode::ALL {
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.as_str()));
            assert_eq!(serde_json::from_str::<WarningCode>(&json).unwrap(), *code);
        }
        assert_eq!(WarningCode::ALL.len(), 20);
        let failures: Vec<&str> = FailureCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(
            failures.join(" "),
            "NO_SIGNAL NO_SYNC RECORDING_TRUNCATED WRONG_LAYOUT SYNC_INCONSISTENT NOT_AUDIO REFERENCE_UNUSABLE TOO_LONG"
        );
    }
}
