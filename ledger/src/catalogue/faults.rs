//! What a database lacks, in words for the operator.

use std::fmt;

use super::{Catalogue, Fact};

/// So many are told in a refusal; more would scroll the first ones away.
const SHOWN: usize = 12;

/// Characters of a value of the database that are told: an index of the operator may have any length.
const VALUE_SHOWN: usize = 160;

/// One thing that keeps a service from working with a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Missing(Fact),
    /// It is there, and is another.
    Different {
        /// What is expected.
        expected: Fact,
        /// How it is instead.
        found: String,
    },
    /// A column that was added must have a value, which no statement of ours gives.
    Unfilled(Fact),
}

impl Fault {
    /// The fault that `expected` is not in `found` as it should be.
    pub(super) fn of(expected: &Fact, found: &Catalogue) -> Self {
        match found.value(&expected.table, &expected.item) {
            Some(value) => Self::Different {
                expected: expected.clone(),
                found: value.to_owned(),
            },
            None => Self::Missing(expected.clone()),
        }
    }

    /// The fault, if it is one, that `extra` stands in a table of ours.
    pub(super) fn of_extra(extra: &Fact, found: &Catalogue) -> Option<Self> {
        let column = extra.item.strip_prefix("column ")?;
        let is_unfilled = extra.value.ends_with(" not null")
            && !found.has(&extra.table, &format!("default of {column}"));
        is_unfilled.then(|| Self::Unfilled(extra.clone()))
    }

    /// What is missing, different or too much.
    pub fn fact(&self) -> &Fact {
        match self {
            Self::Missing(fact) | Self::Unfilled(fact) => fact,
            Self::Different { expected, .. } => expected,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fact { table, item, .. } = self.fact();
        match self {
            Self::Missing(fact) if fact.is_table() => write!(f, "{table}: the table is missing"),
            Self::Missing(_) => write!(f, "{table}: {item} is missing"),
            Self::Different { expected, found } => {
                let (found, wanted) = (shown(found), shown(&expected.value));
                write!(f, "{table}: {item} is {found}, expected {wanted}")
            }
            Self::Unfilled(_) => write!(
                f,
                "{table}: {item} must have a value and has no default, so that no row can be added"
            ),
        }
    }
}

fn shown(value: &str) -> String {
    match value.char_indices().nth(VALUE_SHOWN) {
        _ if value.is_empty() => "plain".to_owned(),
        Some((end, _)) => format!("{}..", &value[..end]),
        None => value.to_owned(),
    }
}

/// All faults of a database; shown, at most a dozen of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in self.0.iter().take(SHOWN) {
            write!(f, "\n  {fault}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fact, Fault, Faults};

    #[test]
    fn a_refusal_is_short_whatever_is_missing() {
        let missing = |number| {
            Fault::Missing(Fact {
                table: "rooms".to_owned(),
                item: format!("column c{number}"),
                value: "text".to_owned(),
            })
        };
        let told = Faults((0..40).map(missing).collect()).to_string();
        assert!(
            told.contains("rooms: column c11 is missing") && !told.contains("c12"),
            "{told}"
        );
        assert!(told.ends_with("and 28 more"), "{told}");
    }

    #[test]
    fn a_long_value_is_cut() {
        let fact = |value: &str| Fact {
            table: "rooms".to_owned(),
            item: "index a".to_owned(),
            value: value.to_owned(),
        };
        let told = Fault::Different {
            expected: fact("(id)"),
            found: "ä".repeat(1_000),
        };
        assert!(told.to_string().chars().count() < 250);
    }
}
