//! The README's default simulation request, as a client on the same machine sees it.

use std::path::Path;

use serde_json::Value;

use crate::TaskError;
use crate::figures::Section;
use crate::figures::server::{Server, now};
use crate::markdown::Table;

/// Requests of which the median counts.
const REQUESTS: usize = 301;

/// Sends it again and again over one kept connection.
///
/// # Errors
/// When the README has no request, or it is refused.
pub(super) async fn section(root: &Path) -> Result<Section, TaskError> {
    let body = body(&std::fs::read_to_string(root.join("README.md"))?)?;
    let server = Server::start(root).await?;
    let url = format!("{}/v1/simulation/simulate", server.address);
    let client = reqwest::Client::new();
    let (first_ms, answer) = ask(&client, &url, &body).await?;
    complete(&answer)?;
    let before_s = server.cpu_s()?;
    let mut times = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        times.push(ask(&client, &url, &body).await?.0);
    }
    let cpu_ms = 1e3 * (server.cpu_s()? - before_s) / REQUESTS as f64;
    times.sort_by(f64::total_cmp);
    let mut table = Table::new(&["figure", "goal", "found"]);
    for (what, goal, ms) in [
        ("median, ms", "5", times[REQUESTS / 2]),
        ("19 of 20, ms", "-", times[REQUESTS * 19 / 20]),
        ("worst, ms", "-", times[REQUESTS - 1]),
        ("first of the process, ms", "-", first_ms),
        ("processor time of the whole server, ms", "-", cpu_ms),
    ] {
        table.row(&[what.to_owned(), goal.to_owned(), format!("{ms:.2}")])?;
    }
    Ok(Section {
        title: "A simulation over HTTP".to_owned(),
        method: format!(
            "The README's request to `sonalyze serve`, release build, through the gateway on loopback, {REQUESTS} \
             times one after the other; every answer has the parameters of the response and of every octave, and \
             the speech transmission index."
        ),
        table,
    })
}

async fn ask(client: &reqwest::Client, url: &str, body: &str) -> Result<(f64, Vec<u8>), TaskError> {
    let begun = now();
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .body(body.to_owned());
    let answer = request.send().await?.error_for_status()?.bytes().await?;
    Ok((1e3 * begun.elapsed().as_secs_f64(), answer.to_vec()))
}

/// Refuses an answer without decay time or speech transmission.
fn complete(answer: &[u8]) -> Result<(), TaskError> {
    let answer: Value = serde_json::from_slice(answer)?;
    let metrics = &answer["pairs"][0]["metrics"];
    for name in ["rt60_s", "edt_s", "c50_db", "c80_db", "d50", "sti"] {
        if !metrics[name].is_number() {
            return Err(format!("no {name} in {metrics}").into());
        }
    }
    Ok(())
}

/// What the README's call of `simulate` sends.
fn body(readme: &str) -> Result<String, TaskError> {
    let missing = || "the README has no call of /v1/simulation/simulate with -d '..'";
    let (_, call) = readme
        .split_once("/v1/simulation/simulate ")
        .ok_or_else(missing)?;
    let (_, quoted) = call.split_once("-d '").ok_or_else(missing)?;
    let (body, _) = quoted.split_once('\'').ok_or_else(missing)?;
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_a_request_that_can_be_sent() {
        let readme = std::fs::read_to_string(crate::workspace::root().join("README.md")).unwrap();
        let request: Value = serde_json::from_str(&body(&readme).unwrap()).unwrap();
        assert_eq!(request["room"]["type"], "shoebox");
    }

    #[test]
    fn an_answer_without_speech_transmission_is_not_counted() {
        let answer = br#"{"pairs": [{"metrics": {"rt60_s": 0.5, "sti": null}}]}"#;
        assert!(complete(answer).is_err());
    }
}
