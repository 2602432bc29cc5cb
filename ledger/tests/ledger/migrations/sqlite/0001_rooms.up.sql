CREATE TABLE rooms (
    id BLOB PRIMARY KEY NOT NULL,
    code TEXT NOT NULL UNIQUE,
    plan TEXT NOT NULL,
    seats INTEGER CONSTRAINT rooms_seats_positive CHECK (seats > 0),
    seen_at INTEGER
);

CREATE TABLE visits (
    room_id BLOB NOT NULL REFERENCES rooms (id),
    device TEXT NOT NULL,
    label TEXT,
    UNIQUE (room_id, device)
);

CREATE UNIQUE INDEX visits_lower_label ON visits (lower(label));
