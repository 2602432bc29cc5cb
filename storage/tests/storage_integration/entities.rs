//! Every entity: made, read, changed, removed, and what hangs on what.

use serde_json::{Value, json};

use super::bench::{Bench, benches};

const MISSING: &str = "00000000-0000-4000-8000-000000000000";

/// One of each entity, with the path of all, on a bench.
async fn one_of_each(bench: &Bench) -> Vec<(&'static str, Value)> {
    let device = bench.device("phone").await;
    let lobby = bench.lobby().await;
    let measurement = bench
        .made("/v1/measurements", json!({"lobby_id": lobby["id"]}))
        .await;
    let job = bench
        .made(
            "/v1/simulation-jobs",
            json!({"params": {"room": [1, 2.5, null, "ö"]}}),
        )
        .await;
    let ids = json!({"lobby_id": lobby["id"], "device_id": device["id"]});
    let participant = bench.made("/v1/participants", ids).await;
    let output =
        json!({"measurement_id": measurement["id"], "type": "sti", "result": {"sti": 0.61}});
    let output = bench.made("/v1/analysis-outputs", output).await;
    let result = bench
        .made("/v1/simulation-results", json!({"job_id": job["id"]}))
        .await;
    vec![
        ("/v1/devices", device),
        ("/v1/lobbies", lobby),
        ("/v1/participants", participant),
        ("/v1/measurements", measurement),
        ("/v1/analysis-outputs", output),
        ("/v1/simulation-jobs", job),
        ("/v1/simulation-results", result),
    ]
}

#[tokio::test]
async fn what_was_made_is_read_under_dashes_and_underscores() {
    for bench in benches().await {
        for (path, made) in one_of_each(&bench).await {
            let read = bench.get(&Bench::path_of(path, &made)).await;
            assert_eq!((read.status.as_u16(), &read.body), (200, &made), "{path}");
            let underscored = bench
                .get(&Bench::path_of(&path.replace('-', "_"), &made))
                .await;
            assert_eq!(underscored.body, made, "{path}");
            assert_eq!(read.header("etag"), "\"1\"");
            assert!(
                read.header("last-modified").ends_with(" GMT"),
                "{}",
                read.header("last-modified")
            );
        }
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_null_clears() {
    for bench in benches().await {
        let device = bench
            .made(
                "/v1/devices",
                json!({"external_id": "a", "label": "x", "platform": "ios"}),
            )
            .await;
        let path = Bench::path_of("/v1/devices", &device);
        let changed = bench
            .patch(
                &path,
                json!({"label": null, "external_id": "other", "nonsense": 1}),
            )
            .await;
        assert_eq!(changed.body["label"], Value::Null);
        assert_eq!(changed.body["platform"], "ios");
        assert_eq!(changed.body["external_id"], "a");
        assert_eq!(changed.header("etag"), "\"2\"");
        let same = bench.patch(&path, json!({})).await;
        assert_eq!((same.header("etag"), &same.body), ("\"2\"", &changed.body));
        for (path, body) in [
            ("/v1/analysis-outputs", json!({"result": null})),
            ("/v1/simulation-jobs", json!({"status": "banana"})),
        ] {
            let refused = bench.patch(&format!("{path}/{MISSING}"), body).await;
            assert_eq!(
                refused.status, 422,
                "faults of a body come before the search for the row"
            );
        }
    }
}

#[tokio::test]
async fn a_device_of_the_same_external_id_is_written_over() {
    for bench in benches().await {
        let first =
            json!({"external_id": "a", "label": "x", "platform": "ios", "metadata": {"n": 1}});
        let first = bench.made("/v1/devices", first).await;
        let again = bench
            .post("/v1/devices", json!({"external_id": "a", "label": "y"}))
            .await;
        assert_eq!(again.body["id"], first["id"]);
        assert_eq!(again.body["created_at"], first["created_at"]);
        assert_eq!(
            (&again.body["platform"], &again.body["metadata"]),
            (&Value::Null, &json!({}))
        );
        assert_eq!(again.header("etag"), "\"2\"");
        assert_eq!(
            bench.get("/v1/devices/by-external/a").await.body,
            again.body
        );
    }
}

#[tokio::test]
async fn unknown_parents_and_duplicates_are_named() {
    for bench in benches().await {
        let device = bench.device("a").await;
        let lobby = bench.lobby().await;
        let unknown = bench
            .post(
                "/v1/participants",
                json!({"lobby_id": MISSING, "device_id": MISSING}),
            )
            .await;
        assert_eq!(unknown.status, 404);
        assert_eq!(unknown.body["detail"], "lobby not found; device not found");
        assert_eq!(
            unknown.body["errors"][1]["loc"],
            json!(["body", "device_id"])
        );
        let ids = json!({"lobby_id": lobby["id"], "device_id": device["id"]});
        bench.made("/v1/participants", ids.clone()).await;
        let twice = bench.post("/v1/participants", ids).await;
        assert_eq!(twice.status, 409);
        assert_eq!(
            twice.body["detail"],
            "participant already exists for lobby/device"
        );
        let taken = bench
            .post("/v1/lobbies", json!({"code": lobby["code"]}))
            .await;
        assert_eq!(
            (taken.status.as_u16(), &taken.body["detail"]),
            (409, &json!("lobby code already exists"))
        );
        let job = bench.made("/v1/simulation-jobs", json!({})).await;
        bench
            .made("/v1/simulation-results", json!({"job_id": job["id"]}))
            .await;
        let second = bench
            .post("/v1/simulation-results", json!({"job_id": job["id"]}))
            .await;
        assert_eq!(
            second.body["detail"],
            "simulation result already exists for job"
        );
        let orphan = bench
            .post("/v1/simulation-results", json!({"job_id": MISSING}))
            .await;
        assert_eq!(orphan.body["detail"], "simulation job not found");
    }
}

#[tokio::test]
async fn what_hangs_on_a_row_goes_or_is_freed_with_a_new_version() {
    for bench in benches().await {
        let all = one_of_each(&bench).await;
        let path = |place: usize| Bench::path_of(all[place].0, &all[place].1);
        assert_eq!(bench.delete(&path(1)).await.body, json!({"deleted": true}));
        assert_eq!(bench.get(&path(2)).await.status, 404, "participant");
        let freed = bench.get(&path(3)).await;
        assert_eq!(freed.body["lobby_id"], Value::Null);
        assert_eq!(freed.header("etag"), "\"2\"", "its answer has changed");
        bench.delete(&path(3)).await;
        assert_eq!(bench.get(&path(4)).await.status, 404, "analysis output");
        bench.delete(&path(5)).await;
        assert_eq!(bench.get(&path(6)).await.status, 404, "simulation result");
        let twice = bench.delete(&path(5)).await;
        assert_eq!(
            (twice.status.as_u16(), &twice.body["detail"]),
            (404, &json!("simulation job not found"))
        );
    }
}

#[tokio::test]
async fn a_row_of_the_word_deleted_is_hidden_and_its_code_is_free() {
    for bench in benches().await {
        let lobby = bench.made("/v1/lobbies", json!({"code": "ROOM1"})).await;
        let path = Bench::path_of("/v1/lobbies", &lobby);
        assert_eq!(
            bench.patch(&path, json!({"state": "deleted"})).await.status,
            200
        );
        assert_eq!(bench.get(&path).await.status, 404);
        assert_eq!(
            bench.patch(&path, json!({"state": "open"})).await.status,
            404
        );
        assert_eq!(bench.get("/v1/lobbies/by-code/ROOM1").await.status, 404);
        assert_eq!(bench.get("/v1/lobbies").await.body, json!([]));
        assert_eq!(
            bench.get("/v1/lobbies?deleted=true").await.body[0]["id"],
            lobby["id"]
        );
        assert_eq!(bench.get("/v1/lobbies?deleted=maybe").await.status, 422);
        let other = bench.made("/v1/lobbies", json!({"code": "ROOM1"})).await;
        let back = bench
            .patch(&format!("{path}?deleted=true"), json!({"state": "open"}))
            .await;
        assert_eq!(back.status, 409, "the code is another's now");
        bench.delete(&Bench::path_of("/v1/lobbies", &other)).await;
        let back = bench
            .patch(&format!("{path}?deleted=true"), json!({"state": "open"}))
            .await;
        assert_eq!(
            (back.status.as_u16(), &back.body["state"]),
            (200, &json!("open"))
        );
    }
}

#[tokio::test]
async fn bytes_of_long_recordings_and_moments_come_back() {
    for bench in benches().await {
        let given = json!({
            "raw_bytes": 9_000_000_000_i64, "started_at": "2025-01-02T10:00:00+02:00", "stopped_at": 1_700_000_000,
            "raw_sha256": "a".repeat(64), "meta": {"deep": [{"x": 1e-7}]},
        });
        let made = bench.made("/v1/measurements", given).await;
        assert_eq!(made["raw_bytes"], 9_000_000_000_i64);
        assert_eq!(made["started_at"], "2025-01-02T08:00:00Z");
        assert_eq!(made["stopped_at"], "2023-11-14T22:13:20Z");
        assert_eq!(made["metadata"], json!({"deep": [{"x": 1e-7}]}));
        let many = bench
            .post(
                "/v1/measurements",
                json!({"sample_rate_hz": 0, "channels": "x", "lobby_id": 1}),
            )
            .await;
        assert_eq!(many.status, 422);
        assert_eq!(
            many.body["errors"].as_array().unwrap().len(),
            3,
            "{}",
            many.body
        );
    }
}
