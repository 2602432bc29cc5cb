//! The statements of an entity, made once from its description; both databases read them alike.

use std::collections::BTreeMap;

use ledger::Texts;

use super::words::DELETED;
use super::{Column, Entity, Kind};

/// Every statement of an entity.
#[derive(Debug)]
pub(crate) struct Statements {
    /// `$1` id, then the columns, then the moment of now.
    pub(crate) insert: &'static str,
    /// `$1` id.
    pub(crate) one: &'static str,
    /// `$1` id; hidden rows too.
    pub(crate) one_of_all: &'static str,
    /// `$1` id, `$2` the version that it must have or null, `$3` now, then for each column that may be changed whether
    /// it is, and to what.
    pub(crate) patch: &'static str,
    pub(crate) patch_of_all: &'static str,
    /// `$1` id, `$2` the version that it must have or null.
    pub(crate) delete: &'static str,
    pub(crate) delete_of_all: &'static str,
    /// Frees rows that point to one that is removed, and stay: `$1` its id, `$2` now.
    pub(crate) orphan: Vec<&'static str>,
    /// The same for hidden rows that are removed: `$1` moment up to which, `$2` now.
    pub(crate) orphans_of_purged: Vec<&'static str>,
    /// `$1` moment up to which hidden rows are removed.
    pub(crate) purge: Option<&'static str>,
    /// By the unique column that has a route of its own: `$1` the value.
    pub(crate) lookup: Option<&'static str>,
    lists: BTreeMap<Listing, &'static str>,
    counts: BTreeMap<(u32, bool), &'static str>,
    /// `$1` id, `$2` number of the fact, `$3` now, then the columns.
    pub(crate) record_new: &'static str,
    /// `$1` id, `$2` number of the fact, `$3` now, then for each column whether it is named, and its value.
    pub(crate) record_change: &'static str,
}

/// What a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listing {
    /// A bit for each filter of the entity, in order.
    pub(crate) filters: u32,
    /// Oldest first.
    pub(crate) ascending: bool,
    /// After a row, not after a number of rows.
    pub(crate) by_cursor: bool,
    /// Hidden rows too.
    pub(crate) deleted: bool,
}

impl Entity {
    /// Its statements.
    pub(crate) fn statements(&'static self) -> &'static Statements {
        self.made.get_or_init(|| Statements::of(self))
    }

    /// The columns that a statement of changes names, in order.
    pub(crate) fn changeable(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.patch)
    }

    /// Every column of a row as statements give it.
    fn selected(&self) -> String {
        let own = self.columns.iter().map(|column| column.name);
        let all: Vec<&str> = ["id"]
            .into_iter()
            .chain(own)
            .chain(["version", "updated_at"])
            .collect();
        all.join(", ")
    }

    /// What keeps hidden rows out, as a further condition.
    fn shown(&self) -> String {
        self.hidden_by.map_or_else(String::new, |column| {
            format!(" AND {column} <> '{DELETED}'")
        })
    }
}

impl Statements {
    fn of(entity: &Entity) -> Self {
        let (table, selected, shown) = (entity.table, entity.selected(), entity.shown());
        let one = |hidden: &str| {
            kept(format!(
                "SELECT {selected} FROM {table} WHERE id = $1{hidden}"
            ))
        };
        let delete = |hidden: &str| {
            kept(format!(
                "DELETE FROM {table} WHERE id = $1 AND version = coalesce($2, version){hidden}"
            ))
        };
        let lookup = |(column, _)| {
            kept(format!(
                "SELECT {selected} FROM {table} WHERE {column} = $1{shown}"
            ))
        };
        Self {
            insert: kept(insert(entity)),
            one: one(&shown),
            one_of_all: one(""),
            patch: kept(patch(entity, &shown)),
            patch_of_all: kept(patch(entity, "")),
            delete: delete(&shown),
            delete_of_all: delete(""),
            orphan: orphans(entity, "= $1"),
            orphans_of_purged: purged(entity)
                .map(|from| orphans(entity, &format!("IN (SELECT id {from})")))
                .unwrap_or_default(),
            purge: purged(entity).map(|from| kept(format!("DELETE {from}"))),
            lookup: entity.lookup.map(lookup),
            lists: listings(entity)
                .map(|listing| (listing, kept(list(entity, listing))))
                .collect(),
            counts: listings(entity)
                .map(|l| ((l.filters, l.deleted), kept(count(entity, l))))
                .collect(),
            record_new: kept(record_new(entity)),
            record_change: kept(record_change(entity)),
        }
    }

    /// A list: the values of the filters, then `$` limit, then the offset or moment and id of the row before.
    pub(crate) fn list(&self, listing: Listing) -> &'static str {
        self.lists.get(&listing).copied().unwrap_or_default()
    }

    /// How many rows a list has in all: the values of the filters.
    pub(crate) fn count(&self, filters: u32, deleted: bool) -> &'static str {
        self.counts
            .get(&(filters, deleted))
            .copied()
            .unwrap_or_default()
    }

    /// All of them, for a test that prepares them.
    pub(crate) fn all(&self) -> Vec<Texts> {
        let single = [
            self.insert,
            self.one,
            self.one_of_all,
            self.patch,
            self.patch_of_all,
            self.delete,
            self.delete_of_all,
            self.record_new,
            self.record_change,
        ];
        let many = self.lists.values().chain(self.counts.values());
        let orphans = self.orphan.iter().chain(&self.orphans_of_purged).copied();
        let some = self.purge.into_iter().chain(self.lookup).chain(orphans);
        let all = single.into_iter().chain(some).chain(many.copied());
        all.map(Texts::same).collect()
    }
}

/// `INSERT`, or the update of the row that has the same value of the column that decides.
fn insert(entity: &Entity) -> String {
    let columns: Vec<&str> = entity.columns.iter().map(|column| column.name).collect();
    let places: Vec<String> = (2..columns.len() + 2).map(|n| format!("${n}")).collect();
    let (now, table) = (columns.len() + 2, entity.table);
    let upsert = entity.upsert_by.map_or_else(String::new, |by| {
        let changed: Vec<String> = entity
            .changeable()
            .map(|column| format!("{0} = excluded.{0}", column.name))
            .collect();
        format!(
            " ON CONFLICT ({by}) DO UPDATE SET {}, updated_at = excluded.updated_at, version = {table}.version + 1",
            changed.join(", ")
        )
    });
    format!(
        "INSERT INTO {table} (id, {}, updated_at, version) VALUES ($1, {}, ${now}, 1){upsert} RETURNING {}",
        columns.join(", "),
        places.join(", "),
        entity.selected()
    )
}

/// A fact of the owner about a row that is not there yet.
fn record_new(entity: &Entity) -> String {
    let columns: Vec<&str> = entity.columns.iter().map(|column| column.name).collect();
    let places: Vec<String> = (4..columns.len() + 4).map(|n| format!("${n}")).collect();
    format!(
        "INSERT INTO {} (id, record_seq, updated_at, {}, version) VALUES ($1, $2, $3, {}, 1) \
         ON CONFLICT (id) DO NOTHING",
        entity.table,
        columns.join(", "),
        places.join(", ")
    )
}

/// A fact of the owner about a row that is there, if it is newer than the last.
fn record_change(entity: &Entity) -> String {
    let changes = flagged(entity.columns.iter());
    format!(
        "UPDATE {} SET {changes}, record_seq = $2, updated_at = $3, version = version + 1 \
         WHERE id = $1 AND (record_seq IS NULL OR record_seq < $2)",
        entity.table
    )
}

/// Columns of which each has a flag and a value, from `$4` on.
fn flagged(columns: impl Iterator<Item = &'static Column>) -> String {
    let each = columns.enumerate().map(|(place, column)| {
        let (flag, value, name) = (4 + 2 * place, 5 + 2 * place, column.name);
        format!("{name} = CASE WHEN ${flag} THEN ${value} ELSE {name} END")
    });
    each.collect::<Vec<String>>().join(", ")
}

/// One text for every body: each column has a flag and a value.
fn patch(entity: &Entity, shown: &str) -> String {
    format!(
        "UPDATE {} SET {}, updated_at = $3, version = version + 1 \
         WHERE id = $1 AND version = coalesce($2, version){shown} RETURNING {}",
        entity.table,
        flagged(entity.changeable()),
        entity.selected()
    )
}

/// What happens to the children that stay without this parent; `which` says how it is found.
fn orphans(entity: &Entity, which: &str) -> Vec<&'static str> {
    let children = super::ALL
        .iter()
        .flat_map(|child| child.columns.iter().map(move |column| (child, column)));
    let staying = children.filter(|(_, column)| {
        column.nullable
            && column
                .parent
                .is_some_and(|parent| parent.table == entity.table)
    });
    staying
        .map(|(child, column)| {
            let (table, name) = (child.table, column.name);
            kept(format!(
                "UPDATE {table} SET {name} = NULL, version = version + 1, updated_at = $2 WHERE {name} {which}"
            ))
        })
        .collect()
}

/// Hidden rows that are removed: `$1` moment up to which.
fn purged(entity: &Entity) -> Option<String> {
    let column = entity.hidden_by?;
    Some(format!(
        "FROM {} WHERE {column} = '{DELETED}' AND updated_at < $1",
        entity.table
    ))
}

/// Every list that can be asked for.
fn listings(entity: &Entity) -> impl Iterator<Item = Listing> {
    let filters = entity.filters().count();
    let hides: &[bool] = if entity.hidden_by.is_some() {
        &[false, true]
    } else {
        &[false]
    };
    (0..1_u32 << filters).flat_map(move |filters| {
        hides.iter().flat_map(move |deleted| {
            [(false, false), (false, true), (true, false), (true, true)].map(
                |(ascending, by_cursor)| Listing {
                    filters,
                    ascending,
                    by_cursor,
                    deleted: *deleted,
                },
            )
        })
    })
}

/// Conditions of a list, and the number of the next parameter.
fn conditions(entity: &Entity, filters: u32, deleted: bool) -> (Vec<String>, usize) {
    let mut next = 1;
    let mut all = Vec::new();
    for (bit, column) in entity.filters().enumerate() {
        if filters >> bit & 1 == 0 {
            continue;
        }
        let name = column.name;
        if matches!(column.kind, Kind::Word(_)) {
            all.push(format!("({name} = ${next} OR {name} = ${})", next + 1));
            next += 2;
        } else {
            all.push(format!("{name} = ${next}"));
            next += 1;
        }
    }
    if let (false, Some(column)) = (deleted, entity.hidden_by) {
        all.push(format!("{column} <> '{DELETED}'"));
    }
    (all, next)
}

fn list(entity: &Entity, listing: Listing) -> String {
    let (mut all, limit) = conditions(entity, listing.filters, listing.deleted);
    let (born, table) = (entity.born, entity.table);
    let (way, beyond) = if listing.ascending {
        ("ASC", ">")
    } else {
        ("DESC", "<")
    };
    let after = if listing.by_cursor {
        all.push(format!(
            "({born}, id) {beyond} (${}, ${})",
            limit + 1,
            limit + 2
        ));
        String::new()
    } else {
        format!(" OFFSET ${}", limit + 1)
    };
    format!(
        "SELECT {} FROM {table}{} ORDER BY {born} {way}, id {way} LIMIT ${limit}{after}",
        entity.selected(),
        filtered(&all)
    )
}

fn count(entity: &Entity, listing: Listing) -> String {
    let (all, _) = conditions(entity, listing.filters, listing.deleted);
    format!("SELECT count(*) FROM {}{}", entity.table, filtered(&all))
}

fn filtered(conditions: &[String]) -> String {
    if conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", conditions.join(" AND "))
    }
}

/// Statements live as long as the process: there is a fixed number of them.
fn kept(text: String) -> &'static str {
    text.leak()
}
