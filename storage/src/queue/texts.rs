//! The statements of the queues, in both spellings. Leases and due times count by the clock of the database.

use ledger::Texts;

/// A row for each entry; one of an id that waits or is dead is written over and stands behind the others
/// of its priority, one in process stays as it is. Answers where rows wait now, by rank.
pub(super) const PUSH: &str = "WITH made AS ( \
    INSERT INTO queue_items AS kept (id, external_id, queue_name, priority, payload, status, scheduled_at) \
    SELECT sent.id, sent.external_id, $1, sent.priority, sent.payload, \
        CASE WHEN sent.due > now() THEN 'scheduled' ELSE 'pending' END, greatest(sent.due, now()) \
    FROM unnest($2::uuid[], $3::text[], $4::integer[], $5::jsonb[], $6::timestamptz[]) WITH ORDINALITY \
        AS sent(id, external_id, priority, payload, due, place) ORDER BY sent.place \
    ON CONFLICT (queue_name, id) WHERE external_id IS NOT NULL DO UPDATE SET \
        priority = excluded.priority, payload = excluded.payload, status = excluded.status, \
        scheduled_at = excluded.scheduled_at, updated_at = now(), seq = excluded.seq, \
        attempts = CASE WHEN kept.status = 'dead' THEN 0 ELSE kept.attempts END \
        WHERE kept.status <> 'processing' \
    RETURNING rank, seq, status) \
    SELECT rank, min(seq) AS first, max(seq) AS last FROM made WHERE status = 'pending' GROUP BY rank";

/// The same for one entry.
pub(super) const PUSH_ONE: &str = "INSERT INTO queue_items \
    (id, external_id, queue_name, priority, payload, status, scheduled_at, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 > $7 THEN 'scheduled' ELSE 'pending' END, \
        max(coalesce($6, $7), $7), $7, $7) \
    ON CONFLICT (queue_name, id) WHERE external_id IS NOT NULL DO UPDATE SET \
        priority = excluded.priority, payload = excluded.payload, status = excluded.status, \
        scheduled_at = excluded.scheduled_at, updated_at = excluded.updated_at, \
        seq = (SELECT max(seq) + 1 FROM queue_items), \
        attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END \
        WHERE status <> 'processing'";

/// Hands out and removes.
pub(super) const TAKE: &str = "DELETE FROM queue_items WHERE seq = ANY (ARRAY( \
    SELECT seq FROM queue_items WHERE queue_name = $1 AND status = 'pending' \
        AND (rank, seq) > ($2, $3) AND (rank, seq) <= ($4, $5) \
    ORDER BY rank, seq LIMIT $6 FOR UPDATE SKIP LOCKED)) \
    RETURNING seq, id, external_id, rank, attempts + 1 AS attempts, payload";
pub(super) const TAKE_ON_FILE: &str = "DELETE FROM queue_items WHERE seq IN ( \
    SELECT seq FROM queue_items WHERE queue_name = $1 AND status = 'pending' ORDER BY rank, seq LIMIT $2) \
    RETURNING seq, id, external_id, rank, attempts + 1 AS attempts, payload";

/// Hands out for a time.
pub(super) const LEASE: &str = "UPDATE queue_items SET status = 'processing', attempts = attempts + 1, \
    receipt = $7, visible_at = now() + $8::bigint * interval '1 microsecond', updated_at = now() \
    WHERE seq = ANY (ARRAY( \
    SELECT seq FROM queue_items WHERE queue_name = $1 AND status = 'pending' \
        AND (rank, seq) > ($2, $3) AND (rank, seq) <= ($4, $5) \
    ORDER BY rank, seq LIMIT $6 FOR UPDATE SKIP LOCKED)) \
    RETURNING seq, id, external_id, rank, attempts, payload";
pub(super) const LEASE_ON_FILE: &str = "UPDATE queue_items SET status = 'processing', attempts = attempts + 1, \
    receipt = $3, visible_at = $4 + $5, updated_at = $4 WHERE seq IN ( \
    SELECT seq FROM queue_items WHERE queue_name = $1 AND status = 'pending' ORDER BY rank, seq LIMIT $2) \
    RETURNING seq, id, external_id, rank, attempts, payload";

/// Removes what is finished, by the numbers and leases of its receipts. Answers the receipts
/// of what was removed. The first is for
/// receipts of several pops, the second, which is cheaper, for those of one.
pub(super) const ACK: &str = "DELETE FROM queue_items AS kept \
    USING unnest($2::bigint[], $3::uuid[]) AS named(seq, lease) \
    WHERE kept.seq = named.seq AND kept.receipt = named.lease AND kept.queue_name = $1 \
    RETURNING kept.seq, kept.receipt";
pub(super) const ACK_OF_LEASE: &str = "DELETE FROM queue_items \
    WHERE queue_name = $1 AND seq = ANY ($2) AND receipt = $3 RETURNING seq, receipt";
pub(super) const ACK_ONE: &str = "DELETE FROM queue_items \
    WHERE queue_name = $1 AND seq = $2 AND receipt = $3 RETURNING seq, receipt";

/// Gives back: at once or later; dead after the last attempt ($4). Answers places and what became of them.
pub(super) const NACK: &str = "UPDATE queue_items AS kept SET receipt = NULL, visible_at = NULL, updated_at = now(), \
    status = CASE WHEN kept.attempts >= $4 THEN 'dead' WHEN $5::bigint > 0 THEN 'scheduled' ELSE 'pending' END, \
    scheduled_at = now() + $5::bigint * interval '1 microsecond' \
    FROM unnest($2::bigint[], $3::uuid[]) AS named(seq, lease) \
    WHERE kept.seq = named.seq AND kept.receipt = named.lease AND kept.queue_name = $1 \
    RETURNING kept.seq, kept.rank, kept.status, kept.queue_name";
pub(super) const NACK_ONE: &str = "UPDATE queue_items SET receipt = NULL, visible_at = NULL, updated_at = $6, \
    status = CASE WHEN attempts >= $4 THEN 'dead' WHEN $5 > 0 THEN 'scheduled' ELSE 'pending' END, \
    scheduled_at = $6 + $5 WHERE queue_name = $1 AND seq = $2 AND receipt = $3 \
    RETURNING seq, rank, status, queue_name";

/// Holds longer.
pub(super) const EXTEND: &str = "UPDATE queue_items AS kept SET updated_at = now(), \
    visible_at = now() + $4::bigint * interval '1 microsecond' \
    FROM unnest($2::bigint[], $3::uuid[]) AS named(seq, lease) \
    WHERE kept.seq = named.seq AND kept.receipt = named.lease AND kept.queue_name = $1 RETURNING kept.seq";
pub(super) const EXTEND_ONE: &str = "UPDATE queue_items SET updated_at = $5, visible_at = $5 + $4 \
    WHERE queue_name = $1 AND seq = $2 AND receipt = $3 RETURNING seq";

/// What would be handed out next, and what is not handed out any more.
pub(super) const PEEK: &str = "SELECT seq, id, external_id, rank, attempts, payload FROM queue_items \
    WHERE queue_name = $1 AND status = 'pending' ORDER BY rank, seq LIMIT $2";
pub(super) const PEEK_DEAD: &str = "SELECT seq, id, external_id, rank, attempts, payload FROM queue_items \
    WHERE queue_name = $1 AND status = 'dead' ORDER BY rank, seq LIMIT $2";

/// Leases that ended: pending again, or dead after the last attempt.
pub(super) const EXPIRE: Texts = Texts {
    postgres: "UPDATE queue_items SET receipt = NULL, visible_at = NULL, updated_at = now(), \
        status = CASE WHEN attempts >= $2 THEN 'dead' ELSE 'pending' END \
        WHERE seq = ANY (ARRAY(SELECT seq FROM queue_items WHERE status = 'processing' AND visible_at <= now() \
            ORDER BY visible_at LIMIT $1 FOR UPDATE SKIP LOCKED)) \
        RETURNING seq, rank, status, queue_name",
    sqlite: "UPDATE queue_items SET receipt = NULL, visible_at = NULL, updated_at = $3, \
        status = CASE WHEN attempts >= $2 THEN 'dead' ELSE 'pending' END \
        WHERE seq IN (SELECT seq FROM queue_items WHERE status = 'processing' AND visible_at <= $3 \
            ORDER BY visible_at LIMIT $1) \
        RETURNING seq, rank, status, queue_name",
};

/// Scheduled rows whose time has come get new numbers in the order of their times, behind all that wait.
pub(super) const DUE: Texts = Texts {
    postgres: "UPDATE queue_items AS kept SET status = 'pending', seq = due.next, updated_at = now() FROM ( \
        SELECT seq, nextval(pg_get_serial_sequence('queue_items', 'seq')) AS next FROM ( \
            SELECT seq FROM queue_items WHERE status = 'scheduled' AND scheduled_at <= now() \
            ORDER BY scheduled_at, seq LIMIT $1 FOR UPDATE SKIP LOCKED) AS first) AS due \
        WHERE kept.seq = due.seq RETURNING kept.seq, kept.rank, kept.status, kept.queue_name",
    sqlite: "UPDATE queue_items SET status = 'pending', seq = due.next, updated_at = $2 FROM ( \
        SELECT seq AS old, (SELECT max(seq) FROM queue_items) + row_number() OVER (ORDER BY scheduled_at, seq) AS next \
        FROM queue_items WHERE status = 'scheduled' AND scheduled_at <= $2 \
        ORDER BY scheduled_at, seq LIMIT $1) AS due \
        WHERE queue_items.seq = due.old RETURNING seq, rank, status, queue_name",
};

/// Dead items that nobody has looked after.
pub(super) const PURGE: &str = "DELETE FROM queue_items WHERE status = 'dead' AND updated_at < $1";

/// How many stand where.
pub(super) const SIZES: &str = "SELECT queue_name AS queue, status, count(*) AS items FROM queue_items \
    GROUP BY queue_name, status";

/// Seconds since the oldest transaction began whose snapshot keeps dead rows from being cleaned away.
pub(super) const OLDEST_SNAPSHOT: &str = "SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::float8 \
    FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()";

/// Every statement; those of `PostgreSQL` alone stand beside one that `SQLite` reads.
pub(crate) const STATEMENTS: &[Texts] = &[
    Texts {
        postgres: PUSH,
        sqlite: PUSH_ONE,
    },
    Texts {
        postgres: TAKE,
        sqlite: TAKE_ON_FILE,
    },
    Texts {
        postgres: LEASE,
        sqlite: LEASE_ON_FILE,
    },
    Texts {
        postgres: ACK,
        sqlite: ACK_ONE,
    },
    Texts {
        postgres: ACK_OF_LEASE,
        sqlite: ACK_ONE,
    },
    Texts {
        postgres: NACK,
        sqlite: NACK_ONE,
    },
    Texts {
        postgres: EXTEND,
        sqlite: EXTEND_ONE,
    },
    Texts::same(PEEK),
    Texts::same(PEEK_DEAD),
    EXPIRE,
    DUE,
    Texts::same(PURGE),
    Texts::same(SIZES),
    Texts {
        postgres: OLDEST_SNAPSHOT,
        sqlite: SIZES,
    },
];
