//! Two example rows of every entity. They belong together: ids in them are those of other examples.

use serde_json::{Map, Value, json};

use crate::entity::{Column, Create, Entity};

/// When the examples came to be.
pub(super) const BORN: &str = "2026-01-31T09:00:00.000001Z";

/// The id of an example.
pub(super) fn id(number: u32) -> String {
    format!("0190a5c4-0000-7000-8000-{number:012}")
}

/// Two rows as they are answered, the second one only where many are spoken of.
pub(super) fn rows(entity: &Entity) -> [Value; 2] {
    match entity.table {
        "devices" => devices(),
        "lobbies" => lobbies(),
        "participants" => participants(),
        "measurements" => measurements(),
        "analysis_outputs" => outputs(),
        "simulation_jobs" => jobs(),
        "simulation_results" => results(),
        _ => [json!({}), json!({})],
    }
}

/// The body by which a row came to be.
pub(super) fn creation(entity: &Entity, row: &Value) -> Value {
    let is_given = |column: &Column| !matches!(column.create, Create::Now | Create::Null);
    some_of(entity, row, is_given)
}

/// A change of a row, to what the row has afterwards.
pub(super) fn change(entity: &Entity, row: &Value) -> Value {
    some_of(entity, row, |column| column.patch)
}

fn some_of(entity: &Entity, row: &Value, wanted: impl Fn(&Column) -> bool) -> Value {
    let columns = entity.columns.iter().filter(|column| wanted(column));
    let pairs = columns.map(|column| (column.name.to_owned(), row[column.name].clone()));
    pairs
        .filter(|(_, value)| !value.is_null())
        .collect::<Map<_, _>>()
        .into()
}

fn devices() -> [Value; 2] {
    let of = |number, external_id: &str, label: &str, platform: &str| {
        json!({"id": id(number), "external_id": external_id, "label": label, "platform": platform,
            "metadata": {"app": "1.4.0"}, "created_at": BORN})
    };
    [
        of(11, "phone-7", "Seat 7", "android"),
        of(12, "laptop-2", "Lectern", "linux"),
    ]
}

fn lobbies() -> [Value; 2] {
    let of = |number, code: &str, device| {
        json!({"id": id(number), "code": code, "state": "open", "creator_device_id": id(device),
            "created_at": BORN})
    };
    [of(21, "ROOM42", 11), of(22, "HALL07", 12)]
}

fn participants() -> [Value; 2] {
    let of = |number, device, role: &str| {
        json!({"id": id(number), "lobby_id": id(21), "device_id": id(device), "role": role,
            "status": "connected", "joined_at": BORN})
    };
    [of(31, 11, "microphone"), of(32, 12, "speaker")]
}

fn measurements() -> [Value; 2] {
    let of = |number, device| {
        json!({"id": id(number), "lobby_id": id(21), "created_by_device_id": id(device), "kind": "raw",
            "sample_rate_hz": 48000, "channels": 1, "raw_blob_ref": "recordings/seat-7.flac",
            "raw_bytes": 1_440_044, "raw_sha256": "0123456789abcdef".repeat(4), "metadata": {"position": 7},
            "started_at": "2026-01-31T09:00:00Z", "stopped_at": "2026-01-31T09:00:15Z", "created_at": BORN})
    };
    [of(41, 11), of(42, 12)]
}

fn outputs() -> [Value; 2] {
    let of = |number, kind: &str, result: Value| {
        json!({"id": id(number), "measurement_id": id(41), "type": kind, "status": "completed",
            "result": result, "created_at": BORN})
    };
    [
        of(51, "room_acoustics", json!({"t20_s": 0.61})),
        of(52, "sti", json!({"sti": 0.67})),
    ]
}

fn jobs() -> [Value; 2] {
    let of = |number, status: &str| {
        json!({"id": id(number), "requested_by_device_id": id(11), "lobby_id": id(21), "status": status,
            "params": {"max_order": 12}, "created_at": BORN, "started_at": null, "finished_at": null,
            "error": null})
    };
    [of(61, "queued"), of(62, "running")]
}

fn results() -> [Value; 2] {
    let of = |number, job, t20_s: f64| json!({"id": id(number), "job_id": id(job), "result": {"t20_s": t20_s}, "created_at": BORN});
    [of(71, 61, 0.58), of(72, 62, 0.63)]
}
