//! Bytes and SHA-256 of files, and of heaps of rows whose order is not known.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// How large a file is, and its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// Its size.
    pub bytes: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

impl FileDigest {
    /// Reads a whole file; called away from the async threads.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn of(file: &Path) -> io::Result<Self> {
        let mut file = File::open(file)?;
        let mut running = Running::default();
        let mut piece = vec![0; PIECE];
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                return Ok(running.finish());
            }
            running.update(&piece[..read]);
        }
    }
}

/// A digest of bytes that come one after another.
#[derive(Debug, Default)]
pub(super) struct Running {
    bytes: u64,
    hasher: Sha256,
}

impl Running {
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.hasher.update(piece);
    }

    pub(super) fn finish(self) -> FileDigest {
        FileDigest {
            bytes: self.bytes,
            sha256: hex(&self.hasher.finalize()),
        }
    }
}

/// The sum of the SHA-256 of rows, modulo 2^256: the same in any order, and another where a row is missing, is there
/// twice, or differs.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Heap {
    sum: [u8; 32],
    pub(super) rows: u64,
}

impl Heap {
    pub(super) fn add_text(&mut self, row: &str) {
        self.add(&Sha256::digest(row.as_bytes()));
    }

    /// Adds the digest of a row.
    pub(super) fn add(&mut self, digest: &[u8]) {
        self.rows += 1;
        let mut carry = 0;
        for (sum, byte) in self.sum.iter_mut().rev().zip(digest.iter().rev()) {
            let total = u16::from(*sum) + u16::from(*byte) + carry;
            let [high, low] = total.to_be_bytes();
            *sum = low;
            carry = u16::from(high);
        }
    }

    pub(super) fn hex(&self) -> String {
        hex(&self.sum)
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap(rows: &[&str]) -> String {
        let mut heap = Heap::default();
        for row in rows {
            heap.add_text(row);
        }
        heap.hex()
    }

    #[test]
    fn a_heap_is_the_same_in_any_order_and_no_row_goes_unseen() {
        assert_eq!(heap(&["a", "b", "c"]), heap(&["c", "a", "b"]));
        assert_ne!(heap(&["a", "b"]), heap(&["a", "b", "b"]));
        assert_ne!(heap(&["a", "a"]), heap(&[]));
        assert_ne!(heap(&["a", "b"]), heap(&["a", "c"]));
    }

    #[test]
    fn a_sum_carries_and_leaves_the_end() {
        let mut sum = Heap::default();
        sum.add(&[255; 32]);
        let mut one = [0; 32];
        one[31] = 2;
        sum.add(&one);
        assert_eq!(sum.hex(), format!("{:064x}", 1));
    }

    #[test]
    fn a_file_has_the_digest_that_everybody_computes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        let digest = FileDigest::of(file.path()).unwrap();
        assert_eq!(digest.bytes, 3);
        assert_eq!(
            digest.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
