//! A safe type around libopus translated to Rust, whose interface is still that of C.
//!
//! Why this decoder and no other: docs/decisions/0002-opus.md. What must hold for the calls is stated at each
//! of them; whatever a packet contains, libopus answers with a count or an error code.
#![expect(
    unsafe_code,
    reason = "the decoder's interface is that of C: pointers and lengths"
)]

use core::ptr::NonNull;

use unsafe_libopus::{
    OpusMSDecoder, opus_multistream_decode_float, opus_multistream_decoder_create,
    opus_multistream_decoder_destroy,
};

use crate::opus_head::{OPUS_RATE_HZ, OpusHead};

/// Longest packet in samples per channel: 120 ms at 48 kHz (RFC 6716, 3.2.5).
const PACKET_MAX: u16 = 5_760;

/// A refusal of libopus: its negative error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LibopusError(pub(crate) i32);

/// One decoder for all streams of a file.
#[derive(Debug)]
pub(crate) struct OpusDecoder {
    state: NonNull<OpusMSDecoder>,
    channels: usize,
    pcm: Vec<f32>,
}

impl OpusDecoder {
    /// A decoder for the layout of `head`.
    pub(crate) fn new(head: &OpusHead) -> Result<Self, LibopusError> {
        let channels = usize::from(head.channels);
        if head.mapping.len() != channels {
            return Err(LibopusError(unsafe_libopus::OPUS_BAD_ARG));
        }
        let mut code = 0;
        // SAFETY: `mapping` holds `channels` bytes, checked above; `code` outlives the call. libopus checks the
        // counts and that every entry of the mapping names a stream.
        let state = unsafe {
            opus_multistream_decoder_create(
                OPUS_RATE_HZ.cast_signed(),
                i32::from(head.channels),
                i32::from(head.streams),
                i32::from(head.coupled),
                head.mapping.as_ptr(),
                &raw mut code,
            )
        };
        let state = NonNull::new(state).ok_or(LibopusError(code))?;
        Ok(Self {
            state,
            channels,
            pcm: vec![0.0; usize::from(PACKET_MAX) * channels],
        })
    }

    /// The interleaved samples of one packet.
    pub(crate) fn decode(&mut self, packet: &[u8]) -> Result<&[f32], LibopusError> {
        let bad = LibopusError(unsafe_libopus::OPUS_INVALID_PACKET);
        let length = i32::try_from(packet.len()).map_err(|_| bad)?;
        if length == 0 {
            return Err(bad);
        }
        // SAFETY: `state` came from create and lives until drop; `packet` holds `length` bytes; `pcm` holds
        // PACKET_MAX samples of `channels` channels, the count with which `state` was made, and PACKET_MAX is
        // the frame size passed.
        let decoded = unsafe {
            opus_multistream_decode_float(
                self.state.as_ptr(),
                packet.as_ptr(),
                length,
                self.pcm.as_mut_ptr(),
                i32::from(PACKET_MAX),
                0,
            )
        };
        let frames = usize::try_from(decoded).map_err(|_| LibopusError(decoded))?;
        self.pcm.get(..frames * self.channels).ok_or(bad)
    }
}

impl Drop for OpusDecoder {
    fn drop(&mut self) {
        // SAFETY: `state` came from create and is not used after this.
        unsafe { opus_multistream_decoder_destroy(self.state.as_ptr()) }
    }
}
