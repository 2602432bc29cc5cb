//! How a run ends: five exit codes, and the sentence that goes to the standard error with all but the first.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | something else failed: a file cannot be read, an output cannot be written |
//! | 2 | the command line is wrong |
//! | 3 | a file is not audio |
//! | 4 | a recording cannot be used; its document says why |
//!
//! With several files the highest code counts.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

/// Exit codes, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// Something failed that is neither the command line nor a recording.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A file is not audio.
    NotAudio = 3,
    /// A recording cannot be used.
    Unusable = 4,
}

/// Why a run could not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// Something failed: what, the value seen, what to do.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.into(),
        }
    }

    /// The command line is wrong: what was given, what is allowed.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
        }
    }

    /// Its exit code.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The process's exit code; a failure is told on the standard error first.
pub(crate) fn code_of(outcome: Result<Exit, Failure>) -> ExitCode {
    let exit = outcome.unwrap_or_else(|failure| {
        tell(&failure);
        failure.exit()
    });
    ExitCode::from(exit as u8)
}

/// Tells a failure on the standard error, coloured on a terminal.
pub(crate) fn tell(failure: &Failure) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    // Nobody reads a closed standard error; the exit code tells the same.
    let told = writeln!(anstream::stderr(), "{style}error:{style:#} {failure}");
    drop(told);
}

/// Tells something that the run goes on without.
pub(crate) fn tell_warning(text: &str) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    // Nobody reads a closed standard error; what was warned of is not needed.
    let told = writeln!(anstream::stderr(), "{style}warning:{style:#} {text}");
    drop(told);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_documented_ones() {
        let codes = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NotAudio,
            Exit::Unusable,
        ];
        assert_eq!(codes.map(|c| c as u8), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn of_several_the_highest_counts() {
        let worst = [Exit::Done, Exit::Unusable, Exit::NotAudio]
            .into_iter()
            .max();
        assert_eq!(worst, Some(Exit::Unusable));
    }

    #[test]
    fn a_failure_keeps_its_code() {
        assert_eq!(Failure::usage("x").exit(), Exit::Usage);
        assert_eq!(Failure::failed("x").exit(), Exit::Failed);
    }
}
