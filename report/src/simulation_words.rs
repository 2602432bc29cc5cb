//! Sentences about a simulation: its result in a line, and how it was made.

use contract::simulation::{Method, SimulatedPair, SimulationDocument};
use contract::speech::Sti;

use crate::{format, words};

/// The result in a line: of one pair its own, of several the range.
pub fn headline(document: &SimulationDocument) -> String {
    if let [pair] = document.pairs.as_slice() {
        return words::result(pair.into());
    }
    let range = |name: &str, unit: &str, digits: fn(f64) -> String, value: Value| {
        let values = document.pairs.iter().filter_map(value);
        span(values, digits).map_or_else(
            || format!("{name} not evaluable"),
            |text| format!("{name} {text}{unit}"),
        )
    };
    let parts = [
        format!("{} pairs", document.pairs.len()),
        range("T₃₀ mid", " s", format::time_s, |p| {
            p.parameters.mid.t30_s
        }),
        range("C₅₀ mid", " dB", format::level_db, |p| {
            p.parameters.mid.c50_db
        }),
        range("STI", "", format::ratio, speech),
    ];
    parts.join(" · ")
}

type Value = fn(&SimulatedPair) -> Option<f64>;

fn speech(pair: &SimulatedPair) -> Option<f64> {
    match &pair.parameters.sti {
        Sti::Evaluated(found) => Some(found.sti),
        Sti::Withheld(_) => None,
    }
}

/// The lowest and the highest of some values, or the one that both are.
fn span(values: impl Iterator<Item = f64> + Clone, digits: fn(f64) -> String) -> Option<String> {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = (finite.clone().reduce(f64::min)?, finite.reduce(f64::max)?);
    let (low, high) = (digits(low), digits(high));
    Some(if low == high {
        low
    } else {
        format!("{low} to {high}")
    })
}

/// How the sound was followed, in a sentence.
pub fn method(document: &SimulationDocument) -> String {
    let way = match document.method {
        Method::Ism => "Image sources alone",
        Method::Rays => "Rays alone",
        Method::Hybrid => "Image sources, and what is later in closed form or from rays",
    };
    let order = document
        .max_order
        .map(|order| format!("up to order {order}"));
    let horizon = document.horizon_s;
    let horizon = horizon.map(|s| format!("complete for {} ms", format::time_ms(1e3 * s)));
    let rays = (document.rays > 0).then(|| format!("{} rays a source", document.rays));
    let parts = [
        order,
        horizon,
        rays,
        Some(format!("seed {}", document.seed)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{way} ({}).", parts.join(", "))
}

/// A pair by its names.
pub fn pair(pair: &SimulatedPair) -> String {
    format!("{} to {}", pair.source_id, pair.receiver_id)
}
