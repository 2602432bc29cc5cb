//! Ctrl-C while a simulation runs.

#![cfg(target_os = "linux")]

use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::house::{House, seats};

/// Pauses of 20 ms until something that must happen has not happened.
const PAUSES: usize = 3_000;

#[test]
fn a_signal_stops_the_work_and_nothing_is_written() {
    let house = House::new();
    let mut room = seats();
    room["room"]["default_material"]["scattering"] = json!(0.5);
    room["furniture"] =
        json!([{"type": "box", "min_m": [2.4, 2.4, 0.0], "max_m": [2.9, 2.9, 1.5]}]);
    house.put_json("r.json", &room);
    let mut command =
        house.command("simulate r.json --rays 20000000 --json o.json --report o.html");
    let mut running = command
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the signal is caught", || {
        catches_interrupt(&running).then_some(())
    });
    kill_process(Pid::from_child(&running), Signal::INT).unwrap();
    let status = until("it ends", || running.try_wait().unwrap());
    assert_eq!(status.code(), Some(130));
    let output = running.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("stopped by Ctrl-C; nothing was written"),
        "{told}"
    );
    assert!(!house.has("o.json") && !house.has("o.html"));
}

/// Whether a process has its own way with SIGINT, as the kernel tells.
fn catches_interrupt(process: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()));
    let caught = status.unwrap_or_default();
    let mask = caught.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (Signal::INT.as_raw() - 1)) != 0)
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..PAUSES {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("in vain: {what}");
}
