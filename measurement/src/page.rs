//! Pages of lists: how many entries, from which on.

use chassis::body::QueryObject;
use chassis::problem::Problem;

/// Entries of a page, unless the client says otherwise.
const ENTRIES: i64 = 50;

/// Most entries of a page.
const ENTRIES_MAX: i64 = 500;

/// A part of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// Most entries.
    pub(crate) limit: i64,
    /// Entries before the first.
    pub(crate) offset: i64,
}

impl Page {
    /// Reads `limit` and `offset`.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(crate) fn of(query: &QueryObject) -> Result<Self, Problem> {
        let mut fields = query.fields();
        let limit = fields
            .optional_integer("limit", 1..=ENTRIES_MAX)
            .or(ENTRIES);
        let offset = fields.optional_integer("offset", 0..=i64::MAX).or(0);
        let (limit, offset) = fields.finish((limit, offset))?;
        Ok(Self { limit, offset })
    }
}
