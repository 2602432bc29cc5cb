//! Gives the packets of an MP4 out: within the file, and no more of them than it has bytes.

use crate::read_error::ReadError;

/// Why no more packets are given out.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A packet lies beyond the end of the file, or a table is cut.
    BrokenOff,
    /// The taker refused, or there are too many.
    Refused(ReadError),
}

/// The packets of a file on their way to `take`.
#[derive(Debug)]
pub(crate) struct Packets<'a, F> {
    file: &'a [u8],
    left: usize,
    take: F,
}

impl<'a, F: FnMut(&'a [u8]) -> Result<(), ReadError>> Packets<'a, F> {
    /// Gives packets of `file` to `take`.
    pub(crate) const fn new(file: &'a [u8], take: F) -> Self {
        Self {
            file,
            left: file.len(),
            take,
        }
    }

    /// Gives out the packet of `size` bytes at `at`.
    pub(crate) fn hand_out(&mut self, at: u64, size: u32) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            Stop::Refused(ReadError::malformed(
                "its tables claim more packets than the file has bytes",
            ))
        })?;
        let packet = self.find(at, size).ok_or(Stop::BrokenOff)?;
        (self.take)(packet).map_err(Stop::Refused)
    }

    fn find(&self, at: u64, size: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(at).ok()?;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        self.file.get(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_lie_within_the_file_and_are_counted() {
        let mut taken = Vec::new();
        let mut packets = Packets::new(b"abc", |p: &[u8]| {
            taken.push(p.to_vec());
            Ok(())
        });
        assert!(packets.hand_out(1, 2).is_ok());
        assert!(matches!(packets.hand_out(2, 2), Err(Stop::BrokenOff)));
        assert!(matches!(
            packets.hand_out(u64::MAX, u32::MAX),
            Err(Stop::BrokenOff)
        ));
        assert!(matches!(packets.hand_out(0, 1), Err(Stop::Refused(_))));
        assert_eq!(taken, [b"bc"]);
    }
}
