//! The command: a server of its own in a folder of its own, a session of virtual phones, and the comparison with the
//! truth.

use std::path::{Path, PathBuf};

use chassis::config::{Config, Layer};
use chassis::shutdown::Shutdown;
use room_dsp::ImpulseResponse;
use tokio::sync::mpsc;

use super::figures::{Figure, figures};
use super::judge::Judge;
use super::scene::Scene;
use super::trouble::Trouble;
use super::{Measured, measure, outputs, progress, table};
use crate::analyze::engine;
use crate::cli::DemoArguments;
use crate::exit::{Exit, Failure};
use crate::serve::command::runtime;
use crate::serve::{Server, own};
use crate::terminal;

/// Runs the command.
///
/// # Errors
/// What kept the session from its end, or a file that cannot be written. Ctrl-C is one of them.
pub(crate) fn run(arguments: &DemoArguments) -> Result<Exit, Failure> {
    let seed = u64::from(arguments.seed);
    let scene = Scene::demonstration(seed)?;
    let home = Home::new(arguments.out.as_deref())?;
    let measured = runtime()?.block_on(session(&scene, arguments, home.data()))?;
    let judged = judge(&scene, &measured)?;
    if let Some(folder) = &arguments.out {
        outputs::write(folder, &measured, &judged.responses)?;
    }
    if !arguments.quiet {
        terminal::show(
            &told(&measured, &judged.figures, arguments.out.as_deref()),
            false,
        )?;
    }
    let all_hold = judged.figures.iter().flatten().all(Figure::holds);
    Ok(if all_hold { Exit::Done } else { Exit::Failed })
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::failed(trouble.to_string())
    }
}

/// Where the server keeps its data: under the folder of results, or in one that vanishes.
struct Home {
    data: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Home {
    fn new(out: Option<&Path>) -> Result<Self, Failure> {
        if let Some(folder) = out {
            let data = std::path::absolute(folder.join("data"));
            let data =
                data.map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
            return Ok(Self {
                data,
                _temporary: None,
            });
        }
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::failed(format!("no temporary folder can be made: {error}"))
        })?;
        Ok(Self {
            data: folder.path().join("data"),
            _temporary: Some(folder),
        })
    }

    fn data(&self) -> &Path {
        &self.data
    }
}

/// Starts the server on free ports, runs the phones, and stops it whatever happened.
async fn session(
    scene: &Scene,
    arguments: &DemoArguments,
    data: &Path,
) -> Result<Measured, Failure> {
    let shutdown = Shutdown::default();
    shutdown
        .on_signals()
        .map_err(|error| Failure::failed(format!("signals cannot be caught: {error}")))?;
    let server = Server::start(&config(data)?, data, shutdown.clone()).await?;
    let (news, heard) = mpsc::unbounded_channel();
    let steps = progress::steps(scene);
    let shown = tokio::spawn(progress::show(
        heard,
        steps,
        arguments.speed,
        arguments.quiet,
    ));
    let base_url = server.base_url();
    let outcome = tokio::select! {
        measured = measure(&base_url, scene, arguments.speed, news) => measured.map_err(Failure::from),
        () = shutdown.begun() => Err(Failure::failed("stopped before the measurement was complete")),
    };
    // The bars end with the last phone; one that cannot be drawn is no failure.
    drop(shown.await);
    server.stop().await;
    outcome
}

/// The settings of `serve`, free ports, and nothing from the environment.
fn config(data: &Path) -> Result<Config, Failure> {
    let mut settings = own(data);
    settings.push(("HOST", "127.0.0.1".to_owned()));
    settings.push(("PORT", "0".to_owned()));
    Ok(Config::from_layers(&[Layer::process(&settings)])?)
}

/// What the truth says of every pair.
struct Judged {
    figures: Vec<Vec<Figure>>,
    responses: Vec<ImpulseResponse>,
}

fn judge(scene: &Scene, measured: &Measured) -> Result<Judged, Trouble> {
    let judge = Judge::new(engine());
    let mut judged = Judged {
        figures: Vec::new(),
        responses: Vec::new(),
    };
    let pairs = measured.conducted.pairs.iter();
    for ((pair, document), recording) in pairs.zip(&measured.documents).zip(&measured.recordings) {
        let truth = judge.truth(scene, &pair.speaker_slot, &pair.mic_slot)?;
        judged.figures.push(figures(&truth, document));
        judged
            .responses
            .push(judge.response(recording, &measured.signal)?);
    }
    Ok(judged)
}

fn told(measured: &Measured, all: &[Vec<Figure>], out: Option<&Path>) -> String {
    let pairs = measured.conducted.pairs.iter().zip(all);
    let tables: Vec<String> = pairs
        .map(|(pair, figures)| table::of_pair(pair, figures))
        .collect();
    let left = out.map_or_else(String::new, |folder| {
        format!(
            "Reports, impulse responses and transcript lie in {}.\n",
            folder.display()
        )
    });
    let verdict = table::verdict(&measured.conducted.pairs, all);
    format!("{}\n{verdict}{left}", tables.join("\n"))
}
