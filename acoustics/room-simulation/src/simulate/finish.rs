//! What a whole simulation adds to its pairs: what was used, and what the reader has to know.

use room_metrics::{DecayTime, NotEvaluable, Quantity, energies_reach, energy_decay_time_s};

use super::bounds;
use crate::octaves::Octaves;
use crate::plan::{Method, Plan, Rays};
use crate::result::{Caution, Convergence, Pair, Reach, Simulation, Used};
use crate::scene::Scene;
use crate::statistics::{Predictions, Statistics};

/// Formulas that differ by more from the simulated decay are named.
const DISAGREEMENT: f64 = 0.1;

/// Share of the energy that rays may lose unnoticed: far below what any figure shows.
const LEAKED: f64 = 1e-4;

pub(super) fn whole(
    scene: &Scene,
    plan: &Plan,
    statistics: Statistics,
    pairs: Vec<Pair>,
) -> Simulation {
    let convergences = pairs.iter().filter_map(|p| p.convergence.as_ref());
    let used = Used {
        method: plan.method,
        max_order: orders(&pairs).map(|o| o.found).max(),
        horizon_s: horizons(&pairs).map(|h| h.found).reduce(f64::min),
        rays: convergences.map(|c| c.rays).max().unwrap_or(0),
        seed: plan.seed,
    };
    let single: [Option<Caution>; 7] = [
        limited(plan, &used, &pairs),
        order_budget(plan, &pairs),
        horizon_budget(plan, &pairs),
        cut(scene, plan, &pairs),
        duration(plan, &pairs),
        accuracy(plan, &pairs),
        lost(&pairs),
    ];
    let cautions = single.into_iter().flatten();
    let cautions = cautions
        .chain(silent(&pairs))
        .chain(disagreement(&statistics, &pairs));
    Simulation {
        cautions: cautions.collect(),
        used,
        pairs,
        statistics,
    }
}

fn orders(pairs: &[Pair]) -> impl Iterator<Item = Reach<u32>> + '_ {
    pairs.iter().filter_map(|p| p.searched.max_order)
}

fn horizons(pairs: &[Pair]) -> impl Iterator<Item = Reach<f64>> + '_ {
    pairs.iter().filter_map(|p| p.searched.horizon_s)
}

/// Images alone leave out what is later, unless there is no more.
fn limited(plan: &Plan, used: &Used, pairs: &[Pair]) -> Option<Caution> {
    if plan.method != Method::ImageSources {
        return None;
    }
    let complete = pairs.iter().filter_map(|p| p.complete_until_s);
    let complete_until_s = complete.reduce(f64::min)?;
    Some(match used.max_order {
        Some(max_order) => Caution::OrderLimited {
            max_order,
            complete_until_s,
        },
        None => Caution::HorizonLimited {
            horizon_s: complete_until_s,
        },
    })
}

/// An order that was asked for, not a default, and that some pair has not reached.
fn order_budget(plan: &Plan, pairs: &[Pair]) -> Option<Caution> {
    plan.max_order?;
    let short = orders(pairs).filter(|o| o.found < o.asked);
    let least = short.min_by_key(|o| o.found)?;
    Some(Caution::SearchBudget {
        asked: least.asked,
        complete: least.found,
    })
}

/// A horizon that was asked for, not a default, and that some pair has not reached.
fn horizon_budget(plan: &Plan, pairs: &[Pair]) -> Option<Caution> {
    plan.horizon_s?;
    let short = horizons(pairs).filter(|h| h.found < h.asked);
    let least = short.min_by(|a, b| a.found.total_cmp(&b.found))?;
    Some(Caution::ImageBudget {
        asked_s: least.asked,
        found_s: least.found,
    })
}

fn cut(scene: &Scene, plan: &Plan, pairs: &[Pair]) -> Option<Caution> {
    pairs
        .iter()
        .any(|p| p.is_cut)
        .then(|| Caution::ResponsesCut {
            kept_s: bounds::response_s(scene, plan),
        })
}

/// A duration that ends before T30 can be told, in any octave of any pair.
fn duration(plan: &Plan, pairs: &[Pair]) -> Option<Caution> {
    let duration_s = plan.duration_s?;
    let short = pairs.iter().flat_map(|pair| {
        let octaves = pair.energies.octaves().iter();
        octaves.filter_map(|place| match reaches_t30(pair, place) {
            Err(NotEvaluable::ResponseTooShort {
                needed_db,
                found_db,
            }) => Some((needed_db, found_db)),
            _ => None,
        })
    });
    let (needed_db, fallen_db) = short.min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Caution::DurationLimited {
        duration_s,
        fallen_db,
        needed_db,
    })
}

fn accuracy(plan: &Plan, pairs: &[Pair]) -> Option<Caution> {
    let Rays::Accuracy(asked) = plan.rays else {
        return None;
    };
    let with = pairs
        .iter()
        .filter_map(|p| Some((p, p.convergence.as_ref()?)));
    let missed: Vec<(&Pair, &Convergence)> = with.filter(|(_, c)| !c.reached).collect();
    if missed.is_empty() {
        return None;
    }
    let shares = missed.iter().flat_map(|(pair, found)| {
        let octaves = pair.energies.octaves().iter().zip(&found.octaves);
        octaves.map(|(place, errors)| Some(errors.t30_s.ok()? / t30_s(pair, place).ok()?))
    });
    // One octave without T30 leaves no number for the worst.
    let reached = shares.collect::<Option<Vec<f64>>>();
    Some(Caution::AccuracyMissed {
        asked,
        reached: reached.map(|all| all.into_iter().fold(0.0, f64::max)),
    })
}

fn lost(pairs: &[Pair]) -> Option<Caution> {
    let shares = pairs
        .iter()
        .filter_map(|p| Some(p.convergence.as_ref()?.leaked));
    let share = shares.reduce(f64::max)?;
    (share > LEAKED).then_some(Caution::RaysLost { share })
}

fn silent(pairs: &[Pair]) -> impl Iterator<Item = Caution> + '_ {
    let silent = |p: &&Pair| p.energies.is_silent();
    pairs
        .iter()
        .filter(silent)
        .map(|p| Caution::NothingArrives {
            source: p.source,
            receiver: p.receiver,
        })
}

/// Whether the energies of an octave are followed far enough for T30.
fn reaches_t30(pair: &Pair, place: usize) -> Result<(), NotEvaluable> {
    let energies: Vec<f64> = pair.energies.octave(place).collect();
    energies_reach(&energies, DecayTime::T30)
}

/// T30 of an octave in seconds, where its energies show one.
fn t30_s(pair: &Pair, place: usize) -> Quantity {
    let energies: Vec<f64> = pair.energies.octave(place).collect();
    energy_decay_time_s(&energies, pair.energies.bin_s(), DecayTime::T30)
}

/// The octave nearest to 1 kHz, as the mean of the pairs whose late decay was simulated, against every formula.
fn disagreement(statistics: &Statistics, pairs: &[Pair]) -> Option<Caution> {
    let octaves = pairs.first()?.energies.octaves();
    let place = nearest_to_1_khz(octaves)?;
    let whole = pairs.iter().filter(|p| !p.order_limited);
    let found: Vec<f64> = whole.filter_map(|p| t30_s(p, place).ok()).collect();
    if found.is_empty() {
        return None;
    }
    let simulated_s = found.iter().sum::<f64>() / found.len() as f64;
    let formulas: Vec<(&'static str, f64)> = named(&statistics.predictions[place])
        .into_iter()
        .filter(|(_, predicted_s)| (predicted_s / simulated_s - 1.0).abs() > DISAGREEMENT)
        .collect();
    (!formulas.is_empty()).then_some(Caution::FormulaDisagrees {
        octave_hz: octaves.band(place).nominal_hz(),
        simulated_s,
        formulas,
    })
}

fn nearest_to_1_khz(octaves: Octaves) -> Option<usize> {
    let apart = |place: &usize| (octaves.centre_hz(*place) / 1000.0).log2().abs();
    octaves.iter().min_by(|a, b| apart(a).total_cmp(&apart(b)))
}

fn named(p: &Predictions) -> Vec<(&'static str, f64)> {
    let all = [
        ("Sabine", p.sabine_s),
        ("Eyring", p.eyring_s),
        ("Millington", p.millington_s),
        ("Fitzroy", p.fitzroy_s),
        ("Arau-Puchades", p.arau_puchades_s),
        ("Kuttruff", p.kuttruff_s),
    ];
    let known = all
        .into_iter()
        .filter_map(|(name, found)| Some((name, found.ok()?)));
    known.collect()
}

#[cfg(test)]
mod tests {
    use room_dsp::SampleRate;

    use super::*;
    use crate::directivity::{Directivity, Pickup};
    use crate::material::Material;
    use crate::scene::{Room, SceneBuilder};
    use crate::simulate::simulate;
    use crate::watch::Unwatched;

    /// What neither a test's memory nor a room that closes can bring about, put into what a simulation gave.
    #[test]
    fn a_cut_and_a_loss_are_told_with_their_values_and_only_then() {
        let octaves = Octaves::from_centres(&[1000.0]).unwrap();
        let omni = Directivity::Omnidirectional;
        let room = Room::Shoebox {
            size_m: [5.0, 4.0, 2.5],
            walls: [Material::flat(octaves, 0.3, 0.5); 6],
        };
        let scene = SceneBuilder::new(room, octaves)
            .source("s", [1.0, 1.0, 1.0], omni)
            .receiver("r", [3.0, 2.0, 1.5], Pickup::Single(omni))
            .build()
            .unwrap();
        let plan = Plan {
            rays: Rays::Count(2_000),
            ..Plan::new(SampleRate::new(16_000).unwrap())
        };
        let mut pairs = simulate(&scene, &plan, &Unwatched).unwrap().pairs;
        assert_eq!((cut(&scene, &plan, &pairs), lost(&pairs)), (None, None));
        pairs[0].is_cut = true;
        let kept_s = 200_000_000.0 / 16_000.0;
        assert_eq!(
            cut(&scene, &plan, &pairs),
            Some(Caution::ResponsesCut { kept_s })
        );
        pairs[0].convergence.as_mut().unwrap().leaked = 0.002;
        let told = lost(&pairs).unwrap();
        assert_eq!(told, Caution::RaysLost { share: 0.002 });
        assert!(told.message().contains("0.200 %"), "{}", told.message());
    }
}
