//! Tells the container from the first bytes: names and media types of uploads are not to be trusted.
//!
//! It looks at fixed positions only; it never searches, so that noise is not taken for MP3.

/// Size of an ID3 header in bytes (id3.org, version 2.4.0, 3.1).
const ID3_HEADER: usize = 10;

/// A container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Wav,
    Aiff,
    Flac,
    Mp3,
    Adts,
    Ogg,
    Mp4,
    Matroska,
}

impl core::fmt::Display for Container {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Wav => "WAV",
            Self::Aiff => "AIFF",
            Self::Flac => "FLAC",
            Self::Mp3 => "MP3",
            Self::Adts => "ADTS",
            Self::Ogg => "Ogg",
            Self::Mp4 => "MP4",
            Self::Matroska => "Matroska",
        })
    }
}

/// The container and where it begins, behind any ID3 tags; none when the bytes are no audio known here.
pub(crate) fn sniff(bytes: &[u8]) -> Option<(Container, &[u8])> {
    let body = skip_id3(bytes);
    container(body).map(|c| (c, body))
}

fn container(b: &[u8]) -> Option<Container> {
    let tag = |at: usize| b.get(at..at + 4);
    match (tag(0)?, tag(8)) {
        (b"RIFF" | b"RF64" | b"BW64", Some(b"WAVE")) => return Some(Container::Wav),
        (b"FORM", Some(b"AIFF" | b"AIFC")) => return Some(Container::Aiff),
        (b"fLaC", _) => return Some(Container::Flac),
        (b"OggS", _) => return Some(Container::Ogg),
        ([0x1a, 0x45, 0xdf, 0xa3], _) => return Some(Container::Matroska),
        _ => {}
    }
    if matches!(tag(4), Some(b"ftyp" | b"moov" | b"styp")) {
        return Some(Container::Mp4);
    }
    mpeg(b[0], b[1])
}

/// MPEG audio frames begin with eleven ones, then version and layer (ISO/IEC 11172-3, 2.4.1.3); layer 0 is ADTS.
fn mpeg(first: u8, second: u8) -> Option<Container> {
    if first != 0xff || second & 0xe0 != 0xe0 {
        return None;
    }
    let version_reserved = second & 0x18 == 0x08;
    match (second >> 1) & 3 {
        0 if second & 0xf0 == 0xf0 => Some(Container::Adts),
        1 if !version_reserved => Some(Container::Mp3),
        _ => None,
    }
}

/// What follows the ID3 tags at the start.
fn skip_id3(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some(h) = rest.get(..ID3_HEADER)
        && h.starts_with(b"ID3")
        && h[6..].iter().all(|b| b & 0x80 == 0)
    {
        let size = h[6..].iter().fold(0, |n, b| (n << 7) | usize::from(*b));
        let footer = if h[5] & 0x10 == 0 { 0 } else { ID3_HEADER };
        rest = rest.get(ID3_HEADER + size + footer..).unwrap_or_default();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_follows_an_id3_tag() {
        let mut file = b"ID3\x04\x00\x00\x00\x00\x01\x00".to_vec();
        file.extend([0; 128]);
        file.extend([0xff, 0xfb, 0x90, 0x00]);
        assert_eq!(
            sniff(&file),
            Some((Container::Mp3, &[0xff, 0xfb, 0x90, 0x00][..]))
        );
    }

    #[test]
    fn text_and_pictures_are_no_audio() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n0000"), None);
        assert_eq!(sniff(b"<html><body>"), None);
        assert_eq!(sniff(b"RIFF\0\0\0\0AVI LIST"), None);
        assert_eq!(sniff(b"ab"), None);
    }
}
