//! The simulation service as a process of its own.

use std::process::ExitCode;

use chassis::config::Flags;
use chassis::cors::cors;
use chassis::origins::Origins;
use chassis::program::{self, Failure, Program};
use clap::Parser;
use simulation::{NAME, Settings, Simulation};

/// Rooms as requests describe them, simulated.
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
    let simulation = Simulation::new(Settings::from_config(&program.config));
    let router = cors(simulation.router(), &origins, []);
    program.serve(listener, router).await
}
