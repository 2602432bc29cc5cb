//! What is taken, and how each fault is told.

use room_simulation::{Method, Rays, Shape};
use serde_json::{Map, Value, json};

use super::*;

fn body(change: impl FnOnce(&mut Value)) -> Map<String, Value> {
    let mut body = json!({
        "room": {"type": "shoebox", "dimensions_m": [5, 4, 2.5], "default_material": {"absorption": 0.2}},
        "sources": [{"id": "s1", "position_m": [2.5, 0.5, 1.2]}],
        "microphones": [{"id": "m1", "position_m": [2.5, 3.5, 1.2]}],
    });
    change(&mut body);
    body.as_object().unwrap().clone()
}

fn with(name: &str, value: Value) -> Map<String, Value> {
    body(|b| b[name] = value)
}

fn refused(body: &Map<String, Value>) -> Vec<String> {
    let refusal = read(body).unwrap_err();
    let text = refusal.to_string();
    let text = text.strip_prefix("Invalid simulation request: ").unwrap();
    text.split("; ").map(str::to_owned).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "made where it is passed")]
fn polygon(corners: Value) -> Value {
    json!({"type": "polygon", "corners_m": corners, "height_m": 2.5})
}

#[test]
fn the_documented_request_has_the_old_defaults() {
    let request = read(&body(|_| ())).unwrap();
    assert!(matches!(request.scene.shape(), Shape::Shoebox(_)));
    assert_eq!(request.plan.rate.hz(), 16_000);
    assert_eq!(
        (request.plan.method, request.plan.max_order),
        (Method::Hybrid, None)
    );
    assert_eq!(request.scene.octaves().len(), 8);
    assert!(request.scene.attenuation_per_m()[0] > 0.0);
    assert!(!request.options.include_rir);
    assert!((request.options.duration_s - 2.0).abs() < 1e-12);
    assert_eq!(request.warnings, []);
}

#[test]
fn every_fault_comes_at_once_with_its_place() {
    let bad = body(|b| {
        b["room"]["dimensions_m"] = json!([-5, "4", 2.5]);
        b["room"]["wall_materials"] = json!({"east": {"absorption": 1.5}, "floor": "no such"});
        b["sources"] = json!([{"position_m": [1, 1, 1]}, {"id": "far", "position_m": [1, 1]}]);
        b["sample_rate_hz"] = json!(0);
        b["max_order"] = json!(-1);
        b["rir_duration_s"] = json!(0);
        b["furniture"] = json!([{"type": "sphere"}]);
        b["temperature_c"] = json!(400);
    });
    assert_eq!(
        refused(&bad),
        [
            "sample_rate_hz: Input should be a valid integer between 4000 and 192000",
            "room.wall_materials.east.absorption: Input should be between 0 and 1",
            "room.wall_materials.floor: there is no material \"no such\"",
            "GET /materials lists them",
            "sources[0].id: Field required",
            "sources[1].position_m: List should have at least 3 items after validation, not 2",
            "furniture[0].type: Input should be 'box' or 'prism'",
            "max_order: Input should be a valid integer between 0 and 200",
            "rir_duration_s: Input should be between 0.000001 and 30",
            "temperature_c: 400 is outside of -20 to 50",
            "room.dimensions_m[0]: -5 is outside of 0.1 to 1000",
        ]
    );
    let problem = read(&bad).unwrap_err().problem(&[json!("body")]);
    assert_eq!(problem.status().as_u16(), 400);
    let fault = &problem.body().errors[4];
    assert_eq!(
        fault.loc,
        [
            json!("body"),
            json!("sources"),
            json!(1),
            json!("position_m")
        ]
    );
    assert_eq!(
        (fault.kind.as_str(), &fault.input),
        ("too_short", &json!([1, 1]))
    );
}

#[test]
fn the_engine_finds_what_does_not_fit_together() {
    let cases = [
        (
            with("sources", json!([{"id": "s1", "position_m": [9, 9, 9]}])),
            "sources[0].position_m: the source \"s1\": [9.0, 9.0, 9.0] lies outside the room",
        ),
        (
            with(
                "microphones",
                json!([{"id": "m1", "position_m": [2, 2, 2.6]}]),
            ),
            "microphones[0].position_m: the microphone \"m1\": [2.0, 2.0, 2.6] lies outside the room",
        ),
        (
            with("room", polygon(json!([[0, 0], [5, 4], [5, 0], [0, 3]]))),
            "room.corners_m: side 0 and side 2 of the outline cross or touch",
        ),
        (
            body(|b| {
                b["furniture"] =
                    json!([{"type": "box", "id": "desk", "min_m": [4, 1, 0], "max_m": [6, 2, 1]}]);
            }),
            "furniture[0]: the furniture \"desk\": [6.0, 1.0, 0.0] lies outside the room",
        ),
        (
            body(|b| {
                b["patches"] = json!([{"name": "door", "face": "west", "corners_m": [[1, 1, 0], [1, 2, 0], [1, 2, 2]],
                    "material": "glass"}]);
            }),
            "patches[0].corners_m: the patch \"door\": the patch does not lie on the face \"west\" with all its corners",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(refused(&body)[0], expected);
    }
}

#[test]
fn places_count_among_all_entries_not_among_the_sound_ones() {
    let bad = body(|b| {
        b["sources"] =
            json!([{"id": 1, "position_m": [1, 1, 1]}, {"id": "b", "position_m": [1, 1, 9]}]);
    });
    let found = refused(&bad);
    assert_eq!(found[0], "sources[0].id: Input should be a valid string");
    assert!(
        found[1].starts_with("sources[1].position_m: the source \"b\""),
        "{found:?}"
    );
}

#[test]
fn nothing_at_all_lists_what_is_needed() {
    let room = json!({"room": {}}).as_object().unwrap().clone();
    assert_eq!(
        refused(&room),
        [
            "room.type: Field required",
            "sources: Field required",
            "microphones: Field required"
        ]
    );
    let kinds = refused(&with("room", json!({"type": "cube"})));
    assert_eq!(
        kinds,
        ["room.type: Input should be 'shoebox', 'polygon' or 'mesh'"]
    );
    let none = refused(&with("sources", json!([])));
    assert_eq!(
        none,
        ["sources: List should have at least 1 item after validation, not 0"]
    );
}

#[test]
fn old_switches_and_the_method_decide_how_sound_is_followed() {
    let way = |fields: Value| {
        let body = body(|b| {
            for (name, value) in fields.as_object().unwrap() {
                b[name] = value.clone();
            }
        });
        let plan = read(&body).unwrap().plan;
        (plan.method, plan.max_order)
    };
    let hybrid = |order| (Method::Hybrid, Some(order));
    for (fields, expected) in [
        (json!({"max_order": 0}), (Method::ImageSources, Some(0))),
        (json!({"max_order": 0, "method": "hybrid"}), hybrid(0)),
        (json!({"max_order": 7}), hybrid(7)),
        (json!({"use_raytracing": true, "max_order": 7}), hybrid(3)),
        (
            json!({"use_raytracing": "yes", "raytracing_bounces": 99}),
            hybrid(30),
        ),
        (
            json!({"use_raytracing": 1, "raytracing_bounces": -4}),
            hybrid(0),
        ),
        (
            json!({"use_raytracing": true, "raytracing_bounces": null}),
            hybrid(3),
        ),
        (
            json!({"use_raytracing": "false", "max_order": 5}),
            hybrid(5),
        ),
        (json!({"method": "ism"}), (Method::ImageSources, None)),
        (json!({"method": "rays"}), (Method::Rays, None)),
    ] {
        assert_eq!(way(fields.clone()), expected, "{fields}");
    }
}

#[test]
fn newer_fields_reach_the_plan_and_the_scene() {
    let request = read(&body(|b| {
        b["bands_hz"] = json!([125, 250, 500]);
        b["room"]["default_material"] = json!({"absorption": [0.1, 0.2, 0.3], "scattering": 0.4});
        b["speed_of_sound_m_s"] = json!(343);
        b["rays"] = json!(5000);
        b["seed"] = json!(7);
        b["air_absorption"] = json!(false);
        b["microphones"][0]["directivity"] = json!("ambisonics1");
        b["sources"][0]["directivity"] = json!("cardioid");
        b["sources"][0]["orientation"] = json!([0, 1, 0]);
    }))
    .unwrap();
    let Shape::Shoebox(shoebox) = request.scene.shape() else {
        panic!("a shoebox");
    };
    assert_eq!(shoebox.walls[0].absorption().values(), [0.1, 0.2, 0.3]);
    assert_eq!(shoebox.walls[5].scattering().values(), [0.4; 3]);
    assert!((request.scene.speed_of_sound_m_s() - 343.0).abs() < 1e-9);
    assert_eq!(request.scene.attenuation_per_m().values(), [0.0; 3]);
    assert_eq!(
        (request.plan.rays, request.plan.seed),
        (Rays::Count(5000), 7)
    );
    assert_eq!(request.warnings, [], "all of it has an effect");
}

#[test]
fn a_response_begins_at_the_emission_whatever_is_asked_for() {
    let request = read(&with("pre_samples", json!(64))).unwrap();
    assert_eq!(request.plan.pre_samples, 0);
}

/// Fields of the notices of options without effect.
fn idle_fields(body: &Map<String, Value>) -> Vec<Value> {
    let request = read(body).unwrap();
    let warnings = request.warnings.into_iter();
    let idle = warnings.filter(|w| w.code == "OPTION_WITHOUT_EFFECT");
    idle.map(|w| w.data["field"].clone()).collect()
}

#[test]
fn options_that_change_nothing_are_named() {
    let all = |fields: Value| {
        idle_fields(&body(|b| {
            for (name, value) in fields.as_object().unwrap() {
                b[name] = value.clone();
            }
        }))
    };
    let (order, rays) = (json!({"max_order": 3}), json!({"rays": 5000}));
    for (fields, expected) in [
        (order.clone(), vec![]),
        (rays.clone(), vec![]),
        (json!({"method": "ism", "max_order": 3, "seed": 1}), vec![]),
        (
            json!({"method": "ism", "rays": 5000, "receiver_radius_m": 0.2}),
            vec!["rays", "receiver_radius_m"],
        ),
        (json!({"max_order": 0, "accuracy": 0.1}), vec!["accuracy"]),
        (
            json!({"method": "rays", "max_order": 3, "horizon_s": 1}),
            vec!["max_order", "horizon_s"],
        ),
        (
            json!({"method": "hybrid", "use_raytracing": true}),
            vec!["use_raytracing"],
        ),
        (json!({"method": "hybrid", "use_raytracing": false}), vec![]),
        (
            json!({"use_raytracing": true, "max_order": 12}),
            vec!["max_order"],
        ),
        (
            json!({"use_raytracing": true, "raytracing_bounces": 2}),
            vec![],
        ),
    ] {
        assert_eq!(all(fields.clone()), expected, "{fields}");
    }
}

#[test]
fn who_has_no_front_is_turned_in_vain() {
    let turned = body(|b| {
        b["sources"][0]["orientation"] = json!([0, 1, 0]);
        b["microphones"][0]["orientation"] = json!([0, 1, 0]);
        b["microphones"][0]["directivity"] = json!("ambisonics1");
    });
    assert_eq!(
        idle_fields(&turned),
        ["sources.orientation", "microphones.orientation"]
    );
    let heard = body(|b| {
        b["sources"][0]["orientation"] = json!([0, 1, 0]);
        b["sources"][0]["directivity"] = json!("cardioid");
    });
    assert_eq!(idle_fields(&heard), Vec::<Value>::new());
}

#[test]
fn options_of_boxes_are_bounded_and_named_where_the_room_is_none() {
    let with = |patches: Value| {
        body(move |b| {
            b["horizon_s"] = json!(0.2);
            b["image_jitter_m"] = json!(0.08);
            b["patches"] = patches;
        })
    };
    let request = read(&with(json!([]))).unwrap();
    assert!((request.plan.image_jitter_m - 0.08).abs() < 1e-12);
    assert_eq!(idle_fields(&with(json!([]))), Vec::<Value>::new());
    let corners = [[1, 1, 0], [2, 1, 0], [2, 2, 0], [1, 2, 0]];
    let patch =
        json!([{ "name": "rug", "face": "floor", "corners_m": corners, "material": "carpet" }]);
    assert_eq!(idle_fields(&with(patch)), ["horizon_s", "image_jitter_m"]);
    let far = read(&body(|b| b["image_jitter_m"] = json!(0.2))).unwrap_err();
    assert!(format!("{far:?}").contains("image_jitter_m"), "{far:?}");
}

#[test]
fn a_duration_is_bounded_and_changes_something_with_every_method() {
    for method in ["ism", "rays", "hybrid"] {
        let asked = body(|b| {
            b["method"] = json!(method);
            b["duration_s"] = json!(0.5);
        });
        assert_eq!(read(&asked).unwrap().plan.duration_s, Some(0.5));
        assert_eq!(idle_fields(&asked), Vec::<Value>::new());
    }
    assert_eq!(read(&body(|_| {})).unwrap().plan.duration_s, None);
    for wrong in [json!(0), json!(31), json!("long")] {
        let fault = read(&body(|b| b["duration_s"] = wrong)).unwrap_err();
        assert!(format!("{fault:?}").contains("duration_s"), "{fault:?}");
    }
}

#[test]
fn options_of_rays_are_named_where_a_hybrid_needed_none() {
    let request = read(&body(|b| {
        b["accuracy"] = json!(0.02);
        b["receiver_radius_m"] = json!(0.2);
    }))
    .unwrap();
    let used = |rays| room_simulation::Used {
        method: Method::Hybrid,
        max_order: None,
        horizon_s: None,
        rays,
        seed: 0,
    };
    let named = |rays| {
        let all = idle::without_rays(&request.options.of_rays, &used(rays)).into_iter();
        all.map(|w| w.data["field"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(named(0), ["accuracy", "receiver_radius_m"]);
    assert_eq!(named(8000), Vec::<Value>::new());
}

#[test]
fn lists_have_one_number_for_each_octave() {
    let faults = refused(&body(|b| {
        b["room"]["default_material"] = json!({"absorption": [0.1, 0.2]});
    }));
    assert_eq!(
        faults[0],
        "room.default_material.absorption: List should have 8 items, one for each octave (63, 125, 250, 500, 1000, \
         2000, 4000, 8000 Hz), not 2"
    );
    let gap = refused(&with("bands_hz", json!([125, 500])));
    assert!(
        gap[0].starts_with("bands_hz: [125.0, 500.0] are not octave centres"),
        "{gap:?}"
    );
}

#[test]
fn a_material_may_be_an_id_of_the_library() {
    let request = read(&body(|b| {
        b["room"]["wall_materials"] = json!({"north": "carpet", "south": {"material_id": "glass"}});
    }))
    .unwrap();
    let Shape::Shoebox(shoebox) = request.scene.shape() else {
        panic!("a shoebox");
    };
    let first = |wall: usize| shoebox.walls[wall].absorption()[0];
    for (wall, expected) in [(2, 0.03), (3, 0.30), (4, 0.20)] {
        assert!((first(wall) - expected).abs() < 1e-12, "{wall}");
    }
}

#[test]
fn a_mesh_and_a_plan_with_own_walls_are_rooms() {
    let corner = |i: usize| {
        let far = |bit: usize| (i >> bit & 1) as f64;
        json!([far(0) * 5.0, far(1) * 4.0, far(2) * 2.5])
    };
    let face =
        |ids: [usize; 4]| json!({"vertices": ids.map(corner), "material": {"absorption": 0.3}});
    let faces = [
        [0, 1, 3, 2],
        [4, 5, 7, 6],
        [0, 1, 5, 4],
        [2, 3, 7, 6],
        [0, 2, 6, 4],
        [1, 3, 7, 5],
    ]
    .map(face);
    let mesh = read(&with("room", json!({"type": "mesh", "faces": faces}))).unwrap();
    assert!((mesh.scene.volume_m3() - 50.0).abs() < 1e-9);
    let mut room = polygon(json!([[0, 0], [5, 0], [5, 4], [0, 4]]));
    room["wall_materials"] = json!(["glass", null, "glass", {"absorption": 0.5}]);
    assert!(read(&with("room", room.clone())).is_ok());
    room["wall_materials"] = json!(["glass"]);
    assert_eq!(
        refused(&with("room", room))[0],
        "room.wall_materials: List should have at least 4 items after validation, not 1"
    );
}

#[test]
fn what_would_make_too_many_samples_is_refused() {
    let many = |noun: &str, count: usize| -> Value {
        let one = |i: usize| json!({"id": format!("{noun}{i}"), "position_m": [1.0 + 0.01 * i as f64, 1.0, 1.0]});
        (0..count).map(one).collect()
    };
    let bad = body(|b| {
        b["sources"] = json!([{"id": "s", "position_m": [3, 3, 1]}]);
        b["microphones"] = many("m", 200);
        b["sample_rate_hz"] = json!(192_000);
        b["include_rir"] = json!(true);
    });
    let faults = refused(&bad);
    assert!(
        faults[0].starts_with("sample_rate_hz: 200 responses at 192000 Hz"),
        "{faults:?}"
    );
    assert!(
        faults[2].starts_with("include_rir: the answer could have 76800000 samples"),
        "{faults:?}"
    );
}

/// What is refused of 16 microphones whose responses are two seconds long: 512 000 samples.
fn sixteen(allowance: Allowance) -> Result<u64, String> {
    let body = body(|b| {
        let one =
            |i: usize| json!({"id": format!("m{i}"), "position_m": [1.0 + 0.1 * i as f64, 1, 1]});
        b["microphones"] = (0..16).map(one).collect();
        b["include_rir"] = json!(true);
    });
    let read = read_within(&body, allowance);
    read.map(|request| request.options.answered_samples)
        .map_err(|refusal| refusal.to_string())
}

#[test]
fn an_event_and_a_batch_have_room_for_less() {
    assert_eq!(sixteen(Allowance::Single), Ok(512_000));
    assert_eq!(sixteen(Allowance::Batch(512_000)), Ok(512_000));
    let batch = sixteen(Allowance::Batch(511_999)).unwrap_err();
    assert!(
        batch.contains("include_rir: the answer could have 512000 samples; 511999 are left of"),
        "{batch}"
    );
    let event = sixteen(Allowance::Event).unwrap_err();
    assert!(
        event.contains("512000 samples") && event.contains("an event's has at most 8388608"),
        "{event}"
    );
}

#[test]
fn channels_count_as_often_as_they_are_written() {
    let ambisonic = |include: bool| {
        let body = body(|b| {
            b["microphones"][0]["directivity"] = json!("ambisonics1");
            b["include_rir"] = json!(include);
        });
        read(&body).unwrap()
    };
    // Four channels, and the first one again as the response of old clients.
    assert_eq!(ambisonic(true).options.answered_samples, 5 * 32_000);
    assert_eq!(ambisonic(false).options.answered_samples, 0);
}

#[test]
fn ids_may_repeat_as_ever_and_are_warned_of() {
    let request = read(&body(|b| {
        b["sources"] = json!([{"id": "a", "position_m": [1, 1, 1]}, {"id": "a", "position_m": [2, 1, 1]},
            {"id": "", "position_m": [3, 1, 1]}]);
    }))
    .unwrap();
    assert_eq!(request.options.source_ids, ["a", "a", ""]);
    assert_eq!(request.warnings[0].code, "REPEATED_ID");
}

#[test]
fn boxes_have_an_inside_and_fields_unknown_here_are_left_alone() {
    let bad = with(
        "furniture",
        json!([{"type": "box", "min_m": [1, 1, 0], "max_m": [2, 1, 1]}]),
    );
    assert_eq!(
        refused(&bad),
        ["furniture[0].max_m[1]: Input should be greater than 1, which min_m has"]
    );
    assert!(read(&with("colour", json!("red"))).is_ok());
}

#[test]
fn a_refusal_is_never_much_larger_than_its_request() {
    let bad = body(|b| {
        b["sources"] =
            vec![json!({"id": "x".repeat(500), "position_m": "y".repeat(5000)}); 60].into();
    });
    let refusal = read(&bad).unwrap_err();
    assert_eq!(refusal.faults().len(), chassis::fields::FAULT_LIMIT);
    assert!(
        refusal
            .faults()
            .iter()
            .all(|f| f.input.to_string().len() < 250)
    );
}

#[test]
fn of_the_faces_of_a_large_room_some_are_named() {
    let mut many = Vec::new();
    for i in 0..40 {
        let angle = std::f64::consts::TAU * f64::from(i) / 40.0;
        many.push(json!([10.0 * angle.cos(), 10.0 * angle.sin()]));
    }
    let bad = body(|b| {
        b["room"] = polygon(many.into());
        b["patches"] = json!([{"name": "door", "face": "attic", "corners_m": [[1, 1, 0], [1, 2, 0], [1, 2, 2]],
            "material": "glass"}]);
    });
    let refusal = read(&bad).unwrap_err();
    let msg = &refusal.faults()[0].msg;
    assert!(
        msg.starts_with("the patch \"door\": there is no face \"attic\"; there are "),
        "{msg}"
    );
    assert!(msg.ends_with(" and 34 more"), "{msg}");
}
