//! The signal: its bytes, headers, faults, and what is remembered of it.

use http::{Method, Request};
use room_dsp::Excitation;
use serde_json::json;

use crate::bench::{benches, empty, one, send, sha256};

#[tokio::test]
async fn the_signal_is_what_its_headers_say() {
    let bench = one().await;
    let answer = bench.get("/v1/measurement/audio").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body.len(), 1_440_044);
    let told = [
        ("content-type", "audio/wav"),
        ("x-duration-seconds", "15.0"),
        ("x-sample-rate", "48000"),
        (
            "content-disposition",
            "attachment; filename=\"measurement_signal.wav\"",
        ),
    ];
    for (name, value) in told {
        assert_eq!(answer.header(name), value);
    }
    let hash = sha256(&answer.body);
    assert_eq!(answer.header("x-audio-hash"), hash);
    assert_eq!(answer.header("etag"), format!("\"{hash}\""));
    let limits = audio_file::Limits::default();
    let decoded = audio_file::read(&answer.body, &limits).unwrap().signal;
    let expected = Excitation::reference().signal();
    let worst = decoded.channels()[0]
        .iter()
        .zip(&expected.channels()[0])
        .fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
    // Half a step of rounding, and full scale is 32767 in the file and 32768 to the reader.
    assert!(worst < 1.5 / 32_768.0, "{worst}");
}

#[tokio::test]
async fn a_head_has_the_headers_and_no_body_and_a_known_tag_is_not_sent_again() {
    let bench = one().await;
    let path = "/v1/measurement/audio?format=FLAC&session_id=abc-123";
    let whole = bench.get(path).await;
    assert_eq!(whole.header("content-type"), "audio/flac");
    assert!(
        whole
            .header("content-disposition")
            .contains("measurement_abc-123.flac")
    );
    let head = bench.send(empty(Method::HEAD, path)).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.headers["x-audio-hash"], whole.headers["x-audio-hash"]);
    let again = Request::get(path)
        .header("if-none-match", whole.header("etag"))
        .body(axum::body::Body::empty())
        .unwrap();
    let again = bench.send(again).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.headers["x-audio-hash"], whole.headers["x-audio-hash"]);
}

#[tokio::test]
async fn hostile_session_ids_stay_out_of_the_headers() {
    let bench = one().await;
    for id in ["a%0D%0ASet-Cookie:%20b", "..%2F..%2Fetc", "%22", "%C3%A4"] {
        let answer = bench
            .get(&format!("/v1/measurement/audio?session_id={id}"))
            .await;
        assert_eq!(answer.status, 200, "{id}");
        let name = answer.header("content-disposition");
        assert_eq!(name, "attachment; filename=\"measurement_signal.wav\"");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn all_faults_of_the_parameters_are_told_in_the_old_form() {
    let bench = one().await;
    for path in ["/v1/measurement/audio", "/v1/measurement/audio/info"] {
        let query = "?sample_rate=x&sweep_f_start=1&sweep_f_end=30000";
        let refused = bench.get(&format!("{path}{query}")).await;
        assert_eq!(refused.refused(422), "BAD_REQUEST");
        let body = refused.json();
        let places: Vec<_> = body["detail"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["loc"].clone())
            .collect();
        let expected = ["sample_rate", "sweep_f_start", "sweep_f_end"];
        assert_eq!(places, expected.map(|name| json!(["query", name])));
    }
}

#[tokio::test]
async fn a_hash_is_known_once_its_signal_was_handed_out() {
    for bench in benches().await {
        let unknown = "0".repeat(64);
        for hash in [unknown.as_str(), "abc", "..%2F..%2Fetc%2Fpasswd"] {
            let refused = bench.get(&format!("/internal/references/{hash}")).await;
            assert_eq!(refused.refused(404), "NOT_FOUND");
        }
        let path = "/v1/measurement/audio?sample_rate=44100&sweep_f_start=200&sweep_f_end=12000";
        let wav = bench.get(path).await;
        let flac = bench.get(&format!("{path}&format=flac")).await;
        let hashes = [wav.header("x-audio-hash"), flac.header("x-audio-hash")];
        assert_ne!(hashes[0], hashes[1]);
        for hash in hashes {
            let upper = hash.to_uppercase();
            let known = bench.get(&format!("/internal/references/{upper}")).await;
            let expected = json!({
                "audio_hash": hash, "sample_rate": 44_100, "sweep_f_start": 200.0, "sweep_f_end": 12_000.0,
            });
            assert_eq!(known.ok(), expected);
        }
    }
}

#[tokio::test]
async fn many_callers_get_one_signal() {
    let bench = one().await;
    let calls = (0..24).map(|_| bench.get("/v1/measurement/audio?sweep_f_end=18000"));
    let answers = futures_util::future::join_all(calls).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.body, answers[0].body);
    }
}

#[tokio::test]
async fn browsers_of_other_origins_may_read_the_hash() {
    let bench = one().await;
    let client = bench.over_http().await;
    let request = Request::get("/v1/measurement/audio/info")
        .header("origin", "http://app.example")
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = send(&client, request).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let exposed = answer.header("access-control-expose-headers");
    assert!(exposed.contains("x-audio-hash"), "{exposed}");
    let preflight = Request::options("/v1/jobs")
        .header("origin", "http://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .body(axum::body::Body::empty())
        .unwrap();
    let allowed = send(&client, preflight).await;
    assert_eq!(allowed.status, 200);
    let methods = allowed.header("access-control-allow-methods");
    assert!(methods.contains("POST"), "{methods}");
    let inside = Request::options("/internal/recordings")
        .header("origin", "http://app.example")
        .header("access-control-request-method", "POST")
        .body(axum::body::Body::empty())
        .unwrap();
    let refused = send(&client, inside).await;
    assert_eq!(refused.status, 405);
    assert!(!refused.headers.contains_key("access-control-allow-methods"));
}
