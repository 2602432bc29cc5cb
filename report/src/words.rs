//! What the codes and quantities of a document mean, in words; and the sentence on top of a report.

use contract::analysis::{AnalysisDocument, Outcome};
use contract::parameters::Mid;
use contract::speech::Sti;

use crate::evaluation::Evaluation;
use crate::format;

/// A term of the glossary: symbol, meaning, source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    pub symbol: &'static str,
    pub meaning: &'static str,
    pub source: &'static str,
}

/// The quantities of a report with the clause that defines them.
pub(crate) const GLOSSARY: [Term; 12] = [
    Term {
        symbol: "EDT",
        meaning: "Early decay time: the slope of the decay from 0 to −10 dB, extrapolated to 60 dB. \
                  It follows the impression of reverberance.",
        source: "ISO 3382-1:2009, A.2.2",
    },
    Term {
        symbol: "T₂₀, T₃₀",
        meaning: "Reverberation time: the slope of the decay from −5 to −25 dB or from −5 to −35 dB, \
                  extrapolated to 60 dB. The mid value is the mean of 500 Hz and 1 kHz.",
        source: "ISO 3382-1:2009, 3.5; ISO 3382-2:2008, 3.5",
    },
    Term {
        symbol: "C₅₀, C₈₀",
        meaning: "Clarity: energy before 50 ms (speech) or 80 ms (music) against the energy after it. \
                  The mid value of C₅₀ is the mean of 500 Hz to 2 kHz.",
        source: "ISO 3382-1:2009, A.2.3",
    },
    Term {
        symbol: "D₅₀",
        meaning: "Definition: energy before 50 ms as a part of the whole energy, 0 to 1.",
        source: "ISO 3382-1:2009, A.2.3",
    },
    Term {
        symbol: "Tₛ",
        meaning: "Centre time: centre of gravity of the squared impulse response. Small is clear.",
        source: "ISO 3382-1:2009, A.2.3",
    },
    Term {
        symbol: "DRR",
        meaning: "Direct-to-reverberant ratio: energy of the first arrival, from 1 ms before to 2.5 ms \
                  after it, against all later energy.",
        source: "not standardised",
    },
    Term {
        symbol: "STI, MTI",
        meaning: "Speech transmission index: how much of the slow modulation of speech arrives, 0 to 1; \
                  and its part in each octave.",
        source: "IEC 60268-16:2020",
    },
    Term {
        symbol: "INR",
        meaning: "Impulse-response-to-noise ratio: the range of the decay above the noise. T₂₀ needs \
                  35 dB, T₃₀ needs 45 dB.",
        source: "ISO 3382-1:2009, 5.3.3",
    },
    Term {
        symbol: "C",
        meaning: "Curvature: how much longer T₃₀ is than T₂₀, in per cent. Values above 10 % point to a \
                  decay that is far from straight.",
        source: "ISO 3382-2:2008, B.3",
    },
    Term {
        symbol: "ξ",
        meaning: "Non-linearity: how far the decay departs from its regression line, in per mille. \
                  Values above 10 ‰ point to a decay that is not straight.",
        source: "ISO 3382-2:2008, B.2",
    },
    Term {
        symbol: "u",
        meaning: "Standard uncertainty of a reverberation time at this position; it does not hold the \
                  differences between positions.",
        source: "ISO 3382-2:2008, clause 7",
    },
    Term {
        symbol: "t(noise)",
        meaning: "Time after the onset at which the decay meets the background noise; what follows is not \
                  evaluated.",
        source: "ISO 3382-1:2009, 5.3.3",
    },
];

/// The sentence on top: the mid reverberation time, C50 and STI, or what went wrong.
pub fn headline(document: &AnalysisDocument) -> String {
    if document.outcome == Outcome::Failed {
        return document.failure.as_ref().map_or_else(
            || "The recording could not be evaluated; no reason was given".to_owned(),
            |failure| format!("The recording could not be evaluated: {}", failure.message),
        );
    }
    result(document.into())
}

/// The mid reverberation time, C50 and STI in a line.
pub(crate) fn result(found: Evaluation<'_>) -> String {
    let parts = [
        reverberation(found.mid),
        clarity(found.mid),
        speech(found.sti),
    ];
    parts.join(" · ")
}

/// What a flag says about the values of its band.
pub fn flag(code: &str) -> &'static str {
    known_flag(code)
        .unwrap_or("a remark of the evaluation that this version of the report has no words for")
}

/// The words of the flags that this version knows.
fn known_flag(code: &str) -> Option<&'static str> {
    Some(match code {
        "LOW_INR" => {
            "the decay range is below 53 dB, 8 dB above what T₃₀ needs; reverberation times are less certain \
             (the warning LOW_INR_BANDS begins earlier, below 60 dB)"
        }
        "FILTER_LIMITED" => {
            "the decay is nearly as fast as that of the band filter itself; the true reverberation time \
             may be shorter"
        }
        "CURVED_DECAY" => {
            "the decay is not straight; one reverberation time does not describe it, compare EDT, T₂₀ \
             and T₃₀"
        }
        "CLIPPING" => "a fault of the recording has reached this band: peaks were cut off",
        "DROPOUT" => "a fault of the recording has reached this band: sound is missing",
        "GAIN_CHANGE" => {
            "a fault of the recording has reached this band: the recorder changed its gain"
        }
        "BAND_LIMITED_SOURCE" => {
            "a fault of the recording has reached this band: loudspeaker or microphone hardly carry it"
        }
        "IMPULSIVE_NOISE" => {
            "a fault of the recording has reached this band: a click or knock while it was played"
        }
        _ => return None,
    })
}

/// A message as a sentence: a capital first and a full stop last, where they are missing.
pub(crate) fn sentence(message: &str) -> String {
    let mut letters = message.trim().chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let mut text: String = first.to_uppercase().chain(letters).collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

/// Where the noise was measured.
pub(crate) fn measured_from(code: &str) -> String {
    match code {
        "before_signal" => "the silence before the signal".to_owned(),
        "after_signal" => "the silence after the signal".to_owned(),
        other => other.replace('_', " "),
    }
}

fn reverberation(mid: Option<&Mid>) -> String {
    let t30 = mid.and_then(|mid| finite(mid.t30_s));
    let t20 = mid.and_then(|mid| finite(mid.t20_s));
    match (t30, t20) {
        (Some(value), _) => format!("T₃₀ mid {} s", format::time_s(value)),
        (None, Some(value)) => format!("T₂₀ mid {} s (T₃₀ not evaluable)", format::time_s(value)),
        (None, None) => "Mid reverberation time not evaluable".to_owned(),
    }
}

fn clarity(mid: Option<&Mid>) -> String {
    mid.and_then(|mid| finite(mid.c50_db)).map_or_else(
        || "C₅₀ mid not evaluable".to_owned(),
        |value| format!("C₅₀ mid {} dB", format::level_db(value)),
    )
}

fn speech(sti: Option<&Sti>) -> String {
    match sti {
        Some(Sti::Evaluated(speech)) if speech.sti.is_finite() => format!(
            "STI {} ({}, {})",
            format::ratio(speech.sti),
            speech.rating,
            speech.words
        ),
        Some(Sti::Evaluated(_) | Sti::Withheld(_)) | None => "STI not evaluable".to_owned(),
    }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("peaks are cut"), "Peaks are cut.");
        assert_eq!(sentence("Play it louder."), "Play it louder.");
        assert_eq!(sentence("ärger?"), "Ärger?");
        assert_eq!(sentence(" "), "");
    }

    #[test]
    fn an_unknown_flag_is_called_one() {
        assert!(flag("SOMETHING_NEW").contains("no words for"));
    }
}
