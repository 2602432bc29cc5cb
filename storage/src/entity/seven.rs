//! The seven entities of the earlier storage service, with the bounds of its contract.

use std::sync::OnceLock;

use super::words::{
    ANALYSIS_STATUSES, ANALYSIS_TYPES, JOB_STATUSES, LOBBY_STATES, PARTICIPANT_STATUSES, ROLES,
};
use super::{Column, Create, Entity, Kind};

/// All of them; parents stand before their children.
pub(crate) const ALL: [&Entity; 7] = [
    &DEVICES,
    &LOBBIES,
    &PARTICIPANTS,
    &MEASUREMENTS,
    &ANALYSIS_OUTPUTS,
    &SIMULATION_JOBS,
    &SIMULATION_RESULTS,
];

/// Largest integer that every JSON reader keeps.
pub(crate) const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// Longest reference to a blob and longest error, in characters.
const LONG_TEXT: usize = 65_536;

/// A column that is given at creation, may be changed, and is never null.
const fn column(name: &'static str, kind: Kind, create: Create) -> Column {
    Column {
        name,
        alias: None,
        kind,
        create,
        patch: true,
        nullable: false,
        filter: false,
        parent: None,
    }
}

impl Column {
    const fn fixed(mut self) -> Self {
        self.patch = false;
        self
    }

    const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    const fn filtered(mut self) -> Self {
        self.filter = true;
        self
    }

    const fn of(mut self, parent: &'static Entity) -> Self {
        self.parent = Some(parent);
        self
    }

    const fn or(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }
}

const fn metadata() -> Column {
    column("metadata", Kind::Map, Create::OrEmpty).or("meta")
}

const fn created_at() -> Column {
    column("created_at", Kind::Moment, Create::Now).fixed()
}

pub(crate) static DEVICES: Entity = Entity {
    path: "devices",
    name: "device",
    table: "devices",
    columns: &[
        column("external_id", Kind::Text(1, 128), Create::Required)
            .fixed()
            .filtered(),
        column("label", Kind::Text(0, 256), Create::OrNull).nullable(),
        column("platform", Kind::Text(0, 64), Create::OrNull).nullable(),
        metadata(),
        created_at(),
    ],
    born: "created_at",
    hidden_by: None,
    upsert_by: Some("external_id"),
    lookup: Some(("external_id", "by-external")),
    duplicate: "device already exists for external_id",
    made: OnceLock::new(),
};

pub(crate) static LOBBIES: Entity = Entity {
    path: "lobbies",
    name: "lobby",
    table: "lobbies",
    columns: &[
        column("code", Kind::Text(1, 16), Create::OrCode).filtered(),
        column("state", Kind::Word(LOBBY_STATES), Create::Or("created")).filtered(),
        column("creator_device_id", Kind::Uuid, Create::OrNull)
            .nullable()
            .filtered()
            .of(&DEVICES),
        created_at(),
    ],
    born: "created_at",
    hidden_by: Some("state"),
    upsert_by: None,
    lookup: Some(("code", "by-code")),
    duplicate: "lobby code already exists",
    made: OnceLock::new(),
};

pub(crate) static PARTICIPANTS: Entity = Entity {
    path: "participants",
    name: "participant",
    table: "participants",
    columns: &[
        column("lobby_id", Kind::Uuid, Create::Required)
            .fixed()
            .filtered()
            .of(&LOBBIES),
        column("device_id", Kind::Uuid, Create::Required)
            .fixed()
            .filtered()
            .of(&DEVICES),
        column("role", Kind::Word(ROLES), Create::Or("observer")).filtered(),
        column(
            "status",
            Kind::Word(PARTICIPANT_STATUSES),
            Create::Or("connected"),
        )
        .filtered(),
        column("joined_at", Kind::Moment, Create::Now).fixed(),
    ],
    born: "joined_at",
    hidden_by: None,
    upsert_by: None,
    lookup: None,
    duplicate: "participant already exists for lobby/device",
    made: OnceLock::new(),
};

pub(crate) static MEASUREMENTS: Entity = Entity {
    path: "measurements",
    name: "measurement",
    table: "measurements",
    columns: &[
        column("lobby_id", Kind::Uuid, Create::OrNull)
            .fixed()
            .nullable()
            .filtered()
            .of(&LOBBIES),
        column("created_by_device_id", Kind::Uuid, Create::OrNull)
            .fixed()
            .nullable()
            .filtered()
            .of(&DEVICES),
        column("kind", Kind::Text(0, 64), Create::Or("raw")),
        column(
            "sample_rate_hz",
            Kind::Integer(1, INTEGER_MAX),
            Create::OrNull,
        )
        .nullable(),
        column("channels", Kind::Integer(1, INTEGER_MAX), Create::OrNull).nullable(),
        column("raw_blob_ref", Kind::Text(0, LONG_TEXT), Create::OrNull).nullable(),
        column("raw_bytes", Kind::Integer(0, INTEGER_MAX), Create::OrNull).nullable(),
        column("raw_sha256", Kind::Text(64, 64), Create::OrNull).nullable(),
        metadata(),
        column("started_at", Kind::Moment, Create::OrNull).nullable(),
        column("stopped_at", Kind::Moment, Create::OrNull).nullable(),
        created_at(),
    ],
    born: "created_at",
    hidden_by: None,
    upsert_by: None,
    lookup: None,
    duplicate: "measurement already exists",
    made: OnceLock::new(),
};

pub(crate) static ANALYSIS_OUTPUTS: Entity = Entity {
    path: "analysis-outputs",
    name: "analysis output",
    table: "analysis_outputs",
    columns: &[
        column("measurement_id", Kind::Uuid, Create::Required)
            .fixed()
            .filtered()
            .of(&MEASUREMENTS),
        column("type", Kind::Word(ANALYSIS_TYPES), Create::Required)
            .fixed()
            .filtered(),
        column(
            "status",
            Kind::Word(ANALYSIS_STATUSES),
            Create::Or("created"),
        )
        .filtered(),
        column("result", Kind::Map, Create::OrEmpty),
        created_at(),
    ],
    born: "created_at",
    hidden_by: None,
    upsert_by: None,
    lookup: None,
    duplicate: "analysis output already exists",
    made: OnceLock::new(),
};

pub(crate) static SIMULATION_JOBS: Entity = Entity {
    path: "simulation-jobs",
    name: "simulation job",
    table: "simulation_jobs",
    columns: &[
        column("requested_by_device_id", Kind::Uuid, Create::OrNull)
            .fixed()
            .nullable()
            .filtered()
            .of(&DEVICES),
        column("lobby_id", Kind::Uuid, Create::OrNull)
            .fixed()
            .nullable()
            .filtered()
            .of(&LOBBIES),
        column("status", Kind::Word(JOB_STATUSES), Create::Or("queued")).filtered(),
        column("params", Kind::Map, Create::OrEmpty),
        created_at(),
        column("started_at", Kind::Moment, Create::Null).nullable(),
        column("finished_at", Kind::Moment, Create::Null).nullable(),
        column("error", Kind::Text(0, LONG_TEXT), Create::Null).nullable(),
    ],
    born: "created_at",
    hidden_by: Some("status"),
    upsert_by: None,
    lookup: None,
    duplicate: "simulation job already exists",
    made: OnceLock::new(),
};

pub(crate) static SIMULATION_RESULTS: Entity = Entity {
    path: "simulation-results",
    name: "simulation result",
    table: "simulation_results",
    columns: &[
        column("job_id", Kind::Uuid, Create::Required)
            .fixed()
            .filtered()
            .of(&SIMULATION_JOBS),
        column("result", Kind::Map, Create::OrEmpty),
        created_at(),
    ],
    born: "created_at",
    hidden_by: None,
    upsert_by: None,
    lookup: Some(("job_id", "by-job")),
    duplicate: "simulation result already exists for job",
    made: OnceLock::new(),
};
