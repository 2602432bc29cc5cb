//! The answer of `POST /simulate`: old metrics from the response, newer parameters from the energies.

use contract::parameters::Reasons;
use contract::simulate::{Metrics, PairAnswer, SimulationAnswer};
use rayon::prelude::*;
use room_dsp::ImpulseResponse;
use room_metrics::{
    BandParameters, EnergyParameters, NotEvaluable, SpeechConditions, evaluate_broadband,
};
use room_simulation::{Pair, Simulation, Stopped, Watch};

use crate::document::{convergence, energy_parameters, method, value, warning};
use crate::request::idle::without_rays;
use crate::request::{Options, Request};

/// How the speech transmission index is found.
const STI_METHOD: &str = "mtf";

/// Evaluates and answers; pairs by microphone, then source.
///
/// # Errors
/// [`Stopped`] when nobody waits any more.
pub fn answer(
    request: &Request,
    simulation: Simulation,
    watch: &dyn Watch,
) -> Result<SimulationAnswer, Stopped> {
    let options = &request.options;
    let mut pairs = simulation.pairs;
    pairs.sort_by_key(|pair| (pair.receiver, pair.source));
    let pairs = pairs
        .into_par_iter()
        .map(|pair| {
            if watch.stopped() {
                return Err(Stopped);
            }
            Ok(pair_answer(pair, options))
        })
        .collect::<Result<Vec<PairAnswer>, Stopped>>()?;
    let cautions = simulation.cautions.iter().map(|c| warning(c, options));
    let idle = without_rays(&options.of_rays, &simulation.used);
    let read = request.warnings.iter().cloned();
    let notices: Vec<_> = read.chain(idle).chain(cautions).collect();
    Ok(SimulationAnswer {
        sample_rate_hz: request.plan.rate.hz(),
        pairs,
        warnings: notices
            .iter()
            .map(|notice| format!("{}; {}", notice.message, notice.remedy))
            .collect(),
        notices,
        method: method(simulation.used.method),
        seed: simulation.used.seed,
    })
}

fn pair_answer(pair: Pair, options: &Options) -> PairAnswer {
    let id = |ids: &[String], place: usize| ids.get(place).cloned().unwrap_or_default();
    let source_id = id(&options.source_ids, pair.source);
    let microphone_id = id(&options.microphone_ids, pair.receiver);
    let energies = pair.parameters(SpeechConditions::default());
    let response = pair.response(0).ok();
    let mut warnings = Vec::new();
    if response.is_none() {
        warnings.push(format!(
            "nothing of the source \"{source_id}\" reaches the microphone \"{microphone_id}\""
        ));
    } else if let Err(reason) = &energies.speech {
        warnings.push(format!("STI not available: {}", reason.message()));
    }
    let octaves = pair.energies.octaves();
    let metrics = metrics(response.as_ref(), &energies);
    let convergence = pair.convergence.as_ref().map(|c| convergence(c, octaves));
    let (distance_m, complete_until_s) = (pair.distance_m, pair.complete_until_s);
    let (order_limited, images, diffracted) = (pair.order_limited, pair.images, pair.diffracted);
    let (rir, rir_channels) = if options.include_rir {
        responses(pair, options.duration_s)
    } else {
        (None, None)
    };
    PairAnswer {
        source_id,
        microphone_id,
        metrics,
        rir,
        rir_channels,
        warnings,
        distance_m,
        parameters: energy_parameters(&energies, octaves),
        convergence,
        complete_until_s,
        order_limited,
        images,
        diffracted,
    }
}

/// A response, and all channels of a microphone that has several.
type Responses = (Option<Vec<f32>>, Option<Vec<Vec<f32>>>);

/// Every channel from the emission on, at most so long.
fn responses(pair: Pair, duration_s: f64) -> Responses {
    let most = pair.rate.samples(duration_s);
    let before = pair.pre_samples;
    let from_emission = |mut channel: Vec<f32>| {
        channel.drain(..before.min(channel.len()));
        channel.truncate(most);
        channel
    };
    let mut channels: Vec<Vec<f32>> = pair.channels.into_iter().map(from_emission).collect();
    if channels.len() > 1 {
        return (channels.first().cloned(), Some(channels));
    }
    (channels.pop(), None)
}

fn metrics(response: Option<&ImpulseResponse>, energies: &EnergyParameters) -> Metrics {
    let silent = || BandParameters::withheld(None, NotEvaluable::NoEnergy);
    let heard = response.map_or_else(silent, evaluate_broadband);
    let speech = energies.speech.as_ref().map(|s| s.sti).map_err(|why| *why);
    let mut reasons = Reasons::new();
    let mut value = |key, quantity| value(key, quantity, &mut reasons);
    let mut metrics = Metrics {
        rt60_s: value("rt60_s", heard.t30_s.or(heard.t20_s)),
        edt_s: value("edt_s", heard.edt_s),
        d50: value("d50", heard.d50),
        c50_db: value("c50_db", heard.c50_db),
        c80_db: value("c80_db", heard.c80_db),
        drr_db: value("drr_db", heard.drr_db),
        sti: value("sti", speech),
        sti_method: None,
        not_evaluable: Reasons::new(),
    };
    match reasons.get("sti").cloned() {
        Some(reason) => drop(reasons.insert("sti_method".to_owned(), reason)),
        None => metrics.sti_method = Some(STI_METHOD.to_owned()),
    }
    metrics.not_evaluable = reasons;
    metrics
}

#[cfg(test)]
mod tests;
