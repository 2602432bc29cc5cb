//! `sonalyze room new`: a box to go on from, in every field that people mostly change.

use serde_json::{Map, Value, json};
use simulation::request;

use super::command::{place, told, write};
use super::faults;
use super::show::described;
use crate::cli::NewRoomArguments;
use crate::exit::{Exit, Failure};
use crate::terminal;

/// Heights of a loudspeaker and of an ear in metres, where the room is high enough.
const SOURCE_HEIGHT_M: f64 = 1.5;
const EAR_HEIGHT_M: f64 = 1.2;

/// Runs the command.
///
/// # Errors
/// An existing file, a material or a size that is none, a file that cannot be written.
pub(crate) fn run(arguments: &NewRoomArguments) -> Result<Exit, Failure> {
    let place = place(&arguments.out, arguments.force)?;
    let room = body(arguments);
    let made = request::read(&room).map_err(|refusal| faults::failure("the room", &refusal))?;
    write(&room, &place)?;
    if !arguments.quiet {
        terminal::show(&told(&arguments.out, &described(&made)), true)?;
    }
    Ok(Exit::Done)
}

fn body(arguments: &NewRoomArguments) -> Map<String, Value> {
    let [x, y, z] = arguments.dimensions.0;
    let (wall, floor, ceiling) = (&arguments.walls, &arguments.floor, &arguments.ceiling);
    let at = |share: f64, height_m: f64| {
        let height_m = height_m.min(0.5 * z);
        json!([tidy(share * x), tidy(share * y), tidy(height_m)])
    };
    let room = json!({
        "room": {
            "type": "shoebox",
            "dimensions_m": [x, y, z],
            "wall_materials": {
                "west": wall, "east": wall, "south": wall, "north": wall, "floor": floor, "ceiling": ceiling,
            },
        },
        "sources": [{"id": "source", "position_m": at(0.25, SOURCE_HEIGHT_M), "directivity": "omnidirectional"}],
        "microphones": [{"id": "microphone", "position_m": at(0.7, EAR_HEIGHT_M)}],
        "furniture": [],
        "sample_rate_hz": 48_000,
        "temperature_c": 20,
        "humidity_percent": 50,
    });
    match room {
        Value::Object(room) => room,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// A length to a millimetre.
fn tidy(length_m: f64) -> f64 {
    (length_m * 1000.0).round() / 1000.0
}
