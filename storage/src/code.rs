//! Codes of lobbies that were created without one.

use uuid::Uuid;

/// Letters and digits without 0 and O, 1 and I: 32, so that five random bits are one character.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Characters of a code.
const LENGTH: usize = 6;

/// A new code from the random numbers of the operating system.
pub(crate) fn random() -> String {
    // The first six bytes of a random UUID are random to the last bit.
    let bytes = Uuid::new_v4().into_bytes().into_iter().take(LENGTH);
    bytes
        .map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]))
        .collect()
}
