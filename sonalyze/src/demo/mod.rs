//! `sonalyze demo`: two virtual loudspeakers, two virtual microphones and an admin run a whole measurement over real
//! sockets and HTTP. The phones share nothing with the server but its address.
//!
//! [`measure`] runs the phones against any server; [`judge`](judge::Judge) knows the truth; the command puts both
//! together.

pub mod admin;
pub mod air;
pub mod archive;
pub mod clock;
pub(crate) mod command;
pub mod figures;
pub mod judge;
pub mod loudspeaker;
pub mod microphone;
mod outputs;
mod progress;
pub mod scene;
mod simulated;
pub mod stage;
mod table;
pub mod transcript;
pub mod trouble;
pub mod wire;

use std::sync::Arc;

use contract::analysis::AnalysisDocument;
use contract::lobby::Role;
use futures_util::future::try_join_all;
use room_dsp::Signal;
use serde_json::Value;
use tokio::sync::mpsc;

use admin::{Admin, Conducted};
use archive::Archive;
use clock::SceneClock;
use loudspeaker::Loudspeaker;
use microphone::{Microphone, Recording};
use scene::Scene;
use stage::{News, Stage};
use transcript::Transcript;
use trouble::Trouble;

/// The device that conducts.
const ADMIN: &str = "admin-phone";

/// What a session of virtual phones leaves.
#[derive(Debug)]
pub struct Measured {
    /// What the admin conducted.
    pub conducted: Conducted,
    /// The server's stored documents, in the order of the pairs.
    pub documents: Vec<AnalysisDocument>,
    /// The microphones' recordings, in the order of the pairs.
    pub recordings: Vec<Recording>,
    /// The signal that was played.
    pub signal: Arc<Signal>,
    /// Every message of every phone.
    pub transcript: Transcript,
}

/// Runs a whole session against the server at `base_url` (`http://host:port`): joining, roles, every loudspeaker in
/// turn, analyses, results. `speed` seconds of sound pass in a second.
///
/// # Errors
/// What went wrong first, and who waited for what.
pub async fn measure(
    base_url: &str,
    scene: &Scene,
    speed: f64,
    news: mpsc::UnboundedSender<News>,
) -> Result<Measured, Trouble> {
    let stage = stage(base_url, scene, speed, news);
    let mut admin = Admin::open(stage.clone(), ADMIN).await?;
    let (loudspeakers, microphones) = join(&stage, scene, admin.code()).await?;
    admin.assign(&scene.loudspeakers, Role::Speaker).await?;
    admin.assign(&scene.microphones, Role::Microphone).await?;
    let (conducted, played, kept) = tokio::try_join!(
        admin.conduct(&scene.loudspeakers, &scene.microphones),
        try_join_all(loudspeakers.into_iter().map(Loudspeaker::run)),
        try_join_all(microphones.into_iter().map(Microphone::run)),
    )?;
    let told = played.iter().map(|one| &one.results);
    everybody_knows(told.chain(kept.iter().map(|one| &one.results)))?;
    let uploads: Vec<String> = conducted
        .pairs
        .iter()
        .map(|pair| pair.upload.clone())
        .collect();
    let archive = Archive::new(stage.http.clone(), base_url, conducted.job_id);
    let all: Vec<Recording> = kept.into_iter().flat_map(|one| one.recordings).collect();
    Ok(Measured {
        documents: archive.documents(&uploads).await?,
        recordings: in_order(&uploads, &all)?,
        signal: played
            .into_iter()
            .find_map(|one| one.signal)
            .ok_or_else(nothing_played)?,
        transcript: stage.transcript,
        conducted,
    })
}

fn stage(base_url: &str, scene: &Scene, speed: f64, news: mpsc::UnboundedSender<News>) -> Stage {
    let clock = SceneClock::start(speed);
    Stage {
        base_url: base_url.to_owned(),
        air: Arc::clone(&scene.air),
        clock,
        transcript: Transcript::new(clock),
        news,
        http: reqwest::Client::new(),
    }
}

/// One after the other, as people type the code.
async fn join(
    stage: &Stage,
    scene: &Scene,
    code: &str,
) -> Result<(Vec<Loudspeaker>, Vec<Microphone>), Trouble> {
    let mut loudspeakers = Vec::new();
    for one in &scene.loudspeakers {
        loudspeakers.push(Loudspeaker::join(stage.clone(), &one.device_id, code).await?);
    }
    let mut microphones = Vec::new();
    for one in &scene.microphones {
        let joined = Microphone::join(stage.clone(), &one.device_id, &one.slot_id, code);
        microphones.push(joined.await?);
    }
    Ok((loudspeakers, microphones))
}

/// Every member was told the same results.
fn everybody_knows<'a>(mut told: impl Iterator<Item = &'a Value>) -> Result<(), Trouble> {
    let first = told.next();
    if told.all(|results| Some(results) == first) {
        return Ok(());
    }
    Err(Trouble::Unreadable {
        who: "a member".to_owned(),
        what: "measurement.analysis_results".to_owned(),
        cause: "two members were told different results".to_owned(),
    })
}

fn in_order(uploads: &[String], recordings: &[Recording]) -> Result<Vec<Recording>, Trouble> {
    let find = |upload: &String| {
        let found = recordings.iter().find(|one| one.upload == *upload).cloned();
        found.ok_or_else(|| Trouble::Air(format!("no microphone recorded {upload}")))
    };
    uploads.iter().map(find).collect()
}

fn nothing_played() -> Trouble {
    Trouble::Air("no loudspeaker played anything".to_owned())
}
