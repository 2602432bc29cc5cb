//! `sonalyze compare`: analysis documents in, their differences out.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use contract::analysis::{ANALYSIS_SCHEMA, AnalysisDocument, Outcome};
use serde_json::Value;

use crate::analyze::engine;
use crate::cli::CompareArguments;
use crate::exit::{Exit, Failure};
use crate::output::{Destination, check_distinct};
use crate::{json, terminal};

/// Most bytes of a document that are read: many times what both kinds of bands with all curves need.
const BYTES_MAX: u64 = 64 << 20;

/// Runs the command.
///
/// # Errors
/// A wrong command line, a file that holds no analysis document of this version, an output that cannot be written.
pub(crate) fn run(arguments: &CompareArguments) -> Result<Exit, Failure> {
    check_inputs(arguments)?;
    let json_place = arguments.json.as_deref().map(Destination::single);
    let csv_place = arguments.csv.as_deref().map(Destination::single);
    let places: Vec<Destination> = [&json_place, &csv_place]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    check_distinct(&places)?;
    let reference = read(&arguments.reference)?;
    let others = arguments
        .others
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    let comparison = report::compare(&reference, &others, engine());
    if let Some(place) = &json_place {
        place.write(&json::encode(&comparison, place)?)?;
    }
    if let Some(place) = &csv_place {
        place.write(report::csv_comparison(&comparison).as_bytes())?;
    }
    if !arguments.quiet {
        let text = terminal::comparison(&comparison);
        terminal::show(&text, places.contains(&Destination::Stdout))?;
    }
    let failed = std::iter::once(&reference)
        .chain(&others)
        .any(|d| d.outcome == Outcome::Failed);
    Ok(if failed { Exit::Unusable } else { Exit::Done })
}

fn check_inputs(arguments: &CompareArguments) -> Result<(), Failure> {
    let inputs = std::iter::once(&arguments.reference).chain(&arguments.others);
    let from_stdin = inputs.filter(|path| path.as_os_str() == "-").count();
    if from_stdin > 1 {
        return Err(Failure::usage(format!(
            "`-` is given {from_stdin} times; the standard input can be read once"
        )));
    }
    Ok(())
}

fn read(path: &Path) -> Result<AnalysisDocument, Failure> {
    let bytes = bytes(path)
        .map_err(|error| Failure::failed(format!("cannot read {}: {error}", path.display())))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Failure::failed(format!(
            "{}: more than {BYTES_MAX} bytes, no analysis document is as large; give what `sonalyze analyze --json` \
             writes",
            path.display()
        )));
    }
    document(&bytes).map_err(|why| Failure::failed(format!("{}: {why}", path.display())))
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin()
            .lock()
            .take(BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
    } else {
        File::open(path)?
            .take(BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The document in `bytes`, or why they hold none that this version reads.
fn document(bytes: &[u8]) -> Result<AnalysisDocument, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        format!("this is no JSON ({error}); give documents that `sonalyze analyze --json` wrote")
    })?;
    match value.get("schema").and_then(Value::as_str) {
        Some(ANALYSIS_SCHEMA) => serde_json::from_value(value)
            .map_err(|error| format!("the document says {ANALYSIS_SCHEMA} but is none: {error}")),
        Some(other) => Err(other_schema(other)),
        None => Err(format!(
            "the document names no schema, {ANALYSIS_SCHEMA} is needed; give what `sonalyze analyze --json` wrote"
        )),
    }
}

fn other_schema(found: &str) -> String {
    let kind = |schema: &str| schema.rsplit_once('/').map(|(kind, _)| kind.to_owned());
    if kind(found) == kind(ANALYSIS_SCHEMA) {
        return format!(
            "the document has the schema {found}, this program reads {ANALYSIS_SCHEMA}; use the version of sonalyze \
             that wrote it, or analyse the recording again"
        );
    }
    format!(
        "the document has the schema {found}, {ANALYSIS_SCHEMA} is needed; give what `sonalyze analyze --json` wrote \
         for a single file"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        document(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn other_schemas_are_refused_with_what_is_read() {
        let newer = refusal(r#"{"schema": "sonalyze.analysis/2"}"#);
        assert!(
            newer.contains("sonalyze.analysis/2") && newer.contains("version"),
            "{newer}"
        );
        let summary = refusal(r#"{"schema": "sonalyze.summary/1"}"#);
        assert!(summary.contains("single file"), "{summary}");
        assert!(refusal("{}").contains("names no schema"));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        assert!(refusal("RIFF").contains("no JSON"));
        assert!(refusal("").contains("no JSON"));
        let hollow = refusal(r#"{"schema": "sonalyze.analysis/1"}"#);
        assert!(hollow.contains("missing field"), "{hollow}");
    }
}
