CREATE TABLE rooms_new (
    id BLOB PRIMARY KEY NOT NULL,
    code TEXT NOT NULL UNIQUE,
    plan TEXT NOT NULL,
    seats INTEGER CONSTRAINT rooms_seats_positive CHECK (seats > 0),
    seen_at INTEGER,
    colour TEXT NOT NULL DEFAULT 'grey'
);

INSERT INTO rooms_new (id, code, plan, seats, seen_at) SELECT id, code, plan, seats, seen_at FROM rooms;

DROP TABLE rooms;

ALTER TABLE rooms_new RENAME TO rooms;
