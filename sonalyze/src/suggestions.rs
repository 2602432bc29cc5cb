//! Materials that somebody may have meant: ids that are spelt alike, or that share a word with what was written.

use simulation::catalog::{self, Entry};

/// As many are suggested.
const COUNT: usize = 3;

/// Likeness from which an id is worth naming, 0 to 1.
const LIKE: f64 = 0.78;

/// Likeness of an id with a word in common.
const COMMON_WORD: f64 = 0.85;

/// Shortest word that counts.
const WORD_MIN: usize = 4;

/// The nearest ids, best first; none where nothing is near.
pub(crate) fn near(wanted: &str) -> Vec<&'static str> {
    let wanted = as_id(wanted);
    let mut found: Vec<(f64, &'static str)> = catalog::all()
        .iter()
        .map(|entry| (likeness(&wanted, entry), entry.id.as_str()))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    found.into_iter().take(COUNT).map(|(_, id)| id).collect()
}

/// The nearest ids as a part of a sentence; nothing where nothing is near.
pub(crate) fn sentence(wanted: &str) -> String {
    let near = near(wanted);
    if near.is_empty() {
        String::new()
    } else {
        format!("; near it: {}", near.join(", "))
    }
}

/// A name as ids are written: lower case, `_` for everything that is neither letter nor digit.
pub(crate) fn as_id(name: &str) -> String {
    let letters = name.chars().map(|c| {
        if c.is_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    });
    letters.collect()
}

fn likeness(wanted: &str, entry: &Entry) -> f64 {
    let whole = strsim::jaro_winkler(wanted, &entry.id);
    let display = as_id(&entry.display_name);
    let words: Vec<&str> = entry.id.split('_').chain(display.split('_')).collect();
    let shared = wanted
        .split('_')
        .filter(|word| word.len() >= WORD_MIN)
        .map(|word| {
            let nearest = words.iter().map(|own| strsim::jaro_winkler(word, own));
            nearest.fold(0.0, f64::max)
        })
        .fold(0.0, f64::max);
    // Of several ids with the word, the one that is spelt most like the whole comes first.
    let by_word = if shared >= 0.92 {
        COMMON_WORD * shared + 0.1 * whole
    } else {
        0.0
    };
    whole.max(by_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_and_words_count() {
        assert_eq!(near("plastr").first(), Some(&"plaster"));
        assert_eq!(near("Carpet thick").first(), Some(&"carpet_thick"));
        assert!(
            near("blue linoleum")
                .iter()
                .any(|id| id.contains("linoleum"))
        );
        assert!(near("xyzzy").is_empty());
    }

    #[test]
    fn names_become_ids() {
        assert_eq!(as_id("Acoustic-Foam 50"), "acoustic_foam_50");
    }
}
