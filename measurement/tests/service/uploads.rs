//! Uploads: the limit to the byte, what breaks off, names, hashes, and two of one name at once.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{Request, StatusCode};
use ledger::{Instant, on};
use serde_json::json;

use crate::bench::{
    Bench, benches, benches_with, form, form_of, framed, one, opened, send, sha256,
};

const LIMIT: usize = 100_000;

async fn small() -> Vec<Bench> {
    benches_with(|settings| settings.upload_bytes_max = LIMIT as u64).await
}

async fn content(bench: &Bench, job: &str, name: &str) -> serde_json::Value {
    let path = format!("/internal/jobs/{job}/uploads/{name}");
    bench.get(&path).await.ok()
}

#[tokio::test]
async fn uploads_are_kept_replaced_and_listed_sorted() {
    for bench in benches().await {
        let job = bench.new_job().await;
        let answer = bench.upload(&job, "b.wav", &[b'x'; 1000]).await;
        let etag = format!("\"{}\"", sha256(&[b'x'; 1000]));
        assert_eq!(answer.header("etag"), etag);
        assert_eq!(
            answer.ok(),
            json!({"job_id": job, "upload": "b.wav", "bytes": 1000})
        );
        bench.upload(&job, "a.wav", b"").await.ok();
        bench.upload(&job, "b.wav", b"zz").await.ok();
        assert_eq!(bench.uploads(&job).await, json!(["a.wav", "b.wav"]));
        assert_eq!(
            content(&bench, &job, "b.wav").await,
            json!({"sha256": sha256(b"zz"), "bytes": 2})
        );
        let path = format!("/internal/jobs/{job}/uploads/c.wav");
        bench.get(&path).await.refused(404);
    }
}

#[tokio::test]
async fn the_limit_is_exact() {
    for bench in small().await {
        let job = bench.new_job().await;
        let most = vec![7; LIMIT];
        assert_eq!(
            bench.upload(&job, "a", &most).await.ok()["bytes"],
            json!(LIMIT)
        );
        let before = bench.contents();
        let refused = bench.upload(&job, "a", &vec![8; LIMIT + 1]).await;
        assert_eq!(refused.refused(413), "PAYLOAD_TOO_LARGE");
        assert!(refused.text().contains("100000"), "{}", refused.text());
        // Far above, the form itself is too long.
        let far_above = bench
            .upload(&job, "b", &vec![8; 3 * LIMIT + (2 << 20)])
            .await;
        far_above.refused(413);
        assert_eq!(bench.uploads(&job).await, json!(["a"]));
        assert_eq!(content(&bench, &job, "a").await["sha256"], sha256(&most));
        assert!(comes_to(before, &bench).await, "a stage was left");
    }
}

#[tokio::test]
async fn a_client_over_http_reads_why_it_was_too_much() {
    let bench = small().await.remove(0);
    let client = bench.over_http().await;
    let job = bench.new_job().await;
    let path = format!("/v1/jobs/{job}/uploads/a");
    let refused = send(&client, form(&path, &vec![1; LIMIT + 1])).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let taken = send(&client, form(&path, &vec![1; LIMIT])).await;
    assert_eq!(taken.status, 200, "{}", taken.text());
}

#[tokio::test]
async fn a_job_has_so_many_uploads_and_no_more() {
    for bench in benches().await {
        let job = bench.new_job().await;
        let id: uuid::Uuid = job.parse().unwrap();
        let mut tx = bench.database.pool.begin().await.unwrap();
        let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4999) \
            INSERT INTO uploads (job_id, name, sha256, bytes, created_at) SELECT $1, 'u' || i, 'x', 1, $2 FROM n";
        on!(tx, db => {
            sqlx::query(fill).bind(id).bind(Instant::now()).execute(db).await.map(|_| ())
        })
        .unwrap();
        tx.commit().await.unwrap();
        bench.upload(&job, "last", b"kept").await.ok();
        let refused = bench.upload(&job, "more", b"one too many").await;
        assert_eq!(refused.refused(409), "CONFLICT");
        assert!(refused.json()["remedy"].is_string());
        assert_eq!(refused.json()["data"]["uploads_max"], json!(5000));
        assert_eq!(bench.contents(), 1, "what was refused is not kept");
        bench.upload(&job, "last", b"replaced").await.ok();
    }
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing() {
    for bench in benches().await {
        let job = bench.new_job().await;
        let path = format!("/v1/jobs/{job}/uploads/a");
        let mut torn = opened("file");
        torn.extend([1; 5000]);
        let refused = bench.send(form_of(&path, Body::from(torn.clone()))).await;
        assert_eq!(refused.refused(400), "BAD_REQUEST");
        // A connection that fails in the middle.
        let pieces = [Ok(Bytes::from(torn)), Err(std::io::Error::other("gone"))];
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        bench.send(form_of(&path, body)).await.refused(400);
        assert_eq!(bench.uploads(&job).await, json!([]));
        assert!(comes_to(0, &bench).await, "a stage was left");
    }
}

/// A stage is removed by the task that is told of the end.
async fn comes_to(contents: usize, bench: &Bench) -> bool {
    for _ in 0..500 {
        if bench.contents() == contents {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn names_are_plain_words() {
    let bench = one().await;
    let job = bench.new_job().await;
    let long = "x".repeat(129);
    for name in [
        ".hidden",
        "-x",
        "a%20b",
        &long,
        "a%00b",
        "%C3%A4.wav",
        "..%2Fx",
        "..",
        "a%0A",
    ] {
        let refused = bench.upload(&job, name, b"1").await;
        assert_eq!(refused.status, 400, "{name}: {}", refused.text());
        assert_eq!(refused.json()["detail"], "Invalid upload_name");
    }
    assert_eq!(bench.uploads(&job).await, json!([]));
    assert_eq!(bench.contents(), 0);
    bench.upload(&job, &"x".repeat(128), b"1").await.ok();
}

#[tokio::test]
async fn a_form_without_the_file_is_refused() {
    let bench = one().await;
    let job = bench.new_job().await;
    let path = format!("/v1/jobs/{job}/uploads/a");
    let requests = [
        Request::post(&path).body(Body::empty()).unwrap(),
        form_of(&path, Body::from(framed("other", b"x"))),
    ];
    for request in requests {
        let refused = bench.send(request).await;
        refused.refused(422);
        assert_eq!(refused.json()["detail"][0]["loc"], json!(["body", "file"]));
    }
}

#[tokio::test]
async fn a_form_that_comes_to_no_file_is_refused_before_it_is_taken_in() {
    let bench = one().await;
    let job = bench.new_job().await;
    let path = format!("/v1/jobs/{job}/uploads/a");
    let head = opened("file");
    let endless = [&head[..head.len() - 4], &vec![b'y'; 10 << 20]].concat();
    for body in [vec![b'y'; 10 << 20], endless] {
        let counted = Arc::new(AtomicUsize::new(0));
        let taken = Arc::clone(&counted);
        let pieces: Vec<Bytes> = body.chunks(10_000).map(Bytes::copy_from_slice).collect();
        let pieces = futures_util::stream::iter(pieces).map(move |piece| {
            taken.fetch_add(piece.len(), Ordering::Relaxed);
            Ok::<_, Infallible>(piece)
        });
        let refused = bench.send(form_of(&path, Body::from_stream(pieces))).await;
        assert_eq!(refused.refused(400), "BAD_REQUEST");
        assert_eq!(refused.json()["data"]["limit_bytes"], json!(65_536));
        // The rest that is thrown away to keep the connection counts as well.
        let read = counted.load(Ordering::Relaxed);
        assert!(read < 200_000, "{read} bytes were taken");
    }
    // What fits before it may stand before it.
    let text = [opened("note"), vec![b'n'; 50_000], b"\r\n".to_vec()].concat();
    let form = [text, framed("file", b"content")].concat();
    bench.send(form_of(&path, Body::from(form))).await.ok();
}

#[tokio::test]
async fn a_hash_sent_along_is_verified() {
    for bench in benches().await {
        let job = bench.new_job().await;
        let send_with = async |name: &str, hash: String| {
            let mut request = form(&format!("/v1/jobs/{job}/uploads/{name}"), b"content");
            let value = http::HeaderValue::try_from(hash).unwrap();
            request.headers_mut().insert("x-content-sha256", value);
            bench.send(request).await
        };
        let (own, other) = (sha256(b"content"), sha256(b"other"));
        for (hash, told) in [(other, own.as_str()), ("abc".to_owned(), "64")] {
            let refused = send_with("a", hash).await;
            refused.refused(422);
            assert!(refused.text().contains(told), "{}", refused.text());
        }
        assert_eq!(bench.uploads(&job).await, json!([]));
        assert!(comes_to(0, &bench).await, "a stage was left");
        send_with("b", own.to_uppercase()).await.ok();
        assert_eq!(bench.uploads(&job).await, json!(["b"]));
    }
}

#[tokio::test]
async fn two_of_one_name_at_once_are_both_whole_and_one_stays() {
    for bench in benches().await {
        let job = bench.new_job().await;
        let path = format!("/v1/jobs/{job}/uploads/a");
        let sent: Vec<Vec<u8>> = (0..8).map(|i| vec![i; 200_000 + usize::from(i)]).collect();
        let calls = sent.iter().map(|content| {
            let pieces: Vec<_> = framed("file", content)
                .chunks(50_000)
                .map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)))
                .collect();
            let body = Body::from_stream(futures_util::stream::iter(pieces));
            bench.send(form_of(&path, body))
        });
        for (answer, content) in futures_util::future::join_all(calls)
            .await
            .into_iter()
            .zip(&sent)
        {
            let etag = format!("\"{}\"", sha256(content));
            assert_eq!(answer.header("etag"), etag);
            assert_eq!(answer.ok()["bytes"], json!(content.len()));
        }
        let last = content(&bench, &job, "a").await;
        let kept = sent.iter().find(|c| last["sha256"] == sha256(c));
        assert_eq!(last["bytes"], json!(kept.unwrap().len()));
        assert_eq!(bench.uploads(&job).await, json!(["a"]));
    }
}
