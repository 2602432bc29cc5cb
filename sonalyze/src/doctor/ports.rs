//! Whether the ports are free, or held by a `sonalyze serve` that runs already.

use std::time::Duration;

use chassis::config::Config;
use chassis::metrics;
use chassis::shutdown::{ListenError, listen};
use serde_json::Value;

use super::Check;
use crate::serve;

/// How long a program on a port is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A line of our metrics, which are no JSON.
const OUR_METRIC: &str = "database_connections_active ";

/// A port of `serve`: what stands there, its address, the path that it answers, and what happens without it.
struct Door {
    name: &'static str,
    host: String,
    port: u16,
    health: &'static str,
    needed: bool,
    /// What chooses another port, and another address.
    port_by: &'static str,
    host_by: &'static str,
}

/// The gateway's port, which is needed, and those of the services behind it, which are not. A port that a sonalyze
/// holds is as it should be only if one works in the data folder: else it is another one's, and `serve` cannot have it.
pub(super) async fn all(config: &Config, works_in_folder: bool) -> Vec<Check> {
    let ports = serve::ports(config);
    let inner = |name, port, health| Door {
        name,
        host: "127.0.0.1".to_owned(),
        port,
        health,
        needed: false,
        port_by: "--port",
        host_by: "--host",
    };
    let front = Door {
        name: "gateway port",
        host: config.host.clone(),
        port: config.port.first(),
        health: "/healthz",
        needed: true,
        port_by: "--port",
        host_by: "--host",
    };
    let metrics = Door {
        host: config.metrics_host.clone(),
        port_by: "METRICS_PORT",
        host_by: "METRICS_HOST",
        ..inner("metrics port", ports.metrics, metrics::PATH)
    };
    let doors = [
        front,
        inner("lobby port", ports.lobby, "/health"),
        inner("measurement port", ports.measurement, "/v1/health"),
        inner("simulation port", ports.simulation, "/health"),
        inner("storage port", ports.storage, "/healthz"),
        metrics,
    ];
    let mut checks = Vec::new();
    for door in &doors {
        checks.push(check(door, works_in_folder).await);
    }
    checks
}

async fn check(door: &Door, works_in_folder: bool) -> Check {
    let place = format!("{}:{}", door.host, door.port);
    match listen(&door.host, door.port).await {
        Ok(_) if door.port == 0 => Check::ok(door.name, "any free port is taken"),
        Ok(_) => Check::ok(door.name, format!("{place} is free")),
        Err(ListenError::Busy { .. }) if is_ours(door).await => {
            let found = format!("{place} is held by a running sonalyze");
            if works_in_folder {
                Check::ok(door.name, found)
            } else {
                let found = format!("{found} with another data folder");
                let remedy = format!(
                    "use that one, stop it, or choose another port with {}",
                    door.port_by
                );
                of_need(door, found, &remedy)
            }
        }
        Err(ListenError::Busy { .. }) => {
            let found = format!("{place} is held by another program");
            let remedy = format!(
                "end that program, or choose another port with {}",
                door.port_by
            );
            of_need(door, found, &remedy)
        }
        Err(error) => of_need(
            door,
            error.to_string(),
            &format!("choose another address with {}", door.host_by),
        ),
    }
}

fn of_need(door: &Door, found: String, remedy: &str) -> Check {
    if door.needed {
        Check::fail(door.name, found, remedy)
    } else {
        Check::warn(door.name, found, remedy)
    }
}

/// Whether the program on the port answers as ours does.
async fn is_ours(door: &Door) -> bool {
    let url = format!("http://127.0.0.1:{}{}", door.port, door.health);
    let asked = async {
        let answer = reqwest::get(url).await.ok()?.text().await.ok()?;
        Some(is_well(&answer) || answer.contains(OUR_METRIC))
    };
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    answered.ok().flatten().unwrap_or(false)
}

fn is_well(answer: &str) -> bool {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    answer["status"] == "ok" || answer["ok"] == true
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[tokio::test]
    async fn a_port_is_free_or_held_by_a_stranger() {
        let held = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = |port, needed| Door {
            name: "port",
            host: "127.0.0.1".to_owned(),
            port,
            health: "/healthz",
            needed,
            port_by: "--port",
            host_by: "--host",
        };
        let port = held.local_addr().unwrap().port();
        assert_eq!(check(&door(port, true), false).await.state, State::Fail);
        assert_eq!(check(&door(port, false), false).await.state, State::Warn);
        drop(held);
        assert_eq!(check(&door(0, true), false).await.state, State::Ok);
    }
}
