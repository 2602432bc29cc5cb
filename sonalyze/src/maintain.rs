//! `sonalyze maintain`: databases give back room, get new indexes and statistics, while services use them.

use ledger::maintenance::{Sizes, Step, maintain};
use serde::Serialize;

use crate::backup::bytes;
use crate::cli::MaintainArguments;
use crate::databases::{Owner, Place, places};
use crate::exit::{Exit, Failure, whole};
use crate::output::Destination;
use crate::serve::command::runtime;
use crate::{json, terminal};

/// Value of `schema` in the JSON object.
const SCHEMA: &str = "sonalyze.maintain/1";

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    services: Vec<ServiceReport>,
}

#[derive(Serialize)]
struct ServiceReport {
    service: &'static str,
    database: String,
    bytes_before: u64,
    bytes_after: u64,
    steps: Vec<StepReport>,
}

#[derive(Serialize)]
struct StepReport {
    table: Option<String>,
    statement: &'static str,
    left: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// A database that is not there or refuses a statement.
pub(crate) fn run(arguments: &MaintainArguments) -> Result<Exit, Failure> {
    let named: Vec<Owner> = arguments
        .services
        .iter()
        .copied()
        .map(Owner::from)
        .collect();
    let owners = if named.is_empty() {
        Owner::ALL.to_vec()
    } else {
        named
    };
    let places = places(&owners, &arguments.place)?;
    let is_told = !arguments.json && !arguments.quiet;
    let services = runtime()?.block_on(async {
        let mut services = Vec::new();
        for place in &places {
            services.push(one(place, is_told).await?);
        }
        Ok::<_, Failure>(services)
    })?;
    if arguments.json {
        let report = Report {
            schema: SCHEMA,
            services,
        };
        let place = Destination::Stdout;
        place.write(&json::encode(&report, &place)?)?;
    }
    Ok(Exit::Done)
}

async fn one(place: &Place, is_told: bool) -> Result<ServiceReport, Failure> {
    if !place.is_there() {
        return Err(place.failed("the file is not there"));
    }
    let say = |text: &str| {
        if is_told {
            terminal::show(text, false)
        } else {
            Ok(())
        }
    };
    say(&place.head())?;
    let tables = place.owner.migrations().tables(place.url.dialect());
    let mut steps = Vec::new();
    let done = maintain(&place.url, &tables, |step| {
        // Nobody reads a closed standard output; the work goes on.
        drop(say(&line(step)));
        steps.push(StepReport {
            table: step.table.clone(),
            statement: step.statement,
            left: step.left.clone(),
        });
    });
    let Sizes { before, after } = done.await.map_err(|error| place.failed(&whole(&error)))?;
    say(&format!(
        "  {} before, {} after\n",
        bytes(before),
        bytes(after)
    ))?;
    Ok(ServiceReport {
        service: place.owner.name(),
        database: place.url.to_string(),
        bytes_before: before,
        bytes_after: after,
        steps,
    })
}

fn line(step: &Step) -> String {
    let table = step.table.as_deref().map(|table| format!(" {table}"));
    let left = step
        .left
        .as_deref()
        .map(|reason| format!("  left: {reason}"));
    let (table, left) = (table.unwrap_or_default(), left.unwrap_or_default());
    format!("  {}{table}{left}\n", step.statement)
}
