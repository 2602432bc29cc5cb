CREATE TABLE lobbies (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    creator_device_id text NOT NULL,
    state text NOT NULL CONSTRAINT lobbies_state CHECK (state IN ('open', 'measurement_running', 'closed')),
    created_at timestamptz NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    room jsonb,
    room_shared_at timestamptz,
    step_index bigint,
    profile_id text
);

CREATE INDEX lobbies_creator_device_id ON lobbies (creator_device_id);

CREATE TABLE participants (
    id uuid PRIMARY KEY,
    lobby_id uuid NOT NULL REFERENCES lobbies (id) ON DELETE CASCADE,
    device_id text NOT NULL,
    role text NOT NULL CONSTRAINT participants_role CHECK (role IN ('none', 'speaker', 'microphone')),
    role_slot_id text,
    role_slot_label text,
    status text NOT NULL CONSTRAINT participants_status CHECK (status IN ('joined', 'left')),
    joined_at timestamptz NOT NULL,
    left_at timestamptz,
    UNIQUE (lobby_id, device_id)
);

CREATE INDEX participants_device_id ON participants (device_id);

CREATE TABLE lobby_events (
    id bigserial PRIMARY KEY,
    lobby_id uuid NOT NULL REFERENCES lobbies (id) ON DELETE CASCADE,
    type text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE INDEX lobby_events_of_lobby ON lobby_events (lobby_id, id);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    lobby_id uuid NOT NULL REFERENCES lobbies (id) ON DELETE CASCADE,
    job_id uuid NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    state jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX sessions_of_lobby ON sessions (lobby_id);

CREATE TABLE outbox (
    id bigserial PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    scope uuid NOT NULL,
    seq bigint,
    destination text NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    delivered_at timestamptz
);

CREATE INDEX outbox_undelivered ON outbox (scope, destination, id) WHERE delivered_at IS NULL;

CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
