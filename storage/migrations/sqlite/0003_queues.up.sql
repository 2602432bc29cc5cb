CREATE TABLE queue_items (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL,
    external_id TEXT,
    queue_name TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    rank INTEGER NOT NULL GENERATED ALWAYS AS (-priority) STORED,
    payload TEXT NOT NULL DEFAULT '{}',
    status TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    receipt BLOB,
    visible_at INTEGER,
    created_at INTEGER NOT NULL,
    scheduled_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT queue_items_status CHECK (status IN ('pending', 'scheduled', 'processing', 'dead'))
);

CREATE INDEX idx_queue_priority ON queue_items (queue_name, rank, seq) WHERE status = 'pending';
CREATE INDEX queue_items_scheduled ON queue_items (scheduled_at, seq) WHERE status = 'scheduled';
CREATE INDEX queue_items_processing ON queue_items (visible_at) WHERE status = 'processing';
CREATE INDEX queue_items_dead ON queue_items (queue_name, updated_at) WHERE status = 'dead';
CREATE UNIQUE INDEX queue_items_given_id ON queue_items (queue_name, id) WHERE external_id IS NOT NULL;
