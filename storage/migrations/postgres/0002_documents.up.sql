CREATE TABLE documents (
    id uuid PRIMARY KEY,
    url text NOT NULL UNIQUE,
    crawled_at timestamptz,
    last_modified timestamptz,
    content_type text,
    size bigint,
    status text NOT NULL,
    metadata jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX documents_newest ON documents (created_at, id);
CREATE INDEX documents_status ON documents (status, created_at, id);
CREATE INDEX documents_crawled_at ON documents (crawled_at);
