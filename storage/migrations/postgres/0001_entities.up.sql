CREATE TABLE devices (
    id uuid PRIMARY KEY,
    external_id text NOT NULL UNIQUE,
    label text,
    platform text,
    metadata jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    record_seq bigint
);

CREATE INDEX devices_newest ON devices (created_at, id);

CREATE TABLE lobbies (
    id uuid PRIMARY KEY,
    code text NOT NULL,
    state text NOT NULL,
    creator_device_id uuid REFERENCES devices (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    record_seq bigint
);

CREATE UNIQUE INDEX lobbies_code ON lobbies (code) WHERE state <> 'deleted';
CREATE INDEX lobbies_newest ON lobbies (created_at, id);
CREATE INDEX lobbies_creator_device_id ON lobbies (creator_device_id, created_at, id);
CREATE INDEX lobbies_deleted ON lobbies (updated_at) WHERE state = 'deleted';

CREATE TABLE participants (
    id uuid PRIMARY KEY,
    lobby_id uuid NOT NULL REFERENCES lobbies (id) ON DELETE CASCADE,
    device_id uuid NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    role text NOT NULL,
    status text NOT NULL,
    joined_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    record_seq bigint,
    UNIQUE (lobby_id, device_id)
);

CREATE INDEX participants_newest ON participants (joined_at, id);
CREATE INDEX participants_lobby_id ON participants (lobby_id, joined_at, id);
CREATE INDEX participants_device_id ON participants (device_id, joined_at, id);

CREATE TABLE measurements (
    id uuid PRIMARY KEY,
    lobby_id uuid REFERENCES lobbies (id) ON DELETE SET NULL,
    created_by_device_id uuid REFERENCES devices (id) ON DELETE SET NULL,
    kind text NOT NULL,
    sample_rate_hz bigint,
    channels bigint,
    raw_blob_ref text,
    raw_bytes bigint,
    raw_sha256 text,
    metadata jsonb NOT NULL,
    started_at timestamptz,
    stopped_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    record_seq bigint
);

CREATE INDEX measurements_newest ON measurements (created_at, id);
CREATE INDEX measurements_lobby_id ON measurements (lobby_id, created_at, id);
CREATE INDEX measurements_created_by_device_id ON measurements (created_by_device_id, created_at, id);

CREATE TABLE analysis_outputs (
    id uuid PRIMARY KEY,
    measurement_id uuid NOT NULL REFERENCES measurements (id) ON DELETE CASCADE,
    type text NOT NULL,
    status text NOT NULL,
    result jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    record_seq bigint
);

CREATE INDEX analysis_outputs_newest ON analysis_outputs (created_at, id);
CREATE INDEX analysis_outputs_measurement_id ON analysis_outputs (measurement_id, created_at, id);

CREATE TABLE simulation_jobs (
    id uuid PRIMARY KEY,
    requested_by_device_id uuid REFERENCES devices (id) ON DELETE SET NULL,
    lobby_id uuid REFERENCES lobbies (id) ON DELETE SET NULL,
    status text NOT NULL,
    params jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    error text,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    record_seq bigint
);

CREATE INDEX simulation_jobs_newest ON simulation_jobs (created_at, id);
CREATE INDEX simulation_jobs_lobby_id ON simulation_jobs (lobby_id, created_at, id);
CREATE INDEX simulation_jobs_requested_by_device_id ON simulation_jobs (requested_by_device_id, created_at, id);
CREATE INDEX simulation_jobs_status ON simulation_jobs (status, created_at, id);
CREATE INDEX simulation_jobs_deleted ON simulation_jobs (updated_at) WHERE status = 'deleted';

CREATE TABLE simulation_results (
    id uuid PRIMARY KEY,
    job_id uuid NOT NULL UNIQUE REFERENCES simulation_jobs (id) ON DELETE CASCADE,
    result jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    record_seq bigint
);

CREATE INDEX simulation_results_newest ON simulation_results (created_at, id);

CREATE TABLE idempotency (
    key bytea PRIMARY KEY,
    fingerprint bytea NOT NULL,
    status bigint NOT NULL,
    etag text,
    answer text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE INDEX idempotency_created_at ON idempotency (created_at);
