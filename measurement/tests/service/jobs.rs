//! Jobs: made, listed, read, removed, over HTTP and by event.

use http::Method;
use ledger::on;
use serde_json::{Value, json};

use crate::bench::{benches, empty, one, posted, send};

fn map() -> Value {
    json!({
        "room": {"vertices": [[0.0, 0.0], [5.0, 0.0], [5.0, 4.0]], "height_m": 2.5}, "furniture": [],
        "sources": [{"id": "s", "position": [1.0, 1.0, 1.2]}], "receivers": [], "meta": {"k": 0.1},
    })
}

#[tokio::test]
async fn a_job_is_answered_as_it_was_made() {
    for bench in benches().await {
        let body = json!({"map": map(), "meta": {"who": "ü\u{1}", "n": 1e-7}});
        for path in ["/v1/jobs", "/v1/jobs/"] {
            let job = bench.post(path, &body).await.ok()["job_id"].clone();
            let made = format!("/v1/jobs/{}", job.as_str().unwrap());
            let found = bench.get(&made).await.ok();
            let expected =
                json!({"job_id": job, "map": map(), "meta": body["meta"], "uploads": []});
            assert_eq!(found, expected);
        }
    }
}

#[tokio::test]
async fn a_path_that_is_no_utf_8_is_refused_as_everything_else() {
    let bench = one().await;
    let job = bench.new_job().await;
    for path in [
        "/v1/jobs/%ff",
        "/v1/jobs/%ff/reports",
        "/internal/references/%ff",
    ] {
        assert_eq!(bench.get(path).await.refused(400), "BAD_REQUEST");
    }
    let named = format!("/v1/jobs/{job}/uploads/%ff%fe");
    let refused = bench.send(crate::bench::form(&named, b"x")).await;
    assert_eq!(refused.refused(400), "BAD_REQUEST");
}

#[tokio::test]
async fn a_nul_is_a_fault_wherever_it_stands() {
    for bench in benches().await {
        let map = json!({"meta": {"k": ["\u{0}"]}, "furniture": [{}, {"\u{0}": 1}]});
        let body = json!({"map": map, "meta": {"who": "ü\u{0}"}});
        let refused = bench.post("/v1/jobs", &body).await;
        refused.refused(422);
        let told = refused.json()["detail"].clone();
        let places: Vec<Value> = told
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["loc"].clone())
            .collect();
        let expected = [
            json!(["body", "map", "furniture"]),
            json!(["body", "map", "meta"]),
            json!(["body", "meta"]),
        ];
        assert_eq!(places, expected);
        let by_event = bench.event("measurement.create_job", &body).await;
        by_event.refused(400);
        let job = bench.new_job().await;
        bench
            .get(&format!("/internal/jobs/{job}/uploads/%00"))
            .await
            .refused(404);
        for data in [
            json!({"source": "impulse_response", "impulse_response_upload": "\u{0}"}),
            json!({"source": "sweep_deconvolution", "recording_upload": "\u{0}"}),
            json!({"source": "sweep_deconvolution_generated", "audio_hash": "\u{0}"}),
        ] {
            let mut data = data;
            data["job_id"] = json!(job);
            bench.event("analysis.run", &data).await.refused(400);
        }
    }
}

#[tokio::test]
async fn whether_a_job_is_there_is_told_without_reading_it() {
    for bench in benches().await {
        let job = bench.new_job().await;
        // What cannot be read is not read.
        let mut tx = bench.database.pool.begin().await.unwrap();
        on!(tx, db => sqlx::query("UPDATE jobs SET map = 'broken'").execute(db).await.map(|_| ()))
            .unwrap();
        tx.commit().await.unwrap();
        let path = format!("/v1/jobs/{job}");
        bench.get(&path).await.refused(500);
        let there = bench.send(empty(Method::HEAD, &path)).await;
        assert_eq!((there.status.as_u16(), there.body.len()), (200, 0));
        for unknown in ["0190a5c6-0000-7000-8000-000000000001", "x"] {
            let nowhere = format!("/v1/jobs/{unknown}");
            let away = bench.send(empty(Method::HEAD, &nowhere)).await;
            assert_eq!((away.status.as_u16(), away.body.len()), (404, 0));
        }
    }
}

#[tokio::test]
async fn every_fault_of_a_job_is_told() {
    let bench = one().await;
    let cases = [
        (json!({}), 1),
        (json!({"map": 1, "meta": 1}), 2),
        (json!({"map": {"room": {"vertices": [[1]]}}}), 1),
        (
            json!({"map": {"sources": [{"id": "a"}], "receivers": [{}]}}),
            3,
        ),
    ];
    for (body, faults) in cases {
        let refused = bench.post("/v1/jobs", &body).await;
        refused.refused(422);
        assert_eq!(
            refused.json()["detail"].as_array().unwrap().len(),
            faults,
            "{}",
            refused.text()
        );
    }
}

#[tokio::test]
async fn unknown_jobs_and_ids_that_are_none_are_404() {
    let bench = one().await;
    let unknown = "0190a5c6-0000-7000-8000-000000000001";
    for job in [unknown, "x", "..%2Fx", "%00"] {
        let path = format!("/v1/jobs/{job}");
        assert_eq!(bench.get(&path).await.refused(404), "NOT_FOUND");
        bench.delete(&path).await.refused(404);
        bench.get(&format!("{path}/reports")).await.refused(404);
        bench.upload(job, "a.wav", b"x").await.refused(404);
        let source = json!({"source": "impulse_response"});
        bench.analyze(job, &source).await.refused(404);
    }
    assert_eq!(bench.contents(), 0);
    bench.get("/v1/nothing").await.refused(404);
    bench.delete("/v1/jobs").await.refused(405);
}

#[tokio::test]
async fn jobs_are_listed_the_youngest_first() {
    for bench in benches().await {
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(bench.new_job().await);
        }
        made.reverse();
        let page = bench.get("/v1/jobs?limit=2&offset=1").await.ok();
        let ids: Vec<&str> = page["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["job_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, made[1..3]);
        assert_eq!((&page["total"], &page["limit"]), (&json!(5), &json!(2)));
        bench.get("/v1/jobs?limit=0").await.refused(422);
        bench.get("/v1/jobs?offset=-1").await.refused(422);
    }
}

#[tokio::test]
async fn a_removed_job_takes_its_contents_with_it_unless_another_has_them() {
    for bench in benches().await {
        let (a, b) = (bench.new_job().await, bench.new_job().await);
        bench.upload(&a, "one", b"shared").await.ok();
        bench.upload(&b, "two", b"shared").await.ok();
        bench.upload(&a, "own", b"own").await.ok();
        assert_eq!(bench.contents(), 2);
        assert_eq!(bench.delete(&format!("/v1/jobs/{a}")).await.status, 204);
        assert_eq!(bench.contents(), 1);
        bench.get(&format!("/v1/jobs/{a}")).await.refused(404);
        assert_eq!(bench.delete(&format!("/v1/jobs/{b}")).await.status, 204);
        assert_eq!(bench.contents(), 0);
    }
}

#[tokio::test]
async fn events_do_what_routes_do() {
    for bench in benches().await {
        let data = json!({"map": map(), "meta": {"k": 1, "device_id": "liar"}});
        let job = bench.event("measurement.create_job", &data).await.ok();
        let found = bench.event("measurement.get_job", &job).await.ok();
        assert_eq!(found["meta"], json!({"k": 1, "device_id": "phone-1"}));
        assert_eq!(found["map"], map());
        let info = json!({"sample_rate": 44_100});
        let told = bench.event("measurement.get_audio_info", &info).await.ok();
        let path = "/v1/measurement/audio/info?sample_rate=44100";
        assert_eq!(told, bench.get(path).await.ok());
    }
}

#[tokio::test]
async fn events_are_refused_with_their_sentences() {
    let bench = one().await;
    let told = async |event: &str, data: Value, status: u16| {
        let refused = bench.event(event, &data).await;
        let code = refused.refused(status);
        (code, refused.json()["detail"].as_str().unwrap().to_owned())
    };
    let bad_map = json!({"map": {"sources": [{"id": "a"}]}});
    let bad_meta = json!({"map": {}, "meta": 5});
    let cases = [
        ("create_job", json!({}), "Missing 'map' in data"),
        ("create_job", bad_map, "Invalid map data: "),
        ("create_job", bad_meta, "'meta' should be"),
        ("get_job", json!({}), "Missing 'job_id' in data"),
        (
            "get_audio_info",
            json!({"sample_rate": 1}),
            "'sample_rate' should be",
        ),
    ];
    for (event, data, sentence) in cases {
        let (code, detail) = told(&format!("measurement.{event}"), data, 400).await;
        assert_eq!(code, "BAD_REQUEST");
        assert!(detail.starts_with(sentence), "{detail}");
    }
    let found = told("measurement.get_job", json!({"job_id": "../../etc"}), 404).await;
    assert_eq!(found, ("NOT_FOUND".to_owned(), "Job not found".to_owned()));
    let (code, detail) = told("measurement.bark", json!({}), 400).await;
    assert_eq!(
        (code.as_str(), detail.as_str()),
        ("UNKNOWN_EVENT", "Unknown event: measurement.bark")
    );
}

#[tokio::test]
async fn inner_doors_demand_the_token() {
    let bench = one().await;
    let router = bench.measurement.router();
    let manner = chassis::client::Manner::default();
    let stranger = chassis::client::ServiceClient::in_memory("stranger", router, &manner);
    let asked = ["/internal/references/x", "/internal/jobs/x/uploads/y"];
    let told = ["/internal/recordings", "/gateway/handle"];
    let requests = asked
        .map(|path| empty(Method::GET, path))
        .into_iter()
        .chain(told.map(|path| posted(path, &json!({}))));
    for request in requests {
        let path = request.uri().to_string();
        let refused = send(&stranger, request).await;
        assert_eq!(refused.refused(403), "FORBIDDEN", "{path}");
    }
}

#[tokio::test]
async fn health_is_told() {
    for bench in benches().await {
        assert_eq!(bench.get("/v1/health").await.ok(), json!({"status": "ok"}));
        let ready = bench.get("/v1/ready").await.ok();
        assert_eq!(ready["ready"], json!(true));
    }
}
