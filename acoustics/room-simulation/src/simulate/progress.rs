//! How far a simulation is, told to who watches: never less than before.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::result::Stopped;
use crate::watch::{Phase, Watch};

/// Share of a source's work that its rays are, where it has any.
const RAYS_SHARE: f64 = 0.8;

/// All sources.
pub(super) struct Progress<'a> {
    watch: &'a dyn Watch,
    is_over: AtomicBool,
    shares: Mutex<Shares>,
}

struct Shares {
    of_sources: Vec<f64>,
    told: f64,
}

/// The steps of one source.
pub(super) struct Steps<'a> {
    progress: &'a Progress<'a>,
    source: usize,
    receivers: usize,
    rays_share: f64,
    done: AtomicUsize,
}

impl<'a> Progress<'a> {
    pub(super) fn new(sources: usize, watch: &'a dyn Watch) -> Self {
        Self {
            watch,
            is_over: AtomicBool::new(false),
            shares: Mutex::new(Shares {
                of_sources: vec![0.0; sources],
                told: 0.0,
            }),
        }
    }

    pub(super) fn of_source(
        &'a self,
        source: usize,
        receivers: usize,
        with_rays: bool,
    ) -> Steps<'a> {
        Steps {
            progress: self,
            source,
            receivers,
            rays_share: if with_rays { RAYS_SHARE } else { 0.0 },
            done: AtomicUsize::new(0),
        }
    }

    /// Whether to stop; once said it stays, so that work that was cut short is never kept.
    fn is_over(&self) -> bool {
        if self.watch.stopped() {
            self.is_over.store(true, Ordering::Relaxed);
        }
        self.is_over.load(Ordering::Relaxed)
    }

    fn tell(&self, source: usize, share: f64, phase: Phase) {
        // A poisoned lock means that a watch panicked when told; the numbers are whole.
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let own = &mut shares.of_sources[source];
        *own = own.max(share);
        let all = shares.of_sources.iter().sum::<f64>() / shares.of_sources.len() as f64;
        shares.told = shares.told.max(all.min(1.0));
        self.watch.progress(shares.told, phase);
    }
}

impl Steps<'_> {
    pub(super) fn is_over(&self) -> bool {
        self.progress.is_over()
    }

    pub(super) fn go_on(&self) -> Result<(), Stopped> {
        if self.is_over() { Err(Stopped) } else { Ok(()) }
    }

    /// Tells that reflections are searched now.
    pub(super) fn images(&self) {
        self.progress.tell(self.source, 0.0, Phase::Images);
    }

    /// Tells the share of the rays that are decided so far.
    pub(super) fn rays(&self, share: f64) {
        let share = self.rays_share * share;
        self.progress.tell(self.source, share, Phase::Rays);
    }

    /// Tells that another receiver is done.
    pub(super) fn one_more(&self) {
        let done = 1 + self.done.fetch_add(1, Ordering::Relaxed);
        let rendered = done as f64 / self.receivers as f64;
        let share = self.rays_share + (1.0 - self.rays_share) * rendered;
        self.progress.tell(self.source, share, Phase::Rendering);
    }
}
