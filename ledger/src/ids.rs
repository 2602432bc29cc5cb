//! Ids: one generator of `UUIDv7` for the process, so that ids sort by their creation; and the codes by which people
//! name a lobby.

use uuid::Uuid;

/// The next id: version 7, greater than every id this process made before, also within one millisecond and when the
/// clock steps back.
pub fn next() -> Uuid {
    Uuid::now_v7()
}

/// Letters and digits without 0 and O, 1 and I: 32, so that five random bits are one character.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Characters of a code.
const CODE_LENGTH: usize = 6;

/// A new code from the random numbers of the operating system: six characters that cannot be mistaken for each other.
/// Two may be the same; who keeps codes tries again then.
pub fn code() -> String {
    // The first six bytes of a random UUID are random to the last bit.
    let bytes = Uuid::new_v4().into_bytes().into_iter().take(CODE_LENGTH);
    bytes
        .map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::{CODE_LENGTH, code, next};

    #[test]
    fn codes_have_six_characters_without_look_alikes() {
        let codes: Vec<String> = (0..500).map(|_| code()).collect();
        for one in &codes {
            assert_eq!(one.len(), CODE_LENGTH, "{one}");
            let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            assert!(one.bytes().all(is_plain), "{one}");
            assert!(!one.contains(['0', 'O', '1', 'I']), "{one}");
        }
        let seen: HashSet<char> = codes.iter().flat_map(|one| one.chars()).collect();
        assert_eq!(seen.len(), 32, "every character comes up in 3000");
    }

    #[test]
    fn ids_rise_in_every_thread_and_never_repeat() {
        let threads: Vec<_> = (0..4)
            .map(|_| thread::spawn(|| (0..2_000).map(|_| next()).collect::<Vec<_>>()))
            .collect();
        let made: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        for ids in &made {
            assert!(
                ids.is_sorted_by(|a, b| a < b),
                "an id is not above the one before it"
            );
            assert!(ids.iter().all(|id| id.get_version_num() == 7));
        }
        let distinct: HashSet<_> = made.iter().flatten().collect();
        assert_eq!(distinct.len(), 8_000);
    }
}
