//! Every bound of a request that the engine does not know, with its name.

/// Lowest sampling frequency in hertz.
pub const SAMPLE_RATE_MIN_HZ: u32 = 4_000;
/// Highest sampling frequency in hertz.
pub const SAMPLE_RATE_MAX_HZ: u32 = 192_000;
/// Sampling frequency where none is given, in hertz.
pub const SAMPLE_RATE_HZ: u32 = 16_000;
/// Length of an answered response where none is given, in seconds.
pub const DURATION_S: f64 = 2.0;
/// Shortest answered response in seconds.
pub const DURATION_MIN_S: f64 = 1e-6;
/// Image order of `use_raytracing` where none is given.
pub const BOUNCES: u64 = 3;
/// Highest image order of `use_raytracing`.
pub const BOUNCES_MAX: u64 = 30;
/// Samples of all channels of all pairs, a second, that a simulation may make: 1 024 pairs at 16 kHz.
pub const SAMPLES_PER_S_MAX: u64 = 20_000_000;
/// Samples of all responses of an answer, or of all answers to a batch: about 80 MB of text.
pub const ANSWERED_SAMPLES_MAX: u64 = 8_000_000;
/// Bytes of a written sample, its comma among them, at most: `-1.2345678e-10,`.
pub const SAMPLE_BYTES: u64 = 16;
/// Bytes of a written pair without its response, at most.
pub const PAIR_BYTES: u64 = 30 << 10;
/// Rooms of a room model, of which one is simulated.
pub const ROOMS_MAX: usize = 1_000;
/// Requests of a batch.
pub const BATCH_MAX: usize = 32;
/// Bytes of a request: a mesh of twenty thousand faces.
pub const BODY_BYTES: usize = 16 << 20;
/// Absorption of a surface that nobody described.
pub(crate) const ABSORPTION: f64 = 0.2;
/// Absorption and scattering of furniture that nobody described.
pub(crate) const FURNITURE: (f64, f64) = (0.15, 0.10);
