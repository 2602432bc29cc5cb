//! `sonalyze analyze`: files in, documents and tables out.
//!
//! Files are worked on side by side, one per core; what is shown keeps the order given. A recording that cannot
//! be used does not stop the others: its document is written and says why.

use contract::analysis::{AnalysisDocument, Engine, Outcome};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use measurement::analysis::Analysis;
use rayon::prelude::*;
use room_dsp::{ImpulseResponse, Signal};

use crate::cli::{AnalyzeArguments, Bits, Format};
use crate::evaluate::Subject;
use crate::exit::{Exit, Failure, tell};
use crate::plan::{Places, Plan, PlotFormat};
use crate::{input, json, png, sound, terminal};

/// How a file went: its document unless it could not be read, and the exit code.
struct Outcomes {
    documents: Vec<AnalysisDocument>,
    exit: Exit,
}

/// Runs the command.
///
/// # Errors
/// A wrong command line, a reference that cannot be used, a summary that cannot be written. What concerns one
/// file is told and counts in the exit code.
pub(crate) fn run(arguments: &AnalyzeArguments) -> Result<Exit, Failure> {
    let plan = Plan::new(arguments)?;
    let subject = Subject::new(arguments)?;
    let progress = progress(arguments.quiet, plan.files.len());
    let results: Vec<_> = plan
        .files
        .par_iter()
        .map(|places| {
            let result = one(&subject, places);
            progress.inc(1);
            result
        })
        .collect();
    progress.finish_and_clear();
    let outcomes = collect(results);
    if !arguments.quiet {
        show(&outcomes.documents, plan.files.len(), plan.uses_stdout())?;
    }
    write_summaries(&plan, &outcomes.documents)?;
    Ok(outcomes.exit)
}

/// The program that makes documents.
pub(crate) fn engine() -> Engine {
    Engine {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// A bar on the standard error for several files; none where nobody looks.
fn progress(quiet: bool, files: usize) -> ProgressBar {
    if quiet || files < 2 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Reads, evaluates and writes one file.
fn one(subject: &Subject, places: &Places) -> Result<(AnalysisDocument, Exit), Failure> {
    let sound = input::load(&places.input)?;
    let not_audio = sound.audio.is_err();
    let Analysis {
        document,
        impulse_response,
    } = subject.analyze(sound);
    write_results(places, &document, impulse_response.as_ref())?;
    let exit = match document.outcome {
        Outcome::Ok => Exit::Done,
        Outcome::Failed if not_audio => Exit::Unreadable,
        Outcome::Failed => Exit::Unusable,
    };
    Ok((document, exit))
}

fn write_results(
    places: &Places,
    document: &AnalysisDocument,
    response: Option<&ImpulseResponse>,
) -> Result<(), Failure> {
    if let Some(place) = &places.json {
        place.write(&json::encode(document, place)?)?;
    }
    if let Some(place) = &places.csv {
        place.write(report::csv(document).as_bytes())?;
    }
    if let Some((place, format)) = &places.plot {
        place.write(&plot(document, *format)?)?;
    }
    if let Some(place) = &places.report {
        place.write(report::html(document).as_bytes())?;
    }
    if let (Some(place), Some(response)) = (&places.rir, response) {
        place.write(&sound::encode(
            &as_signal(response),
            Format::Wav,
            Bits::Float,
        )?)?;
    }
    Ok(())
}

fn plot(document: &AnalysisDocument, format: PlotFormat) -> Result<Vec<u8>, Failure> {
    let svg = report::plot::overview(document);
    match format {
        PlotFormat::Svg => Ok(svg.into_bytes()),
        PlotFormat::Png => png::render(&svg)
            .map_err(|error| Failure::failed(format!("cannot draw the plot: {error}"))),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "32-bit floating point is the output format"
)]
fn as_signal(response: &ImpulseResponse) -> Signal {
    Signal::mono(
        response.rate(),
        response.samples().iter().map(|x| *x as f32).collect(),
    )
}

/// Failures of single files are told now; they count in the exit code and nothing else.
fn collect(results: Vec<Result<(AnalysisDocument, Exit), Failure>>) -> Outcomes {
    let mut outcomes = Outcomes {
        documents: Vec::with_capacity(results.len()),
        exit: Exit::Done,
    };
    for result in results {
        let exit = match result {
            Ok((document, exit)) => {
                outcomes.documents.push(document);
                exit
            }
            Err(failure) => {
                tell(&failure);
                failure.exit()
            }
        };
        outcomes.exit = outcomes.exit.max(exit);
    }
    outcomes
}

/// One file: all there is to say. Several: what cannot be used, then the summary.
fn show(
    documents: &[AnalysisDocument],
    files: usize,
    stdout_is_taken: bool,
) -> Result<(), Failure> {
    let text: String = if files == 1 {
        documents.iter().map(terminal::document).collect()
    } else {
        several(documents)
    };
    terminal::show(&text, stdout_is_taken)
}

fn several(documents: &[AnalysisDocument]) -> String {
    let failed = documents.iter().filter(|d| d.outcome == Outcome::Failed);
    let refusals: Vec<String> = failed
        .map(|d| {
            terminal::document(d)
                + "
"
        })
        .collect();
    format!(
        "{}{}",
        refusals.concat(),
        terminal::summary(&report::summarise(documents, engine()), documents)
    )
}

fn write_summaries(plan: &Plan, documents: &[AnalysisDocument]) -> Result<(), Failure> {
    let summary = || report::summarise(documents, engine());
    if let Some(place) = &plan.summary_json {
        place.write(&json::encode(&summary(), place)?)?;
    }
    if let Some(place) = &plan.summary_report {
        place.write(report::html_summary(&summary(), documents).as_bytes())?;
    }
    Ok(())
}
