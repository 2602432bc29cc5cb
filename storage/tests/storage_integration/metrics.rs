//! What is counted of requests.

use serde_json::json;

use super::bench::{Bench, benches};

/// What stands after the beginning of a line; nothing where there is no such line.
async fn value(bench: &Bench, line: &str) -> String {
    let text = bench.metrics().await;
    let found = text.lines().find_map(|l| l.strip_prefix(line));
    found.unwrap_or_default().trim().to_owned()
}

async fn assert_count(bench: &Bench, operation: &str, count: &str) {
    for name in ["database_queries_total", "query_latency_seconds_count"] {
        let line = format!("{name}{{operation=\"{operation}\"}}");
        assert_eq!(value(bench, &line).await, count, "{line}");
    }
}

#[tokio::test]
async fn every_use_of_the_database_is_counted_once_under_its_name() {
    for bench in benches().await {
        let row = bench.device("d").await;
        let path = Bench::path_of("/v1/devices", &row);
        bench.get(&path).await;
        bench.get("/v1/devices/by-external/d").await;
        bench.get("/v1/devices?count=exact").await;
        bench.patch(&path, json!({"label": "L"})).await;
        let items = json!({"items": [{"external_id": "e"}, {"external_id": "f"}]});
        bench.post("/v1/devices:batch", items).await;
        bench.delete(&path).await;
        let fact = json!({"entity": "devices", "id": "g", "seq": 1, "fields": {}});
        bench
            .post("/internal/records", json!({"records": [fact]}))
            .await;
        let documents = json!({"documents": [{"id": "a", "url": "http://a"}]});
        bench.post("/api/documents", documents).await;
        bench.get("/api/documents/a").await;
        bench.get("/api/documents").await;
        bench.get("/api/documents?url=http://a").await;
        bench.delete("/api/documents/a").await;
        for (operation, count) in [
            ("entity_create", "1"),
            ("entity_get", "2"),
            ("entity_list", "2"),
            ("entity_patch", "1"),
            ("entity_batch", "1"),
            ("entity_delete", "1"),
            ("records_apply", "1"),
            ("documents_store", "1"),
            ("documents_get", "1"),
            ("documents_list", "2"),
            ("documents_delete", "1"),
            ("upkeep", "0"),
        ] {
            assert_count(&bench, operation, count).await;
        }
    }
}

#[tokio::test]
async fn what_the_database_refuses_is_counted_by_kind() {
    for bench in benches().await {
        bench.made("/v1/lobbies", json!({"code": "SAME"})).await;
        let refused = bench.post("/v1/lobbies", json!({"code": "SAME"})).await;
        assert_eq!(refused.status, 409);
        let items = json!({"items": [{"code": "SAME"}]});
        assert_eq!(bench.post("/v1/lobbies:batch", items).await.status, 409);
        let line = "database_errors_total{kind=\"unique\"}";
        assert_eq!(value(&bench, line).await, "2");
    }
}
