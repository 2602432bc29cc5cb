//! What `--out DIR` leaves: reports for reading, documents and impulse responses for programs, the transcript.

use std::path::Path;

use contract::analysis::AnalysisDocument;
use room_dsp::ImpulseResponse;

use super::Measured;
use super::judge::as_wav;
use crate::analyze::engine;
use crate::exit::Failure;
use crate::output::Destination;

/// Writes everything into `folder`; `responses` stand in the order of the pairs.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(
    folder: &Path,
    measured: &Measured,
    responses: &[ImpulseResponse],
) -> Result<(), Failure> {
    let place = |name: &str| Destination::File(folder.join(name));
    let pairs = measured.conducted.pairs.iter();
    for ((pair, document), response) in pairs.zip(&measured.documents).zip(responses) {
        let stem = format!("{}_{}", pair.speaker_slot, pair.mic_slot);
        place(&format!("{stem}.json")).write(&json(document)?)?;
        place(&format!("{stem}.html")).write(report::html(document).as_bytes())?;
        let wav = as_wav(response).map_err(|error| Failure::failed(error.to_string()))?;
        place(&format!("{stem}.wav")).write(&wav)?;
    }
    for (speaker, documents) in rooms(measured) {
        let summary = report::summarise(&documents, engine());
        let page = report::html_summary(&summary, &documents);
        place(&format!("{speaker}.html")).write(page.as_bytes())?;
    }
    let transcript = measured.transcript.to_jsonl();
    let transcript = transcript.map_err(|error| unwritable("the transcript", &error))?;
    place("transcript.jsonl").write(transcript.as_bytes())
}

/// The documents of each loudspeaker. Every loudspeaker has a room of its own, and figures of two rooms have no mean.
fn rooms(measured: &Measured) -> Vec<(&str, Vec<AnalysisDocument>)> {
    let mut rooms: Vec<(&str, Vec<AnalysisDocument>)> = Vec::new();
    for (pair, document) in measured.conducted.pairs.iter().zip(&measured.documents) {
        match rooms
            .iter_mut()
            .find(|(slot, _)| *slot == pair.speaker_slot)
        {
            Some((_, documents)) => documents.push(document.clone()),
            None => rooms.push((&pair.speaker_slot, vec![document.clone()])),
        }
    }
    rooms
}

fn json(document: &AnalysisDocument) -> Result<Vec<u8>, Failure> {
    let mut bytes =
        serde_json::to_vec(document).map_err(|error| unwritable("a document", &error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn unwritable(what: &str, error: &serde_json::Error) -> Failure {
    Failure::failed(format!("{what} cannot be written as JSON: {error}"))
}
