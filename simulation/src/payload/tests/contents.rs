//! Rules 8 to 13: furniture, openings, options, sources and microphones.

use serde_json::{Value, json};

use super::{codes, in_room, model, object, piece, plain, refused, walls, warnings};
use crate::request::read;

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
    assert_eq!(codes(&payload), ["FURNITURE_CUT", "FURNITURE_LEFT_OUT"]);
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
    assert_eq!(codes(&payload), ["OPTION_IGNORED"]);
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
        let second = json!({"id": "b", "position_m": [1, 0, 1]});
        p["devices"] =
            json!({"sources": [{"id": "a", "position_m": [0, 0, 1]}], "speakers": second});
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
    let said: Vec<_> = warnings(&model(|_| ()))
        .into_iter()
        .map(|w| (w.code, w.data["field"].clone()))
        .collect();
    let assumed = |kind: &str| ("EMITTER_ASSUMED".to_owned(), json!(kind));
    assert_eq!(said, [assumed("sources"), assumed("microphones")]);
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
        p["room_model"]["rooms"][0]["furniture"] = json!([piece("bed", json!([30, 0, 0]))]);
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

#[test]
fn furniture_through_a_wall_is_cut_at_it_and_that_is_said() {
    let payload = in_room(
        "furniture",
        json!([piece("bed", json!({"x": 3, "y": 0, "z": 0}))]),
    );
    let outline: Vec<[f64; 2]> =
        serde_json::from_value(plain(&payload)["furniture"][0]["outline_m"].clone()).unwrap();
    let farthest = outline.iter().map(|c| c[0]).fold(f64::MIN, f64::max);
    assert!((farthest - 3.0).abs() < 1e-9, "{outline:?}");
    assert_eq!(codes(&payload), ["FURNITURE_CUT"]);
    assert!(read(&object(&payload)).is_ok());
}

#[test]
fn a_window_beyond_its_wall_is_cut_and_that_is_said() {
    let window = piece("window", json!({"x": 2.9, "y": 2.2, "z": -1.8}));
    let payload = in_room("furniture", json!([window]));
    let patch = plain(&payload)["patches"][0].clone();
    assert_eq!(
        (&patch["corners_m"][2][2], codes(&payload)),
        (&json!(2.7), vec!["OPENING_CUT".to_owned()])
    );
    assert!(read(&object(&payload)).is_ok());
}
