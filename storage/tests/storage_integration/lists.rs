//! Lists: order, pages, filters, totals.

use serde_json::{Value, json};

use super::bench::{Answer, benches};

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let rows = answer.body.as_array().unwrap();
    rows.iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The address of the next page.
fn next(path: &str, answer: &Answer) -> Option<String> {
    let link = answer.header("link");
    let query = link.strip_prefix('<')?.split_once('>')?.0;
    Some(format!("{path}{query}"))
}

#[tokio::test]
async fn pages_by_offset_and_by_cursor_are_the_whole_list() {
    for bench in benches().await {
        let mut made = Vec::new();
        for _ in 0..7 {
            made.push(bench.lobby().await["id"].as_str().unwrap().to_owned());
        }
        made.reverse();
        let all = bench.get("/v1/lobbies").await;
        assert_eq!((ids(&all), all.header("link")), (made.clone(), ""));
        let by_offset = [0, 3, 6].map(|offset| format!("/v1/lobbies?limit=3&offset={offset}"));
        let mut found = Vec::new();
        for path in by_offset {
            found.extend(ids(&bench.get(&path).await));
        }
        assert_eq!(found, made);
        let mut path = Some("/v1/lobbies?limit=3&count=exact".to_owned());
        let mut found = Vec::new();
        while let Some(own) = path {
            let page = bench.get(&own).await;
            assert_eq!(page.header("x-total-count"), "7");
            found.extend(ids(&page));
            path = next("/v1/lobbies", &page);
        }
        assert_eq!(found, made);
        made.reverse();
        let oldest = bench.get("/v1/lobbies?sort=created_at&limit=4").await;
        assert_eq!(ids(&oldest), made[..4]);
        let rest = bench.get(&next("/v1/lobbies", &oldest).unwrap()).await;
        assert_eq!(ids(&rest), made[4..]);
    }
}

#[tokio::test]
async fn limits_are_clamped_and_other_words_refused() {
    for bench in benches().await {
        bench.lobby().await;
        bench.lobby().await;
        assert_eq!(
            ids(&bench.get("/v1/lobbies?limit=0&offset=-5").await).len(),
            1
        );
        assert_eq!(ids(&bench.get("/v1/lobbies?limit=100000").await).len(), 2);
        let bad = bench
            .get("/v1/lobbies?limit=ten&offset=x&sort=code&count=1&cursor=x&creator_device_id=1")
            .await;
        let places: Vec<Value> = bad.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["loc"][1].clone())
            .collect();
        assert_eq!(bad.status, 422);
        assert_eq!(
            json!(places),
            json!([
                "limit",
                "offset",
                "cursor",
                "sort",
                "count",
                "creator_device_id"
            ])
        );
        assert_eq!(bench.get("/v1/lobbies?nonsense=1").await.status, 200);
    }
}

#[tokio::test]
async fn filters_narrow_and_words_of_one_meaning_are_equal() {
    for bench in benches().await {
        for state in ["measuring", "measurement_running", "open"] {
            bench.made("/v1/lobbies", json!({"state": state})).await;
        }
        let running = bench.get("/v1/lobbies?state=measuring").await;
        let states: Vec<&Value> = running
            .body
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["state"])
            .collect();
        assert_eq!(
            states,
            ["measurement_running", "measuring"],
            "stored and answered as sent"
        );
        assert_eq!(
            bench
                .get("/v1/lobbies?state=measurement_running")
                .await
                .body,
            running.body
        );
        let lobby = &running.body[0]["id"];
        let (one, two) = (bench.device("a").await, bench.device("b").await);
        for (device, role) in [(&one, "none"), (&two, "speaker")] {
            let body = json!({"lobby_id": lobby, "device_id": device["id"], "role": role});
            bench.made("/v1/participants", body).await;
        }
        let of_lobby = format!("/v1/participants?lobby_id={}", lobby.as_str().unwrap());
        assert_eq!(ids(&bench.get(&of_lobby).await).len(), 2);
        let observers = bench
            .get(&format!("{of_lobby}&role=observer&count=exact"))
            .await;
        assert_eq!(
            (ids(&observers).len(), observers.header("x-total-count")),
            (1, "1")
        );
        let both = format!("{of_lobby}&device_id={}", two["id"].as_str().unwrap());
        assert_eq!(bench.get(&both).await.body[0]["role"], "speaker");
    }
}
