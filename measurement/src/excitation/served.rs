//! Signals as files, each made once: computing one takes longer than sending it.
//!
//! Many phones ask for the same signal at the same moment; they all wait for one computation.

use std::sync::Arc;
use std::time::Duration;

use audio_file::{FlacBits, WavFormat, write_flac, write_wav};
use bytes::Bytes;
use chassis::arithmetic::Arithmetic;
use chassis::problem::Problem;
use ledger::Pool;
use moka::future::Cache;
use room_dsp::Excitation;
use sha2::{Digest as _, Sha256};

use super::parameters::Format;
use super::references;
use crate::analysis::hex;

/// Files are kept up to so many bytes in all: twenty of 48 kHz.
const KEPT_BYTES_MAX: u64 = 32 << 20;

/// A file is made anew after this long, so that its entry among the references stays young.
const KEPT_FOR: Duration = Duration::from_hours(1);

/// The signal as a file.
#[derive(Debug)]
pub(super) struct Served {
    /// The file.
    pub(super) bytes: Bytes,
    /// SHA-256 of the file in hexadecimal digits.
    pub(super) audio_hash: String,
}

/// Parameters by their bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    format: Format,
    rate_hz: u32,
    sweep_start: u64,
    sweep_end: u64,
}

/// Files that were made lately.
#[derive(Debug, Clone)]
pub(crate) struct Signals(Cache<Key, Arc<Served>>);

impl Signals {
    /// None yet.
    pub(crate) fn new() -> Self {
        let weigh =
            |_: &Key, served: &Arc<Served>| u32::try_from(served.bytes.len()).unwrap_or(u32::MAX);
        let cache = Cache::builder()
            .max_capacity(KEPT_BYTES_MAX)
            .weigher(weigh)
            .time_to_live(KEPT_FOR)
            .build();
        Self(cache)
    }

    /// The file of a signal; a hash that is handed out is among the references by then.
    ///
    /// # Errors
    /// 503 when the queue of computations is full or the database is away.
    pub(super) async fn get(
        &self,
        excitation: Excitation,
        format: Format,
        arithmetic: &Arithmetic,
        pool: &Pool,
    ) -> Result<Arc<Served>, Problem> {
        let p = excitation.parameters();
        let key = Key {
            format,
            rate_hz: p.sample_rate.hz(),
            sweep_start: p.sweep_start_hz.to_bits(),
            sweep_end: p.sweep_end_hz.to_bits(),
        };
        let make = async {
            let served = arithmetic
                .run(move || encode(&excitation, format))
                .await??;
            references::record(pool, &served.audio_hash, format, &excitation).await?;
            Ok::<_, Problem>(Arc::new(served))
        };
        let made = self.0.try_get_with(key, make).await;
        made.map_err(|problem: Arc<Problem>| Problem::clone(&problem))
    }
}

fn encode(excitation: &Excitation, format: Format) -> Result<Served, Problem> {
    let signal = excitation.signal();
    let bytes = match format {
        Format::Wav => write_wav(&signal, WavFormat::Pcm16),
        Format::Flac => write_flac(&signal, FlacBits::Sixteen),
    }
    .map_err(Problem::internal)?;
    Ok(Served {
        audio_hash: hex(&Sha256::digest(&bytes)),
        bytes: Bytes::from(bytes),
    })
}
