//! Each rule of the app's formats.

use serde_json::{Map, Value, json};

use super::adapt;
use crate::request::read;

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn plain(payload: &Value) -> Value {
    Value::Object(adapt(&object(payload)).unwrap().plain.into_owned())
}

fn codes(payload: &Value) -> Vec<String> {
    let body = object(payload);
    let adapted = adapt(&body).unwrap();
    adapted.warnings.into_iter().map(|w| w.code).collect()
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

// The four cases of the earlier service.

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

// The rules.

#[test]
fn rule_1_a_model_is_an_object_a_text_or_the_payload_itself() {
    let rooms = json!([{"dimensions": {"width": 5, "depth": 4, "height": 3}}]);
    let expected = plain(&json!({"room_model": {"rooms": rooms}}));
    let text = json!({"rooms": rooms}).to_string();
    for payload in [
        json!({"roomModel": {"rooms": rooms}}),
        json!({"room_model": text}),
        json!({"room_model": {}, "roomModel": {"rooms": rooms}}),
        json!({"rooms": rooms}),
    ] {
        assert_eq!(plain(&payload), expected, "{payload}");
    }
    for (payload, beginning) in [
        (json!({}), "Missing 'room' or 'room_model' data in payload"),
        (
            json!({"room": "x"}),
            "Missing 'room' or 'room_model' data in payload",
        ),
        (
            json!({"room_model": "{"}),
            "room_model: Unable to parse room_model JSON: ",
        ),
        (
            json!({"room_model": "[1]"}),
            "room_model: room_model must be a JSON object",
        ),
        (
            json!({"room_model": [1]}),
            "room_model: room_model must be a JSON object",
        ),
        (
            json!({"room_model": {"rooms": []}}),
            "room_model.rooms: room_model.rooms must contain at least one room",
        ),
        (
            json!({"room_model": {"a": 1}}),
            "room_model.rooms: room_model.rooms must contain at least one room",
        ),
        (
            json!({"room_model": {"rooms": [1]}}),
            "room_model.rooms[0]: room_model.rooms[0] must be an object",
        ),
    ] {
        assert!(
            refused(&payload).starts_with(beginning),
            "{payload}: {}",
            refused(&payload)
        );
    }
}

#[test]
fn rule_2_only_the_first_room_and_that_is_said() {
    let room = json!({"dimensions": {"width": 5, "depth": 4, "height": 3}});
    let away = json!({"sources": [{"position_m": [90, 0, 1]}]});
    let payload = json!({"rooms": [room, away]});
    assert_eq!(codes(&payload), ["ONLY_FIRST_ROOM"]);
    let mut first = payload.clone();
    first["rooms"][0]["sources"] = json!([{"id": "here", "position_m": [0, 0, 1]}]);
    assert_eq!(plain(&first)["sources"][0]["id"], "here");
    assert!(
        refused(&payload).starts_with("rooms[1].sources[0]: the source \"src-1\""),
        "{}",
        refused(&payload)
    );
}

#[test]
fn rule_3_sizes_have_defaults_and_wrong_ones_are_said() {
    let made = |room: Value, height: Value| {
        let payload = json!({"room_model": {"rooms": [room], "height": height}});
        let shown = plain(&payload)["room"].clone();
        (
            shown["corners_m"][2].clone(),
            shown["height_m"].clone(),
            codes(&payload),
        )
    };
    let none: Vec<String> = Vec::new();
    let assumed = vec!["DIMENSION_ASSUMED".to_owned()];
    assert_eq!(
        made(json!({}), Value::Null),
        (json!([2.0, 2.0]), json!(2.8), none.clone())
    );
    assert_eq!(
        made(json!({}), json!(3)),
        (json!([2.0, 2.0]), json!(3.0), none.clone())
    );
    assert_eq!(
        made(json!({"height": 2.2}), json!(3)),
        (json!([2.0, 2.0]), json!(2.2), none.clone())
    );
    assert_eq!(
        made(json!({"dimensions": {"width": 5}}), json!(3)),
        (json!([2.5, 2.0]), json!(2.8), none)
    );
    assert_eq!(
        made(json!({"dimensions": {"width": -5}}), Value::Null),
        (json!([2.0, 2.0]), json!(2.8), assumed)
    );
}

#[test]
fn rule_4_walls_are_chained_and_turned_as_needed() {
    let ends = [
        [0., 0., 4., 0.],
        [0., 3., 0., 0.],
        [4., 0., 4., 3.],
        [0., 3., 4., 3.],
    ];
    let payload = in_room("walls", walls(&ends));
    let expected = json!([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]]);
    assert_eq!(plain(&payload)["room"]["corners_m"], expected);
    let listed = json!([{"start": [0, 0], "end": [4, 0]}, {"start": {"x": 4, "y": 0}, "end": {"x": 4, "y": 3}},
        {"start": [4, 3], "end": [0, 3]}, {"start": [0, 3], "end": [0, 0]}, {"start": [1, 1]}]);
    let other = in_room("walls", listed);
    assert_eq!(plain(&other)["room"]["corners_m"], expected);
    assert_eq!(codes(&other), ["WALLS_WITHOUT_ENDS"]);
}

#[test]
fn rule_4_an_open_chain_is_refused_with_its_gap() {
    let ends = [
        [0., 0., 4., 0.],
        [4., 0., 4., 3.],
        [4., 3., 0., 3.],
        [0., 2.9, 0., 0.],
    ];
    assert_eq!(
        refused(&in_room("walls", walls(&ends))),
        "room_model.rooms[0].walls[2]: the walls do not close: no wall goes on at [0.000, 3.000], where wall 2 ends; the \
         nearest open end is that of wall 3 at [0.000, 2.900], 0.100 m away. Close the gap"
    );
    assert!(
        refused(&in_room("walls", walls(&ends[..3])))
            .contains("that of wall 0 at [0.000, 0.000], 3.000 m away")
    );
}

#[test]
fn rule_4_walls_inside_are_left_out_and_that_is_said() {
    let ends = [
        [0., 0., 4., 0.],
        [4., 0., 4., 3.],
        [4., 3., 0., 3.],
        [0., 3., 0., 0.],
        [2., 0.5, 2., 2.],
    ];
    assert_eq!(codes(&in_room("walls", walls(&ends))), ["WALLS_LEFT_OUT"]);
}

#[test]
fn rule_5_without_walls_a_rectangle_around_the_origin() {
    let expected = json!([[-3.0, -2.0], [3.0, -2.0], [3.0, 2.0], [-3.0, 2.0]]);
    for walls in [json!([]), json!([{"start": [0, 0], "end": [1, 0]}])] {
        assert_eq!(
            plain(&in_room("walls", walls))["room"]["corners_m"],
            expected
        );
    }
}

#[test]
fn rule_7_materials_are_ids_objects_or_the_default() {
    let made = |given: Value| {
        plain(&model(|p| {
            p["room_model"]["materials"] = json!({"wall": given});
        }))["room"]["wall_material"]
            .clone()
    };
    let plain_one = json!({"absorption": 0.2, "scattering": 0.05});
    assert_eq!(made(Value::Null), plain_one);
    assert_eq!(made(json!("brick")), json!("brick"));
    assert_eq!(made(json!("no such")), plain_one);
    assert_eq!(made(json!({"material_id": "brick"})), json!("brick"));
    assert_eq!(made(json!({"id": "brick"})), json!("brick"));
    assert_eq!(
        made(json!({"absorption": 0.4})),
        json!({"absorption": 0.4, "scattering": 0.0})
    );
    assert_eq!(made(json!({"colour": "red"})), plain_one);
    let unknown = model(|p| p["room_model"]["materials"] = json!({"wall": "no such"}));
    assert_eq!(codes(&unknown), ["UNKNOWN_MATERIAL"]);
    let own = in_room("materials", json!({"floor": "parquet"}));
    assert_eq!(plain(&own)["room"]["floor_material"], "parquet");
}

#[test]
fn a_wall_may_have_a_material_of_its_own() {
    let mut listed = walls(&[
        [0., 0., 4., 0.],
        [4., 0., 4., 3.],
        [4., 3., 0., 3.],
        [0., 3., 0., 0.],
    ]);
    listed[1]["material"] = json!("glass");
    let payload = in_room("walls", listed);
    assert_eq!(
        plain(&payload)["room"]["wall_materials"],
        json!([null, "glass", null, null])
    );
    assert!(read(&object(&payload)).is_ok());
}

#[test]
fn rule_8_furniture_stands_turned_with_the_material_of_its_type() {
    let mut sofa = piece("sofa", json!({"x": 1, "y": 0, "z": -1}));
    sofa["rotation"]["y"] = json!(std::f64::consts::FRAC_PI_2);
    let made = plain(&in_room("furniture", json!([sofa])))["furniture"][0].clone();
    assert_eq!(
        made["material"],
        json!({"absorption": 0.4, "scattering": 0.25})
    );
    assert_eq!(
        (&made["bottom_m"], &made["top_m"]),
        (&json!(0.0), &json!(0.8))
    );
    // Width 1 along x, turned by -90 degrees: now along y.
    let corners: Vec<[f64; 2]> = serde_json::from_value(made["outline_m"].clone()).unwrap();
    let reach = |axis: usize| corners.iter().map(|c| c[axis]).fold(f64::MIN, f64::max);
    assert!(
        (reach(0) - 1.25).abs() < 1e-9 && (reach(1) + 0.5).abs() < 1e-9,
        "{corners:?}"
    );
    // The first corner, (-0.5, -0.25), turned clockwise.
    assert!(
        (corners[0][0] - 0.75).abs() < 1e-9 && (corners[0][1] + 0.5).abs() < 1e-9,
        "{corners:?}"
    );
}

#[test]
fn rule_8_heights_end_at_floor_and_ceiling_and_what_has_no_size_is_left_out() {
    let mut low = piece("shelf", json!({"x": 0, "y": -1, "z": 0}));
    low["dimensions"]["height"] = json!(9);
    let mut flat = piece("bed", json!({"x": 0, "y": 0, "z": 0}));
    flat["dimensions"]["width"] = json!(0);
    let listed = piece("rug", json!([1, 1, 0.5]));
    let payload = in_room("furniture", json!([low, flat, listed]));
    let made = plain(&payload)["furniture"].clone();
    assert_eq!(
        (&made[0]["bottom_m"], &made[0]["top_m"]),
        (&json!(0.0), &json!(2.7))
    );
    assert_eq!(
        (&made[1]["bottom_m"], &made[1]["material"]["absorption"]),
        (&json!(0.5), &json!(0.15))
    );
    assert_eq!(codes(&payload), ["FURNITURE_LEFT_OUT"]);
}

#[test]
fn doors_and_windows_are_patches_and_devices_no_furniture() {
    let door = piece("door", json!({"x": 1, "y": 0, "z": -2}));
    let window = piece("window", json!({"x": 2.9, "y": 1, "z": 0}));
    let lost = piece("window", json!({"x": 0, "y": 1, "z": 0}));
    let twice = piece("door", json!({"x": 1.2, "y": 0, "z": -2}));
    let payload = in_room(
        "furniture",
        json!([
            door,
            window,
            lost,
            twice,
            piece("speaker", json!([0, 0, 0]))
        ]),
    );
    let made = plain(&payload);
    assert_eq!(made.get("furniture"), None);
    assert_eq!(
        made["patches"],
        json!([
            {"name": "door", "face": "wall 1", "material": "wood_panel",
             "corners_m": [[0.5, -2.0, 0.0], [1.5, -2.0, 0.0], [1.5, -2.0, 0.8], [0.5, -2.0, 0.8]]},
            {"name": "window", "face": "wall 2", "material": "glass",
             "corners_m": [[3.0, -0.5, 1.0], [3.0, 0.5, 1.0], [3.0, 0.5, 1.8], [3.0, -0.5, 1.8]]},
        ])
    );
    assert_eq!(codes(&payload), ["OPENING_LEFT_OUT", "OPENING_LEFT_OUT"]);
    assert!(
        read(&object(&payload)).is_ok(),
        "{:?}",
        read(&object(&payload))
    );
}

#[test]
fn rule_9_options_stand_on_top_or_in_the_model_and_0_is_0() {
    let payload = model(|p| {
        p["max_order"] = json!(0);
        p["sample_rate_hz"] = json!("many");
        p["air_absorption"] = json!("off");
        p["use_raytracing"] = json!(false);
        p["room_model"]["max_order"] = json!(5);
        p["room_model"]["include_rir"] = json!("yes");
        p["room_model"]["rir_duration_s"] = json!(0);
    });
    let made = plain(&payload);
    assert_eq!(made["max_order"], json!(0.0));
    assert_eq!(made.get("sample_rate_hz"), None);
    assert_eq!(
        (&made["air_absorption"], &made["include_rir"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(made["rir_duration_s"], json!(0.01));
    assert_eq!(read(&object(&payload)).unwrap().plan.max_order, Some(0));
    let slow = model(|p| p["room_model"]["sample_rate_hz"] = json!(0));
    assert!(
        refused(&slow).starts_with("room_model.sample_rate_hz: Input should be a valid integer")
    );
}

#[test]
fn rule_10_the_first_place_with_entries_wins_with_all_its_keys() {
    let payload = model(|p| {
        p["devices"] = json!({"sources": [{"id": "a", "position_m": [0, 0, 1]}], "speakers": {"id": "b", "position_m": [1, 0, 1]}});
        p["room_model"]["sources"] = json!([{"id": "c", "position_m": [0, 1, 1]}]);
        p["room_model"]["devices"] = json!({"receivers": [{"id": "m", "position_m": [2, 0, 1]}]});
    });
    let made = plain(&payload);
    let ids: Vec<&Value> = made["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["id"])
        .collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(made["microphones"][0]["id"], "m");
}

#[test]
fn rule_11_positions_have_y_upwards_unless_they_say_otherwise() {
    let at = |position: Value| {
        plain(&model(|p| p["sources"] = json!([{"position": position}])))["sources"][0]["position_m"].clone()
    };
    assert_eq!(
        at(json!({"x": 1, "y": 1.5, "z": 0.5})),
        json!([1.0, 0.5, 1.5])
    );
    assert_eq!(at(json!({"x": 1, "z": 0.5})), json!([1.0, 0.5, 1.0]));
    assert_eq!(
        at(json!({"x": 1, "z": 0.5, "height": 2})),
        json!([1.0, 0.5, 2.0])
    );
    assert_eq!(at(json!({"x": 1, "y": 0.5})), json!([1.0, 0.5, 1.0]));
    for name in ["coordinate_system", "coordinateSystem"] {
        let mut position = json!({"x": 1, "y": 0.5, "z": 1.5});
        position[name] = json!("pyroom");
        assert_eq!(at(position), json!([1.0, 0.5, 1.5]));
    }
    assert_eq!(at(json!([1, 0.5, 1.5])), json!([1.0, 0.5, 1.5]));
    assert_eq!(at(json!([1, 0.5])), json!([1.0, 0.5, 1.2]));
    assert_eq!(
        at(json!({"position": {"position_m": [1, 0.5, 1.5]}})),
        json!([1.0, 0.5, 1.5])
    );
    let payload = model(|p| {
        p["coordinate_system"] = json!("xyz");
        p["sources"] = json!([{"x": 1, "y": 0.5, "z": 1.5}]);
        p["room_model"]["rooms"][0]["furniture"] =
            json!([piece("table", json!({"x": -1, "y": 1, "z": 0}))]);
    });
    let made = plain(&payload);
    assert_eq!(made["sources"][0]["position_m"], json!([1.0, 0.5, 1.5]));
    assert_eq!(made["furniture"][0]["outline_m"][0], json!([-1.5, 0.75]));
}

#[test]
fn rule_12_ids_are_texts_counted_from_the_whole_list() {
    let payload = model(
        |p| p["sources"] = json!([{"id": 7, "position_m": [0, 0, 1]}, {"id": "x"}, {"id": "", "position_m": [1, 0, 1]}]),
    );
    let ids: Vec<Value> = plain(&payload)["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["id"].clone())
        .collect();
    assert_eq!(ids, ["7", "src-3"]);
    assert_eq!(codes(&payload), ["EMITTER_LEFT_OUT"]);
}

#[test]
fn rule_13_defaults_stand_inside_and_clear_of_furniture() {
    let made = plain(&model(|_| ()));
    assert_eq!(
        made["sources"],
        json!([{"id": "src-default", "position_m": [-1.5, -1.0, 1.5]}])
    );
    assert_eq!(
        made["microphones"],
        json!([{"id": "mic-default", "position_m": [1.5, 1.0, 1.2]}])
    );
    let low = model(|p| p["room_model"]["rooms"][0]["dimensions"]["height"] = json!(1.0));
    assert_eq!(plain(&low)["sources"][0]["position_m"][2], json!(0.95));
    let mut wardrobe = piece("wardrobe", json!({"x": -1.5, "y": 0, "z": -1}));
    wardrobe["dimensions"]["height"] = json!(2);
    let full = in_room("furniture", json!([wardrobe]));
    assert!(read(&object(&full)).is_ok(), "{:?}", read(&object(&full)));
    // A quarter of the way across an L lies outside of it.
    let ends = [
        [0., 0., 6., 0.],
        [6., 0., 6., 6.],
        [6., 6., 4., 6.],
        [4., 6., 4., 2.],
        [4., 2., 0., 2.],
        [0., 2., 0., 0.],
    ];
    assert!(read(&object(&in_room("walls", walls(&ends)))).is_ok());
}

#[test]
fn faults_name_what_the_caller_wrote() {
    let payload = model(|p| {
        p["room_model"]["devices"] =
            json!({"speakers": [{"id": "far", "position": {"x": 9, "y": 1, "z": 0}}]});
        p["room_model"]["rooms"][0]["furniture"] = json!([piece("bed", json!([3, 0, 0]))]);
    });
    let refusal = read(&object(&payload)).unwrap_err().to_string();
    assert!(
        refusal.contains(
            "room_model.devices.speakers[0]: the source \"far\": [9.0, 0.0, 1.0] lies outside"
        ),
        "{refusal}"
    );
    assert!(
        refusal.contains("room_model.rooms[0].furniture[0]: the furniture \"bed\""),
        "{refusal}"
    );
}
