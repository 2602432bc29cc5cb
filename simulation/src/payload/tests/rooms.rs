//! Rules 1 to 7: the model, its sizes, walls and materials.

use serde_json::{Value, json};

use super::{codes, in_room, model, object, plain, refused, walls, warnings};
use crate::request::read;

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
fn rule_3_sizes_have_defaults_and_what_is_assumed_is_said() {
    let made = |room: Value, height: Value| {
        let payload = json!({"room_model": {"rooms": [room], "height": height}});
        let shown = plain(&payload)["room"].clone();
        let said = warnings(&payload).into_iter();
        let assumed = said.filter(|w| w.code == "DIMENSION_ASSUMED");
        let fields: Vec<Value> = assumed.map(|w| w.data["field"].clone()).collect();
        json!([shown["corners_m"][2], shown["height_m"], fields])
    };
    for (room, height, expected) in [
        (
            json!({}),
            Value::Null,
            json!([[2.0, 2.0], 2.8, ["height", "width", "depth"]]),
        ),
        (
            json!({}),
            json!(3),
            json!([[2.0, 2.0], 3.0, ["width", "depth"]]),
        ),
        (
            json!({"height": 2.2}),
            json!(3),
            json!([[2.0, 2.0], 2.2, ["width", "depth"]]),
        ),
        (
            json!({"dimensions": {"width": 5}}),
            json!(3),
            json!([[2.5, 2.0], 2.8, ["height", "depth"]]),
        ),
        (
            json!({"dimensions": {"width": -5, "depth": 4, "height": 2.5}}),
            Value::Null,
            json!([[2.0, 2.0], 2.5, ["width"]]),
        ),
    ] {
        assert_eq!(made(room.clone(), height), expected, "{room}");
    }
    let wrong = json!({"rooms": [{"dimensions": {"width": -5}, "height": 2.5}]});
    let first = &warnings(&wrong)[0];
    assert_eq!(first.data["seen"], Value::Null, "the height is not given");
    assert_eq!(warnings(&wrong)[1].data["seen"], json!(-5));
}

#[test]
fn rule_3_the_sides_of_a_room_with_walls_are_not_asked_for() {
    let ends = [
        [0., 0., 4., 0.],
        [4., 0., 4., 3.],
        [4., 3., 0., 3.],
        [0., 3., 0., 0.],
    ];
    let payload = json!({"rooms": [{"walls": walls(&ends), "height": 2.5}]});
    assert_eq!(codes(&payload), Vec::<String>::new());
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
    let none: &[&str] = &[];
    let cases = [
        (json!([]), none),
        (
            json!([{"start": [0, 0], "end": [1, 0]}]),
            &["OUTLINE_ASSUMED"],
        ),
    ];
    for (walls, warned) in cases {
        let payload = in_room("walls", walls);
        assert_eq!(plain(&payload)["room"]["corners_m"], expected);
        assert_eq!(codes(&payload), warned);
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
    for silent in [json!({"colour": "red"}), json!(0.3)] {
        let payload = model(|p| p["room_model"]["materials"] = json!({"wall": silent}));
        assert_eq!(codes(&payload), ["MATERIAL_ASSUMED"]);
    }
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
fn faults_of_a_plan_name_the_callers_walls() {
    let crossing = [
        [0., 0., 5., 4.],
        [5., 0., 5., 4.],
        [5., 0., 0., 3.],
        [0., 3., 0., 0.],
    ];
    assert_eq!(
        refused(&in_room("walls", walls(&crossing))),
        "room_model.rooms[0].walls: walls[0] and walls[2] cross or touch; draw the walls in their order around the room"
    );
    let corner = [
        [0., 0., 6., 0.],
        [6., 6., 6., 0.],
        [6., 6., 4., 6.],
        [4., 6., 4., 2.],
        [4., 2., 0., 2.],
        [0., 2., 0., 0.],
    ];
    let mut payload = in_room("walls", walls(&corner));
    payload["sources"] = json!([{"id": "near", "position_m": [5.9995, 3, 1]}]);
    assert_eq!(
        refused(&payload),
        "sources[0]: the source \"near\": it is 0.0005 m away from the surface of walls[1]; at least 0.001 m are needed"
    );
}
