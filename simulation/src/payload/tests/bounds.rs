//! What a payload may hold of each kind, and how much is told of it.

use room_simulation::{CORNERS_MAX, FURNITURE_MAX, RECEIVERS_MAX, SOURCES_MAX};
use serde_json::{Value, json};

use super::super::collected::WARNINGS_MAX;
use super::{in_room, model, piece, refused, warnings};
use crate::request::limits::ROOMS_MAX;

#[test]
fn of_many_warnings_the_number_is_told() {
    let nowhere = json!({"type": "x".repeat(5000), "id": "y".repeat(5000)});
    let told = warnings(&in_room("furniture", vec![nowhere; 150].into()));
    assert_eq!(told.len(), WARNINGS_MAX + 1);
    assert_eq!(told[0].code, "FURNITURE_LEFT_OUT");
    let last = &told[WARNINGS_MAX];
    // Both kinds of emitters are assumed too.
    assert_eq!(
        (last.code.as_str(), &last.data["count"]),
        ("MORE_WARNINGS", &json!(52))
    );
    assert!(
        told.iter().all(|w| w.message.len() < 200),
        "{}",
        told[0].message
    );
}

#[test]
fn lists_that_are_too_long_are_refused_before_they_are_read() {
    let many = |one: Value, most: usize| Value::from(vec![one; most + 1]);
    let wall = json!({"start": [0, 0], "end": [1, 0]});
    let here = json!({"position": [0, 0, 1]});
    for (payload, beginning) in [
        (
            json!({"rooms": many(json!({}), ROOMS_MAX)}),
            "rooms: there are 1001 rooms; at most 1000 are allowed",
        ),
        (
            in_room("walls", many(wall, CORNERS_MAX)),
            "room_model.rooms[0].walls: there are 501 walls; at most 500 are allowed",
        ),
        (
            in_room(
                "furniture",
                many(piece("bed", json!([0, 0, 0])), FURNITURE_MAX),
            ),
            "room_model.rooms[0].furniture: there are 501 pieces of furniture; at most 500 are allowed",
        ),
        (
            model(|p| p["speakers"] = many(here.clone(), SOURCES_MAX)),
            "speakers: there are 65 sources; at most 64 are allowed",
        ),
        (
            in_room("mics", many(here.clone(), RECEIVERS_MAX)),
            "room_model.rooms[0].mics: there are 257 microphones; at most 256 are allowed",
        ),
    ] {
        assert_eq!(refused(&payload), beginning);
    }
}

#[test]
fn entries_of_all_keys_and_rooms_count_together() {
    let here = json!({"position": [0, 0, 1]});
    let half = |count: usize| Value::from(vec![here.clone(); count]);
    let payload = model(|p| {
        let rooms = p["room_model"]["rooms"].as_array_mut().unwrap();
        rooms.push(json!({"sources": half(40), "devices": {"speakers": half(20)}}));
        rooms.push(json!({"loudspeakers": half(5)}));
    });
    assert_eq!(
        refused(&payload),
        "room_model.rooms[2].loudspeakers: there are 65 sources; at most 64 are allowed"
    );
}
