//! The binary `sonalyze`; everything it does stands in the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    sonalyze::run()
}
