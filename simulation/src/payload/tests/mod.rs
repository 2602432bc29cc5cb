//! Each rule of the app's formats: here the cases of the earlier service and what all rules need.

mod bounds;
mod contents;
mod rooms;

use contract::analysis::Warning;
use serde_json::{Map, Value, json};

use super::adapt;
use crate::request::read;

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn plain(payload: &Value) -> Value {
    Value::Object(adapt(&object(payload)).unwrap().plain.into_owned())
}

fn warnings(payload: &Value) -> Vec<Warning> {
    adapt(&object(payload)).unwrap().warnings
}

/// Codes of all warnings but those of default sources and microphones, which most payloads here leave out.
fn codes(payload: &Value) -> Vec<String> {
    let codes = warnings(payload).into_iter().map(|w| w.code);
    codes.filter(|code| code != "EMITTER_ASSUMED").collect()
}

fn refused(payload: &Value) -> String {
    let refusal = read(&object(payload)).unwrap_err().to_string();
    let text = refusal.strip_prefix("Invalid simulation request: ");
    text.unwrap().to_owned()
}

/// A room of 6 x 4 x 2.7 m around the origin.
fn model(change: impl FnOnce(&mut Value)) -> Value {
    let mut payload = json!({"room_model": {"rooms": [{"dimensions": {"width": 6.0, "height": 2.7, "depth": 4.0}}]}});
    change(&mut payload);
    payload
}

fn in_room(name: &str, value: Value) -> Value {
    model(|p| p["room_model"]["rooms"][0][name] = value)
}

fn walls(ends: &[[f64; 4]]) -> Value {
    let wall = |[a, b, c, d]: &[f64; 4]| json!({"start": {"x": a, "y": 0, "z": b}, "end": {"x": c, "y": 0, "z": d}});
    ends.iter().map(wall).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "made where it is passed")]
fn piece(kind: &str, position: Value) -> Value {
    json!({"id": kind, "type": kind, "position": position, "rotation": {"x": 0, "y": 0, "z": 0},
        "dimensions": {"width": 1.0, "height": 0.8, "depth": 0.5}})
}

#[test]
fn the_plain_form_passes_unchanged() {
    let payload = json!({"room": {"type": "shoebox"}, "room_model": "{", "max_order": 0});
    assert_eq!(plain(&payload), payload);
}

#[test]
fn a_room_model_becomes_a_polygon_with_furniture_and_emitters() {
    let payload = model(|p| {
        let room = &mut p["room_model"]["rooms"][0];
        room["walls"] = walls(&[
            [-3., -2., 3., -2.],
            [3., -2., 3., 2.],
            [3., 2., -3., 2.],
            [-3., 2., -3., -2.],
        ]);
        room["furniture"] = json!([piece("table", json!({"x": 1, "y": 0, "z": 1}))]);
    });
    let made = plain(&payload);
    assert_eq!(made["room"]["type"], "polygon");
    assert_eq!(made["room"]["corners_m"].as_array().unwrap().len(), 4);
    assert_eq!(made["furniture"].as_array().unwrap().len(), 1);
    for kind in ["sources", "microphones"] {
        let emitters = made[kind].as_array().unwrap();
        assert_eq!(emitters.len(), 1);
        assert!(emitters[0]["position_m"][2].as_f64().unwrap() > 0.0);
    }
    assert!(read(&object(&payload)).is_ok());
}

#[test]
fn other_names_of_emitters_keep_their_ids() {
    let payload = model(|p| {
        p["loudspeakers"] = json!([{"id": "left", "position_m": [1, 0, 1.4]}]);
        p["mics"] = json!([{"id": "ear", "position_m": [-1, 0, 1.2]}]);
    });
    let made = plain(&payload);
    assert_eq!(
        (&made["sources"][0]["id"], &made["microphones"][0]["id"]),
        (&json!("left"), &json!("ear"))
    );
}

#[test]
fn devices_of_a_room_are_found() {
    let devices = json!({"speakers": [{"id": "a", "position": {"x": 1, "y": 1.5, "z": 1}}],
        "microphone": {"position": [0, 0]}});
    let made = plain(&in_room("devices", devices));
    assert_eq!(
        made["sources"],
        json!([{"id": "a", "position_m": [1.0, 1.0, 1.5]}])
    );
    assert_eq!(
        made["microphones"],
        json!([{"id": "mic-1", "position_m": [0.0, 0.0, 1.2]}])
    );
}
