//! Every refusal of an event, with its status and its sentence.

use serde_json::json;

use crate::bench::Bench;
use crate::cast::Cast;

const SEAT: &str = "INSERT INTO participants (id, lobby_id, device_id, role, status, joined_at) \
    VALUES ($1, $2, $3, 'none', 'left', $4)";

/// An event of the admin, its data (`LOBBY` is a lobby), and the sentence of its refusal.
const SENTENCES: &str = r#"
lobby.join | {} | Missing 'code' in data
lobby.leave | {} | Missing 'lobby_id' in data
lobby.start | {"lobby_id": null} | Missing 'lobby_id' in data
lobby.get | {} | Missing 'lobby_id' or 'code' in data
role.assign | {} | Missing 'lobby_id', 'target_device_id', or 'role' in data
role.assign | {"lobby_id": "LOBBY", "target_device_id": "d"} | Missing 'lobby_id', 'target_device_id', or 'role' in data
role.assign | {"lobby_id": "LOBBY", "target_device_id": "spk1", "role": "observer"} | Invalid role: observer
role.assign | {"lobby_id": "LOBBY", "target_device_id": "spk1", "role": 5} | Invalid role: 5
lobby.room_snapshot | {"lobby_id": "LOBBY"} | Missing 'lobby_id' or 'room' in data
lobby.room_snapshot | {"lobby_id": "LOBBY", "room": [1]} | 'room' must be an object
lobby.step_update | {"lobby_id": "LOBBY"} | Missing 'lobby_id' or 'step_index' in data
lobby.profile_update | {"lobby_id": "LOBBY"} | Missing 'lobby_id' or 'profile_id' in data
measurement.ready | {} | Missing 'session_id' in data
measurement.session_status | {} | Missing 'session_id' in data
lobby.nope | {} | Unknown event: lobby.nope
measurement.nope | {} | Unknown event: measurement.nope
"#;

#[tokio::test]
async fn missing_and_wrong_fields_have_their_sentences() {
    let bench = &Bench::both().await[0];
    let cast = Cast::of(bench, 1, 0).await;
    for line in SENTENCES.trim().lines() {
        let mut parts = line.split(" | ");
        let [event, data, sentence] = [(); 3].map(|()| parts.next().unwrap());
        let data = serde_json::from_str(&data.replace("LOBBY", &cast.lobby_id)).unwrap();
        let told = bench.refused("adm", event, data).await;
        assert_eq!(told, (400, sentence.to_owned()), "{line}");
    }
    let unknown = bench
        .event("adm", "lobby.nope", json!({}))
        .await
        .unwrap_err();
    assert_eq!(unknown.body["code"], "UNKNOWN_EVENT");
}

#[tokio::test]
async fn wrong_types_are_refused_with_the_field() {
    let bench = &Bench::both().await[0];
    let cast = Cast::of(bench, 1, 0).await;
    let lobby_id = &cast.lobby_id;
    for (event, data, field) in [
        ("lobby.join", json!({"code": 5}), "code"),
        ("lobby.join", json!({"code": {"a": 1}}), "code"),
        ("lobby.get", json!({"lobby_id": 1}), "lobby_id"),
        ("lobby.leave", json!({"lobby_id": ["x"]}), "lobby_id"),
        (
            "lobby.step_update",
            json!({"lobby_id": lobby_id, "step_index": "3"}),
            "step_index",
        ),
        (
            "lobby.step_update",
            json!({"lobby_id": lobby_id, "step_index": 1.5}),
            "step_index",
        ),
        (
            "lobby.step_update",
            json!({"lobby_id": lobby_id, "step_index": true}),
            "step_index",
        ),
        (
            "lobby.step_update",
            json!({"lobby_id": lobby_id, "step_index": -1}),
            "step_index",
        ),
        (
            "lobby.step_update",
            json!({"lobby_id": lobby_id, "step_index": 10_001}),
            "step_index",
        ),
        (
            "lobby.profile_update",
            json!({"lobby_id": lobby_id, "profile_id": ""}),
            "profile_id",
        ),
        (
            "lobby.profile_update",
            json!({"lobby_id": lobby_id, "profile_id": "p".repeat(65)}),
            "profile_id",
        ),
        ("measurement.ready", json!({"session_id": 7}), "session_id"),
    ] {
        let refused = bench.event("adm", event, data.clone()).await.unwrap_err();
        assert_eq!(refused.status, 400, "{event} {data}");
        let loc = &refused.body["errors"][0]["loc"];
        assert_eq!(
            loc,
            &json!(["data", field]),
            "{event} {data}: {}",
            refused.body
        );
    }
}

#[tokio::test]
async fn who_may_not_and_what_is_not_there() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 0).await;
        let lobby_id = json!(cast.lobby_id);
        let admin = (
            403,
            "Only the lobby admin can perform this action".to_owned(),
        );
        let missing = (404, "Lobby not found".to_owned());
        for (event, extra) in [
            ("lobby.start", json!({})),
            ("lobby.room_snapshot", json!({"room": {}})),
            ("lobby.step_update", json!({"step_index": 1})),
            ("lobby.profile_update", json!({"profile_id": "p"})),
            (
                "role.assign",
                json!({"target_device_id": "spk1", "role": "speaker"}),
            ),
        ] {
            let mut data = extra;
            data["lobby_id"] = lobby_id.clone();
            assert_eq!(
                bench.refused("spk1", event, data.clone()).await,
                admin,
                "{event}"
            );
            data["lobby_id"] = json!("none");
            assert_eq!(bench.refused("adm", event, data).await, missing, "{event}");
        }
        for (event, data) in [
            ("lobby.get", json!({"lobby_id": "none"})),
            ("lobby.get", json!({"code": "QQQQQQ"})),
            ("lobby.join", json!({"code": "QQQQQQ"})),
            ("lobby.leave", json!({"lobby_id": "none"})),
        ] {
            assert_eq!(bench.refused("adm", event, data).await, missing, "{event}");
        }
        let nobody = json!({"lobby_id": lobby_id, "target_device_id": "nobody", "role": "speaker"});
        let target = (
            404,
            "Target participant not found (or not joined)".to_owned(),
        );
        assert_eq!(bench.refused("adm", "role.assign", nobody).await, target);
        bench
            .ok("adm", "lobby.start", json!({"lobby_id": lobby_id}))
            .await;
        let closed = (409, "Lobby is not open".to_owned());
        assert_eq!(
            bench
                .refused("late", "lobby.join", json!({"code": cast.code}))
                .await,
            closed
        );
        for (device, remedy) in [("late", "Ask its admin"), ("spk1", "go on with its socket")] {
            let join = json!({"code": cast.code});
            let refused = bench.event(device, "lobby.join", join).await.unwrap_err();
            let told = refused.body["remedy"].as_str().unwrap().to_owned();
            assert!(
                refused.status == 409 && told.contains(remedy),
                "{device}: {told}"
            );
        }
        let again = (409, "Lobby is not in a startable state".to_owned());
        assert_eq!(
            bench
                .refused("adm", "lobby.start", json!({"lobby_id": lobby_id}))
                .await,
            again
        );
    }
}

#[tokio::test]
async fn the_envelope_has_its_shape_and_a_room_its_size() {
    let bench = &Bench::both().await[0];
    for body in [
        json!({"message": {}}),
        json!({"client": {"device_id": "d", "connection_id": "c"}, "message": {"event": ""}}),
        json!({"client": {"device_id": "d", "connection_id": "c"}, "message": {"event": "lobby.get", "data": []}}),
        json!({"client": {"connection_id": "c"}, "message": {"event": "lobby.create", "data": {}}}),
    ] {
        assert_eq!(
            bench.post("/gateway/handle", body.clone()).await.0,
            422,
            "{body}"
        );
    }
    let (status, sentence) = bench
        .refused(&"d".repeat(129), "lobby.create", json!({}))
        .await;
    assert!(
        status == 400 && sentence.contains("129") && sentence.contains("128"),
        "{status} {sentence}"
    );
    assert_eq!(
        bench
            .event(&"d".repeat(128), "lobby.create", json!({}))
            .await
            .map(|_| ()),
        Ok(())
    );

    let cast = Cast::of(bench, 1, 0).await;
    let room = json!({"lobby_id": cast.lobby_id, "room": {"text": "x".repeat(256 * 1024)}});
    let (status, sentence) = bench.refused("adm", "lobby.room_snapshot", room).await;
    assert!(
        status == 413 && sentence.contains("262144"),
        "{status} {sentence}"
    );
}

#[tokio::test]
async fn a_nul_character_is_refused_with_its_place() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        let session = cast.session(&bench).await;
        let of_list = |list: &str, field: &str| {
            let mut request = cast.request();
            request[list][0][field] = json!("a\0b");
            (
                "measurement.create_session",
                request,
                format!("'{list}.0.{field}'"),
            )
        };
        let room = json!({"lobby_id": cast.lobby_id, "room": {"walls": [{"name": "a\0"}]}});
        let key = json!({"lobby_id": cast.lobby_id, "room": {"a\0": 1}});
        let mut results = session.clone();
        results["job_id"] = json!(cast.job_id);
        results["results"] = json!([[{"text": "\0"}]]);
        for (event, data, place) in [
            of_list("speakers", "device_id"),
            of_list("speakers", "slot_id"),
            of_list("microphones", "slot_label"),
            (
                "lobby.room_snapshot",
                room,
                "'room.walls.0.name'".to_owned(),
            ),
            ("lobby.room_snapshot", key, "'room.a'".to_owned()),
            (
                "measurement.broadcast_results",
                results,
                "'results.0.0.text'".to_owned(),
            ),
        ] {
            let (status, sentence) = bench.refused("adm", event, data).await;
            assert_eq!(status, 400, "{event}: {sentence}");
            assert!(
                sentence.contains(&place) && sentence.contains("U+0000"),
                "{event}: {sentence}"
            );
        }
        let (status, sentence) = bench.refused("d\0", "lobby.create", json!({})).await;
        assert_eq!(status, 400, "{sentence}");
        assert!(sentence.contains("'device_id'"), "{sentence}");
        assert!(bench.gateway.take().is_empty(), "nothing was kept");
    }
}

#[tokio::test]
async fn an_envelope_holds_the_longest_message_that_can_be_configured() {
    let bench = &Bench::both().await[0];
    let cast = Cast::of(bench, 1, 1).await;
    let session = cast.session(bench).await;
    let greatest = 16_777_216;
    let mut results = session.clone();
    results["job_id"] = json!(cast.job_id);
    results["results"] = json!("x".repeat(greatest - 1000));
    let told = bench
        .ok("adm", "measurement.broadcast_results", results.clone())
        .await;
    assert_eq!(told["status"], "results_broadcast");
    results["results"] = json!("x".repeat(greatest + 64 * 1024));
    let (status, sentence) = bench
        .refused("adm", "measurement.broadcast_results", results)
        .await;
    assert!(
        status == 413 && sentence.contains(&(greatest + 64 * 1024).to_string()),
        "{status} {sentence}"
    );
}

#[tokio::test]
async fn a_lobby_holds_so_many_devices_and_those_may_come_back() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 0, 0).await;
        seat(&bench, &cast, 1..255).await;
        let join = json!({"code": cast.code});
        let last = bench.ok("d255", "lobby.join", join.clone()).await;
        assert_eq!(last["participants"].as_array().unwrap().len(), 256);
        let full = bench
            .event("d256", "lobby.join", join.clone())
            .await
            .unwrap_err();
        assert_eq!(full.status, 409, "{full:?}");
        assert_eq!(
            full.detail(),
            "Lobby is full: 256 devices are or were in it; at most 256 are allowed"
        );
        assert!(full.body["remedy"].as_str().unwrap().contains("new one"));
        for device in ["d1", "d255", "adm"] {
            bench.ok(device, "lobby.join", join.clone()).await;
        }
    }
}

/// Devices that were in the lobby and left.
async fn seat(bench: &Bench, cast: &Cast, devices: std::ops::Range<u32>) {
    let lobby_id: uuid::Uuid = cast.lobby_id.parse().unwrap();
    let mut tx = bench.database.pool.begin().await.unwrap();
    for n in devices {
        let (id, now) = (ledger::ids::next(), ledger::Instant::now());
        ledger::on!(tx, db => {
            let seat = sqlx::query(SEAT).bind(id).bind(lobby_id).bind(format!("d{n}")).bind(now);
            seat.execute(db).await.map(|_| ())
        })
        .unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_request_id_may_have_any_character() {
    for bench in Bench::both().await {
        for (request_id, status) in [(json!("r\0"), 200), (json!(null), 200), (json!(7), 422)] {
            let client = json!({"device_id": "adm", "connection_id": "c"});
            let message = json!({"event": "lobby.create", "request_id": request_id, "data": {}});
            let envelope = json!({"client": client, "message": message});
            let (told, body) = bench.post("/gateway/handle", envelope).await;
            assert_eq!(told, status, "{body}");
        }
    }
}
