//! Making a session: the request against the facts of lobby and job.

use contract::lobby::{LobbyState, Role};
use contract::problem::Fault;
use contract::session::{Announced, Listed, SessionStatus};
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

use super::address::DEFAULT_ANNOUNCED;
use super::answer::Answer;
use super::command::Actor;
use super::outcome::Outcome;
use super::rejection::Rejection;
use super::request::Request;
use super::state::{Base, Client, Session};

/// The profile of a lobby whose sweep is narrower than the default.
const SMARTPHONE: &str = "smartphone";
/// What small loudspeakers can play, in hertz.
const SMARTPHONE_BAND: (f64, f64) = (200.0, 12_000.0);

/// A session to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct New {
    /// Its name.
    pub id: Uuid,
    /// Who asks; it conducts from then on.
    pub actor: Actor,
    /// What is asked.
    pub request: Request,
    /// What the caller found.
    pub facts: Facts,
}

/// What the caller found about lobby, job and signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Whether the job exists.
    pub job_exists: bool,
    /// State of the lobby.
    pub lobby_state: LobbyState,
    /// Everybody in the lobby, those who left included or not.
    pub members: Vec<Member>,
    /// The lobby's profile, if one was chosen.
    pub profile: Option<String>,
    /// Duration of the signal of this profile (see [`Session::announced_for`]) in seconds, above 0.
    pub expected_duration_s: f64,
    /// Where addresses for devices begin.
    pub base: Base,
}

/// A participant of the lobby.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its device.
    pub device_id: String,
    /// It is there.
    pub joined: bool,
    /// What the admin assigned.
    pub role: Role,
}

/// Why a request that can be read does not fit lobby and job.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unfit {
    /// There is no such job.
    #[error("Job not found: {job_id}")]
    JobNotFound {
        /// As asked.
        job_id: String,
    },
    /// The lobby is over.
    #[error("Lobby is closed")]
    LobbyClosed,
    /// A listed device is not in the lobby.
    #[error("Device '{device_id}' is listed in '{list}' but is not joined to the lobby")]
    NotJoined {
        /// The device.
        device_id: String,
        /// `speakers` or `microphones`.
        list: &'static str,
        /// Its place in the list, from 0.
        index: usize,
    },
    /// A listed device has another role in the lobby.
    #[error(
        "Device '{device_id}' has the role '{role}' in the lobby but is not listed in '{missing_in}'"
    )]
    RoleContradicted {
        /// The device.
        device_id: String,
        /// `speaker` or `microphone`.
        role: &'static str,
        /// `speakers` or `microphones`: where it would have to be.
        missing_in: &'static str,
        /// Where it is instead.
        list: &'static str,
        /// Its place there, from 0.
        index: usize,
    },
}

impl Session {
    /// Makes a session.
    ///
    /// # Errors
    /// [`Rejection::NotAdmin`], or [`Rejection::Unfit`] with every point that does not fit.
    pub fn create(new: New) -> Result<Outcome, Rejection> {
        let New {
            id,
            actor,
            request,
            facts,
        } = new;
        if !actor.is_admin {
            return Err(Rejection::NotAdmin {
                device_id: actor.device_id,
            });
        }
        let unfit = unfit(&request, &facts);
        if !unfit.is_empty() {
            return Err(Rejection::Unfit(unfit));
        }
        let mut session = Self {
            id,
            lobby_id: request.lobby_id(),
            job_id: request.job_id(),
            admin_device_id: actor.device_id.clone(),
            speakers: clients(request.speakers()),
            microphones: clients(request.microphones()),
            announced: Self::announced_for(facts.profile.as_deref()),
            expected_duration_s: facts.expected_duration_s,
            base: facts.base,
            status: SessionStatus::Created,
            index: 0,
            attempt: 0,
            cycle: None,
            finished: Vec::new(),
            abandoned: Vec::new(),
            cancel_reason: None,
        };
        session.see(&actor);
        Ok(session.created())
    }

    /// What a session of a lobby with this profile plays: `smartphone` 200 Hz to 12 kHz, all others 20 Hz to 20 kHz.
    pub fn announced_for(profile: Option<&str>) -> Announced {
        if profile == Some(SMARTPHONE) {
            let (sweep_f_start, sweep_f_end) = SMARTPHONE_BAND;
            Announced {
                sweep_f_start,
                sweep_f_end,
                ..DEFAULT_ANNOUNCED
            }
        } else {
            DEFAULT_ANNOUNCED
        }
    }

    fn created(self) -> Outcome {
        let answer = Answer::Created {
            session_id: self.id,
            job_id: self.job_id,
            lobby_id: self.lobby_id,
            total_speakers: self.speakers.len(),
            total_microphones: self.microphones.len(),
        };
        let payload = json!({
            "session_id": self.id,
            "job_id": self.job_id,
            "admin_device_id": self.admin_device_id,
            "total_speakers": self.speakers.len(),
            "total_microphones": self.microphones.len(),
        });
        Outcome::quiet(self, answer).log("session_created", payload)
    }
}

fn unfit(request: &Request, facts: &Facts) -> Vec<Unfit> {
    let mut unfit = Vec::new();
    if !facts.job_exists {
        unfit.push(Unfit::JobNotFound {
            job_id: request.job_id().to_string(),
        });
    }
    if facts.lobby_state == LobbyState::Closed {
        unfit.push(Unfit::LobbyClosed);
    }
    let lists = [
        ("speakers", request.speakers()),
        ("microphones", request.microphones()),
    ];
    for (list, entries) in lists {
        for (index, entry) in entries.iter().enumerate() {
            unfit.extend(misplaced(request, facts, entry, (list, index)));
        }
    }
    unfit
}

/// What is wrong with one entry.
fn misplaced(
    request: &Request,
    facts: &Facts,
    entry: &Listed,
    at: (&'static str, usize),
) -> Option<Unfit> {
    let (list, index) = at;
    let device_id = entry.device_id.clone();
    let member = facts
        .members
        .iter()
        .find(|member| member.joined && member.device_id == device_id);
    let Some(member) = member else {
        return Some(Unfit::NotJoined {
            device_id,
            list,
            index,
        });
    };
    let (role, missing_in, of_role) = match member.role {
        Role::None => return None,
        Role::Speaker => ("speaker", "speakers", request.speakers()),
        Role::Microphone => ("microphone", "microphones", request.microphones()),
    };
    let listed = of_role.iter().any(|other| other.device_id == device_id);
    (!listed).then_some(Unfit::RoleContradicted {
        device_id,
        role,
        missing_in,
        list,
        index,
    })
}

fn clients(listed: &[Listed]) -> Vec<Client> {
    let client = |entry: &Listed| Client {
        device_id: entry.device_id.clone(),
        slot_id: entry.slot_id.clone(),
        slot_label: entry.slot_label.clone(),
        base_url: None,
    };
    listed.iter().map(client).collect()
}

impl Unfit {
    /// Whether something that was named does not exist.
    pub(super) const fn is_missing(&self) -> bool {
        matches!(self, Self::JobNotFound { .. })
    }

    /// As an entry of a problem's `errors`.
    pub(super) fn fault(&self) -> Fault {
        let (kind, loc, input) = match self {
            Self::JobNotFound { job_id } => ("not_found", json!(["body", "job_id"]), json!(job_id)),
            Self::LobbyClosed => ("lobby_closed", json!(["body", "lobby_id"]), json!("closed")),
            Self::NotJoined {
                device_id,
                list,
                index,
            } => (
                "not_joined",
                json!(["body", list, index, "device_id"]),
                json!(device_id),
            ),
            Self::RoleContradicted {
                device_id,
                list,
                index,
                ..
            } => (
                "role_contradicted",
                json!(["body", list, index, "device_id"]),
                json!(device_id),
            ),
        };
        let loc = if let Value::Array(path) = loc {
            path
        } else {
            vec![loc]
        };
        Fault {
            kind: kind.to_owned(),
            loc,
            msg: self.to_string(),
            input,
        }
    }
}
