//! A folder with a command in it, and the rooms that tests begin with.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder of its own.
pub(crate) struct House {
    place: TempDir,
}

/// What a command left: its code, and what it said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl House {
    pub(crate) fn new() -> Self {
        Self {
            place: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn put_json(&self, name: &str, value: &Value) {
        self.put(name, value.to_string());
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.bytes(name)).unwrap()
    }

    /// The command in this folder, words between blanks.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sonalyze"));
        command.current_dir(self.place.path());
        command.args(line.split(' '));
        command
    }

    pub(crate) fn run(&self, line: &str) -> Said {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(line).output().unwrap();
        Said {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed.
    pub(crate) fn done(&self, line: &str) -> Said {
        let said = self.run(line);
        assert_eq!(said.code, 0, "{line}: {}", said.err);
        said
    }
}

/// The room of the figures: 5 x 4 x 2.5 m, absorption 0.2, nothing scattered, air that takes nothing.
pub(crate) fn office() -> Value {
    json!({
        "room": {"type": "shoebox", "dimensions_m": [5.0, 4.0, 2.5], "default_material": {"absorption": 0.2}},
        "sources": [{"id": "lectern", "position_m": [1.2, 1.1, 1.3]}],
        "microphones": [{"id": "seat", "position_m": [3.6, 2.7, 1.5]}],
        "air_absorption": false,
        "speed_of_sound_m_s": 343.0,
        "sample_rate_hz": 16_000,
    })
}

/// The same with two sources and two microphones.
pub(crate) fn seats() -> Value {
    let mut room = office();
    room["sources"] = json!([
        {"id": "left, front", "position_m": [1.0, 1.0, 1.3]},
        {"id": "right", "position_m": [1.0, 3.0, 1.3]},
    ]);
    room["microphones"] = json!([
        {"id": "near", "position_m": [2.0, 1.5, 1.2]},
        {"id": "far", "position_m": [4.2, 3.1, 1.2]},
    ]);
    room
}

/// T30 of the middle octaves of a pair in a document.
pub(crate) fn t30_mid(document: &Value, pair: usize) -> f64 {
    document["pairs"][pair]["mid"]["t30_s"].as_f64().unwrap()
}

/// Rows of a table whose cells hold no quotes, heads first.
pub(crate) fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.split(',').collect()).collect()
}

pub(crate) fn number(cell: &str) -> f64 {
    cell.parse().unwrap()
}
