//! What an entity is: its names, its table and its columns. Readers, statements, answers and documents are made from
//! this description.

use std::sync::OnceLock;

use statements::Statements;

mod cell;
mod reading;
mod seven;
mod statements;
mod words;

pub(crate) use cell::{Cell, Row, Shown, bound, row};
pub(crate) use reading::{
    MOMENTS_US, all_cells, completed, filter_cells, for_creation, for_patch, for_record, moment,
    nul_free, whole,
};
pub(crate) use seven::{ALL, DEVICES, INTEGER_MAX};
pub(crate) use statements::Listing;
pub(crate) use words::Word;

/// One of the seven.
#[derive(Debug)]
pub(crate) struct Entity {
    /// Its place in the path, with dashes.
    pub(crate) path: &'static str,
    /// Its name in refusals.
    pub(crate) name: &'static str,
    /// Its table, which is its path with underscores.
    pub(crate) table: &'static str,
    /// Its own columns, in the order of its answers; `id` comes before them.
    pub(crate) columns: &'static [Column],
    /// The column that says when it came to be.
    pub(crate) born: &'static str,
    /// The column whose word `deleted` hides a row.
    pub(crate) hidden_by: Option<&'static str>,
    /// A unique column by which a creation overwrites what is there.
    pub(crate) upsert_by: Option<&'static str>,
    /// A unique column that has a route of its own, and the word of that route.
    pub(crate) lookup: Option<(&'static str, &'static str)>,
    /// What is told where another row has the same values.
    pub(crate) duplicate: &'static str,
    made: OnceLock<Statements>,
}

/// A column and its rules.
#[derive(Debug)]
pub(crate) struct Column {
    /// Its name, in JSON and in the table.
    pub(crate) name: &'static str,
    /// A second name that bodies may use.
    pub(crate) alias: Option<&'static str>,
    pub(crate) kind: Kind,
    pub(crate) create: Create,
    /// Whether it may be changed.
    pub(crate) patch: bool,
    pub(crate) nullable: bool,
    /// Whether lists may be narrowed by it.
    pub(crate) filter: bool,
    /// What it points to.
    pub(crate) parent: Option<&'static Entity>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Uuid,
    /// So many characters.
    Text(usize, usize),
    /// One of these.
    Word(&'static [Word]),
    /// At least and at most.
    Integer(i64, i64),
    /// A JSON object.
    Map,
    Moment,
}

/// Where the value of a new row comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Create {
    /// From the body, always.
    Required,
    /// From the body, or null.
    OrNull,
    /// From the body, or this word or text.
    Or(&'static str),
    /// From the body, or an empty object.
    OrEmpty,
    /// From the body, or a code of its own.
    OrCode,
    /// Never from the body: the moment of creation.
    Now,
    /// Never from the body: null at first.
    Null,
}

impl Entity {
    /// The path with underscores, as some documents of the earlier service write it.
    pub(crate) const fn underscored(&self) -> &'static str {
        self.table
    }

    /// The column of a name.
    pub(crate) fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Columns that narrow lists, in the order of the description.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.filter)
    }

    /// The refusal of a row that is not there.
    pub(crate) fn not_found(&self) -> chassis::problem::Problem {
        chassis::problem::Problem::not_found(format!("{} not found", self.name))
    }
}
