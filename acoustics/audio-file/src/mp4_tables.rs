//! Where the packets of an MP4 track lie by the sample tables of its header (ISO/IEC 14496-12, 8.7.3 to 8.7.5).
//!
//! The tables are read in place and nothing is allocated for what they claim.

use crate::mp4::{be_u32, be_u64, child, descend};
use crate::mp4_packets::{Packets, Stop};
use crate::read_error::ReadError;

/// The sample tables of a track (8.7.3 to 8.7.5).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables<'a> {
    sizes: &'a [u8],
    to_chunk: &'a [u8],
    offsets: &'a [u8],
    long_offsets: bool,
}

impl<'a> Tables<'a> {
    /// The tables of a track; none when one is missing.
    pub(crate) fn find(trak: &'a [u8]) -> Option<Self> {
        let stbl = descend(trak, &[b"mdia", b"minf", b"stbl"])?;
        let short = child(stbl, *b"stco");
        Some(Self {
            sizes: child(stbl, *b"stsz")?,
            to_chunk: child(stbl, *b"stsc")?,
            offsets: short.or_else(|| child(stbl, *b"co64"))?,
            long_offsets: short.is_none(),
        })
    }

    /// Hands out all packets.
    ///
    /// # Errors
    /// [`Stop::BrokenOff`] also when the chunks hold fewer samples than there are sizes.
    pub(crate) fn hand_out<F>(self, packets: &mut Packets<'a, F>) -> Result<(), Stop>
    where
        F: FnMut(&'a [u8]) -> Result<(), ReadError>,
    {
        let mut sample = 0;
        let mut chunk = 0;
        while let Some(mut at) = self.chunk_offset(chunk) {
            let end = sample + u64::from(self.samples_per_chunk(chunk));
            for size in (sample..end).map_while(|n| self.size(n)) {
                packets.hand_out(at, size)?;
                at = at.saturating_add(u64::from(size));
            }
            sample = end;
            chunk += 1;
        }
        self.size(sample).map_or(Ok(()), |_| Err(Stop::BrokenOff))
    }

    /// Size of a sample; none behind the last.
    fn size(&self, sample: u64) -> Option<u32> {
        if sample >= u64::from(be_u32(self.sizes, 8)?) {
            return None;
        }
        match be_u32(self.sizes, 4)? {
            0 => be_u32(self.sizes, usize::try_from(12 + 4 * sample).ok()?),
            all => Some(all),
        }
    }

    /// Place of a chunk in the file; none behind the last.
    fn chunk_offset(&self, chunk: usize) -> Option<u64> {
        let count = usize::try_from(be_u32(self.offsets, 4)?).ok()?;
        let width = if self.long_offsets { 8 } else { 4 };
        let at = chunk.checked_mul(width)?.checked_add(8)?;
        match (chunk < count, self.long_offsets) {
            (false, _) => None,
            (true, true) => be_u64(self.offsets, at),
            (true, false) => be_u32(self.offsets, at).map(u64::from),
        }
    }

    /// Samples in a chunk: those of the last entry that begins at or before it.
    fn samples_per_chunk(&self, chunk: usize) -> u32 {
        let entries = self.to_chunk.get(8..).unwrap_or_default();
        let number = chunk.saturating_add(1) as u64;
        let begins = |entry: &[u8]| be_u32(entry, 0).map_or(u64::MAX, u64::from);
        let (rows, _) = entries.as_chunks::<12>();
        let after = rows.partition_point(|row| begins(row) <= number);
        let row = after.checked_sub(1).and_then(|n| rows.get(n));
        row.and_then(|row| be_u32(row, 4)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: Tables<'_> = Tables {
        sizes: b"\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\x01\0\0\0\x02\0\0\0\x03",
        to_chunk: b"\0\0\0\0\0\0\0\x02\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\0\0\x01",
        offsets: b"\0\0\0\0\0\0\0\x02\0\0\0\x04\0\0\0\x00",
        long_offsets: false,
    };

    fn taken(tables: Tables<'_>) -> (Vec<Vec<u8>>, Result<(), Stop>) {
        let mut taken = Vec::new();
        let mut packets = Packets::new(b"abcdefgh", |p: &[u8]| {
            taken.push(p.to_vec());
            Ok(())
        });
        let end = tables.hand_out(&mut packets);
        (taken, end)
    }

    #[test]
    fn packets_follow_the_chunks() {
        let (packets, end) = taken(TABLES);
        assert_eq!(packets, [&b"e"[..], b"fg", b"abc"]);
        assert!(end.is_ok());
    }

    #[test]
    fn sizes_without_chunks_are_broken_off() {
        let one_chunk = Tables {
            offsets: b"\0\0\0\0\0\0\0\x01\0\0\0\x04",
            ..TABLES
        };
        let (packets, end) = taken(one_chunk);
        assert_eq!(packets, [&b"e"[..], b"fg"]);
        assert!(matches!(end, Err(Stop::BrokenOff)));
    }

    #[test]
    fn endless_claims_end() {
        let endless = Tables {
            sizes: b"\0\0\0\0\0\0\0\x01\xff\xff\xff\xff",
            to_chunk: b"\0\0\0\0\0\0\0\x01\0\0\0\x01\xff\xff\xff\xff\0\0\0\x01",
            ..TABLES
        };
        let (packets, end) = taken(endless);
        assert_eq!(packets.len(), 4);
        assert!(matches!(end, Err(Stop::BrokenOff)));
    }
}
