-- JSON is kept as text: it is answered with the order and the digits that it came with.
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    map text NOT NULL,
    meta text NOT NULL,
    results text,
    created_at timestamptz NOT NULL
);

CREATE TABLE uploads (
    job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    name text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (job_id, name)
);
CREATE INDEX uploads_sha256 ON uploads (sha256);

CREATE TABLE excitations (
    audio_hash text PRIMARY KEY,
    format text NOT NULL,
    sample_rate bigint NOT NULL,
    sweep_f_start double precision NOT NULL,
    sweep_f_end double precision NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX excitations_created_at ON excitations (created_at);

-- The youngest fact of each pair, by event_id.
CREATE TABLE session_recordings (
    session_id uuid NOT NULL,
    attempt bigint NOT NULL,
    speaker_slot text NOT NULL,
    mic_slot text NOT NULL,
    event_id uuid NOT NULL,
    job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    upload text NOT NULL,
    sha256 text NOT NULL,
    audio_hash text,
    announced text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (session_id, attempt, speaker_slot, mic_slot)
);
CREATE INDEX session_recordings_upload ON session_recordings (job_id, upload, event_id);
CREATE INDEX session_recordings_sha256 ON session_recordings (sha256);

CREATE TABLE reports (
    id uuid PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    upload text NOT NULL,
    sha256 text NOT NULL,
    session_id uuid,
    attempt bigint,
    speaker_slot text,
    mic_slot text,
    source text NOT NULL,
    version bigint NOT NULL,
    outcome text NOT NULL,
    document text NOT NULL,
    results text,
    created_at timestamptz NOT NULL
);
CREATE INDEX reports_job ON reports (job_id, id);
CREATE INDEX reports_pair ON reports (session_id, attempt, speaker_slot, mic_slot);

-- Contents that lost their name and wait until no fact can still ask for them.
CREATE TABLE retired_contents (
    job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    sha256 text NOT NULL,
    retired_at timestamptz NOT NULL,
    PRIMARY KEY (job_id, sha256)
);
CREATE INDEX retired_contents_retired_at ON retired_contents (retired_at);
