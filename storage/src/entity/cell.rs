//! Values of columns on their way into statements, out of rows and into answers.

use std::fmt::Write as _;

use ledger::Instant;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Entity, Kind};

/// The value of a column.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Integer(Option<i64>),
    /// JSON as it was sent, or as the database writes it.
    Map(Box<RawValue>),
    Moment(Option<Instant>),
}

/// A row: its own columns in the order of the description, and what stands beside each.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) cells: Vec<Cell>,
    pub(crate) version: i64,
    pub(crate) updated_at: Instant,
}

impl Cell {
    /// Nothing, for a column of a kind.
    pub(crate) fn null(kind: Kind) -> Self {
        match kind {
            Kind::Uuid => Self::Uuid(None),
            Kind::Text(..) | Kind::Word(_) => Self::Text(None),
            Kind::Integer(..) => Self::Integer(None),
            Kind::Map => Self::empty(),
            Kind::Moment => Self::Moment(None),
        }
    }

    /// An empty object.
    pub(crate) fn empty() -> Self {
        Self::Map(RawValue::from_string("{}".to_owned()).unwrap_or_default())
    }

    /// Writes the value as JSON.
    fn write(&self, out: &mut String) {
        match self {
            Self::Uuid(Some(id)) => text(out, id.as_hyphenated()),
            Self::Text(Some(words)) => {
                out.push_str(&serde_json::Value::from(words.as_str()).to_string());
            }
            Self::Integer(Some(number)) => plain(out, number),
            Self::Map(json) => out.push_str(json.get()),
            Self::Moment(Some(moment)) => text(out, Shown(*moment)),
            Self::Uuid(None) | Self::Text(None) | Self::Integer(None) | Self::Moment(None) => {
                out.push_str("null");
            }
        }
    }
}

impl Row {
    /// Writes the object of an answer: exactly the contract's fields.
    pub(crate) fn write(&self, entity: &Entity, out: &mut String) {
        out.push_str("{\"id\":");
        text(out, self.id.as_hyphenated());
        for (column, cell) in entity.columns.iter().zip(&self.cells) {
            out.push_str(",\"");
            out.push_str(column.name);
            out.push_str("\":");
            cell.write(out);
        }
        out.push('}');
    }

    /// The object of an answer.
    pub(crate) fn json(&self, entity: &Entity) -> String {
        let mut out = String::with_capacity(64 * (entity.columns.len() + 1));
        self.write(entity, &mut out);
        out
    }

    /// When it came to be.
    pub(crate) fn born(&self, entity: &Entity) -> Instant {
        let cells = entity.columns.iter().zip(&self.cells);
        let mut born = cells.filter(|(column, _)| column.name == entity.born);
        let moment = born.find_map(|(_, cell)| match cell {
            Cell::Moment(moment) => *moment,
            Cell::Uuid(_) | Cell::Text(_) | Cell::Integer(_) | Cell::Map(_) => None,
        });
        moment.unwrap_or(self.updated_at)
    }
}

/// A moment as the earlier service wrote it: microseconds only where there are any.
pub(crate) struct Shown(pub(crate) Instant);

impl core::fmt::Display for Shown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.0.microseconds() % 1_000_000 == 0 {
            write!(f, "{:.0}", self.0.timestamp())
        } else {
            write!(f, "{}", self.0)
        }
    }
}

fn text(out: &mut String, value: impl core::fmt::Display) {
    out.push('"');
    plain(out, value);
    out.push('"');
}

fn plain(out: &mut String, value: impl core::fmt::Display) {
    // Writing to a text cannot fail.
    let _ = write!(out, "{value}");
}

/// Binds cells to a query, in order.
macro_rules! bound {
    ($query:expr, $cells:expr) => {{
        let mut query = $query;
        for cell in $cells {
            query = match cell {
                $crate::entity::Cell::Uuid(id) => query.bind(id),
                $crate::entity::Cell::Text(text) => query.bind(text),
                $crate::entity::Cell::Integer(number) => query.bind(number),
                $crate::entity::Cell::Map(json) => query.bind(::sqlx::types::Json(json)),
                $crate::entity::Cell::Moment(moment) => query.bind(moment),
            };
        }
        query
    }};
}

/// Reads a row of an entity: `id`, its own columns, `version`, `updated_at`.
macro_rules! row {
    ($entity:expr, $row:expr) => {{
        use ::sqlx::Row as _;
        use $crate::entity::{Cell, Kind};
        let read = |place: usize, kind: Kind| -> Result<Cell, ::sqlx::Error> {
            Ok(match kind {
                Kind::Uuid => Cell::Uuid($row.try_get(place)?),
                Kind::Text(..) | Kind::Word(_) => Cell::Text($row.try_get(place)?),
                Kind::Integer(..) => Cell::Integer($row.try_get(place)?),
                Kind::Map => {
                    let json: ::sqlx::types::Json<Box<::serde_json::value::RawValue>> =
                        $row.try_get(place)?;
                    Cell::Map(json.0)
                }
                Kind::Moment => Cell::Moment($row.try_get(place)?),
            })
        };
        let columns = $entity.columns.iter().enumerate();
        let cells: Result<Vec<Cell>, ::sqlx::Error> = columns
            .map(|(place, column)| read(place + 1, column.kind))
            .collect();
        let count = $entity.columns.len();
        Ok::<_, ::sqlx::Error>($crate::entity::Row {
            id: $row.try_get(0)?,
            cells: cells?,
            version: $row.try_get(count + 1)?,
            updated_at: $row.try_get(count + 2)?,
        })
    }};
}

pub(crate) use {bound, row};
