//! The random name of a socket: 16 random bytes as 22 characters of the URL-safe Base64 alphabet.

use uuid::Uuid;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Characters that 128 bits take, six bits each.
const CHARACTERS: u32 = 22;

/// A new name.
pub(crate) fn next() -> String {
    written(Uuid::new_v4().as_u128())
}

fn written(bits: u128) -> String {
    let digit = |place: u32| {
        // The last character holds the two bits that are left, at its upper end.
        let shifted = if place == 21 {
            bits << 4
        } else {
            bits >> (122 - 6 * place)
        };
        char::from(ALPHABET[(shifted & 63) as usize])
    };
    (0..CHARACTERS).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_base64_does() {
        assert_eq!(written(0), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(written(u128::MAX), "_____________________w");
        assert_eq!(
            written(0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f),
            "AAECAwQFBgcICQoLDA0ODw"
        );
    }

    #[test]
    fn names_differ_and_have_22_characters() {
        let (first, second) = (next(), next());
        assert_ne!(first, second);
        assert_eq!((first.len(), second.len()), (22, 22));
    }
}
