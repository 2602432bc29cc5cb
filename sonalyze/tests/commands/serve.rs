//! `sonalyze serve`: starts without configuration, answers, stops when told, and refuses what another one holds.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Running, Serving, serve, sonalyze, told};

async fn json(url: &str) -> (u16, serde_json::Value) {
    let response = reqwest::get(url).await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn an_empty_folder_is_enough_and_sigterm_is_an_end_in_order() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("not/there/yet");
    let mut serving = Serving::start(&data);
    assert_eq!(json(&format!("{}/healthz", serving.url())).await.0, 200);
    let (status, ready) = json(&format!("{}/readyz", serving.url())).await;
    assert_eq!((status, &ready["ready"]), (200, &true.into()), "{ready}");
    let lobby = serving.ready["lobby"].as_str().unwrap();
    let health = json(&format!("{lobby}/health")).await;
    assert_eq!((health.0, &health.1["ok"]), (200, &true.into()));
    let measurement = serving.ready["measurement"].as_str().unwrap();
    assert_eq!(json(&format!("{measurement}/v1/health")).await.0, 200);
    let simulation = serving.ready["simulation"].as_str().unwrap();
    assert_eq!(json(&format!("{simulation}/health")).await.0, 200);
    let metrics = serving.ready["metrics"].as_str().unwrap();
    let told = reqwest::get(format!("{metrics}/metrics")).await.unwrap();
    let told = told.text().await.unwrap();
    assert!(told.contains("database_connections_active "), "{told}");
    let materials = format!("{}/v1/simulation/materials", serving.url());
    assert_eq!(json(&materials).await.0, 200);
    assert!(data.join("lobby.db").is_file());
    assert!(serving.ready_file().is_file());
    let ended = serving.terminate();
    assert_eq!(ended.code(), Some(0), "{ended}");
    assert!(!serving.ready_file().exists(), "nothing is ready any more");
}

#[test]
fn a_port_that_is_taken_is_told_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let serving = Serving::start(&home.path().join("one"));
    let other = home.path().join("two");
    let output = sonalyze(&["serve", "--host", "127.0.0.1", "--port", serving.port()])
        .arg("--data-dir")
        .arg(&other)
        .output()
        .unwrap();
    let said = told(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("127.0.0.1:{} is taken", serving.port())),
        "{said}"
    );
    assert!(said.contains("--port"), "{said}");
    assert!(!other.join("lobby.db").exists(), "nothing is made in vain");
}

#[test]
fn a_port_of_metrics_that_is_taken_is_told_and_nothing_else_is_missing() {
    let home = tempfile::tempdir().unwrap();
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let file = home.path().join("ready.json");
    let mut command = serve(&home.path().join("data"), &file);
    let (mut process, ready) = Running::until_ready(command.env("METRICS_PORT", &port), &file);
    assert!(ready["storage"].is_string(), "{ready}");
    assert!(ready.get("metrics").is_none(), "{ready}");
    assert_eq!(process.terminate().code(), Some(0));
    let said = process.told();
    assert!(
        said.contains("there are no metrics") && said.contains("METRICS_PORT"),
        "{said}"
    );
}

#[test]
fn a_data_folder_has_one_server() {
    let home = tempfile::tempdir().unwrap();
    let _serving = Serving::start(home.path());
    let output = sonalyze(&["serve", "--host", "127.0.0.1", "--port", "0", "--data-dir"])
        .arg(home.path())
        .output()
        .unwrap();
    let said = told(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("another `sonalyze serve` works in this data folder"),
        "{said}"
    );
}

fn pipe(folder: &Path) -> PathBuf {
    let pipe = folder.join("ready.pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    pipe
}

#[test]
fn a_ready_file_that_cannot_be_written_is_told_and_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let pipe = pipe(home.path());
    let unwritable = home.path().join("ready.pipe/ready.json");
    for (place, cause) in [
        (pipe.as_path(), "nobody reads it; begin to read it before"),
        (home.path(), "Is a directory"),
        (&unwritable, "os error"),
    ] {
        let mut process = Running::start(&mut serve(&home.path().join("data"), place));
        let ended = process.ended();
        let said = process.told();
        assert_eq!(ended.code(), Some(1), "{said}");
        let named = said.contains(&format!("cannot write {}", place.display()));
        assert!(named && said.contains(cause), "{said}");
    }
}

#[test]
fn a_pipe_that_is_read_is_told_once_and_not_read_by_the_server() {
    let home = tempfile::tempdir().unwrap();
    let pipe = pipe(home.path());
    // Open in both directions: nobody waits for the other one, and the server would never see an end of it.
    let reader = File::options().read(true).write(true).open(&pipe).unwrap();
    let mut process = Running::start(&mut serve(&home.path().join("data"), &pipe));
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(ready["gateway"].is_string(), "{ready}");
    let ended = process.terminate();
    assert_eq!(ended.code(), Some(0), "{}", process.told());
    assert!(pipe.exists());
}

#[test]
fn wrong_settings_are_told_all_at_once() {
    let home = tempfile::tempdir().unwrap();
    let output = sonalyze(&["serve", "--port", "many", "--data-dir"])
        .arg(home.path())
        .env("RATE_LIMIT_RPS", "fast")
        .output()
        .unwrap();
    let said = told(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("--port") && said.contains("RATE_LIMIT_RPS"),
        "{said}"
    );
}
