//! `sonalyze migrate status` and `verify`: what a database holds beside what its service needs. They change nothing.

use anstyle::{AnsiColor, Style};
use ledger::{Fault, Inspection, MigrationState, MigrationStatus};
use serde::Serialize;

use crate::cli::LookArguments;
use crate::databases::{Place, places};
use crate::exit::{Exit, Failure, whole};
use crate::output::Destination;
use crate::{json, terminal};

/// Value of `schema` in the JSON object.
const SCHEMA: &str = "sonalyze.migrate/1";

/// Why a file that is not there is as good as an empty one.
const ABSENT: &str = "the file is not there; `sonalyze migrate up` and `sonalyze serve` make it";

/// What was found of one database.
struct Look {
    place: Place,
    found: Found,
}

enum Found {
    Absent(Vec<MigrationStatus>),
    There(Inspection),
    /// It cannot be read.
    Nothing(String),
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    ok: bool,
    services: Vec<ServiceReport<'a>>,
}

#[derive(Serialize)]
struct ServiceReport<'a> {
    service: &'static str,
    database: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    migrations: Vec<MigrationReport<'a>>,
    faults: Vec<FaultReport<'a>>,
    extra: Vec<String>,
}

#[derive(Serialize)]
struct MigrationReport<'a> {
    version: i64,
    description: &'a str,
    state: &'static str,
}

#[derive(Serialize)]
struct FaultReport<'a> {
    table: &'a str,
    item: &'a str,
    problem: &'static str,
    expected: Option<&'a str>,
    found: Option<&'a str>,
}

/// Runs `migrate status`: it fails only where a database cannot be read.
///
/// # Errors
/// Settings that cannot be used, a result that cannot be written.
pub(super) async fn status(arguments: &LookArguments) -> Result<Exit, Failure> {
    let looks = looks(arguments).await?;
    show(&looks, arguments.json, states)?;
    Ok(exit(
        looks
            .iter()
            .all(|look| !matches!(look.found, Found::Nothing(_))),
    ))
}

/// Runs `migrate verify`.
///
/// # Errors
/// Settings that cannot be used, a result that cannot be written.
pub(super) async fn verify(arguments: &LookArguments) -> Result<Exit, Failure> {
    let looks = looks(arguments).await?;
    show(&looks, arguments.json, findings)?;
    Ok(exit(looks.iter().all(|look| look.reason().is_none())))
}

const fn exit(is_good: bool) -> Exit {
    if is_good { Exit::Done } else { Exit::Failed }
}

async fn looks(arguments: &LookArguments) -> Result<Vec<Look>, Failure> {
    let mut looks = Vec::new();
    for place in places(&arguments.service.owners(), &arguments.place)? {
        let found = look(&place).await;
        looks.push(Look { place, found });
    }
    Ok(looks)
}

async fn look(place: &Place) -> Found {
    let migrations = place.owner.migrations();
    if !place.is_there() {
        return Found::Absent(migrations.unapplied(ledger::Dialect::Sqlite));
    }
    let pool = match place.open().await {
        Ok(pool) => pool,
        Err(failure) => return Found::Nothing(failure.to_string()),
    };
    let inspected = migrations.inspect(&pool).await;
    pool.close().await;
    match inspected {
        Ok(inspection) => Found::There(inspection),
        Err(error) => Found::Nothing(whole(&error)),
    }
}

fn show(looks: &[Look], as_json: bool, text: fn(&Look) -> String) -> Result<(), Failure> {
    if !as_json {
        let text: Vec<String> = looks.iter().map(text).collect();
        return terminal::show(&text.join("\n"), false);
    }
    let report = Report {
        schema: SCHEMA,
        ok: looks.iter().all(|look| look.reason().is_none()),
        services: looks.iter().map(Look::report).collect(),
    };
    let place = Destination::Stdout;
    place.write(&json::encode(&report, &place)?)
}

impl Look {
    /// Why the service cannot work with the database; none if it can.
    fn reason(&self) -> Option<String> {
        match &self.found {
            Found::Absent(_) => Some(ABSENT.to_owned()),
            Found::There(found) => found.verdict().err().map(|error| error.to_string()),
            Found::Nothing(reason) => Some(reason.clone()),
        }
    }

    fn migrations(&self) -> &[MigrationStatus] {
        match &self.found {
            Found::Absent(all) => all,
            Found::There(found) => &found.migrations,
            Found::Nothing(_) => &[],
        }
    }

    fn report(&self) -> ServiceReport<'_> {
        let (faults, extra) = match &self.found {
            Found::There(found) => (found.faults.as_slice(), found.extra.as_slice()),
            Found::Absent(_) | Found::Nothing(_) => (&[][..], &[][..]),
        };
        let reason = self.reason();
        ServiceReport {
            service: self.place.owner.name(),
            database: self.place.url.to_string(),
            ok: reason.is_none(),
            reason,
            migrations: self.migrations().iter().map(migration).collect(),
            faults: faults.iter().map(fault).collect(),
            extra: extra.iter().map(ToString::to_string).collect(),
        }
    }
}

fn migration(one: &MigrationStatus) -> MigrationReport<'_> {
    MigrationReport {
        version: one.version,
        description: &one.description,
        state: word(one.state),
    }
}

const fn word(state: MigrationState) -> &'static str {
    match state {
        MigrationState::Applied => "applied",
        MigrationState::Pending => "pending",
        MigrationState::Changed => "changed",
        MigrationState::Unknown => "unknown",
    }
}

fn fault(fault: &Fault) -> FaultReport<'_> {
    let fact = fault.fact();
    let value = Some(fact.value.as_str());
    let (problem, expected, found) = match fault {
        Fault::Missing(_) => ("missing", value, None),
        Fault::Different { found, .. } => ("different", value, Some(found.as_str())),
        Fault::Unfilled(_) => ("unfilled", None, value),
    };
    FaultReport {
        table: &fact.table,
        item: &fact.item,
        problem,
        expected,
        found,
    }
}

/// The table of migrations.
fn states(look: &Look) -> String {
    let mut text = look.place.head();
    if let Found::Nothing(reason) = &look.found {
        text.push_str(&line("FAIL", AnsiColor::Red, reason));
        return text;
    }
    let all = look.migrations();
    let width = all.iter().map(|one| one.description.chars().count()).max();
    let width = width.unwrap_or(0).max("description".len());
    text.extend([format!("  version  {:<width$}  state\n", "description")]);
    for one in all {
        let (version, description) = (one.version, &one.description);
        text.extend([format!(
            "  {version:>7}  {description:<width$}  {}\n",
            word(one.state)
        )]);
    }
    match &look.found {
        Found::Absent(_) => text.extend(["  ", ABSENT, "\n"]),
        Found::There(found) => {
            text.extend(
                found
                    .foreign
                    .iter()
                    .map(|foreign| line("FAIL", AnsiColor::Red, &foreign.to_string())),
            );
        }
        Found::Nothing(_) => {}
    }
    text
}

/// Everything that is not as it should be, and what is there besides.
fn findings(look: &Look) -> String {
    let mut text = look.place.head();
    let Found::There(found) = &look.found else {
        text.extend(
            look.reason()
                .map(|reason| line("FAIL", AnsiColor::Red, &reason)),
        );
        return text;
    };
    if found.faults.is_empty() {
        text.push_str(&verdict(look, found));
    }
    let faults = found.faults.iter();
    text.extend(faults.map(|fault| line("FAIL", AnsiColor::Red, &fault.to_string())));
    let extra = found.extra.iter();
    text.extend(extra.map(|fact| line("extra", AnsiColor::Yellow, &fact.to_string())));
    text
}

/// One line for the whole, where no single fault is there to be told.
fn verdict(look: &Look, found: &Inspection) -> String {
    let count = found.migrations.len();
    look.reason().map_or_else(
        || {
            let told = format!("as the migrations make it; migrations: {count}");
            line("ok", AnsiColor::Green, &told)
        },
        |reason| line("FAIL", AnsiColor::Red, &reason),
    )
}

fn line(word: &str, colour: AnsiColor, told: &str) -> String {
    let style = Style::new().fg_color(Some(colour.into()));
    format!("  {style}{word:<6}{style:#}{told}\n")
}
