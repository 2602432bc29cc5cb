//! The codes by which people name a lobby: six characters that cannot be mistaken for each other.

use uuid::Uuid;

/// Letters and digits without 0 and O, 1 and I: 32, so that five random bits are one character.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Characters of a code.
pub(crate) const LENGTH: usize = 6;

/// A new code from the random numbers of the operating system.
pub(crate) fn random() -> String {
    // The first six bytes of a random UUID are random to the last bit.
    let bytes = Uuid::new_v4().into_bytes();
    bytes
        .iter()
        .take(LENGTH)
        .map(|byte| character(*byte))
        .collect()
}

/// What a code may have been meant as: as typed, else in capitals.
pub(crate) fn readings(typed: &str) -> Vec<String> {
    let capitals = typed.to_ascii_uppercase();
    if capitals == typed {
        vec![capitals]
    } else {
        vec![typed.to_owned(), capitals]
    }
}

fn character(byte: u8) -> char {
    char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_have_six_characters_without_look_alikes() {
        let codes: Vec<String> = (0..500).map(|_| random()).collect();
        for code in &codes {
            assert_eq!(code.len(), LENGTH, "{code}");
            assert!(
                code.bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
                "{code}"
            );
            assert!(!code.contains(['0', 'O', '1', 'I']), "{code}");
        }
        let seen: HashSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(
            seen.len(),
            32,
            "every character of the alphabet comes up in 3000"
        );
    }

    #[test]
    fn what_was_typed_comes_before_its_capitals() {
        assert_eq!(readings("ABC234"), ["ABC234"]);
        assert_eq!(readings("abC234"), ["abC234", "ABC234"]);
    }
}
