//! Documents of the Sonoma API.

use serde_json::{Value, json};

use super::bench::{Bench, benches};

const PATH: &str = "/api/documents";

async fn stored(bench: &Bench, documents: Value) -> (u16, Value) {
    let answer = bench.post(PATH, json!({ "documents": documents })).await;
    (answer.status.as_u16(), answer.body)
}

#[tokio::test]
async fn documents_are_stored_read_and_removed() {
    for bench in benches().await {
        let given = json!([
            {"id": "page 1", "url": "https://a.example/1", "status": "crawled", "metadata": {
                "crawledAt": "2026-01-31T09:00:00Z", "lastModified": 1_700_000_000, "contentType": "text/html",
                "size": 3_000_000_000_i64, "title": "A"}},
            {"url": "https://a.example/2"},
        ]);
        let done = json!({"stored": 2, "failed": 0, "errors": []});
        assert_eq!(stored(&bench, given).await, (200, done));
        let one = bench.get(&format!("{PATH}/page%201")).await.body;
        assert_eq!(
            (&one["id"], &one["status"]),
            (&json!("page 1"), &json!("crawled"))
        );
        assert_eq!(
            (&one["metadata"]["title"], &one["metadata"]["size"]),
            (&json!("A"), &json!(3_000_000_000_i64))
        );
        let of_url = bench
            .get(&format!("{PATH}?url=https://a.example/2"))
            .await
            .body;
        assert_eq!(of_url["documents"][0]["status"], "pending");
        let all = bench.get(&format!("{PATH}?limit=1&offset=1")).await.body;
        assert_eq!(all["documents"].as_array().unwrap().len(), 1);
        let crawled = bench.get(&format!("{PATH}?status=crawled")).await.body;
        assert_eq!(crawled["documents"], json!([one]));
        assert_eq!(bench.delete(&format!("{PATH}/page%201")).await.status, 200);
        assert_eq!(bench.get(&format!("{PATH}/page%201")).await.status, 404);
    }
}

#[tokio::test]
async fn what_is_known_by_address_or_id_is_written_over_and_absent_fields_stay() {
    for bench in benches().await {
        let metadata = json!({"title": "A", "deep": {"n": 1}});
        let first =
            json!({"id": "a", "url": "http://x/1", "status": "crawled", "metadata": metadata});
        stored(&bench, json!([first])).await;
        let again = json!([
            {"url": "http://x/1", "metadata": {"deep": {"m": 2}, "gone": null}},
            {"id": "a", "url": "http://x/2"},
            {"id": "b", "url": "http://x/1"},
        ]);
        assert_eq!(stored(&bench, again).await.0, 200);
        let a = bench.get(&format!("{PATH}/a")).await.body;
        assert_eq!(
            (&a["url"], &a["status"]),
            (&json!("http://x/2"), &json!("crawled"))
        );
        assert_eq!(
            (&a["metadata"]["title"], &a["metadata"]["deep"]),
            (&json!("A"), &json!({"m": 2})),
            "merged shallowly"
        );
        assert_eq!(
            bench.get(&format!("{PATH}/b")).await.body["url"],
            "http://x/1"
        );
        let (status, told) = stored(
            &bench,
            json!([{"id": "b", "url": "http://x/2"}, {"url": "http://x/3"}]),
        )
        .await;
        assert_eq!(status, 207);
        assert_eq!(
            told["errors"],
            json!([{"id": "b", "error": "url already belongs to another document"}])
        );
    }
}

#[tokio::test]
async fn every_answer_has_the_form_of_the_contract() {
    for bench in benches().await {
        assert_eq!(
            stored(&bench, json!([])).await,
            (200, json!({"stored": 0, "failed": 0, "errors": []}))
        );
        let (status, told) = stored(&bench, json!([{"id": "x", "url": "ftp://x"}, 7])).await;
        assert_eq!(
            (status, &told["failed"], &told["errors"][1]["id"]),
            (400, &json!(2), &json!("#1"))
        );
        for (body, status) in [
            (json!({}), 400),
            (json!({"documents": 1}), 400),
            (json!({"documents": vec![json!({}); 1001]}), 413),
        ] {
            let answer = bench.post(PATH, body).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.body["stored"]),
                (status, &json!(0))
            );
            assert_eq!(answer.body["errors"][0]["id"], "");
        }
    }
}

#[tokio::test]
async fn as_many_as_are_taken_at_once_are_stored_again_and_again() {
    for bench in benches().await {
        let title = "t".repeat(200);
        let one = |n: usize| json!({"url": format!("http://x/{n}"), "metadata": {"title": title}});
        let documents: Vec<Value> = (0..1000).map(one).collect();
        for _ in 0..2 {
            let (status, told) = stored(&bench, Value::from(documents.clone())).await;
            assert_eq!((status, &told["stored"]), (200, &json!(1000)));
        }
    }
}

#[tokio::test]
async fn requests_of_the_same_addresses_at_once_lose_nothing() {
    for bench in benches().await {
        let urls: Vec<String> = (0..50).map(|n| format!("http://x/{n}")).collect();
        let request = |seed: usize| {
            let turned = urls.iter().cycle().skip(7 * seed).take(urls.len());
            let documents: Vec<Value> = turned
                .map(|url| json!({"url": url, "metadata": {format!("s{seed}"): 1}}))
                .collect();
            stored(&bench, Value::from(documents))
        };
        let outcomes = futures_util::future::join_all((0..6).map(request)).await;
        assert!(
            outcomes
                .iter()
                .all(|(status, told)| *status == 200 && told["stored"] == 50),
            "{outcomes:?}"
        );
        let all = bench.get(&format!("{PATH}?limit=500")).await.body;
        let all = all["documents"].as_array().unwrap();
        assert_eq!(all.len(), 50);
        assert!(
            all.iter()
                .all(|d| (0..6).all(|seed| d["metadata"][format!("s{seed}")] == 1))
        );
    }
}
