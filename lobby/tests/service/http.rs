//! The routes: what they answer, and every refusal of theirs.

use serde_json::{Value, json};

use crate::bench::Bench;

#[tokio::test]
async fn a_lobby_from_its_making_to_its_start() {
    for bench in Bench::both().await {
        let lobby = joined(&bench).await;
        leave_and_return(&bench, &lobby).await;
        start(&bench, &lobby).await;
    }
}

#[tokio::test]
async fn a_path_that_is_no_utf_8_is_refused_as_everything_else() {
    let body = json!({
        "device_id": "d", "admin_device_id": "d", "target_device_id": "d", "role": "none",
    });
    for bench in Bench::both().await {
        for path in ["/lobbies/%ff", "/lobbies/%ff/events"] {
            told_in_full(bench.get(path).await, path);
        }
        for last in ["leave", "roles", "start"] {
            let path = format!("/lobbies/%ff/{last}");
            told_in_full(bench.post(&path, body.clone()).await, &path);
        }
    }
}

fn told_in_full((status, refused): (u16, Value), path: &str) {
    assert_eq!(
        (status, &refused["code"], &refused["data"]),
        (400, &json!("BAD_REQUEST"), &json!({"path": path})),
        "{refused}"
    );
    let said = refused["detail"].as_str().unwrap();
    assert!(
        said.contains(path) && said.contains("must be UTF-8"),
        "{said}"
    );
    assert!(refused["remedy"].is_string(), "{refused}");
}

/// A lobby of one joined microphone: its answer.
async fn joined(bench: &Bench) -> Value {
    assert_eq!(
        bench.get("/health").await,
        (200, json!({"service": "lobby", "ok": true}))
    );
    let (status, made) = bench
        .post("/lobbies", json!({"creator_device_id": "adm"}))
        .await;
    assert_eq!(
        (status, &made["admin_device_id"], &made["state"]),
        (200, &json!("adm"), &json!("open"))
    );
    let id = made["lobby_id"].as_str().unwrap();

    let lower = made["code"].as_str().unwrap().to_lowercase();
    let (status, joined) = bench
        .post("/lobbies/join", json!({"code": lower, "device_id": "mic"}))
        .await;
    assert_eq!(
        status, 200,
        "a code may be typed in small letters: {joined}"
    );
    assert_eq!(
        bench.get(&format!("/lobbies/{id}")).await,
        (200, joined.clone())
    );
    let devices: Vec<&Value> = joined["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["device_id"])
        .collect();
    assert_eq!(devices, ["adm", "mic"]);
    let first = &joined["participants"][0];
    assert!(
        first["joined_at"].as_str().unwrap().ends_with('Z') && first["left_at"].is_null(),
        "{first}"
    );

    joined
}

/// A role, a leaving and a coming back.
async fn leave_and_return(bench: &Bench, lobby: &Value) {
    let id = lobby["lobby_id"].as_str().unwrap();
    let role = json!({"admin_device_id": "adm", "target_device_id": "mic", "role": "speaker",
        "role_slot_id": "speaker_1", "role_slot_label": "Left"});
    assert_eq!(
        bench.post(&format!("/lobbies/{id}/roles"), role).await,
        (200, json!({"ok": true}))
    );
    let left = bench
        .post(&format!("/lobbies/{id}/leave"), json!({"device_id": "mic"}))
        .await;
    assert_eq!(left, (200, json!({"ok": true})));
    let stranger = bench
        .post(
            &format!("/lobbies/{id}/leave"),
            json!({"device_id": "stranger"}),
        )
        .await;
    assert_eq!(stranger, (200, json!({"ok": true})));
    let (_, after) = bench.get(&format!("/lobbies/{id}")).await;
    let mic = &after["participants"][1];
    assert_eq!(
        (&mic["status"], &mic["role"], &mic["role_slot_id"]),
        (&json!("left"), &json!("speaker"), &json!("speaker_1"))
    );
    assert!(mic["left_at"].is_string());

    let (_, back) = bench
        .post(
            "/lobbies/join",
            json!({"code": lobby["code"], "device_id": "mic"}),
        )
        .await;
    assert_eq!(
        back["participants"][1]["joined_at"], mic["joined_at"],
        "the first joining stays"
    );
    assert!(back["participants"][1]["left_at"].is_null());
}

async fn start(bench: &Bench, lobby: &Value) {
    let start = format!("/lobbies/{}/start", lobby["lobby_id"].as_str().unwrap());
    let (status, _) = bench.post(&start, json!({"admin_device_id": "mic"})).await;
    assert_eq!(status, 403);
    let started = bench.post(&start, json!({"admin_device_id": "adm"})).await;
    assert_eq!(
        started,
        (200, json!({"ok": true, "state": "measurement_running"}))
    );
    let (status, again) = bench.post(&start, json!({"admin_device_id": "adm"})).await;
    assert_eq!(
        (status, again["detail"].as_str()),
        (409, Some("Lobby is not in a startable state"))
    );
    let (status, late) = bench
        .post(
            "/lobbies/join",
            json!({"code": lobby["code"], "device_id": "late"}),
        )
        .await;
    assert_eq!(
        (status, late["detail"].as_str()),
        (409, Some("Lobby is not open"))
    );
}

#[tokio::test]
async fn all_faults_of_a_body_are_told_at_once() {
    let bench = &Bench::both().await[0];
    let (_, made) = bench
        .post("/lobbies", json!({"creator_device_id": "adm"}))
        .await;
    let id = made["lobby_id"].as_str().unwrap();
    let long = |length: usize| "x".repeat(length);
    for (path, body, fields) in [
        ("/lobbies".to_owned(), json!({}), vec!["creator_device_id"]),
        (
            "/lobbies".to_owned(),
            json!({"creator_device_id": long(129)}),
            vec!["creator_device_id"],
        ),
        (
            "/lobbies/join".to_owned(),
            json!({"code": "ABC", "device_id": ""}),
            vec!["code", "device_id"],
        ),
        (
            "/lobbies/join".to_owned(),
            json!({"code": long(17), "device_id": 5}),
            vec!["code", "device_id"],
        ),
        (format!("/lobbies/{id}/leave"), json!({}), vec!["device_id"]),
        (
            format!("/lobbies/{id}/start"),
            json!({"admin_device_id": null}),
            vec!["admin_device_id"],
        ),
        (
            format!("/lobbies/{id}/roles"),
            json!({"role": "observer", "role_slot_id": long(65), "role_slot_label": long(129)}),
            vec![
                "admin_device_id",
                "target_device_id",
                "role",
                "role_slot_id",
                "role_slot_label",
            ],
        ),
    ] {
        let (status, told) = bench.post(&path, body.clone()).await;
        assert_eq!(status, 422, "{path} {body}");
        let named: Vec<&str> = told["detail"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["loc"][1].as_str().unwrap())
            .collect();
        assert_eq!(named, fields, "{path} {body}");
    }
    for whole in [json!([]), json!("text")] {
        assert_eq!(bench.post("/lobbies", whole).await.0, 422);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    for bench in Bench::both().await {
        what_is_not_there_is_not_found_on(bench).await;
    }
}

async fn what_is_not_there_is_not_found_on(bench: Bench) {
    let unknown = "0190a5c6-0000-7000-8000-000000000000";
    for id in ["none", unknown, "..%2Fx"] {
        for (path, body) in [
            (format!("/lobbies/{id}/leave"), json!({"device_id": "d"})),
            (
                format!("/lobbies/{id}/start"),
                json!({"admin_device_id": "d"}),
            ),
            (
                format!("/lobbies/{id}/roles"),
                json!({"admin_device_id": "d", "target_device_id": "t", "role": "none"}),
            ),
        ] {
            let (status, told) = bench.post(&path, body).await;
            assert_eq!(
                (status, told["detail"].as_str()),
                (404, Some("Lobby not found")),
                "{path}"
            );
        }
        for path in [format!("/lobbies/{id}"), format!("/lobbies/{id}/events")] {
            let (status, told) = bench.get(&path).await;
            assert_eq!(
                (status, told["detail"].as_str()),
                (404, Some("Lobby not found")),
                "{path}"
            );
        }
    }
    let (status, told) = bench
        .post("/lobbies/join", json!({"code": "ZZZZZZ", "device_id": "d"}))
        .await;
    assert_eq!(
        (status, told["detail"].as_str()),
        (404, Some("Lobby not found"))
    );
    assert_eq!(bench.get("/nothing").await.0, 404);
}

#[tokio::test]
async fn who_may_assign_and_to_whom() {
    for bench in Bench::both().await {
        let (_, made) = bench
            .post("/lobbies", json!({"creator_device_id": "adm"}))
            .await;
        let roles = format!("/lobbies/{}/roles", made["lobby_id"].as_str().unwrap());
        let body = |admin: &str, target: &str| {
            let (admin, target) = (json!(admin), json!(target));
            json!({"admin_device_id": admin, "target_device_id": target, "role": "speaker"})
        };
        let (status, told) = bench.post(&roles, body("mic", "adm")).await;
        assert_eq!(
            (status, told["detail"].as_str()),
            (403, Some("Only the lobby admin can perform this action"))
        );
        let (status, told) = bench.post(&roles, body("adm", "mic")).await;
        assert_eq!(
            (status, told["detail"].as_str()),
            (404, Some("Target participant not found (or not joined)"))
        );
        bench
            .post(
                "/lobbies/join",
                json!({"code": made["code"], "device_id": "mic"}),
            )
            .await;
        assert_eq!(bench.post(&roles, body("adm", "mic")).await.0, 200);
        let left = format!("/lobbies/{}/leave", made["lobby_id"].as_str().unwrap());
        bench.post(&left, json!({"device_id": "mic"})).await;
        assert_eq!(
            bench.post(&roles, body("adm", "mic")).await.0,
            404,
            "who left has no role to get"
        );
    }
}

#[tokio::test]
async fn the_log_is_read_page_by_page() {
    for bench in Bench::both().await {
        let (_, made) = bench
            .post("/lobbies", json!({"creator_device_id": "adm"}))
            .await;
        let id = made["lobby_id"].as_str().unwrap();
        for device in ["a", "b", "c"] {
            bench
                .post(
                    "/lobbies/join",
                    json!({"code": made["code"], "device_id": device}),
                )
                .await;
        }
        let path = format!("/lobbies/{id}/events");
        let (_, all) = bench.get(&path).await;
        assert_eq!(all["lobby_id"], id);
        assert!(all.get("next_after_id").is_none(), "{all}");
        let all = all["events"].as_array().unwrap().clone();
        assert_eq!(all.len(), 4);

        let (_, page) = bench.get(&format!("{path}?limit=3")).await;
        assert_eq!(page["events"].as_array().unwrap()[..], all[..3]);
        assert_eq!(page["next_after_id"], all[2]["id"]);
        let (_, rest) = bench
            .get(&format!(
                "{path}?limit=3&after_id={}",
                page["next_after_id"]
            ))
            .await;
        assert_eq!(rest["events"].as_array().unwrap()[..], all[3..]);
        assert!(rest.get("next_after_id").is_none());

        for bad in ["limit=0", "limit=1001", "after_id=x", "limit=2.5"] {
            assert_eq!(bench.get(&format!("{path}?{bad}")).await.0, 422, "{bad}");
        }
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_told() {
    let bench = &Bench::both().await[0];
    let other = bench.database.again().await;
    let mut tx = other.begin().await.unwrap();
    // The tables are gone while the connection lives: statements fail, and nothing of them is told.
    let rename = "ALTER TABLE lobbies RENAME TO elsewhere";
    ledger::on!(tx, db => sqlx::query(rename).execute(db).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
    let (status, told) = bench
        .post("/lobbies", json!({"creator_device_id": "adm"}))
        .await;
    assert_eq!(status, 500);
    let text = told.to_string();
    assert!(
        !text.contains("lobbies") && !text.to_lowercase().contains("sql"),
        "{text}"
    );
    assert_eq!(told["trace_id"].as_str().unwrap().len(), 32);
}
