CREATE TABLE devices (
    id BLOB NOT NULL PRIMARY KEY,
    external_id TEXT NOT NULL UNIQUE,
    label TEXT,
    platform TEXT,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record_seq INTEGER
);

CREATE INDEX devices_newest ON devices (created_at, id);

CREATE TABLE lobbies (
    id BLOB NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    state TEXT NOT NULL,
    creator_device_id BLOB REFERENCES devices (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record_seq INTEGER
);

CREATE UNIQUE INDEX lobbies_code ON lobbies (code) WHERE state <> 'deleted';
CREATE INDEX lobbies_newest ON lobbies (created_at, id);
CREATE INDEX lobbies_creator_device_id ON lobbies (creator_device_id, created_at, id);
CREATE INDEX lobbies_deleted ON lobbies (updated_at) WHERE state = 'deleted';

CREATE TABLE participants (
    id BLOB NOT NULL PRIMARY KEY,
    lobby_id BLOB NOT NULL REFERENCES lobbies (id) ON DELETE CASCADE,
    device_id BLOB NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record_seq INTEGER,
    UNIQUE (lobby_id, device_id)
);

CREATE INDEX participants_newest ON participants (joined_at, id);
CREATE INDEX participants_lobby_id ON participants (lobby_id, joined_at, id);
CREATE INDEX participants_device_id ON participants (device_id, joined_at, id);

CREATE TABLE measurements (
    id BLOB NOT NULL PRIMARY KEY,
    lobby_id BLOB REFERENCES lobbies (id) ON DELETE SET NULL,
    created_by_device_id BLOB REFERENCES devices (id) ON DELETE SET NULL,
    kind TEXT NOT NULL,
    sample_rate_hz INTEGER,
    channels INTEGER,
    raw_blob_ref TEXT,
    raw_bytes INTEGER,
    raw_sha256 TEXT,
    metadata TEXT NOT NULL,
    started_at INTEGER,
    stopped_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record_seq INTEGER
);

CREATE INDEX measurements_newest ON measurements (created_at, id);
CREATE INDEX measurements_lobby_id ON measurements (lobby_id, created_at, id);
CREATE INDEX measurements_created_by_device_id ON measurements (created_by_device_id, created_at, id);

CREATE TABLE analysis_outputs (
    id BLOB NOT NULL PRIMARY KEY,
    measurement_id BLOB NOT NULL REFERENCES measurements (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    result TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record_seq INTEGER
);

CREATE INDEX analysis_outputs_newest ON analysis_outputs (created_at, id);
CREATE INDEX analysis_outputs_measurement_id ON analysis_outputs (measurement_id, created_at, id);

CREATE TABLE simulation_jobs (
    id BLOB NOT NULL PRIMARY KEY,
    requested_by_device_id BLOB REFERENCES devices (id) ON DELETE SET NULL,
    lobby_id BLOB REFERENCES lobbies (id) ON DELETE SET NULL,
    status TEXT NOT NULL,
    params TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    error TEXT,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record_seq INTEGER
);

CREATE INDEX simulation_jobs_newest ON simulation_jobs (created_at, id);
CREATE INDEX simulation_jobs_lobby_id ON simulation_jobs (lobby_id, created_at, id);
CREATE INDEX simulation_jobs_requested_by_device_id ON simulation_jobs (requested_by_device_id, created_at, id);
CREATE INDEX simulation_jobs_status ON simulation_jobs (status, created_at, id);
CREATE INDEX simulation_jobs_deleted ON simulation_jobs (updated_at) WHERE status = 'deleted';

CREATE TABLE simulation_results (
    id BLOB NOT NULL PRIMARY KEY,
    job_id BLOB NOT NULL UNIQUE REFERENCES simulation_jobs (id) ON DELETE CASCADE,
    result TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record_seq INTEGER
);

CREATE INDEX simulation_results_newest ON simulation_results (created_at, id);

CREATE TABLE idempotency (
    key BLOB NOT NULL PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE INDEX idempotency_created_at ON idempotency (created_at);
