-- JSON is kept as text: it is answered with the order and the digits that it came with.
CREATE TABLE jobs (
    id BLOB PRIMARY KEY,
    map TEXT NOT NULL,
    meta TEXT NOT NULL,
    results TEXT,
    created_at INTEGER NOT NULL
);

CREATE TABLE uploads (
    job_id BLOB NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (job_id, name)
);
CREATE INDEX uploads_sha256 ON uploads (sha256);

CREATE TABLE excitations (
    audio_hash TEXT PRIMARY KEY,
    format TEXT NOT NULL,
    sample_rate INTEGER NOT NULL,
    sweep_f_start REAL NOT NULL,
    sweep_f_end REAL NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX excitations_created_at ON excitations (created_at);

-- The youngest fact of each pair, by event_id.
CREATE TABLE session_recordings (
    session_id BLOB NOT NULL,
    attempt INTEGER NOT NULL,
    speaker_slot TEXT NOT NULL,
    mic_slot TEXT NOT NULL,
    event_id BLOB NOT NULL,
    job_id BLOB NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    upload TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    audio_hash TEXT,
    announced TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, attempt, speaker_slot, mic_slot)
);
CREATE INDEX session_recordings_upload ON session_recordings (job_id, upload, event_id);
CREATE INDEX session_recordings_sha256 ON session_recordings (sha256);

CREATE TABLE reports (
    id BLOB PRIMARY KEY,
    job_id BLOB NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    upload TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    session_id BLOB,
    attempt INTEGER,
    speaker_slot TEXT,
    mic_slot TEXT,
    source TEXT NOT NULL,
    version INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    document TEXT NOT NULL,
    results TEXT,
    created_at INTEGER NOT NULL
);
CREATE INDEX reports_job ON reports (job_id, id);
CREATE INDEX reports_pair ON reports (session_id, attempt, speaker_slot, mic_slot);

-- Contents that lost their name and wait until no fact can still ask for them.
CREATE TABLE retired_contents (
    job_id BLOB NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    retired_at INTEGER NOT NULL,
    PRIMARY KEY (job_id, sha256)
);
CREATE INDEX retired_contents_retired_at ON retired_contents (retired_at);
