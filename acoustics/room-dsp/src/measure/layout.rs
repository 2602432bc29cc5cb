//! Does the recording hold the signal of the other layout?
//!
//! Asked only where the expected two chirps were not found: the layouts share their first chirp, so that a
//! recording of the other one looks like one that lost its end. Sweeps and gaps differ, and what such a recording
//! would give is no response of the room. A lone rising chirp belongs to both layouts and decides nothing.

use crate::chirp_search::{ChirpSearch, ChirpsFound, Found};
use crate::excitation::{Excitation, ExcitationParameters, Layout};
use crate::finding::Refusal;

/// Refuses a recording in which the other layout's chirps are clearly there.
pub(super) fn check(
    expected: &Excitation,
    search: &ChirpSearch,
    samples: &[f32],
    found: &Found,
) -> Result<(), Refusal> {
    match found.chirps {
        ChirpsFound::Pair { .. } | ChirpsFound::Apart { .. } | ChirpsFound::EndOnly(_) => {
            return Ok(());
        }
        ChirpsFound::Single(_) | ChirpsFound::StartOnly(_) | ChirpsFound::Nothing { .. } => (),
    }
    let parameters = *expected.parameters();
    let layout = match parameters.layout {
        Layout::Reference => Layout::Paired,
        Layout::Paired => Layout::Reference,
    };
    let Ok(other) = Excitation::new(ExcitationParameters {
        layout,
        ..parameters
    }) else {
        return Ok(());
    };
    let tells = search.other_layout(&other, samples, found);
    tells.map_or(Ok(()), |chirp| {
        Err(Refusal::WrongLayout {
            expected: parameters.layout,
            at_s: chirp.sample as f64 / search.rate().as_f64(),
            prominence_db: chirp.prominence_db,
            correlation: chirp.correlation,
        })
    })
}
