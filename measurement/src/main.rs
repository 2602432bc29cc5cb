//! The measurement service as a process of its own.

use std::process::ExitCode;

use chassis::config::Flags;
use chassis::cors::cors;
use chassis::origins::Origins;
use chassis::program::{self, Failure, Program};
use clap::Parser;
use measurement::{EXPOSED, Measurement, NAME, Settings};

/// Excitation, jobs, uploads and the analysis of recordings.
#[derive(Debug, Parser)]
#[command(name = NAME, version)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
}

fn main() -> ExitCode {
    program::run(NAME, &Arguments::parse().flags, &[], run)
}

async fn run(program: Program) -> Result<(), Failure> {
    let origins = Origins::of(program.config.cors_origins.as_slice())?;
    let listener = program.listen().await?;
    let settings = Settings {
        shutdown: program.shutdown.clone(),
        ..Settings::from_config(&program.config)?
    };
    let measurement = Measurement::open(settings).await?;
    let router = cors(measurement.router(), &origins, EXPOSED);
    program.serve(listener, router).await?;
    measurement.close().await;
    Ok(())
}
