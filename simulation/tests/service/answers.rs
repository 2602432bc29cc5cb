//! What is answered to who asks for a simulation.

use serde_json::{Value, json};

use crate::bench::{bench, documented};

/// Every metric of a pair; none is null.
fn metrics(pair: &Value) -> [f64; 7] {
    [
        "rt60_s", "edt_s", "d50", "c50_db", "c80_db", "drr_db", "sti",
    ]
    .map(|key| {
        let found = &pair["metrics"][key];
        assert!(found.is_number(), "{key}: {}", pair["metrics"]);
        found.as_f64().unwrap()
    })
}

#[tokio::test]
async fn the_documented_request_has_every_metric_and_no_response() {
    let answer = bench().post("/simulate", &documented()).await.ok();
    assert_eq!(
        (
            &answer["sample_rate_hz"],
            &answer["method"],
            &answer["seed"]
        ),
        (&json!(16_000), &json!("hybrid"), &json!(0))
    );
    assert_eq!(answer["pairs"].as_array().unwrap().len(), 1);
    let pair = &answer["pairs"][0];
    assert_eq!(
        (&pair["source_id"], &pair["microphone_id"], &pair["rir"]),
        (&json!("s1"), &json!("m1"), &Value::Null)
    );
    assert_eq!(pair["distance_m"], json!(3.0));
    let [rt60_s, edt_s, d50, c50_db, c80_db, drr_db, sti] = metrics(pair);
    // Image sources of this room decay in 0.53 s.
    assert!((0.45..0.65).contains(&rt60_s), "{pair}");
    assert!((0.2..0.8).contains(&edt_s), "{pair}");
    assert!((c50_db - 10.0 * (d50 / (1.0 - d50)).log10()).abs() < 0.01);
    assert!(c80_db > c50_db && drr_db < c50_db, "{pair}");
    assert!((0.5..0.9).contains(&sti), "{pair}");
    assert_eq!(pair["metrics"]["sti_method"], "mtf");
    let octaves = pair["parameters"]["octaves"].as_array().unwrap();
    assert_eq!(octaves.len(), 8);
    assert!(octaves.iter().all(|o| o["t30_s"].as_f64().unwrap() > 0.2));
}

#[tokio::test]
async fn a_response_that_is_asked_for_begins_at_the_emission_and_has_the_length_asked_for() {
    let bench = bench();
    let mut body = documented();
    body["include_rir"] = json!(true);
    body["rir_duration_s"] = json!(0.05);
    let answer = bench.post("/simulate", &body).await.ok();
    let rir: Vec<f64> = serde_json::from_value(answer["pairs"][0]["rir"].clone()).unwrap();
    assert_eq!(rir.len(), 800);
    // 3 m of air, at 16 kHz.
    let direct = 3.0 / 343.2 * 16_000.0;
    let loudest = (0..160).max_by(|a, b| rir[*a].abs().total_cmp(&rir[*b].abs()));
    assert!(
        (loudest.unwrap() as f64 - direct).abs() <= 1.0,
        "{loudest:?}"
    );
    let before = rir[..100].iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    assert!(before < 0.01 * rir[loudest.unwrap()].abs(), "{before}");
}

#[tokio::test]
async fn an_event_is_answered_as_a_request_over_http() {
    let bench = bench();
    let mut body = documented();
    body["include_rir"] = json!(true);
    let over_http = bench.post("/simulate", &body).await.ok();
    assert!(over_http["pairs"][0]["rir"].as_array().unwrap().len() > 5000);
    assert_eq!(bench.event("simulation.run", &body).await.ok(), over_http);
}

#[tokio::test]
async fn pairs_stand_by_microphone_then_source_and_more_sound_is_nearer() {
    let mut body = documented();
    let at = |id: &str, x: f64, y: f64| json!({"id": id, "position_m": [x, y, 1.2]});
    body["sources"] = json!([at("near", 2.5, 3.0), at("far", 2.5, 0.5)]);
    body["microphones"] = json!([at("m1", 2.5, 3.5), at("m2", 2.0, 3.5)]);
    let answer = bench().post("/simulate", &body).await.ok();
    let pairs = answer["pairs"].as_array().unwrap();
    let ids: Vec<_> = pairs
        .iter()
        .map(|p| (p["microphone_id"].as_str(), p["source_id"].as_str()))
        .collect();
    let of = |m, s| (Some(m), Some(s));
    assert_eq!(
        ids,
        [
            of("m1", "near"),
            of("m1", "far"),
            of("m2", "near"),
            of("m2", "far")
        ]
    );
    let [_, _, d50_near, _, _, drr_near, _] = metrics(&pairs[0]);
    let [_, _, d50_far, _, _, drr_far, _] = metrics(&pairs[1]);
    assert!(d50_near > d50_far && drr_near > drr_far + 6.0);
}

#[tokio::test]
async fn a_room_of_the_app_is_answered_with_what_was_assumed() {
    let room = json!({"dimensions": {"width": 5, "depth": 4}, "materials": {"floor": "no such"}});
    let body = json!({"room_model": {"rooms": [room]}, "max_order": 2, "accuracy": 0.2});
    let answer = bench().post("/simulate", &body).await.ok();
    let codes: Vec<&str> = answer["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["code"].as_str().unwrap())
        .collect();
    let assumed = [
        "DIMENSION_ASSUMED",
        "UNKNOWN_MATERIAL",
        "EMITTER_ASSUMED",
        "EMITTER_ASSUMED",
    ];
    assert_eq!(codes[..4], assumed);
    let said = answer["warnings"][0].as_str().unwrap();
    assert!(
        said.starts_with("the height of the room is not given; 2.8 m are taken; give "),
        "{said}"
    );
    let pair = &answer["pairs"][0];
    assert_eq!(
        (&pair["source_id"], &pair["microphone_id"]),
        (&json!("src-default"), &json!("mic-default"))
    );
    assert!((0.2..1.0).contains(&metrics(pair)[0]), "{pair}");
}

#[tokio::test]
async fn an_option_without_effect_is_named() {
    let mut body = documented();
    body["method"] = json!("ism");
    body["max_order"] = json!(3);
    body["rays"] = json!(5000);
    let answer = bench().post("/simulate", &body).await.ok();
    let notices = answer["notices"].as_array().unwrap();
    let idle = notices
        .iter()
        .find(|n| n["code"] == "OPTION_WITHOUT_EFFECT")
        .unwrap();
    assert_eq!(idle["data"], json!({"field": "rays"}));
    assert!(
        notices.iter().any(|n| n["code"] == "ORDER_LIMITED"),
        "{notices:?}"
    );
}
