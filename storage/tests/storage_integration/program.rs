//! The program itself: where its settings are wrong, what it logs, and its port of metrics.

use std::net::{TcpListener, TcpStream};
use std::process::Command;

use serde_json::Value;

use super::running::{Running, ask, program};

fn ended(database_url: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command: Command = program(folder.path());
    let output = command.env("DATABASE_URL", database_url).output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn without_a_database_it_ends_with_2_and_an_example() {
    let (code, told) = ended("");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("DATABASE_URL=postgresql://"), "{told}");
}

#[test]
fn a_database_that_is_not_there_ends_it_with_1_and_what_to_look_at() {
    let (code, told) = ended("postgresql://user:hidden@127.0.0.1:1/sonalyze");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("127.0.0.1:1") && !told.contains("hidden"),
        "{told}"
    );
}

#[test]
fn it_logs_objects_on_its_standard_output() {
    let mut running = Running::start(&[]);
    for _ in 0..2 {
        let line: Value = serde_json::from_str(&running.line()).unwrap();
        assert_eq!(line["level"], "INFO", "{line}");
        assert!(line["fields"]["message"].is_string(), "{line}");
        assert!(line["target"].is_string(), "{line}");
        let moment = line["timestamp"].as_str().unwrap();
        assert!(moment.parse::<jiff::Timestamp>().is_ok(), "{moment}");
    }
}

#[test]
fn it_logs_text_where_that_is_wanted() {
    let mut running = Running::start(&[("LOG_FORMAT", "text")]);
    let line = running.line();
    assert!(line.contains("INFO") && !line.starts_with('{'), "{line}");
}

#[test]
fn metrics_have_a_port_of_their_own_that_ends_with_the_program() {
    let mut running = Running::start(&[]);
    let (metrics, front) = running.addresses();
    let told = ask(metrics, "GET", "/metrics", "");
    assert_eq!(told.status, 200);
    assert!(
        told.head
            .contains("content-type: text/plain; version=0.0.4"),
        "{}",
        told.head
    );
    assert!(
        told.body.contains("database_connections_active "),
        "{}",
        told.body
    );
    assert_eq!(ask(metrics, "GET", "/", "").status, 404);
    assert_eq!(ask(metrics, "GET", "/healthz", "").status, 404);
    assert_eq!(ask(front, "GET", "/metrics", "").status, 404);
    assert!(running.terminate().success());
    assert!(TcpStream::connect(metrics).is_err());
}

#[test]
fn a_port_of_metrics_that_is_taken_ends_it_with_1_and_the_setting() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    let output = command.env("METRICS_PORT", &port).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains(&format!("127.0.0.1:{port}")) && told.contains("METRICS_PORT"),
        "{told}"
    );
}
