//! Every bound of the gateway with its name, in one place.

use std::time::Duration;

use chassis::carrier::PUSH_BYTES;

/// A device id has 1 to as many characters.
pub const DEVICE_ID_CHARACTERS: usize = 200;
/// Data of a message nest at most as deep: the envelope around them adds two, and services read 127.
pub const DATA_DEPTH: usize = 125;
/// A socket whose client does not read may have as many pushes waiting.
pub const QUEUE_MESSAGES: usize = 256;
/// They may have as many bytes together; a single push may have more.
pub const QUEUE_BYTES: usize = 1024 * 1024;
/// As many commands of each lane may wait for those before them.
pub const LANE_WAITING: usize = 64;
/// As many commands of the free lane run at once on a socket.
pub const FREE_LANE_RUNNING: usize = 4;
/// The codec reads messages of as many times `MAX_MESSAGE_BYTES`, so that a message a little too large is refused
/// while the socket lives.
pub const CODEC_FACTOR: usize = 16;
/// Bytes of a socket's buffer for reading and of its buffer for writing.
pub const SOCKET_BUFFER: usize = 4096;
/// An answer of a service may have as many bytes.
pub const ANSWER_BYTES: usize = contract::envelope::ANSWER_BYTES;
/// The write buffer of a socket may grow to as many bytes: one answer, or what is queued.
pub const WRITE_BUFFER: usize = ANSWER_BYTES + 1024 * 1024;
/// A message to a socket may have as many bytes: it fits into the write buffer with the little that may be there.
pub const MESSAGE_BYTES: usize = WRITE_BUFFER - 128 * 1024;
/// Of a refusal that is longer than that, as many characters of its sentence and of its code are told.
pub const BRIEF_CHARACTERS: usize = 500;
/// As many queued pushes, or answers that are ready, are written before the socket is flushed.
pub const WRITE_BATCH: usize = 32;
/// An event name or request id longer than as many bytes is not echoed out of a message that cannot be read whole.
pub const ECHO_BYTES: usize = 1024;
/// As many delivered pushes are remembered, so that a repeat reaches nobody twice.
pub const REPEATS_REMEMBERED: usize = 4096;
/// A broadcast over HTTP may have as many bytes.
pub const BROADCAST_BYTES: usize = PUSH_BYTES;
/// An upload may have as many bytes beside the file, for the form around it.
pub const MULTIPART_ROOM: u64 = 64 * 1024;
/// Of a body that is too long, as many times the limit are read and discarded beyond the limit, so that its client gets
/// to see the refusal.
pub const REST_FACTOR: u64 = 2;

/// Between two pings of the server unless told otherwise.
pub const PING_EVERY: Duration = Duration::from_secs(20);
/// A socket that leaves as many pings unanswered is closed.
pub const PINGS_MISSED: u8 = 2;
/// A socket that takes no bytes for as long is closed as one that reads too slowly.
pub const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// The closing of a socket may take as long.
pub const CLOSE_PATIENCE: Duration = Duration::from_secs(5);
/// A socket whose message was beyond the codec stays open as long, so that its close frame arrives.
pub const LINGER: Duration = Duration::from_secs(1);
/// At the end of the process, a command that runs has as long to answer before its socket is closed.
pub const DRAIN: Duration = Duration::from_secs(2);
/// What a client has sent before it left is carried out for as long altogether: several commands may take as long as
/// their service is waited for before those behind them are lost.
pub const CARRY_OUT: Duration = Duration::from_mins(5);
/// The proxy waits as long for an answer, counted from the last byte that was uploaded.
pub const PROXY_TIMEOUT: Duration = Duration::from_mins(1);
/// A client that sends a body nobody wants may stand still for as long.
pub const REST_PATIENCE: Duration = Duration::from_secs(10);
/// An upload may take as long altogether.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_mins(30);
/// Readiness waits as long for a service.
pub const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// The bounds that an operator sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Bytes of a socket message, at least 1 (`MAX_MESSAGE_BYTES`).
    pub message_bytes: usize,
    /// Messages a second that a socket may send for long, 0 or more (`RATE_LIMIT_RPS`).
    pub messages_per_s: f64,
    /// Messages that a socket may send at once, at least 1 (`RATE_LIMIT_BURST`).
    pub burst: u32,
    /// Bytes of an uploaded file (`MEASUREMENT_MAX_UPLOAD_MB`, there in MiB).
    pub upload_bytes: u64,
    /// Between two pings of the server.
    pub ping_every: Duration,
}

impl Limits {
    /// Bytes of a message beyond which the codec closes the socket.
    pub fn codec_bytes(&self) -> usize {
        self.message_bytes.saturating_mul(CODEC_FACTOR)
    }

    /// Bytes of the body of a proxied request.
    pub fn body_bytes(&self) -> u64 {
        self.upload_bytes.saturating_add(MULTIPART_ROOM)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 64 * 1024,
            messages_per_s: 10.0,
            burst: 20,
            upload_bytes: 50 * 1024 * 1024,
            ping_every: PING_EVERY,
        }
    }
}
