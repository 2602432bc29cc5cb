CREATE TABLE documents (
    id BLOB NOT NULL PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    crawled_at INTEGER,
    last_modified INTEGER,
    content_type TEXT,
    size INTEGER,
    status TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE INDEX documents_newest ON documents (created_at, id);
CREATE INDEX documents_status ON documents (status, created_at, id);
CREATE INDEX documents_crawled_at ON documents (crawled_at);
