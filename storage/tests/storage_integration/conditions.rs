//! Versions as conditions, and keys that make a creation happen once.

use serde_json::json;

use super::bench::{Bench, benches};

#[tokio::test]
async fn a_write_may_ask_for_a_version_and_a_read_for_another() {
    for bench in benches().await {
        let path = Bench::path_of("/v1/lobbies", &bench.lobby().await);
        let open = json!({"state": "open"});
        let stale = bench
            .call("PATCH", &path, &[("if-match", "\"7\"")], Some(&open))
            .await;
        assert_eq!(
            (stale.status.as_u16(), &stale.body["data"]),
            (412, &json!({"current": "\"1\"", "asked": "\"7\""}))
        );
        let weak = bench
            .call("PATCH", &path, &[("if-match", "W/\"1\"")], Some(&open))
            .await;
        assert_eq!(weak.status, 412, "weak tags never match for writes");
        let done = bench
            .call("PATCH", &path, &[("if-match", "\"7\", \"1\"")], Some(&open))
            .await;
        assert_eq!((done.status.as_u16(), done.header("etag")), (200, "\"2\""));
        let known = bench
            .call("GET", &path, &[("if-none-match", "\"2\"")], None)
            .await;
        assert_eq!(
            (known.status.as_u16(), known.header("etag")),
            (304, "\"2\"")
        );
        let new = bench
            .call("GET", &path, &[("if-none-match", "\"1\"")], None)
            .await;
        assert_eq!(new.status, 200);
        let kept = bench
            .call("DELETE", &path, &[("if-match", "\"1\"")], None)
            .await;
        assert_eq!(kept.status, 412);
        let gone = bench
            .call("DELETE", &path, &[("if-match", "*")], None)
            .await;
        assert_eq!(gone.status, 200);
    }
}

#[tokio::test]
async fn a_creation_with_a_key_happens_once() {
    for bench in benches().await {
        let key = [("idempotency-key", "k1")];
        let first = bench
            .call("POST", "/v1/lobbies", &key, Some(&json!({})))
            .await;
        let again = bench
            .call("POST", "/v1/lobbies", &key, Some(&json!({})))
            .await;
        assert_eq!((again.status.as_u16(), &again.body), (200, &first.body));
        assert_eq!(again.header("etag"), first.header("etag"));
        let other = bench
            .call("POST", "/v1/lobbies", &key, Some(&json!({"state": "open"})))
            .await;
        assert_eq!(
            (other.status.as_u16(), &other.body["code"]),
            (422, &json!("IDEMPOTENCY_KEY_REUSED"))
        );
        let elsewhere = bench
            .call("POST", "/v1/measurements", &key, Some(&json!({})))
            .await;
        assert_eq!(elsewhere.status, 200, "a key belongs to a route");
        let bad = bench
            .call(
                "POST",
                "/v1/lobbies",
                &[("idempotency-key", "")],
                Some(&json!({})),
            )
            .await;
        assert_eq!(bad.status, 400);
        let refused = bench
            .call(
                "POST",
                "/v1/lobbies",
                &[("idempotency-key", "k2")],
                Some(&json!({"code": first.body["code"]})),
            )
            .await;
        assert_eq!(refused.status, 409);
        let mended = bench
            .call(
                "POST",
                "/v1/lobbies",
                &[("idempotency-key", "k2")],
                Some(&json!({})),
            )
            .await;
        assert_eq!(mended.status, 200, "a refusal keeps no key");
        assert_eq!(
            bench
                .get("/v1/lobbies")
                .await
                .body
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
}

#[tokio::test]
async fn of_many_with_one_key_one_comes_to_be() {
    for bench in benches().await {
        let key = [("idempotency-key", "same")];
        let body = json!({"external_id": "a"});
        let calls = (0..12).map(|_| bench.call("POST", "/v1/devices", &key, Some(&body)));
        let answers = futures_util::future::join_all(calls).await;
        for answer in &answers {
            let code = answer.body["code"].as_str();
            assert!(
                answer.status == 200 || code == Some("IDEMPOTENCY_KEY_IN_USE"),
                "{answer:?}"
            );
        }
        let tags: Vec<&str> = answers
            .iter()
            .filter(|a| a.status == 200)
            .map(|a| a.header("etag"))
            .collect();
        assert!(
            !tags.is_empty() && tags.iter().all(|tag| *tag == "\"1\""),
            "{tags:?}"
        );
    }
}
