//! The body of `measurement.create_session`, read with every fault of it at once.

use contract::problem::Fault;
use contract::session::Listed;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::create::Unfit;
use super::rejection::Rejection;
use chassis::nul;

/// Most devices in one list.
const MAX_LISTED: usize = 64;
/// Most characters of a device.
const MAX_DEVICE_ID: usize = 128;
/// Most characters of a place.
const MAX_SLOT_ID: usize = 64;
/// Most characters of a place in words.
const MAX_SLOT_LABEL: usize = 128;

/// A body without faults: both lists have entries, no place stands twice in a list, and no device records twice.
/// A device may play at several places, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    job_id: Uuid,
    lobby_id: Uuid,
    speakers: Vec<Listed>,
    microphones: Vec<Listed>,
}

impl Request {
    /// Reads the `data` of the message.
    ///
    /// # Errors
    /// [`Rejection::Malformed`] with all faults; [`Rejection::LobbyNotFound`] and [`Rejection::Unfit`] where lobby or
    /// job are no UUID, so that nothing can have this name.
    pub fn read(data: &Map<String, Value>) -> Result<Self, Rejection> {
        let mut faults = Vec::new();
        let job = text(data, "job_id", &mut faults);
        let lobby = text(data, "lobby_id", &mut faults);
        let speakers = list(data, &SPEAKERS, &mut faults);
        let microphones = list(data, &MICROPHONES, &mut faults);
        let (Some(job), Some(lobby), true) = (job, lobby, faults.is_empty()) else {
            return Err(Rejection::Malformed(faults));
        };
        let lobby_id = Uuid::parse_str(lobby).map_err(|_| Rejection::LobbyNotFound {
            lobby_id: lobby.to_owned(),
        })?;
        let job_id = Uuid::parse_str(job).map_err(|_| {
            Rejection::Unfit(vec![Unfit::JobNotFound {
                job_id: job.to_owned(),
            }])
        })?;
        Ok(Self {
            job_id,
            lobby_id,
            speakers,
            microphones,
        })
    }

    /// The job that is to take the recordings.
    pub const fn job_id(&self) -> Uuid {
        self.job_id
    }

    /// The lobby whose devices are listed.
    pub const fn lobby_id(&self) -> Uuid {
        self.lobby_id
    }

    /// Loudspeakers in order, at least one.
    pub fn speakers(&self) -> &[Listed] {
        &self.speakers
    }

    /// Microphones in order, at least one.
    pub fn microphones(&self) -> &[Listed] {
        &self.microphones
    }
}

/// How a list is called.
struct ListName {
    field: &'static str,
    one: &'static str,
    capital: &'static str,
    /// A device may stand in it only once.
    distinct_devices: bool,
}

const SPEAKERS: ListName = ListName {
    field: "speakers",
    one: "speaker",
    capital: "Speaker",
    distinct_devices: false,
};
const MICROPHONES: ListName = ListName {
    field: "microphones",
    one: "microphone",
    capital: "Microphone",
    distinct_devices: true,
};

fn text<'a>(data: &'a Map<String, Value>, field: &str, faults: &mut Vec<Fault>) -> Option<&'a str> {
    let (kind, msg) = match data.get(field) {
        Some(Value::String(text)) if !text.is_empty() => return Some(text),
        None | Some(Value::Null) => ("missing", format!("Missing '{field}' in data")),
        Some(_) => (
            "string_type",
            format!("'{field}' must be text of at least one character"),
        ),
    };
    faults.push(fault(kind, json!(["body", field]), msg, data.get(field)));
    None
}

fn list(data: &Map<String, Value>, name: &ListName, faults: &mut Vec<Fault>) -> Vec<Listed> {
    let seen = data.get(name.field);
    let (kind, msg) = match seen {
        Some(Value::Array(items)) if items.is_empty() => (
            "too_short",
            format!("At least one {} is required", name.one),
        ),
        Some(Value::Array(items)) if items.len() > MAX_LISTED => (
            "too_long",
            format!(
                "'{}' has {} entries; at most {MAX_LISTED} are allowed",
                name.field,
                items.len()
            ),
        ),
        Some(Value::Array(items)) => return entries(items, name, faults),
        None | Some(Value::Null) => ("missing", format!("Missing '{}' in data", name.field)),
        Some(_) => (
            "list_type",
            format!("'{}' must be a list of objects", name.field),
        ),
    };
    faults.push(fault(kind, json!(["body", name.field]), msg, seen));
    Vec::new()
}

fn entries(items: &[Value], name: &ListName, faults: &mut Vec<Fault>) -> Vec<Listed> {
    let mut listed: Vec<Listed> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let Some(entry) = entry(item, index, name, faults) else {
            continue;
        };
        if let Some(doubt) = doubt(&listed, &entry, index, name) {
            faults.push(doubt);
        }
        listed.push(entry);
    }
    listed
}

fn entry(item: &Value, index: usize, name: &ListName, faults: &mut Vec<Fault>) -> Option<Listed> {
    let before = faults.len();
    if !present(item, "device_id") || !present(item, "slot_id") {
        let msg = format!("{} {index} missing 'device_id' or 'slot_id'", name.capital);
        faults.push(fault(
            "missing",
            json!(["body", name.field, index]),
            msg,
            Some(item),
        ));
        return None;
    }
    let mut read = |field: &str, most: usize| bounded(item, field, most, (name, index), faults);
    let device_id = read("device_id", MAX_DEVICE_ID);
    let slot_id = read("slot_id", MAX_SLOT_ID);
    let slot_label = if item.get("slot_label").is_none_or(Value::is_null) {
        None
    } else {
        read("slot_label", MAX_SLOT_LABEL)
    };
    (faults.len() == before).then_some(())?;
    Some(Listed {
        device_id: device_id?,
        slot_id: slot_id?,
        slot_label,
    })
}

/// Not absent, null or empty.
fn present(item: &Value, field: &str) -> bool {
    item.get(field)
        .is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
}

fn bounded(
    item: &Value,
    field: &str,
    most: usize,
    (name, index): (&ListName, usize),
    faults: &mut Vec<Fault>,
) -> Option<String> {
    let seen = item.get(field);
    let of = format!("{} {index}: '{field}'", name.capital);
    let (kind, msg) = match seen.and_then(Value::as_str) {
        Some(text) if nul::is_in(text) => {
            let place = format!("{}.{index}.{field}", name.field);
            (nul::KIND, nul::sentence(&place))
        }
        Some(text) if text.chars().count() <= most => return Some(text.to_owned()),
        Some(text) => (
            "string_too_long",
            format!(
                "{of} has {} characters; at most {most} are allowed",
                text.chars().count()
            ),
        ),
        None => (
            "string_type",
            format!("{of} must be text of at most {most} characters"),
        ),
    };
    faults.push(fault(
        kind,
        json!(["body", name.field, index, field]),
        msg,
        seen,
    ));
    None
}

/// Whether an entry says again what an earlier one said.
fn doubt(earlier: &[Listed], entry: &Listed, index: usize, name: &ListName) -> Option<Fault> {
    let loc = |field: &str| json!(["body", name.field, index, field]);
    if earlier.iter().any(|other| other.slot_id == entry.slot_id) {
        let msg = format!(
            "{} {index}: slot_id '{}' is listed twice",
            name.capital, entry.slot_id
        );
        return Some(fault(
            "duplicate",
            loc("slot_id"),
            msg,
            Some(&json!(entry.slot_id)),
        ));
    }
    let again = name.distinct_devices
        && earlier
            .iter()
            .any(|other| other.device_id == entry.device_id);
    again.then(|| {
        let msg = format!(
            "{} {index}: device '{}' is listed twice",
            name.capital, entry.device_id
        );
        fault(
            "duplicate",
            loc("device_id"),
            msg,
            Some(&json!(entry.device_id)),
        )
    })
}

fn fault(kind: &str, loc: Value, msg: String, input: Option<&Value>) -> Fault {
    let loc = if let Value::Array(path) = loc {
        path
    } else {
        vec![loc]
    };
    Fault {
        kind: kind.to_owned(),
        loc,
        msg,
        input: input.cloned().unwrap_or(Value::Null),
    }
}
