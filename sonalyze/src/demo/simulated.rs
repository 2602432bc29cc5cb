//! The room of the first loudspeaker: simulated from a room file, so that the loop of simulating and measuring closes.

use std::sync::Arc;

use room_dsp::SampleRate;
use room_simulation::Unwatched;
use serde_json::{Map, Value};
use simulation::request;

use super::trouble::Trouble;

/// The room, an example for `sonalyze simulate` too: one source and a microphone for each phone.
const ROOM: &str = include_str!("../../../examples/meeting-room.json");

/// Image sources are complete for so long, and rays are so many: enough for every figure, in a fraction of a second.
const HORIZON_S: f64 = 0.15;
const RAYS: u32 = 30_000;

/// Responses of the room at its microphones, at the standard rate, from the emission on; `seed` chooses rays and tail.
///
/// # Errors
/// When the room cannot be simulated.
pub(super) fn responses(seed: u64) -> Result<Vec<Arc<Vec<f64>>>, Trouble> {
    let unfit = |why: String| Trouble::Air(format!("the example room cannot be simulated: {why}"));
    let mut body: Map<String, Value> =
        serde_json::from_str(ROOM).map_err(|error| unfit(error.to_string()))?;
    let fields: [(&str, Value); 4] = [
        ("seed", seed.into()),
        ("sample_rate_hz", SampleRate::STANDARD.hz().into()),
        ("horizon_s", HORIZON_S.into()),
        ("rays", RAYS.into()),
    ];
    body.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    let request = request::read(&body).map_err(|refusal| unfit(refusal.to_string()))?;
    let found = room_simulation::simulate(&request.scene, &request.plan, &Unwatched);
    let found = found.map_err(|stopped| unfit(stopped.to_string()))?;
    let of = |samples: &Vec<f32>| Arc::new(samples.iter().map(|x| f64::from(*x)).collect());
    let channels = found.pairs.iter().filter_map(|pair| pair.channels.first());
    Ok(channels.map(of).collect())
}
