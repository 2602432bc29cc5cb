//! `sonalyze doctor`: whether `serve` can work here, check by check, with what to do where it cannot.
//! It changes nothing.

mod checks;
mod machine;
mod ports;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::cli::DoctorArguments;
use crate::exit::{Exit, Failure};
use crate::output::Destination;
use crate::serve::command::runtime;
use crate::serve::{ServeError, data_dir, settings};
use crate::{json, serve, terminal};

/// Value of `schema` in the JSON object.
const SCHEMA: &str = "sonalyze.doctor/1";

/// Where the text of a line begins, in characters.
const INDENT: usize = 26;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Ok,
    /// `serve` works, but not as well as it could.
    Warn,
    /// `serve` does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    schema: &'static str,
    ok: bool,
    checks: &'a [Check],
}

/// Runs the command.
///
/// # Errors
/// When the folder cannot even be named, or the result cannot be written.
pub(crate) fn run(arguments: &DoctorArguments) -> Result<Exit, Failure> {
    let folder = data_dir(arguments.data_dir.as_deref()).map_err(ServeError::from)?;
    let mut all = vec![checks::folder(&folder)];
    match settings(&arguments.flags, &folder) {
        Ok(config) => {
            all.extend(checks::settings(&config));
            runtime()?.block_on(async {
                all.extend(checks::databases(&config).await);
                all.extend(ports::all(&config, serve::is_taken(&folder)).await);
            });
        }
        Err(faults) => all.extend(checks::faults(&faults)),
    }
    all.extend([machine::network(), machine::open_files(), machine::clock()]);
    let ok = all.iter().all(|check| check.state != State::Fail);
    if arguments.json {
        let report = Report {
            schema: SCHEMA,
            ok,
            checks: &all,
        };
        Destination::Stdout.write(&json::encode(&report, &Destination::Stdout)?)?;
    } else {
        terminal::show(&text(&all), false)?;
    }
    Ok(if ok { Exit::Done } else { Exit::Failed })
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Ok,
            found: found.into(),
            remedy: None,
        }
    }

    fn warn(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self {
            name,
            state: State::Warn,
            found: found.into(),
            remedy,
        }
    }

    fn fail(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self {
            name,
            state: State::Fail,
            found: found.into(),
            remedy,
        }
    }
}

fn text(checks: &[Check]) -> String {
    checks.iter().map(line).collect()
}

fn line(check: &Check) -> String {
    let (word, colour) = match check.state {
        State::Ok => ("ok", AnsiColor::Green),
        State::Warn => ("warn", AnsiColor::Yellow),
        State::Fail => ("FAIL", AnsiColor::Red),
    };
    let style = Style::new().fg_color(Some(colour.into()));
    let mut text = format!(
        "{style}{word:<5}{style:#}{:<21}{}\n",
        check.name, check.found
    );
    if let Some(remedy) = &check.remedy {
        text.extend([&" ".repeat(INDENT), remedy.as_str(), "\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_found_and_what_to_do() {
        let told = line(&Check::fail("clock", "it is 1970", "set it"));
        let plain = anstream::adapter::strip_str(&told).to_string();
        assert_eq!(
            plain,
            "FAIL clock                it is 1970\n                          set it\n"
        );
    }
}
