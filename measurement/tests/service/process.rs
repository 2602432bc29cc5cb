//! The program: what it refuses to start with.

use std::process::Command;

/// What the program says before it ends, with one setting in its environment.
fn refused(name: &str, value: &str) -> String {
    let folder = tempfile::TempDir::new().unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_measurement"))
        .current_dir(folder.path())
        .env_clear()
        .env("MEASUREMENT_DATA_DIR", folder.path().join("data"))
        .env("HOST", "127.0.0.1")
        .env("PORT", "0")
        .env(name, value)
        .output()
        .unwrap();
    assert!(!ended.status.success());
    assert!(!folder.path().join("data").exists(), "nothing is begun");
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn an_origin_that_no_browser_sends_is_refused_at_the_start() {
    let told = refused("CORS_ORIGINS", "https://good.example,app.example");
    assert!(told.contains("'app.example' in CORS_ORIGINS"), "{told}");
    assert!(told.contains("https://app.example"), "{told}");
}

#[test]
fn a_second_port_is_refused_at_the_start() {
    let told = refused("PORT", "0,0");
    assert!(told.contains("PORT names 2 ports"), "{told}");
}
