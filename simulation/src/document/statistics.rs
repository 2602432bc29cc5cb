//! What is known of a room before any sound is made, beside what was simulated.

use contract::parameters::Reasons;
use contract::simulation as wire;
use room_metrics::{EnergyParameters, NotEvaluable, Quantity};
use room_simulation::{Caution, Octaves, Pair, Predictions, Simulation, Statistics};

use super::value;
use crate::catalog::nominal_hz;

/// What formulas say of the room.
pub(super) fn statistics(
    simulation: &Simulation,
    octaves: Octaves,
    evaluated: &[(&Pair, EnergyParameters)],
) -> wire::RoomStatistics {
    let found: &Statistics = &simulation.statistics;
    let mut why = Reasons::new();
    let schroeder = mean_t30_s(evaluated).map(|t30_s| found.schroeder_hz(t30_s));
    let disagreements: Vec<String> = simulation
        .cautions
        .iter()
        .filter(|c| matches!(c, Caution::FormulaDisagrees { .. }))
        .map(Caution::message)
        .collect();
    let predicted = found.predictions.iter().enumerate();
    wire::RoomStatistics {
        volume_m3: found.volume_m3,
        surface_m2: found.surface_m2,
        mean_free_path_m: found.mean_free_path_m,
        schroeder_hz: value("schroeder_hz", schroeder, &mut why),
        octaves: predicted
            .zip(nominal_hz(octaves))
            .map(|((place, p), hz)| predictions(p, hz, found.mean_absorption[place]))
            .collect(),
        disagreement: (!disagreements.is_empty()).then(|| disagreements.join("; ")),
        not_evaluable: why,
    }
}

/// Mean over the pairs whose T30 at 500 and 1000 Hz is known.
fn mean_t30_s(evaluated: &[(&Pair, EnergyParameters)]) -> Quantity {
    let known: Vec<f64> = evaluated
        .iter()
        .filter_map(|(_, energies)| energies.mid.t30_s.ok())
        .collect();
    if known.is_empty() {
        let first = evaluated.first().map(|(_, energies)| energies.mid.t30_s);
        return first.unwrap_or(Err(NotEvaluable::NoEnergy));
    }
    Ok(known.iter().sum::<f64>() / known.len() as f64)
}

fn predictions(found: &Predictions, center_hz: f64, mean_absorption: f64) -> wire::Predictions {
    let mut why = Reasons::new();
    let mut value = |key, quantity| value(key, quantity, &mut why);
    wire::Predictions {
        center_hz,
        mean_absorption,
        sabine_s: value("sabine_s", found.sabine_s),
        eyring_s: value("eyring_s", found.eyring_s),
        millington_s: value("millington_s", found.millington_s),
        fitzroy_s: value("fitzroy_s", found.fitzroy_s),
        arau_puchades_s: value("arau_puchades_s", found.arau_puchades_s),
        kuttruff_s: value("kuttruff_s", found.kuttruff_s),
        not_evaluable: why,
    }
}
