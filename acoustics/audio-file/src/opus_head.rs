//! The identification header of Opus (RFC 7845, 5.1), in Ogg, WebM and MP4.

use crate::read_error::ReadError;

/// Sampling frequency of the timeline of Opus.
pub(crate) const OPUS_RATE_HZ: u32 = 48_000;

/// What the header begins with.
pub(crate) const MAGIC: &[u8] = b"OpusHead";

/// Byte order of the numbers: little in Ogg and WebM, big in MP4's `dOps` (Opus in ISOBMFF, 4.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

/// How the streams of a file become channels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OpusHead {
    /// Number of channels, at least 1.
    pub(crate) channels: u8,
    /// Samples at 48 kHz before the sound.
    pub(crate) pre_skip: u16,
    /// Factor to multiply every sample with.
    pub(crate) gain: f32,
    /// Number of Opus streams in a packet.
    pub(crate) streams: u8,
    /// How many of them are stereo.
    pub(crate) coupled: u8,
    /// For each channel its place among the decoded ones; 255 is silence.
    pub(crate) mapping: Vec<u8>,
}

impl OpusHead {
    /// Parses the header, magic included.
    ///
    /// # Errors
    /// [`ReadError::Malformed`] and [`ReadError::Unsupported`].
    pub(crate) fn parse(bytes: &[u8], order: Order) -> Result<Self, ReadError> {
        let short = || ReadError::malformed(format!("an Opus header of {} bytes", bytes.len()));
        let body = bytes.strip_prefix(MAGIC).ok_or_else(short)?;
        let fixed: &[u8; 11] = body.first_chunk().ok_or_else(short)?;
        let word = |at: usize| match order {
            Order::Little => u16::from_le_bytes([fixed[at], fixed[at + 1]]),
            Order::Big => u16::from_be_bytes([fixed[at], fixed[at + 1]]),
        };
        let (version, channels, family) = (fixed[0], fixed[1], fixed[10]);
        if version & 0xf0 != 0 {
            return Err(ReadError::unsupported(format!("Opus version {version}")));
        }
        let (streams, coupled, mapping) = layout(family, channels, &body[11..])?;
        Ok(Self {
            channels,
            pre_skip: word(2),
            gain: gain_factor(word(8)),
            streams,
            coupled,
            mapping,
        })
    }
}

/// Streams, coupled streams and mapping (RFC 7845, 5.1.1).
fn layout(family: u8, channels: u8, table: &[u8]) -> Result<(u8, u8, Vec<u8>), ReadError> {
    let bad = || {
        ReadError::malformed(format!(
            "an Opus header of mapping family {family} with {channels} channels and a table of {} bytes",
            table.len()
        ))
    };
    match family {
        0 if (1..=2).contains(&channels) => Ok((1, channels - 1, (0..channels).collect())),
        1 | 2 | 255 if channels > 0 => {
            let (&streams, rest) = table.split_first().ok_or_else(bad)?;
            let (&coupled, rest) = rest.split_first().ok_or_else(bad)?;
            let mapping = rest.get(..usize::from(channels)).ok_or_else(bad)?;
            Ok((streams, coupled, mapping.to_vec()))
        }
        0 | 1 | 2 | 255 => Err(bad()),
        _ => Err(ReadError::unsupported(format!(
            "Opus channel mapping family {family}"
        ))),
    }
}

/// The factor of an output gain in 1/256 dB, a signed number.
fn gain_factor(field: u16) -> f32 {
    let db = f32::from(i16::from_ne_bytes(field.to_ne_bytes())) / 256.0;
    10.0_f32.powf(db / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stereo_with_gain_in_both_orders() {
        let ogg = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\x00\xfa\0";
        let head = OpusHead::parse(ogg, Order::Little).unwrap();
        assert_eq!((head.channels, head.pre_skip), (2, 312));
        assert_eq!(
            (head.streams, head.coupled, &head.mapping),
            (1, 1, &vec![0, 1])
        );
        assert!((20.0 * head.gain.log10() + 6.0).abs() < 1e-5);
        let mp4 = b"OpusHead\0\x02\x01\x38\0\0\xbb\x80\xfa\0\0";
        assert_eq!(OpusHead::parse(mp4, Order::Big), Ok(head));
    }

    #[test]
    fn refuses_what_it_cannot_place() {
        let refused = |b: &[u8]| OpusHead::parse(b, Order::Little).unwrap_err();
        assert!(matches!(
            refused(b"OpusHead\x01"),
            ReadError::Malformed { .. }
        ));
        assert!(matches!(
            refused(b"OpusHead\x01\x03\0\0\0\0\0\0\0\0\0"),
            ReadError::Malformed { .. }
        ));
        assert!(matches!(
            refused(b"OpusHead\x01\x04\0\0\0\0\0\0\0\0\x03"),
            ReadError::Unsupported { .. }
        ));
        assert!(matches!(
            refused(b"OpusHead\x11\x01\0\0\0\0\0\0\0\0\0"),
            ReadError::Unsupported { .. }
        ));
    }
}
