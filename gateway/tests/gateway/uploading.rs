//! Bodies that nobody wants: clients that send everything before they read still get their answer.

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, post};
use chassis::problem::Problem;
use gateway::Limits;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{Form, House, Plan};

const UPLOAD: &str = "/v1/jobs/j/uploads/a.wav";
const MIB: usize = 1024 * 1024;
/// More than the buffers of both ends of a connection take together.
const BEYOND_BUFFERS: usize = 16 * MIB;

/// How a client says how long its body is.
#[derive(Clone, Copy, Debug)]
enum Length {
    Announced,
    Counted,
}

/// A service that reads all that comes.
fn reading() -> MethodRouter {
    post(
        async |request: Request| match request.into_body().collect().await {
            Ok(whole) => whole.to_bytes().len().to_string().into_response(),
            Err(_) => Problem::bad_request("It broke off").into_response(),
        },
    )
}

async fn house(form: Form, upload_bytes: usize, service: MethodRouter) -> House {
    let limits = Limits {
        upload_bytes: upload_bytes as u64,
        ..Limits::default()
    };
    let proxied = Router::new().route(UPLOAD, service);
    Plan {
        limits,
        proxied,
        ..Plan::form(form)
    }
    .build()
    .await
}

/// Writes a whole upload and a question after it, and only then reads both answers.
async fn written_first(house: &House, length: Length, bytes: usize) -> String {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let framing = match length {
        Length::Announced => format!("Content-Length: {bytes}"),
        Length::Counted => "Transfer-Encoding: chunked".to_owned(),
    };
    let head = format!("POST {UPLOAD} HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut left = bytes;
    while left > 0 {
        let piece = vec![7; left.min(MIB / 2)];
        left -= piece.len();
        if matches!(length, Length::Counted) {
            let size = format!("{:x}\r\n", piece.len());
            stream.write_all(size.as_bytes()).await.unwrap();
        }
        stream.write_all(&piece).await.unwrap();
        if matches!(length, Length::Counted) {
            stream.write_all(b"\r\n").await.unwrap();
        }
    }
    if matches!(length, Length::Counted) {
        stream.write_all(b"0\r\n\r\n").await.unwrap();
    }
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    answers
}

fn assert_refused(answers: &str, sentence: &str) {
    assert!(answers.starts_with("HTTP/1.1 413 "), "{answers}");
    assert!(answers.contains(sentence), "{answers}");
    assert!(
        answers.contains("HTTP/1.1 200 OK"),
        "the connection lives on: {answers}"
    );
}

#[tokio::test]
async fn who_sends_far_too_much_before_it_reads_gets_to_see_the_limit() {
    let small = (100_000, "Upload too large (>100000 bytes)");
    let large = (BEYOND_BUFFERS, "Upload too large (>16 MB)");
    for (form, length) in [
        (Form::InMemory, Length::Announced),
        (Form::InMemory, Length::Counted),
        (Form::Http, Length::Announced),
        (Form::Http, Length::Counted),
    ] {
        for ((limit, sentence), bytes) in [
            (small, 170_000),
            (small, 350_000),
            (small, 490_000),
            (large, BEYOND_BUFFERS * 5 / 2),
        ] {
            let house = house(form, limit, reading()).await;
            let answers = written_first(&house, length, bytes).await;
            assert_refused(&answers, &format!(r#""detail":"{sentence}""#));
        }
    }
}

#[tokio::test]
async fn a_service_that_refuses_without_reading_is_heard() {
    let refusing = post(async || Problem::not_found("Job not found"));
    let house = house(Form::InMemory, BEYOND_BUFFERS, refusing).await;
    for length in [Length::Announced, Length::Counted] {
        let answers = written_first(&house, length, BEYOND_BUFFERS).await;
        assert!(answers.starts_with("HTTP/1.1 404 "), "{answers}");
        assert!(answers.contains("Job not found"), "{answers}");
        assert!(answers.contains("HTTP/1.1 200 OK"), "{answers}");
    }
}

#[tokio::test]
async fn who_waits_to_be_asked_for_a_body_that_is_too_large_is_not_asked() {
    let house = house(Form::InMemory, 1000, reading()).await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let head = format!(
        "POST {UPLOAD} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}
