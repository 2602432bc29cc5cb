//! From a simulation to the document `sonalyze.simulation/1`, for the command line and for what is stored.

mod cautions;
mod statistics;

use contract::curves::{Curves, Fraction};
use contract::parameters::Reasons;
use contract::simulation as wire;
use report::document::{decay_curve, energy_time_curve, mid, not_evaluable, parameters, sti};
use room_metrics::{EnergyParameters, Quantity, SpeechConditions};
use room_simulation::{Convergence, Method, Octaves, Pair, Simulation};

use self::cautions::named;
pub(crate) use self::cautions::warning;
use self::statistics::statistics;
use crate::catalog::nominal_hz;
use crate::request::idle::without_rays;
use crate::request::{Options, Request};

/// Points of a drawn energy-time curve.
const ENERGY_TIME_POINTS: usize = contract::curves::ETC_POINTS_MAX;

/// Level below the highest at which a drawn energy-time curve ends, in decibels.
const LOWEST_DB: f64 = -200.0;

/// The document of a simulation; curves where asked for.
pub fn document(
    request: &Request,
    simulation: &Simulation,
    with_curves: bool,
) -> wire::SimulationDocument {
    let scene = &request.scene;
    let options = &request.options;
    let evaluated: Vec<(&Pair, EnergyParameters)> = simulation
        .pairs
        .iter()
        .map(|pair| (pair, pair.parameters(SpeechConditions::default())))
        .collect();
    let cautions = simulation.cautions.iter().map(|c| warning(c, options));
    let used = &simulation.used;
    let idle = without_rays(&options.of_rays, used);
    let read = request.warnings.iter().cloned();
    wire::SimulationDocument {
        schema: wire::SIMULATION_SCHEMA.to_owned(),
        method: method(used.method),
        max_order: used.max_order,
        horizon_s: used.horizon_s,
        rays: used.rays,
        seed: used.seed,
        sample_rate_hz: request.plan.rate.hz(),
        bands_hz: nominal_hz(scene.octaves()),
        speed_of_sound_m_s: scene.speed_of_sound_m_s(),
        air_m_per_band: scene.attenuation_per_m().values().to_vec(),
        statistics: statistics(simulation, scene.octaves(), &evaluated),
        pairs: evaluated
            .iter()
            .map(|(found, energies)| pair(found, energies, options, with_curves))
            .collect(),
        warnings: read.chain(idle).chain(cautions).collect(),
        engine: crate::engine(),
    }
}

/// The word for a method.
pub(crate) const fn method(method: Method) -> wire::Method {
    match method {
        Method::ImageSources => wire::Method::Ism,
        Method::Rays => wire::Method::Rays,
        Method::Hybrid => wire::Method::Hybrid,
    }
}

/// What the energies of a pair tell, in the octaves that were counted in.
pub(crate) fn energy_parameters(
    found: &EnergyParameters,
    octaves: Octaves,
) -> wire::EnergyParameters {
    let counted = |band: &room_dsp::Band| octaves.iter().any(|place| octaves.band(place) == *band);
    let own = found
        .octaves
        .iter()
        .filter(|p| p.band.as_ref().is_some_and(counted));
    wire::EnergyParameters {
        broadband: parameters(&found.broadband),
        octaves: own.map(parameters).collect(),
        mid: mid(&found.mid),
        sti: sti(&found.speech),
    }
}

/// How certain rays are.
pub(crate) fn convergence(found: &Convergence, octaves: Octaves) -> wire::Convergence {
    let listed = found.octaves.iter().zip(nominal_hz(octaves));
    let of = |(errors, center_hz): (&room_simulation::StandardErrors, f64)| {
        let mut why = Reasons::new();
        let mut value = |key, quantity| value(key, quantity, &mut why);
        wire::StandardErrors {
            center_hz,
            level_db: value("level_db", errors.level_db),
            c50_db: value("c50_db", errors.c50_db),
            t20_s: value("t20_s", errors.t20_s),
            t30_s: value("t30_s", errors.t30_s),
            not_evaluable: why,
        }
    };
    wire::Convergence {
        rays: found.rays,
        degrees_of_freedom: found.degrees_of_freedom,
        reached: found.reached,
        octaves: listed.map(of).collect(),
    }
}

fn pair(
    pair: &Pair,
    energies: &EnergyParameters,
    options: &Options,
    with_curves: bool,
) -> wire::SimulatedPair {
    let octaves = pair.energies.octaves();
    wire::SimulatedPair {
        source_id: named(&options.source_ids, pair.source).to_owned(),
        receiver_id: named(&options.microphone_ids, pair.receiver).to_owned(),
        distance_m: pair.distance_m,
        images: pair.images,
        diffracted: pair.diffracted,
        complete_until_s: pair.complete_until_s,
        order_limited: pair.order_limited,
        pre_samples: pair.pre_samples as u64,
        parameters: energy_parameters(energies, octaves),
        convergence: pair.convergence.as_ref().map(|c| convergence(c, octaves)),
        curves: with_curves.then(|| curves(pair, energies)),
    }
}

/// Decays of the energies, and their sum over time.
fn curves(pair: &Pair, energies: &EnergyParameters) -> Curves {
    let octaves = energies.octaves.iter();
    let bands = decay_curve(&energies.broadband, Fraction::Broadband)
        .into_iter()
        .chain(octaves.filter_map(|p| decay_curve(p, Fraction::Octave)))
        .collect();
    let found = &pair.energies;
    let places = found.octaves();
    let total: f64 = places.iter().map(|p| places.band(p).width_hz()).sum();
    let mut sum = vec![0.0; found.len()];
    for place in places.iter() {
        let share = places.band(place).width_hz() / total;
        for (bin, energy) in sum.iter_mut().zip(found.octave(place)) {
            *bin += share * energy;
        }
    }
    let step = sum.len().div_ceil(ENERGY_TIME_POINTS).max(1);
    let peaks: Vec<f64> = sum
        .chunks(step)
        .map(|bins| bins.iter().copied().fold(0.0, f64::max))
        .collect();
    let highest = peaks.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let level = |peak: &f64| (10.0 * (peak / highest).log10()).max(LOWEST_DB);
    let levels: Vec<f64> = peaks.iter().map(level).collect();
    let times: Vec<f64> = (0..peaks.len())
        .map(|i| (i * step) as f64 * found.bin_s())
        .collect();
    Curves {
        bands,
        etc: energy_time_curve(&times, &levels),
    }
}

/// A number, or nothing and its reason.
pub(crate) fn value(key: &str, quantity: Quantity, why: &mut Reasons) -> Option<f64> {
    match quantity {
        Ok(found) => Some(found),
        Err(reason) => {
            why.insert(key.to_owned(), not_evaluable(&reason));
            None
        }
    }
}
