//! The name of a blob: the SHA-256 of its content.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use object_store::path::Path;

/// A SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(pub [u8; 32]);

/// A text that is no SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub struct NoSha256;

impl Sha256 {
    /// Where the blob lies within the folder of a store on the disk.
    pub fn file(&self) -> PathBuf {
        self.path().as_ref().split('/').collect()
    }

    /// Where the blob lies. The name is made of the digits alone, so no text of a client becomes a path.
    pub(super) fn path(&self) -> Path {
        let hex = self.to_string();
        Path::from(format!("sha256/{}/{}/{hex}", &hex[..2], &hex[2..4]))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl FromStr for Sha256 {
    type Err = NoSha256;

    fn from_str(text: &str) -> Result<Self, NoSha256> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(NoSha256);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |high, digit| Some(high << 4 | value(*digit)?))
                .ok_or(NoSha256)?;
        }
        Ok(Self(bytes))
    }
}

fn value(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_is_written() {
        let digest = Sha256(std::array::from_fn(|index| {
            u8::try_from(index * 8 + 3).unwrap()
        }));
        let text = digest.to_string();
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(text.to_uppercase().parse(), Ok(digest));
        assert!(digest.file().ends_with(&text));
        assert_eq!(digest.path().to_string(), format!("sha256/03/0b/{text}"));
    }

    #[test]
    fn other_texts_are_none() {
        for bad in [
            String::new(),
            "0".repeat(63),
            "0".repeat(65),
            "g".repeat(64),
            "../".repeat(22),
        ] {
            assert_eq!(bad.parse::<Sha256>(), Err(NoSha256), "{bad}");
        }
    }
}
