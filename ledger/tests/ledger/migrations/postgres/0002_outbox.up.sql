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
