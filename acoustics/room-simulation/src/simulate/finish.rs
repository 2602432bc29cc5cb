//! What a whole simulation adds to its pairs: what was used, and what the reader has to know.

use room_metrics::SpeechConditions;

use crate::plan::{Method, Plan, Rays};
use crate::result::{Caution, Pair, Simulation, Used};
use crate::scene::Scene;
use crate::statistics::{Predictions, Statistics};

/// A formula that differs by more from the simulated decay is named.
const DISAGREEMENT: f64 = 0.1;

pub(super) fn whole(
    scene: &Scene,
    plan: &Plan,
    statistics: Statistics,
    pairs: Vec<Pair>,
) -> Simulation {
    let rays = pairs
        .iter()
        .filter_map(|p| p.convergence.as_ref())
        .map(|c| c.rays)
        .max();
    let complete = pairs
        .iter()
        .filter_map(|p| p.complete_until_s)
        .fold(f64::INFINITY, f64::min);
    let by_order = plan.method == Method::ImageSources && plan.max_order.is_some();
    let mut cautions: Vec<Caution> = limits(plan, &pairs, complete).into_iter().collect();
    cautions.extend(convergence(plan, &pairs));
    cautions.extend(silent(&pairs));
    cautions.extend(disagreements(scene, &statistics, &pairs));
    Simulation {
        used: Used {
            method: plan.method,
            max_order: plan.max_order,
            horizon_s: (!by_order && complete.is_finite()).then_some(complete),
            rays: rays.unwrap_or(0),
            seed: plan.seed,
        },
        pairs,
        statistics,
        cautions,
    }
}

fn limits(plan: &Plan, pairs: &[Pair], complete_until_s: f64) -> Option<Caution> {
    if !pairs.iter().any(|p| p.order_limited) {
        return None;
    }
    Some(match plan.max_order {
        Some(max_order) => Caution::OrderLimited {
            max_order,
            complete_until_s,
        },
        None => Caution::HorizonLimited {
            horizon_s: complete_until_s,
        },
    })
}

fn convergence(plan: &Plan, pairs: &[Pair]) -> Option<Caution> {
    let Rays::Accuracy(asked) = plan.rays else {
        return None;
    };
    let missed = pairs
        .iter()
        .filter(|p| p.convergence.as_ref().is_some_and(|c| !c.reached));
    let share = |pair: &Pair| {
        let octaves = &pair.convergence.as_ref()?.octaves;
        let parameters = pair.parameters(SpeechConditions::default());
        let of = |(place, errors): (usize, &crate::result::StandardErrors)| {
            let band = pair.energies.octaves().band(place);
            let t30 = parameters
                .octaves
                .iter()
                .find(|p| p.band == Some(band))?
                .t30_s
                .ok()?;
            Some(errors.t30_s.ok()? / t30)
        };
        octaves.iter().enumerate().filter_map(of).reduce(f64::max)
    };
    let reached = missed.filter_map(share).reduce(f64::max)?;
    Some(Caution::AccuracyMissed { asked, reached })
}

fn silent(pairs: &[Pair]) -> impl Iterator<Item = Caution> + '_ {
    let silent = |p: &&Pair| p.energies.total().values().iter().all(|e| *e <= 0.0);
    pairs
        .iter()
        .filter(silent)
        .map(|p| Caution::NothingArrives {
            source: p.source,
            receiver: p.receiver,
        })
}

/// The octave nearest to 1 kHz of the first pair against every formula.
fn disagreements(scene: &Scene, statistics: &Statistics, pairs: &[Pair]) -> Vec<Caution> {
    let octaves = scene.octaves();
    let apart = |place: &usize| (octaves.centre_hz(*place) / 1000.0).log2().abs();
    let Some(place) = octaves.iter().min_by(|a, b| apart(a).total_cmp(&apart(b))) else {
        return Vec::new();
    };
    let Some(pair) = pairs.first().filter(|p| !p.order_limited) else {
        return Vec::new();
    };
    let band = octaves.band(place);
    let parameters = pair.parameters(SpeechConditions::default());
    let found = parameters.octaves.iter().find(|p| p.band == Some(band));
    let Some(simulated_s) = found.and_then(|p| p.t30_s.ok()) else {
        return Vec::new();
    };
    let named = |p: &Predictions| {
        [
            ("Sabine", p.sabine_s),
            ("Eyring", p.eyring_s),
            ("Millington", p.millington_s),
            ("Fitzroy", p.fitzroy_s),
            ("Arau-Puchades", p.arau_puchades_s),
            ("Kuttruff", p.kuttruff_s),
        ]
    };
    named(&statistics.predictions[place])
        .into_iter()
        .filter_map(|(formula, predicted)| Some((formula, predicted.ok()?)))
        .filter(|(_, predicted_s)| (predicted_s / simulated_s - 1.0).abs() > DISAGREEMENT)
        .map(|(formula, predicted_s)| Caution::FormulaDisagrees {
            formula,
            octave_hz: band.nominal_hz(),
            predicted_s,
            simulated_s,
        })
        .collect()
}
