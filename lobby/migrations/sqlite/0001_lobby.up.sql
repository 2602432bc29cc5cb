CREATE TABLE lobbies (
    id BLOB NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    creator_device_id TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT lobbies_state CHECK (state IN ('open', 'measurement_running', 'closed')),
    created_at INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,
    room TEXT,
    room_shared_at INTEGER,
    step_index INTEGER,
    profile_id TEXT
);

CREATE INDEX lobbies_creator_device_id ON lobbies (creator_device_id);

CREATE TABLE participants (
    id BLOB NOT NULL PRIMARY KEY,
    lobby_id BLOB NOT NULL REFERENCES lobbies (id) ON DELETE CASCADE,
    device_id TEXT NOT NULL,
    role TEXT NOT NULL CONSTRAINT participants_role CHECK (role IN ('none', 'speaker', 'microphone')),
    role_slot_id TEXT,
    role_slot_label TEXT,
    status TEXT NOT NULL CONSTRAINT participants_status CHECK (status IN ('joined', 'left')),
    joined_at INTEGER NOT NULL,
    left_at INTEGER,
    UNIQUE (lobby_id, device_id)
);

CREATE INDEX participants_device_id ON participants (device_id);

CREATE TABLE lobby_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lobby_id BLOB NOT NULL REFERENCES lobbies (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE INDEX lobby_events_of_lobby ON lobby_events (lobby_id, id);

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    lobby_id BLOB NOT NULL REFERENCES lobbies (id) ON DELETE CASCADE,
    job_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE INDEX sessions_of_lobby ON sessions (lobby_id);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id BLOB NOT NULL UNIQUE,
    scope BLOB NOT NULL,
    seq INTEGER,
    destination TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    delivered_at INTEGER
);

CREATE INDEX outbox_undelivered ON outbox (scope, destination, id) WHERE delivered_at IS NULL;

CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
