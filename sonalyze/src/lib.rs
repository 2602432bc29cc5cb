//! The program for people: `analyze` turns recordings into room-acoustic parameters, `compare` tells how they differ,
//! `sweep` writes the signal to play, `simulate` computes the sound of a room file, `room` makes and checks such files,
//! `materials` looks into the library, `serve` runs the server for phones, `doctor` looks whether it can, `demo` shows
//! a whole measurement, `migrate` cares for the schema of databases, `backup`, `verify` and `restore` for what they and
//! the folder of recordings hold, `maintain` for the room that they take, `openapi` prints the document of a service.
//!
//! This crate joins the libraries to files, terminal and exit codes; it computes nothing itself.

mod analyze;
mod backup;
mod cli;
mod compare;
mod databases;
pub mod demo;
mod doctor;
mod evaluate;
mod exit;
mod input;
mod json;
mod maintain;
mod materials;
mod mesh;
mod migrate;
mod output;
mod plan;
mod played_signal;
mod png;
mod rooms;
pub mod serve;
mod simulate;
mod sound;
mod speech_options;
mod stored_reference;
mod suggestions;
mod sweep;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Command, DocumentedService, OpenapiArguments};
use crate::exit::{Exit, Failure};

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Sweep(arguments) => sweep::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Room(command) => rooms::run(&command),
        Command::Materials(command) => materials::run(&command),
        Command::Serve(arguments) => serve::command::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Demo(arguments) => demo::command::run(&arguments),
        Command::Migrate(command) => migrate::run(&command),
        Command::Openapi(arguments) => openapi(arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Verify(arguments) => backup::verify(&arguments),
        Command::Restore(arguments) => backup::restore(&arguments),
        Command::Maintain(arguments) => maintain::run(&arguments),
        Command::Completions { shell } => completions(shell),
    };
    exit::code_of(outcome)
}

fn openapi(arguments: OpenapiArguments) -> Result<Exit, Failure> {
    let text = match arguments.service {
        DocumentedService::Storage => storage::openapi(),
    };
    output::Destination::Stdout.write(text.as_bytes())?;
    Ok(Exit::Done)
}

fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sonalyze", &mut script);
    output::Destination::Stdout.write(&script)?;
    Ok(Exit::Done)
}
