//! Where the packets of an MP4 track lie by its movie fragments (ISO/IEC 14496-12, 8.8), as browsers record.

use crate::mp4::{Boxes, be_u32, be_u64, boxes, child};
use crate::mp4_packets::{Packets, Stop};
use crate::read_error::ReadError;

/// Hands out the packets of track `track` in all fragments of `file`, whose movie header is `moov`.
///
/// # Errors
/// [`Stop`].
pub(crate) fn hand_out<'a, F>(
    file: &'a [u8],
    moov: &'a [u8],
    track: u32,
    packets: &mut Packets<'a, F>,
) -> Result<(), Stop>
where
    F: FnMut(&'a [u8]) -> Result<(), ReadError>,
{
    let default_size = default_size(moov, track);
    let mut rest = Boxes(file);
    let mut base = 0;
    while let Some((kind, body)) = rest.next() {
        let trafs = boxes(body, *b"traf").filter(|_| kind == *b"moof");
        for traf in trafs {
            let fragment = Fragment::parse(traf, base, default_size);
            if let Some(fragment) = fragment.filter(|f| f.track == track) {
                fragment.hand_out(traf, packets)?;
            }
        }
        base = (file.len() - rest.0.len()) as u64;
    }
    if rest.0.is_empty() {
        Ok(())
    } else {
        Err(Stop::BrokenOff)
    }
}

/// The size of samples whose fragment states none (8.8.3).
fn default_size(moov: &[u8], track: u32) -> u32 {
    child(moov, *b"mvex")
        .and_then(|mvex| boxes(mvex, *b"trex").find(|b| be_u32(b, 4) == Some(track)))
        .and_then(|trex| be_u32(trex, 16))
        .unwrap_or(0)
}

/// The header of a track's part in a fragment (8.8.7).
#[derive(Debug, Clone, Copy)]
struct Fragment {
    track: u32,
    base: u64,
    default_size: u32,
}

impl Fragment {
    fn parse(traf: &[u8], moof: u64, default_size: u32) -> Option<Self> {
        let tfhd = child(traf, *b"tfhd")?;
        let flags = be_u32(tfhd, 0)?;
        let mut fields = Fields { body: tfhd, at: 8 };
        let base = fields.long(flags & 1 != 0)?;
        fields.word(flags & 2 != 0)?;
        fields.word(flags & 8 != 0)?;
        let size = fields.word(flags & 0x10 != 0)?;
        Some(Self {
            track: be_u32(tfhd, 4)?,
            base: base.unwrap_or(moof),
            default_size: size.unwrap_or(default_size),
        })
    }

    /// Hands out the samples of all runs (8.8.8).
    fn hand_out<'a, F>(self, traf: &'a [u8], packets: &mut Packets<'a, F>) -> Result<(), Stop>
    where
        F: FnMut(&'a [u8]) -> Result<(), ReadError>,
    {
        let mut at = self.base;
        for trun in boxes(traf, *b"trun") {
            let mut run = Run::parse(trun, self.default_size).ok_or(Stop::BrokenOff)?;
            if let Some(offset) = run.offset {
                let start = self.base.checked_add_signed(i64::from(offset));
                at = start.ok_or(Stop::BrokenOff)?;
            }
            for _ in 0..run.count {
                let size = run.next_size().ok_or(Stop::BrokenOff)?;
                packets.hand_out(at, size)?;
                at = at.saturating_add(u64::from(size));
            }
        }
        Ok(())
    }
}

/// A run of samples in a fragment.
#[derive(Debug)]
struct Run<'a> {
    count: u32,
    offset: Option<i32>,
    flags: u32,
    default_size: u32,
    fields: Fields<'a>,
}

impl<'a> Run<'a> {
    fn parse(trun: &'a [u8], default_size: u32) -> Option<Self> {
        let flags = be_u32(trun, 0)?;
        let mut fields = Fields { body: trun, at: 8 };
        let offset = fields.word(flags & 1 != 0)?;
        fields.word(flags & 4 != 0)?;
        Some(Self {
            count: be_u32(trun, 4)?,
            offset: offset.map(u32::cast_signed),
            flags,
            default_size,
            fields,
        })
    }

    /// The size of the next sample; none when the table is cut.
    fn next_size(&mut self) -> Option<u32> {
        let has = |flag| self.flags & flag != 0;
        let (duration, size, flags, composition) = (has(0x100), has(0x200), has(0x400), has(0x800));
        self.fields.word(duration)?;
        let size = self.fields.word(size)?;
        self.fields.word(flags)?;
        self.fields.word(composition)?;
        Some(size.unwrap_or(self.default_size))
    }
}

/// Fields that may be absent, one after another. The outer option is none at the end of the box.
#[derive(Debug)]
struct Fields<'a> {
    body: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    #[expect(
        clippy::option_option,
        reason = "absent by flag and cut off are two things"
    )]
    fn word(&mut self, present: bool) -> Option<Option<u32>> {
        if !present {
            return Some(None);
        }
        let word = be_u32(self.body, self.at)?;
        self.at += 4;
        Some(Some(word))
    }

    #[expect(
        clippy::option_option,
        reason = "absent by flag and cut off are two things"
    )]
    fn long(&mut self, present: bool) -> Option<Option<u64>> {
        if !present {
            return Some(None);
        }
        let long = be_u64(self.body, self.at)?;
        self.at += 8;
        Some(Some(long))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + 8).unwrap();
        [&size.to_be_bytes()[..], &kind, body].concat()
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|w| w.to_be_bytes()).collect()
    }

    /// A fragment of track 7 with a run of these words, and ten bytes of data behind it.
    fn file(run: &[u32]) -> Vec<u8> {
        let traf = [
            boxed(*b"tfhd", &words(&[0x2_0000, 7])),
            boxed(*b"trun", &words(run)),
        ]
        .concat();
        let moof = boxed(*b"moof", &boxed(*b"traf", &traf));
        [moof, boxed(*b"mdat", b"0123456789")].concat()
    }

    fn taken(file: &[u8], moov: &[u8]) -> (Vec<Vec<u8>>, Result<(), Stop>) {
        let mut taken = Vec::new();
        let mut packets = Packets::new(file, |p: &[u8]| {
            taken.push(p.to_vec());
            Ok(())
        });
        let end = hand_out(file, moov, 7, &mut packets);
        (taken, end)
    }

    #[test]
    fn runs_state_sizes_or_take_the_default() {
        let head = 8 + 8 + 16 + 8 + 8;
        let own = file(&[0x301, 2, head + 8 + 12 + 8, 99, 1, 99, 3]);
        let (packets, end) = taken(&own, b"");
        assert_eq!(packets, [&b"0"[..], b"123"]);
        assert!(end.is_ok());
        let trex = boxed(*b"mvex", &boxed(*b"trex", &words(&[0, 7, 1, 0, 4, 0])));
        let default = file(&[1, 2, head + 12 - 8 + 8]);
        assert_eq!(taken(&default, &trex).0, [b"0123", b"4567"]);
    }

    #[test]
    fn false_offsets_and_counts_break_off() {
        for run in [
            [0x201, 1, u32::MAX - 500, 1],
            [0x201, 1, 500, 1],
            [0x201, u32::MAX, 0, 1],
        ] {
            let (_, end) = taken(&file(&run), b"");
            assert!(matches!(end, Err(Stop::BrokenOff)), "{run:?}");
        }
        let (packets, end) = taken(&file(&[0, u32::MAX]), b"");
        assert!(matches!(end, Err(Stop::Refused(_))));
        assert!(packets.iter().all(Vec::is_empty));
    }
}
