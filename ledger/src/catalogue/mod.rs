//! What a database holds, as facts: tables, columns, keys, indexes. A service keeps what its migrations make as a text
//! beside them, one line a fact, and a database that lacks one of them is refused at the start.
//!
//! Checks are known by their names, and on `PostgreSQL` only; the text of a default is left out. Both have another
//! spelling in another version of the server.

mod faults;
mod foreign;

use std::collections::BTreeSet;
use std::fmt;

use sqlx::{PgConnection, SqliteConnection};

use crate::error::DbError;
use crate::pool::Pool;
use crate::{Dialect, Texts, read};

pub use faults::{Fault, Faults};
pub use foreign::{Foreign, Owner};

/// Where the applied migrations are kept, in each database.
pub(crate) const HISTORY: &str = "_sqlx_migrations";

/// One statement for everything.
const READ: Texts = Texts {
    postgres: include_str!("postgres.sql"),
    sqlite: include_str!("sqlite.sql"),
};

/// The item of a fact that a table is there.
const TABLE: &str = "table";

/// What the statement answers: table, item, value.
type Row = (String, String, String);

/// One thing in a database: `devices column label: text`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// The table that it belongs to.
    pub table: String,
    /// What it is, with its name: `table`, `column label`, `index devices_newest`.
    pub item: String,
    /// How it is: the type of a column, the columns of an index. Nothing where being there is all.
    pub value: String,
}

impl Fact {
    fn read(line: &str) -> Option<Self> {
        let (table, rest) = line.split_once(' ')?;
        let (item, value) = rest.split_once(": ").unwrap_or((rest, ""));
        Some(Self {
            table: table.to_owned(),
            item: item.to_owned(),
            value: value.to_owned(),
        })
    }

    /// What tells it from the others.
    fn key(&self) -> (&str, &str) {
        (&self.table, &self.item)
    }

    fn is_table(&self) -> bool {
        self.item == TABLE
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table, self.item)?;
        match self.value.as_str() {
            "" => Ok(()),
            value => write!(f, ": {value}"),
        }
    }
}

/// Everything in a database, or everything that a service expects in one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Catalogue {
    facts: BTreeSet<Fact>,
    has_history: bool,
}

/// How a database differs from what a service expects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// What keeps the service from working.
    pub(crate) faults: Vec<Fault>,
    /// What is there besides, of a table that is there besides only the table.
    pub(crate) extra: Vec<Fact>,
}

impl Catalogue {
    /// A committed text: one line a fact, and lines that begin with `#`.
    pub(crate) fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self {
            facts: lines.filter_map(Fact::read).collect(),
            has_history: true,
        }
    }

    /// The text of it, as it is committed.
    #[cfg(feature = "testing")]
    pub(crate) fn text(&self) -> String {
        let lines = self.facts.iter().map(|fact| format!("{fact}\n"));
        lines.collect::<Vec<_>>().concat()
    }

    /// What a database holds now.
    pub(crate) async fn of(pool: &Pool) -> Result<Self, DbError> {
        let text = READ.of(pool.dialect());
        let rows = read!(pool, db => sqlx::query_as(text).fetch_all(db).await)?;
        Ok(Self::from_rows(rows))
    }

    /// The same on the connection of one who migrates.
    pub(crate) async fn of_server(connection: &mut PgConnection) -> Result<Self, DbError> {
        let query = sqlx::query_as(READ.of(Dialect::Postgres));
        Ok(Self::from_rows(query.fetch_all(connection).await?))
    }

    /// The same within the transaction of one who migrates.
    pub(crate) async fn of_file(connection: &mut SqliteConnection) -> Result<Self, DbError> {
        let query = sqlx::query_as(READ.of(Dialect::Sqlite));
        Ok(Self::from_rows(query.fetch_all(connection).await?))
    }

    fn from_rows(rows: Vec<Row>) -> Self {
        let mut found = Self::default();
        for (table, item, value) in rows {
            if table == HISTORY {
                found.has_history = true;
                continue;
            }
            // A definition may stand on several lines.
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            found.facts.insert(Fact { table, item, value });
        }
        found
    }

    /// Whether there is a record of applied migrations.
    pub(crate) fn has_history(&self) -> bool {
        self.has_history
    }

    pub(crate) fn tables(&self) -> BTreeSet<&str> {
        let tables = self.facts.iter().filter(|fact| fact.is_table());
        tables.map(|fact| fact.table.as_str()).collect()
    }

    fn has(&self, table: &str, item: &str) -> bool {
        self.value(table, item).is_some()
    }

    fn value(&self, table: &str, item: &str) -> Option<&str> {
        let mut same = self.facts.iter();
        let fact = same.find(|fact| fact.key() == (table, item))?;
        Some(&fact.value)
    }

    /// What of `self` is not in `found`, and what is there besides.
    pub(crate) fn compare(&self, found: &Self) -> Comparison {
        let (needed, there) = (self.tables(), found.tables());
        let lacking = self.facts.difference(&found.facts);
        let lacking = lacking.filter(|fact| fact.is_table() || there.contains(fact.table.as_str()));
        let mut faults: Vec<Fault> = lacking.map(|fact| Fault::of(fact, found)).collect();
        let known: BTreeSet<(&str, &str)> = self.facts.iter().map(Fact::key).collect();
        let extra = found.facts.iter();
        let extra: Vec<Fact> = extra
            .filter(|fact| !known.contains(&fact.key()))
            .filter(|fact| fact.is_table() || needed.contains(fact.table.as_str()))
            .cloned()
            .collect();
        faults.extend(extra.iter().filter_map(|fact| Fault::of_extra(fact, found)));
        Comparison { faults, extra }
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, Fault};

    const EXPECTED: &str = "# made\nrooms column id: uuid not null\nrooms index rooms_newest: (created_at, id)\n\
        rooms table\nvisits column id: uuid\nvisits table\n";

    fn faults(found: &str) -> Vec<String> {
        let compared = Catalogue::read(EXPECTED).compare(&Catalogue::read(found));
        compared.faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn what_is_there_is_no_fault() {
        assert_eq!(faults(EXPECTED), [""; 0]);
    }

    #[test]
    fn a_table_that_is_missing_stands_for_all_that_is_in_it() {
        let found = "rooms column id: uuid not null\nrooms index rooms_newest: (created_at, id)\nrooms table\n";
        assert_eq!(faults(found), ["visits: the table is missing"]);
    }

    #[test]
    fn another_value_is_told_beside_the_expected_one() {
        let found = EXPECTED.replace("(created_at, id)", "(created_at)");
        let told = "rooms: index rooms_newest is (created_at), expected (created_at, id)";
        assert_eq!(faults(&found), [told]);
    }

    #[test]
    fn what_is_there_besides_is_listed_and_no_fault() {
        let found = format!("{EXPECTED}rooms column note: text\nzoo column a: text\nzoo table\n");
        let compared = Catalogue::read(EXPECTED).compare(&Catalogue::read(&found));
        assert_eq!(compared.faults, []);
        let extra: Vec<String> = compared.extra.iter().map(ToString::to_string).collect();
        assert_eq!(extra, ["rooms column note: text", "zoo table"]);
    }

    #[test]
    fn a_column_that_no_statement_fills_must_have_a_default() {
        let found = format!("{EXPECTED}rooms column note: text not null\n");
        let told =
            "rooms: column note must have a value and has no default, so that no row can be added";
        assert_eq!(faults(&found), [told]);
        assert_eq!(faults(&format!("{found}rooms default of note\n")), [""; 0]);
    }
}
