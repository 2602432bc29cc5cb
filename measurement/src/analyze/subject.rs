//! What an analysis is of: the content behind a name, whose recording it is, and what was played.

use bytes::Bytes;
use chassis::blobs::Sha256;
use chassis::problem::Problem;
use contract::analysis::Warning;
use contract::code::WarningCode;
use contract::session::PairKey;
use http::StatusCode;
use room_dsp::Excitation;
use serde_json::json;
use uuid::Uuid;

use super::request::Wanted;
use crate::excitation::{parameters, references};
use crate::jobs::{is_name, store};
use crate::recordings::store::{self as recordings, SessionRecording};
use crate::service::Service;

/// The name of a session's recording holds another content by now.
const UPLOAD_REPLACED: &str = "UPLOAD_REPLACED";

/// As many characters of an unknown hash are told.
const HASH_SHOWN: usize = 16;

/// An upload with everything that its analysis needs but its content, which is read when it is its turn.
#[derive(Debug)]
pub(super) struct Subject {
    /// Its name.
    pub(super) upload: String,
    /// Its content's hash.
    pub(super) sha256: String,
    /// Whose recording it is.
    pub(super) pair: Option<PairKey>,
    /// What was played.
    pub(super) reference: Reference<Hash>,
    /// What the analysis is not certain of before anything is decoded.
    pub(super) warnings: Vec<Warning>,
}

/// The hash of a content that is not read yet.
pub(super) type Hash = String;

/// What was played, before anything is decoded; of another upload its [`Hash`] or its bytes.
#[derive(Debug)]
pub(super) enum Reference<Content> {
    /// The upload is the response itself.
    Response,
    /// The signal in another upload.
    Upload {
        /// Its name.
        name: String,
        /// What lies under it.
        content: Content,
    },
    /// A signal of this service.
    Layout(Box<Excitation>),
}

/// A name with the content that counts: of a session's recording that of its moment.
struct Named {
    sha256: String,
    recording: Option<SessionRecording>,
    replaced: Option<Warning>,
}

/// Finds what is wanted.
///
/// # Errors
/// 404 for an unknown job, 400 for unknown uploads and hashes, 503 when the database is away.
pub(super) async fn find(service: &Service, job: Uuid, wanted: Wanted) -> Result<Subject, Problem> {
    store::must_exist(&service.pool, job).await?;
    match wanted {
        Wanted::ImpulseResponse { upload } => {
            let named = one(service, job, &upload).await?;
            Ok(subject(upload, named, Reference::Response, None))
        }
        Wanted::Sweep {
            recording,
            reference,
        } => {
            let found = named(service, job, &recording).await?;
            let played = named(service, job, &reference).await?;
            let (Some(found), Some(played)) = (found, played) else {
                let told = format!("Missing uploads '{recording}' and/or '{reference}'");
                return Err(missing(told));
            };
            let reference = Reference::Upload {
                name: reference,
                content: played.sha256,
            };
            Ok(subject(recording, found, reference, played.replaced))
        }
        Wanted::Generated {
            recording,
            audio_hash,
        } => {
            let found = one(service, job, &recording).await?;
            let session = found.recording.as_ref();
            let (excitation, assumed) = generated(service, audio_hash, session).await?;
            let reference = Reference::Layout(Box::new(excitation));
            Ok(subject(recording, found, reference, assumed))
        }
    }
}

impl Reference<Hash> {
    /// The same with its content at hand.
    ///
    /// # Errors
    /// As [`read`].
    pub(super) async fn read(self, service: &Service) -> Result<Reference<Bytes>, Problem> {
        Ok(match self {
            Self::Response => Reference::Response,
            Self::Layout(excitation) => Reference::Layout(excitation),
            Self::Upload { name, content } => Reference::Upload {
                name,
                content: read(service, &content).await?,
            },
        })
    }
}

/// The content behind a hash.
///
/// # Errors
/// 404 when it was removed meanwhile, 503 when the disk is away.
pub(super) async fn read(service: &Service, sha256: &str) -> Result<Bytes, Problem> {
    let sha256: Sha256 = sha256.parse().map_err(Problem::internal)?;
    Ok(service.shelf.read(&sha256).await?)
}

fn subject(
    upload: String,
    named: Named,
    reference: Reference<Hash>,
    warning: Option<Warning>,
) -> Subject {
    Subject {
        upload,
        sha256: named.sha256,
        pair: named.recording.map(|recording| recording.pair),
        reference,
        warnings: named.replaced.into_iter().chain(warning).collect(),
    }
}

async fn one(service: &Service, job: Uuid, name: &str) -> Result<Named, Problem> {
    let found = named(service, job, name).await?;
    found.ok_or_else(|| missing(format!("Missing upload '{name}'")))
}

async fn named(service: &Service, job: Uuid, name: &str) -> Result<Option<Named>, Problem> {
    if !is_name(name) {
        return Ok(None);
    }
    let recording = recordings::find(&service.pool, job, name).await?;
    let content = store::content(&service.pool, job, name).await?;
    let Some(recording) = recording else {
        return Ok(content.map(|content| Named {
            sha256: content.sha256,
            recording: None,
            replaced: None,
        }));
    };
    let later = content.filter(|content| content.sha256 != recording.sha256);
    Ok(Some(Named {
        sha256: recording.sha256.clone(),
        replaced: later.map(|later| replaced(name, &recording.sha256, &later.sha256)),
        recording: Some(recording),
    }))
}

/// The signal behind the hash, with a word if it is not certain that this one was played. Of a
/// session's recording it is known what the loudspeaker said and what it was told.
async fn generated(
    service: &Service,
    asked: Option<String>,
    session: Option<&SessionRecording>,
) -> Result<(Excitation, Option<Warning>), Problem> {
    let said = session.and_then(|session| session.audio_hash.clone());
    let hash = asked.or(said);
    if let Some(hash) = &hash
        && let Some(excitation) = references::find(&service.pool, hash).await?
    {
        return Ok((excitation, None));
    }
    let Some(session) = session else {
        return Err(hash.map_or_else(without_hash, |hash| unknown_hash(&hash)));
    };
    let excitation = parameters::of_announced(&session.announced).map_err(|why| {
        let told = format!("The session announced a signal that cannot be made: {why}");
        Problem::new(StatusCode::BAD_REQUEST, "REFERENCE_UNKNOWN", told)
    })?;
    Ok((excitation, Some(assumed(hash.as_deref()))))
}

fn missing(told: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "UPLOAD_MISSING", told)
        .remedy("Upload the file first, under the name that the analysis asks for.")
}

fn without_hash() -> Problem {
    Problem::bad_request(
        "Missing 'audio_hash' - required to retrieve the exact measurement signals used",
    )
    .remedy("Send the header X-Audio-Hash of the signal that was played.")
}

fn unknown_hash(hash: &str) -> Problem {
    let shown: String = hash.chars().take(HASH_SHOWN).collect();
    let told = format!(
        "No stored reference signals found for audio_hash={shown}... The measurement audio must be generated via GET \
         /v1/measurement/audio first."
    );
    Problem::new(StatusCode::BAD_REQUEST, "REFERENCE_UNKNOWN", told)
        .remedy("Send the header X-Audio-Hash of the signal that was played.")
        .data(json!({"audio_hash": shown}))
}

fn replaced(name: &str, analyzed: &str, present: &str) -> Warning {
    Warning {
        code: UPLOAD_REPLACED.to_owned(),
        message: format!(
            "'{name}' was uploaded again after the session had its recording; the session's recording is analysed, \
             not the later upload"
        ),
        remedy: "upload the later file under another name and analyse that name".to_owned(),
        data: json!({"upload": name, "analyzed_sha256": analyzed, "present_sha256": present}),
    }
}

fn assumed(hash: Option<&str>) -> Warning {
    let message = match hash {
        Some(hash) => {
            let shown: String = hash.chars().take(HASH_SHOWN).collect();
            format!(
                "nobody was ever given a signal with the hash {shown}...; the signal that the session announced is \
                 assumed"
            )
        }
        None => "the loudspeaker did not say what it played; the signal that the session announced is assumed"
            .to_owned(),
    };
    Warning {
        code: WarningCode::ReferenceAssumed.as_str().to_owned(),
        message,
        remedy: "play the signal as it was fetched, and report its X-Audio-Hash".to_owned(),
        data: json!({"audio_hash": hash}),
    }
}
