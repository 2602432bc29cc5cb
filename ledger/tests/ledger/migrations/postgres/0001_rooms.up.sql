CREATE TABLE rooms (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    plan jsonb NOT NULL,
    seats bigint CONSTRAINT rooms_seats_positive CHECK (seats > 0),
    seen_at timestamptz
);

CREATE TABLE visits (
    room_id uuid NOT NULL REFERENCES rooms (id),
    device text NOT NULL,
    label text,
    UNIQUE (room_id, device)
);

CREATE UNIQUE INDEX visits_lower_label ON visits (lower(label));
