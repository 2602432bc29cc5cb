//! How long the admin waits: from the last upload's answer to the second result.

use std::path::Path;

use audio_file::{Limits, WavFormat};
use room_dsp::synthetic::{Phone, RoomRecipe, room_response};
use serde_json::{Value, json};

use crate::TaskError;
use crate::markdown::Table;

use super::cost::{answer, ask, call, connect};
use crate::figures::Section;
use crate::figures::server::{Server, now};

/// Rounds of which the median counts; the first one designs filters and plans transforms.
const ROUNDS: usize = 7;

/// Two recordings of one loudspeaker, analysed at once.
///
/// # Errors
/// When a request fails or an analysis is refused.
pub(super) async fn analyses(root: &Path) -> Result<Section, TaskError> {
    let server = Server::start(root).await?;
    let client = reqwest::Client::new();
    let signal = client
        .get(format!("{}/v1/measurement/audio", server.address))
        .send()
        .await?;
    let hash = signal
        .headers()
        .get("x-audio-hash")
        .ok_or("no hash")?
        .to_str()?
        .to_owned();
    let signal = signal.bytes().await?;
    let recordings = [heard(&signal, 0.4, 1)?, heard(&signal, 1.1, 2)?];
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        times.push(round(&server, &client, &recordings, &hash).await?);
    }
    let first = times[0];
    let mut later = times.split_off(1);
    later.sort_by(f64::total_cmp);
    let mut table = Table::new(&["figure", "goal", "found"]);
    table.row(&[
        "first measurement of the process, ms".to_owned(),
        "500".to_owned(),
        format!("{first:.0}"),
    ])?;
    table.row(&[
        "later ones, median, ms".to_owned(),
        "500".to_owned(),
        format!("{:.0}", later[later.len() / 2]),
    ])?;
    table.row(&[
        "later ones, worst, ms".to_owned(),
        "500".to_owned(),
        format!("{:.0}", later[later.len() - 1]),
    ])?;
    Ok(Section {
        title: "From the last upload to the second result".to_owned(),
        method: "One loudspeaker, two microphones (recordings of about 17 s, 16-bit WAV); the admin sends \
                 `analysis.run` for both at once over one socket."
            .to_owned(),
        table,
    })
}

async fn round(
    server: &Server,
    client: &reqwest::Client,
    recordings: &[Vec<u8>; 2],
    hash: &str,
) -> Result<f64, TaskError> {
    let mut admin = connect(server, "admin").await?;
    let job = call(&mut admin, "measurement.create_job", &json!({ "map": {} })).await?;
    let job = job["data"]["job_id"]
        .as_str()
        .ok_or("no job_id")?
        .to_owned();
    for (index, recording) in recordings.iter().enumerate() {
        let part = reqwest::multipart::Part::bytes(recording.clone()).file_name("recording.wav");
        let form = reqwest::multipart::Form::new().part("file", part);
        let url = format!(
            "{}/v1/jobs/{job}/uploads/recording_{index}.wav",
            server.address
        );
        client
            .post(url)
            .multipart(form)
            .send()
            .await?
            .error_for_status()?;
    }
    let begun = now();
    for index in 0..recordings.len() {
        ask(&mut admin, "analysis.run", &request(&job, index, hash)).await?;
    }
    for _ in recordings {
        let answered = answer(&mut admin).await?;
        if answered["data"]["results"]["rt"]["rt60_s"].is_null() {
            return Err(format!("no reverberation time in {answered}").into());
        }
    }
    let ms = 1e3 * begun.elapsed().as_secs_f64();
    Ok(ms)
}

fn request(job: &str, index: usize, hash: &str) -> Value {
    json!({
        "job_id": job,
        "source": "sweep_deconvolution_generated",
        "recording_upload": format!("recording_{index}.wav"),
        "audio_hash": hash,
    })
}

fn heard(signal: &[u8], delay_s: f64, seed: u64) -> Result<Vec<u8>, TaskError> {
    let played = audio_file::read(signal, &Limits::default())
        .map_err(|error| format!("{error:?}"))?
        .signal;
    let room = room_response(played.rate(), &RoomRecipe::uniform(0.6, seed))
        .map_err(|error| format!("{error:?}"))?;
    let phone = Phone::new(played.rate(), seed)
        .delay_s(delay_s)
        .after_s(1.0);
    let recording = phone
        .record(&played, &room)
        .map_err(|error| format!("{error:?}"))?;
    audio_file::write_wav(&recording, WavFormat::Pcm16).map_err(|error| format!("{error:?}").into())
}
