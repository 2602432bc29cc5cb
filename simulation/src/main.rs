//! The simulation service as a process of its own.

use std::error::Error;
use std::process::ExitCode;

use chassis::config::{Config, Flags, environment};
use chassis::origins::Origins;
use chassis::shutdown::{Shutdown, listen, serve};
use clap::Parser;
use simulation::{Settings, Simulation, cors};

/// Rooms as requests describe them, simulated.
#[derive(Debug, Parser)]
#[command(name = "simulation", version)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(&arguments.flags)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let folder = std::env::current_dir()?;
    let config = Config::load(flags, environment(), &folder, &[])?;
    chassis::telemetry::init(&config)?;
    let origins = Origins::of(config.cors_origins.as_slice())?;
    let port = config.port.only()?;
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let simulation = Simulation::new(Settings::from_config(&config));
    let listener = listen(&config.host, port).await?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "simulation listens");
    let router = cors(simulation.router(), &origins);
    serve(listener, router, shutdown.clone()).await?;
    shutdown.finish().await;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "logging may not have begun")]
fn tell(error: &dyn Error) {
    eprintln!("simulation: {error}");
}
