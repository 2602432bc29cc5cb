//! How somebody follows a simulation: told of its progress, asked whether to go on.

/// Told of the progress of a simulation, and asked whether it is still wanted.
///
/// Both are called from any thread, about every ten milliseconds of work.
pub trait Watch: Sync {
    /// Whether to stop.
    fn stopped(&self) -> bool;

    /// The work done so far, 0 to 1, and what is going on.
    fn progress(&self, share: f64, phase: Phase);
}

/// What a simulation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Searching reflections.
    Images,
    /// Tracing rays.
    Rays,
    /// Making responses.
    Rendering,
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn stopped(&self) -> bool {
        false
    }

    fn progress(&self, _share: f64, _phase: Phase) {}
}
