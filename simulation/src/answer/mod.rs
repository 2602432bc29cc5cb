//! The answer of `POST /simulate`: old metrics from the response, newer parameters from the energies.

use contract::parameters::Reasons;
use contract::simulate::{Metrics, PairAnswer, SimulationAnswer};
use rayon::prelude::*;
use report::document::not_evaluable;
use room_dsp::{ImpulseResponse, SampleRate};
use room_metrics::{
    BandParameters, EnergyParameters, Evaluator, NotEvaluable, Quantity, SpeechConditions,
};
use room_simulation::{Pair, Simulation, Stopped, Watch};

use crate::document::{convergence, energy_parameters, method, warning};
use crate::request::{Options, Request};

/// How the speech transmission index is found.
const STI_METHOD: &str = "mtf";

/// Evaluates and answers; pairs by microphone, then source.
///
/// # Errors
/// [`Stopped`] when nobody waits any more.
pub fn answer(
    request: &Request,
    simulation: &Simulation,
    evaluator: &Evaluator,
    watch: &dyn Watch,
) -> Result<SimulationAnswer, Stopped> {
    let options = &request.options;
    let mut pairs: Vec<&Pair> = simulation.pairs.iter().collect();
    pairs.sort_by_key(|pair| (pair.receiver, pair.source));
    let pairs = pairs
        .into_par_iter()
        .map(|pair| {
            if watch.stopped() {
                return Err(Stopped);
            }
            Ok(pair_answer(pair, options, evaluator))
        })
        .collect::<Result<Vec<PairAnswer>, Stopped>>()?;
    let cautions = simulation.cautions.iter().map(|c| warning(c, options));
    let notices: Vec<_> = request.warnings.iter().cloned().chain(cautions).collect();
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

fn pair_answer(pair: &Pair, options: &Options, evaluator: &Evaluator) -> PairAnswer {
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
    let rir = response.as_ref().filter(|_| options.include_rir);
    let channels = |_: &ImpulseResponse| channels(pair, options.duration_s);
    let channels = rir.map(channels).unwrap_or_default();
    PairAnswer {
        metrics: metrics(response.as_ref(), &energies, evaluator),
        rir: channels.first().cloned(),
        rir_channels: (channels.len() > 1).then_some(channels),
        warnings,
        distance_m: pair.distance_m,
        parameters: energy_parameters(&energies, pair.energies.octaves()),
        convergence: pair
            .convergence
            .as_ref()
            .map(|found| convergence(found, pair.energies.octaves())),
        complete_until_s: pair.complete_until_s,
        order_limited: pair.order_limited,
        images: pair.images,
        diffracted: pair.diffracted,
        source_id,
        microphone_id,
    }
}

/// Every channel from the emission on, at most so long.
fn channels(pair: &Pair, duration_s: f64) -> Vec<Vec<f32>> {
    let from_emission = |channel: &Vec<f32>| {
        let after = channel.get(pair.pre_samples..).unwrap_or_default();
        let most = longest(pair.rate, duration_s).min(after.len());
        after[..most].to_vec()
    };
    pair.channels.iter().map(from_emission).collect()
}

/// Samples of the longest answered response.
fn longest(rate: SampleRate, duration_s: f64) -> usize {
    rate.samples(duration_s)
}

fn metrics(
    response: Option<&ImpulseResponse>,
    energies: &EnergyParameters,
    evaluator: &Evaluator,
) -> Metrics {
    let silent = || BandParameters::withheld(None, NotEvaluable::NoEnergy);
    let heard = response.map_or_else(silent, |response| evaluator.evaluate(response).broadband);
    let speech = energies.speech.as_ref().map(|s| s.sti).map_err(|why| *why);
    let quantities: [(&str, Quantity); 7] = [
        ("rt60_s", heard.t30_s.or(heard.t20_s)),
        ("edt_s", heard.edt_s),
        ("d50", heard.d50),
        ("c50_db", heard.c50_db),
        ("c80_db", heard.c80_db),
        ("drr_db", heard.drr_db),
        ("sti", speech),
    ];
    let mut reasons = Reasons::new();
    let values = quantities.map(|(key, quantity)| match quantity {
        Ok(value) => Some(value),
        Err(reason) => {
            reasons.insert(key.to_owned(), not_evaluable(&reason));
            None
        }
    });
    let [rt60_s, edt_s, d50, c50_db, c80_db, drr_db, sti] = values;
    if sti.is_none()
        && let Some(reason) = reasons.get("sti").cloned()
    {
        reasons.insert("sti_method".to_owned(), reason);
    }
    Metrics {
        rt60_s,
        edt_s,
        d50,
        c50_db,
        c80_db,
        drr_db,
        sti,
        sti_method: sti.map(|_| STI_METHOD.to_owned()),
        not_evaluable: reasons,
    }
}

#[cfg(test)]
mod tests;
