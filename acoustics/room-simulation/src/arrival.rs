//! What reaches a receiver: delays and amplitudes, handed on in blocks.
//!
//! Image sources, diffracted paths and the late tail all end here; renderers, histograms and lists take them. Delays
//! are f64 (a single-precision delay of two seconds is off by a hundredth of a sample), amplitudes f32.

/// Arrivals of a block.
pub(crate) const BLOCK: usize = 64;

/// A block of arrivals with one amplitude per band; bands are octaves, or one where all octaves are alike.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals<const BANDS: usize> {
    count: usize,
    delays: [f64; BLOCK],
    amplitudes: [[f32; BANDS]; BLOCK],
}

/// Takes arrivals.
pub(crate) trait Sink<const BANDS: usize> {
    /// Takes a block; delays are in samples after the emission.
    fn take(&mut self, arrivals: &Arrivals<BANDS>);
}

impl<const BANDS: usize> Default for Arrivals<BANDS> {
    fn default() -> Self {
        Self {
            count: 0,
            delays: [0.0; BLOCK],
            amplitudes: [[0.0; BANDS]; BLOCK],
        }
    }
}

impl<const BANDS: usize> Arrivals<BANDS> {
    /// Delays in samples.
    pub(crate) fn delays(&self) -> &[f64] {
        &self.delays[..self.count]
    }

    /// Amplitudes by band.
    pub(crate) fn amplitudes(&self) -> &[[f32; BANDS]] {
        &self.amplitudes[..self.count]
    }

    /// Adds one and, when the block is full, hands it on.
    pub(crate) fn push(
        &mut self,
        delay: f64,
        amplitude: [f32; BANDS],
        sink: &mut impl Sink<BANDS>,
    ) {
        self.delays[self.count] = delay;
        self.amplitudes[self.count] = amplitude;
        self.count += 1;
        if self.count == BLOCK {
            self.flush(sink);
        }
    }

    /// Hands on what is left.
    pub(crate) fn flush(&mut self, sink: &mut impl Sink<BANDS>) {
        if self.count > 0 {
            sink.take(self);
            self.count = 0;
        }
    }
}
