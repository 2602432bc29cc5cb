//! The workbench's commands: `arrows`, `tidy`, `figures N`. Findings and errors end with exit code 1, misuse with 2.

use std::io::Write as _;
use std::process::ExitCode;

use xtask::{Finding, TaskError, arrows, figures, tidy, workspace};

const USAGE: &str = "\
usage: cargo xtask COMMAND
  arrows      crates against the table of allowed arrows, pure libraries against forbidden names
  tidy        files against the rules of the house
  figures N   measure the figures of step N and write docs/figures/NN.md
  time-case THREADS
              time one case, told as JSON on the standard input (figures 3 calls this)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["arrows"] => told(arrow_findings()),
        ["tidy"] => told(workspace::files(&workspace::root()).map(|files| tidy::check(&files))),
        ["figures", number] => figure_page(number),
        ["time-case", threads] => time_case(threads),
        _ => told_usage(),
    }
}

fn arrow_findings() -> Result<Vec<Finding>, TaskError> {
    let root = workspace::root();
    arrows::check_workspace(&workspace::crates(&root)?, |name| {
        workspace::closure(&root, name)
    })
}

fn figure_page(number: &str) -> ExitCode {
    let Ok(number) = number.parse() else {
        return told_usage();
    };
    match figures::run(&workspace::root(), figures::SETS, number) {
        Ok(path) => say(&format!("wrote {}", path.display()), ExitCode::SUCCESS),
        Err(error) => say(&format!("error: {error}"), ExitCode::FAILURE),
    }
}

fn time_case(threads: &str) -> ExitCode {
    let Ok(threads) = threads.parse() else {
        return told_usage();
    };
    match figures::case_on_stdin(threads) {
        Ok(outcome) => match writeln!(std::io::stdout().lock(), "{outcome}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error) => say(&format!("error: {error}"), ExitCode::FAILURE),
    }
}

fn told(findings: Result<Vec<Finding>, TaskError>) -> ExitCode {
    match findings {
        Ok(none) if none.is_empty() => say("nothing to mend", ExitCode::SUCCESS),
        Ok(some) => {
            let lines: Vec<String> = some.iter().map(Finding::to_string).collect();
            say(&lines.join("\n"), ExitCode::FAILURE)
        }
        Err(error) => say(&format!("error: {error}"), ExitCode::FAILURE),
    }
}

fn told_usage() -> ExitCode {
    say(USAGE, ExitCode::from(2))
}

/// Prints to the standard error; a closed pipe does not change the outcome.
fn say(text: &str, code: ExitCode) -> ExitCode {
    match writeln!(std::io::stderr().lock(), "{text}") {
        Ok(()) | Err(_) => code,
    }
}
