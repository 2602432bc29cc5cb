//! Words of a column, some of which mean the same: they are stored and answered as sent, and equal in filters.

/// A word and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) word: &'static str,
    /// A word of this service; another service may have its own for it.
    pub(crate) meaning: &'static str,
}

const fn own(word: &'static str) -> Word {
    Word {
        word,
        meaning: word,
    }
}

const fn synonym(word: &'static str, meaning: &'static str) -> Word {
    Word { word, meaning }
}

/// The word that hides a row.
pub(crate) const DELETED: &str = "deleted";

pub(crate) const LOBBY_STATES: &[Word] = &[
    own("created"),
    own("open"),
    own("measuring"),
    synonym("measurement_running", "measuring"),
    own("closed"),
    own(DELETED),
];

pub(crate) const ROLES: &[Word] = &[
    own("observer"),
    synonym("none", "observer"),
    own("speaker"),
    own("microphone"),
];

pub(crate) const PARTICIPANT_STATUSES: &[Word] = &[
    own("connected"),
    synonym("joined", "connected"),
    own("disconnected"),
    own("left"),
];

pub(crate) const ANALYSIS_TYPES: &[Word] = &[
    own("room_acoustics"),
    own("frequency_response"),
    own("sti"),
    own("custom"),
];

pub(crate) const ANALYSIS_STATUSES: &[Word] = &[
    own("created"),
    own("processing"),
    own("completed"),
    own("failed"),
];

pub(crate) const JOB_STATUSES: &[Word] = &[
    own("queued"),
    own("running"),
    own("completed"),
    own("failed"),
    own(DELETED),
];

/// Most words that mean the same.
pub(crate) const SYNONYMS_MAX: usize = 2;

/// The words that mean the same as this one: it and another, or it twice.
pub(crate) fn synonyms(words: &[Word], word: &str) -> [&'static str; SYNONYMS_MAX] {
    let meaning = words.iter().find(|w| w.word == word).map(|w| w.meaning);
    let mut same = words
        .iter()
        .filter(|w| Some(w.meaning) == meaning)
        .map(|w| w.word);
    let first = same.next().unwrap_or_default();
    [first, same.next().unwrap_or(first)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_meaning_are_at_most_two() {
        for words in [
            LOBBY_STATES,
            ROLES,
            PARTICIPANT_STATUSES,
            ANALYSIS_STATUSES,
            JOB_STATUSES,
        ] {
            for word in words {
                let same = words.iter().filter(|w| w.meaning == word.meaning).count();
                assert!(same <= SYNONYMS_MAX, "{word:?}");
                assert!(words.iter().any(|w| w.word == word.meaning), "{word:?}");
            }
        }
        assert_eq!(
            synonyms(LOBBY_STATES, "measurement_running"),
            ["measuring", "measurement_running"]
        );
        assert_eq!(synonyms(ROLES, "speaker"), ["speaker", "speaker"]);
    }
}
