//! The few places where the two databases need different words; everything else is one text.

/// Which SQL a pool or a transaction speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `PostgreSQL`.
    Postgres,
    /// `SQLite`.
    Sqlite,
}

impl Dialect {
    /// `postgres` or `sqlite`: the folder of the migrations, and the word in logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

/// One statement in both spellings, for a statement that has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts {
    /// The spelling of `PostgreSQL`.
    pub postgres: &'static str,
    /// The spelling of `SQLite`.
    pub sqlite: &'static str,
}

impl Texts {
    /// One statement that both databases read alike, for lists that hold both kinds.
    pub const fn same(text: &'static str) -> Self {
        Self {
            postgres: text,
            sqlite: text,
        }
    }

    /// The spelling for `dialect`. Take it before [`on!`](crate::on): inside, the transaction is borrowed.
    pub const fn of(self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Postgres => self.postgres,
            Dialect::Sqlite => self.sqlite,
        }
    }
}

impl From<&'static str> for Texts {
    fn from(text: &'static str) -> Self {
        Self::same(text)
    }
}

/// A `SELECT` that locks the rows it reads until the transaction ends: `FOR UPDATE` on `PostgreSQL`; `SQLite` has one
/// writer, so its transaction holds the lock already.
///
/// ```
/// const LOBBY: ledger::Texts = ledger::locked!("SELECT id, last_seq FROM lobbies WHERE id = $1");
/// assert!(LOBBY.postgres.ends_with("WHERE id = $1 FOR UPDATE"));
/// assert!(LOBBY.sqlite.ends_with("WHERE id = $1"));
/// ```
#[macro_export]
macro_rules! locked {
    ($text:expr) => {
        $crate::Texts {
            postgres: concat!($text, " FOR UPDATE"),
            sqlite: $text,
        }
    };
}

/// A statement with a list of values as one parameter, a JSON array bound as `Json<Vec<_>>`: `$before IN (SELECT ...)
/// $after`, the values read as `$kind` (`bigint`, `text`, `uuid`) on `PostgreSQL`.
///
/// Uuids are BLOBs on `SQLite` and strings in JSON: a list of uuids is bound one by one instead.
///
/// ```
/// const MARK: ledger::Texts =
///     ledger::listed!("UPDATE outbox SET delivered_at = $1 WHERE id", "$2", "bigint", "");
/// assert!(MARK.sqlite.contains("json_each($2)"));
/// ```
#[macro_export]
macro_rules! listed {
    ($before:literal, $parameter:literal, $kind:literal, $after:literal) => {
        $crate::Texts {
            postgres: concat!(
                $before,
                " IN (SELECT value::",
                $kind,
                " FROM jsonb_array_elements_text(",
                $parameter,
                "::jsonb) AS listed(value)) ",
                $after
            ),
            sqlite: concat!(
                $before,
                " IN (SELECT value FROM json_each(",
                $parameter,
                ")) ",
                $after
            ),
        }
    };
}
