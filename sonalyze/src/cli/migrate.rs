//! Options of `migrate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What stands below the options of `migrate new`.
pub(super) const NEW_EXAMPLES: &str = "\
Examples:
  sonalyze migrate new queue_items storage

For those who work on the sources: four files for the next number, up and down for both databases, in the service's \
folder `migrations`. The command looks for the sources upwards from the working folder.

Exit codes: 0 done, 1 a file cannot be written, 2 wrong command line or no sources here.";

/// What stands below the options of `migrate up`.
pub(super) const UP_EXAMPLES: &str = "\
Examples:
  sonalyze migrate up all
  sonalyze migrate up storage --data-dir /srv/sonalyze
  sonalyze migrate up storage --database postgresql://user@host/sonalyze

Databases are those of `sonalyze serve`: DATABASE_URL is the lobby's, MEASUREMENT_DATABASE_URL measurement's, \
STORAGE_DATABASE_URL storage's, else files in the data folder. The program `storage` has its database in \
DATABASE_URL, so that it is named with --database.

Services do the same at their start unless RUN_MIGRATIONS is false. While a `serve` works in the data folder, a \
schema that is not up to date is left alone.

Exit codes: 0 the schema is up to date, 1 it is not, 2 wrong command line or wrong settings.";

/// What stands below the options of `migrate down`.
pub(super) const DOWN_EXAMPLES: &str = "\
Examples:
  sonalyze migrate down storage --to 1
  sonalyze migrate down storage --to 0 --yes

Takes back every migration above VERSION, the newest first, with the rows that only they can hold. Make a copy of the \
database before. It is asked for the name of the service on a terminal; elsewhere --yes is needed. The database is \
found as `sonalyze migrate up --help` says.

Exit codes: 0 done, 1 something failed or was not confirmed, 2 wrong command line, --yes is missing.";

/// What stands below the options of `migrate status`.
pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  sonalyze migrate status all
  sonalyze migrate status storage --json | jq '.services[].migrations'

Changes nothing and makes no file. The database is found as `sonalyze migrate up --help` says.

Exit codes: 0 done, 1 a database cannot be read, 2 wrong command line or wrong settings.";

/// What stands below the options of `migrate verify`.
pub(super) const VERIFY_EXAMPLES: &str = "\
Examples:
  sonalyze migrate verify all
  sonalyze migrate verify storage --json | jq '.services[].faults'

Whether every migration is applied, and tables, columns, keys and indexes are as the migrations make them. What is \
there besides is listed and does no harm. Changes nothing and makes no file. The database is found as \
`sonalyze migrate up --help` says.

Exit codes: 0 everything is as it should be, 1 something is not, 2 wrong command line or wrong settings.";

/// What can be done with the schema of a database.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Make the files of a new migration in the sources
    #[command(after_help = NEW_EXAMPLES)]
    New(NewMigrationArguments),
    /// Apply the migrations that are missing
    #[command(after_help = UP_EXAMPLES)]
    Up(UpArguments),
    /// Take migrations back, with the rows that only they can hold
    #[command(after_help = DOWN_EXAMPLES)]
    Down(DownArguments),
    /// List the migrations and where each stands
    #[command(after_help = STATUS_EXAMPLES)]
    Status(LookArguments),
    /// Look whether a database holds what its service needs
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(LookArguments),
}

/// Options of `migrate new`.
#[derive(Debug, Args)]
pub(crate) struct NewMigrationArguments {
    /// What it is about, in small letters, digits and underscores
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// Whose schema it changes
    #[arg(value_name = "SERVICE")]
    pub(crate) service: ServiceName,
}

/// Options of `migrate up`.
#[derive(Debug, Args)]
pub(crate) struct UpArguments {
    /// Whose database
    #[arg(value_name = "SERVICE")]
    pub(crate) service: ServiceNames,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Options of `migrate down`.
#[derive(Debug, Args)]
pub(crate) struct DownArguments {
    /// Whose database
    #[arg(value_name = "SERVICE")]
    pub(crate) service: ServiceName,

    /// The newest migration that stays; 0: none
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) to: i64,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Options of `migrate status` and `migrate verify`.
#[derive(Debug, Args)]
pub(crate) struct LookArguments {
    /// Whose database
    #[arg(value_name = "SERVICE")]
    pub(crate) service: ServiceNames,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Which database.
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Which database.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub(crate) struct PlaceArguments {
    /// The database, instead of the one of `serve`: sqlite:PATH, or a URL of `PostgreSQL`
    #[arg(long, value_name = "URL", conflicts_with_all = ["data_dir", "config"])]
    pub(crate) database: Option<String>,

    /// Folder of databases and uploads of `serve` [default: sonalyze in your folder of application data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// A service that has tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceName {
    /// Lobbies and sessions
    Lobby,
    /// Jobs, uploads and reports
    Measurement,
    /// Entities and documents
    Storage,
}

/// A service that has tables, or each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceNames {
    /// Lobbies and sessions
    Lobby,
    /// Jobs, uploads and reports
    Measurement,
    /// Entities and documents
    Storage,
    /// Each of them, as `serve` has them
    All,
}
