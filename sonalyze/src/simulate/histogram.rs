//! Energies per octave over time as a table: what decay times and energy ratios were made from.

use contract::simulation::SimulationDocument;
use room_simulation::Simulation;

use super::images::{bands, quoted};

/// One row a bin with the time at which it begins, counted from the emission; a free field at a metre is 1.
pub(super) fn csv(found: &Simulation, document: &SimulationDocument) -> String {
    let mut text = format!(
        "source_id,receiver_id,time_s{}\r\n",
        bands("energy", document)
    );
    for (pair, shown) in found.pairs.iter().zip(&document.pairs) {
        let ids = format!(
            "{},{}",
            quoted(&shown.source_id),
            quoted(&shown.receiver_id)
        );
        let energies = &pair.energies;
        let octaves: Vec<Vec<f64>> = energies
            .octaves()
            .iter()
            .map(|place| energies.octave(place).collect())
            .collect();
        for bin in 0..energies.len() {
            let time_s = energies.origin_s() + bin as f64 * energies.bin_s();
            text.extend([format!("{ids},{time_s}")]);
            for octave in &octaves {
                let energy = octave.get(bin).copied().unwrap_or_default();
                text.extend([format!(",{energy:e}")]);
            }
            text.push_str("\r\n");
        }
    }
    text
}
