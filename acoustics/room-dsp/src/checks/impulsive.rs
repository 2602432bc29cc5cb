//! Clicks and knocks during the sweep: what the response does not explain, where it stands out for a moment.

use core::ops::Range;

use crate::finding::Finding;

/// Peak over the usual level around it, in decibels.
const PROMINENCE_MIN_DB: f64 = 16.0;

/// Least usual level, re that of the whole: where the response happens to explain all noise that the recorder carries,
/// nothing is left to stand out of, and the edge of such a place is no event.
const USUAL_MIN: f64 = 0.5;

/// More than this many are not single events but distortion or clipping.
const CLICKS_MAX: usize = 20;

/// Length of a block in seconds.
const BLOCK_S: f64 = 0.002;

/// Blocks on either side that tell the usual level: half a second.
const NEIGHBOURS: usize = 250;

/// Blocks of silence between two events: 50 ms.
const SEPARATION: usize = 25;

/// A short loud noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Click {
    /// Sample of the residual at which its block begins.
    pub(crate) sample: usize,
    pub(crate) prominence_db: f64,
}

/// Looks for blocks of the residual whose peak exceeds the median level around them by 16 dB; `searched` are
/// samples of the residual.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of samples"
)]
pub(crate) fn find(residual: &[f32], searched: Range<usize>, rate_hz: f64) -> Vec<Click> {
    let len = (BLOCK_S * rate_hz) as usize;
    let blocks: Vec<(f64, f64)> = residual[searched.clone()]
        .chunks_exact(len)
        .map(|b| {
            let peak = f64::from(b.iter().fold(0.0_f32, |m, x| m.max(x.abs())));
            (
                peak,
                (b.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / len as f64).sqrt(),
            )
        })
        .collect();
    let least = USUAL_MIN * median(&blocks);
    let mut clicks: Vec<Click> = Vec::new();
    let mut last = None;
    for (i, &(peak, _)) in blocks.iter().enumerate() {
        let around = i.saturating_sub(NEIGHBOURS)..blocks.len().min(i + NEIGHBOURS);
        let usual = median(&blocks[around]).max(least);
        let prominence_db = 20.0 * (peak / usual.max(1e-12)).max(1e-12).log10();
        if prominence_db < PROMINENCE_MIN_DB {
            continue;
        }
        let sample = searched.start + i * len;
        match clicks.last_mut() {
            Some(open) if last.is_some_and(|l| i - l <= SEPARATION) => {
                if prominence_db > open.prominence_db {
                    *open = Click {
                        sample,
                        prominence_db,
                    };
                }
            }
            _ => clicks.push(Click {
                sample,
                prominence_db,
            }),
        }
        last = Some(i);
    }
    clicks
}

/// Median level of blocks, taken every tenth: enough for a level.
fn median(blocks: &[(f64, f64)]) -> f64 {
    let mut levels: Vec<f64> = blocks.iter().step_by(10).map(|b| b.1).collect();
    let middle = levels.len() / 2;
    if levels.is_empty() {
        0.0
    } else {
        *levels.select_nth_unstable_by(middle, f64::total_cmp).1
    }
}

/// The finding that clicks make; `to_file_s` turns a sample of the residual into seconds of the file.
pub(crate) fn finding(clicks: &[Click], to_file_s: impl Fn(usize) -> f64) -> Option<Finding> {
    if clicks.len() > CLICKS_MAX {
        return None;
    }
    let strongest = clicks
        .iter()
        .max_by(|a, b| a.prominence_db.total_cmp(&b.prominence_db))?;
    Some(Finding::ImpulsiveNoise {
        at_s: to_file_s(strongest.sample),
        prominence_db: strongest.prominence_db,
        count: clicks.len(),
    })
}
