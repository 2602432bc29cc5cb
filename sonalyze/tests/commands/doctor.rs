//! `sonalyze doctor` in good and in bad surroundings.

use std::path::Path;

use crate::process::{Serving, sonalyze};
use serde_json::Value;

fn doctor(words: &[&str], data: &Path) -> (i32, Value) {
    let output = sonalyze(&["doctor", "--json", "--host", "127.0.0.1"])
        .args(words)
        .arg("--data-dir")
        .arg(data)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code().unwrap(), report)
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap()
}

#[test]
fn a_fresh_folder_is_good_and_stays_untouched() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let (code, report) = doctor(&["--port", "0"], &data);
    assert_eq!((code, &report["ok"]), (0, &true.into()), "{report}");
    assert_eq!(report["schema"], "sonalyze.doctor/1");
    for name in [
        "data folder",
        "lobby database",
        "measurement database",
        "gateway port",
        "metrics port",
        "clock",
    ] {
        assert_eq!(check(&report, name)["state"], "ok", "{report}");
    }
    assert!(!data.exists());
}

#[test]
fn what_a_server_left_stands_and_its_ports_are_known() {
    let home = tempfile::tempdir().unwrap();
    let serving = Serving::start(home.path());
    let (code, report) = doctor(&["--port", serving.port()], home.path());
    assert_eq!(code, 0, "{report}");
    let port = check(&report, "gateway port")["found"].as_str().unwrap();
    assert!(port.contains("held by a running sonalyze"), "{port}");
    for name in ["lobby database", "measurement database"] {
        let found = check(&report, name)["found"].as_str().unwrap();
        assert!(found.contains("migrations stand"), "{found}");
    }
}

#[test]
fn a_port_of_a_server_with_another_folder_stands_in_the_way() {
    let home = tempfile::tempdir().unwrap();
    let serving = Serving::start(&home.path().join("one"));
    let (code, report) = doctor(&["--port", serving.port()], &home.path().join("two"));
    assert_eq!(code, 1, "{report}");
    let port = check(&report, "gateway port");
    assert_eq!(port["state"], "fail", "{port}");
    assert!(
        port["found"]
            .as_str()
            .unwrap()
            .contains("another data folder")
    );
    assert!(port["remedy"].as_str().unwrap().contains("--port"));
}

#[test]
fn the_port_of_metrics_is_known_as_ours_or_as_a_strangers() {
    let home = tempfile::tempdir().unwrap();
    let serving = Serving::start(home.path());
    let ours = serving.ready["metrics"].as_str().unwrap();
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let strange = held.local_addr().unwrap().to_string();
    for (address, state, words) in [
        (ours, "ok", "held by a running sonalyze"),
        (&strange, "warn", "held by another program"),
    ] {
        let config = home.path().join("metrics.toml");
        let port = address.rsplit(':').next().unwrap();
        std::fs::write(&config, format!("metrics_port = {port}\n")).unwrap();
        let words_of = ["--port", "0", "--config", config.to_str().unwrap()];
        let (code, report) = doctor(&words_of, home.path());
        assert_eq!(code, 0, "{report}");
        let found = check(&report, "metrics port");
        assert_eq!(found["state"], state, "{found}");
        assert!(found["found"].as_str().unwrap().contains(words), "{found}");
    }
}

#[test]
fn a_default_is_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let (_, report) = doctor(&["--port", "0"], home.path());
    let told = report["checks"].to_string();
    assert!(told.contains("DATABASE_URL = sqlite:"), "{told}");
    assert!(!told.contains("(set)"), "{told}");
}

#[test]
fn a_folder_below_a_file_fails_with_what_to_do() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let (code, report) = doctor(&["--port", "0"], &file.path().join("data"));
    assert_eq!((code, &report["ok"]), (1, &false.into()));
    let folder = check(&report, "data folder");
    assert_eq!(folder["state"], "fail");
    assert!(folder["remedy"].as_str().unwrap().contains("--data-dir"));
}

#[test]
fn a_database_that_is_none_fails() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("lobby.db"),
        b"no database, and longer than a header of one would be",
    )
    .unwrap();
    let (code, report) = doctor(&["--port", "0"], home.path());
    assert_eq!(code, 1, "{report}");
    assert_eq!(check(&report, "lobby database")["state"], "fail");
    assert_eq!(check(&report, "storage database")["state"], "ok");
    assert_eq!(check(&report, "storage port")["state"], "ok");
}

#[test]
fn settings_show_their_origin_and_wrong_ones_fail() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("settings.toml");
    std::fs::write(&config, "rate_limit_burst = 30\n").unwrap();
    let (code, report) = doctor(
        &["--port", "0", "--config", config.to_str().unwrap()],
        home.path(),
    );
    assert_eq!(code, 0, "{report}");
    let told = report["checks"].to_string();
    assert!(
        told.contains("RATE_LIMIT_BURST = 30") && told.contains("settings.toml"),
        "{told}"
    );
    std::fs::write(&config, "rate_limit_brust = 30\n").unwrap();
    let (refused, faults) = doctor(
        &["--port", "0", "--config", config.to_str().unwrap()],
        home.path(),
    );
    assert_eq!(
        (refused, &check(&faults, "setting")["state"]),
        (1, &"fail".into())
    );
}
