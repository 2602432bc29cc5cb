//! What reaches a receiver: delays and amplitudes, handed on in blocks.
//!
//! Image sources, diffracted paths and the late tail all end here; renderers, histograms and lists take them. Delays
//! are f64 (a single-precision delay of two seconds is off by a hundredth of a sample), amplitudes f32. Within a block
//! the amplitudes of a band lie side by side, so that kernels run along the arrivals.

/// Arrivals of a block.
pub(crate) const BLOCK: usize = 64;

/// A block of arrivals with one amplitude per band; bands are octaves, or one where all octaves are alike.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals<const BANDS: usize> {
    count: usize,
    delays: [f64; BLOCK],
    amplitudes: [[f32; BLOCK]; BANDS],
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
            amplitudes: [[0.0; BLOCK]; BANDS],
        }
    }
}

impl<const BANDS: usize> Arrivals<BANDS> {
    /// Number of arrivals.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Delays in samples; those from [`Arrivals::count`] on mean nothing.
    pub(crate) const fn delays(&self) -> &[f64; BLOCK] {
        &self.delays
    }

    /// Amplitudes of every band; those from [`Arrivals::count`] on mean nothing.
    pub(crate) const fn bands(&self) -> &[[f32; BLOCK]; BANDS] {
        &self.amplitudes
    }

    /// Count, delays and amplitudes, for those that fill blocks by rows.
    pub(crate) const fn parts(
        &mut self,
    ) -> (&mut usize, &mut [f64; BLOCK], &mut [[f32; BLOCK]; BANDS]) {
        (&mut self.count, &mut self.delays, &mut self.amplitudes)
    }

    /// Adds one and, when the block is full, hands it on.
    pub(crate) fn push(
        &mut self,
        delay: f64,
        amplitude: [f32; BANDS],
        sink: &mut impl Sink<BANDS>,
    ) {
        self.delays[self.count] = delay;
        for (band, a) in self.amplitudes.iter_mut().zip(amplitude) {
            band[self.count] = a;
        }
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

/// Takes arrivals and keeps nothing.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl<const BANDS: usize> Sink<BANDS> for Nowhere {
    fn take(&mut self, _: &Arrivals<BANDS>) {}
}

/// Both take the same arrivals.
#[derive(Debug)]
pub(crate) struct Both<'a, A, B>(pub(crate) &'a mut A, pub(crate) &'a mut B);

impl<const BANDS: usize, A: Sink<BANDS>, B: Sink<BANDS>> Sink<BANDS> for Both<'_, A, B> {
    fn take(&mut self, arrivals: &Arrivals<BANDS>) {
        self.0.take(arrivals);
        self.1.take(arrivals);
    }
}
