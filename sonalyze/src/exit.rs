//! How a run ends: six exit codes, and the sentence that goes to the standard error with all but the first.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | something else failed: a file cannot be read, an output cannot be written |
//! | 2 | the command line is wrong |
//! | 3 | a file is not what it should be: no audio, no room, no mesh, no backup |
//! | 4 | a recording cannot be used, and its document says why; a room cannot be simulated |
//! | 130 | stopped by Ctrl-C |
//!
//! With several files the highest code counts.

use std::error::Error;
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
    /// A file is not what it should be.
    Unreadable = 3,
    /// A recording or a room cannot be used.
    Unusable = 4,
    /// Stopped by the person who started it.
    Interrupted = 130,
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

    /// A file is not what it should be: where reading stopped, what is allowed.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Unreadable,
            message: message.into(),
        }
    }

    /// A file is what it should be, and cannot be used: every fault.
    pub(crate) fn unusable(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Unusable,
            message: message.into(),
        }
    }

    /// Stopped by Ctrl-C.
    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Interrupted,
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

/// An error with its causes: there is no log of a service that would name them.
pub(crate) fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let told = inner.to_string();
        if !text.contains(&told) {
            text.extend([": ", &told]);
        }
        cause = inner.source();
    }
    text
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
            Exit::Unreadable,
            Exit::Unusable,
            Exit::Interrupted,
        ];
        assert_eq!(codes.map(|c| c as u8), [0, 1, 2, 3, 4, 130]);
    }

    #[test]
    fn of_several_the_highest_counts() {
        let worst = [Exit::Done, Exit::Unusable, Exit::Unreadable]
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
