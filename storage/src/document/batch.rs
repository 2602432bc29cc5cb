//! What a request makes of the rows that are there: decided in memory, in the order of the request, then written.

use std::collections::{HashMap, HashSet};

use ledger::{Instant, ids};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::reading::Sent;

/// What is told where an address is another row's.
const TAKEN: &str = "url already belongs to another document";

/// The status of a new document that says none.
const PENDING: &str = "pending";

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    pub(super) id: Uuid,
    pub(super) url: String,
    pub(super) status: String,
    pub(super) metadata: Map<String, Value>,
    pub(super) created_at: Instant,
    pub(super) updated_at: Instant,
}

/// The rows that a request touches, as they are at any moment of it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rows: HashMap<Uuid, Document>,
    by_url: HashMap<String, Uuid>,
    /// Rows that change, in the order in which they first do.
    changed: Vec<Uuid>,
    /// Rows that were there and get another address, in order.
    pub(super) moves: Vec<(Uuid, String)>,
    touched: HashSet<Uuid>,
    known: HashSet<Uuid>,
}

impl Batch {
    /// With the rows that have one of the addresses or ids of the request.
    pub(super) fn new(rows: Vec<Document>) -> Self {
        let mut batch = Self::default();
        for row in rows {
            batch.known.insert(row.id);
            batch.by_url.insert(row.url.clone(), row.id);
            batch.rows.insert(row.id, row);
        }
        batch
    }

    /// Puts a document in: over the row of its address, else over that of its id, which moves, else as a new one.
    pub(super) fn put(&mut self, sent: &Sent, now: Instant) -> Result<(), &'static str> {
        let by_url = self.by_url.get(&sent.url).copied();
        let by_id = sent.id.filter(|id| self.rows.contains_key(id));
        let id = match (by_url, by_id) {
            (Some(url), Some(id)) if url != id => return Err(TAKEN),
            (Some(id), _) => id,
            (None, Some(id)) => {
                self.relocate(id, &sent.url);
                id
            }
            (None, None) => {
                self.add(sent, now);
                return Ok(());
            }
        };
        if let Some(row) = self.rows.get_mut(&id) {
            row.metadata.extend(sent.metadata.clone());
            row.updated_at = now;
            if let Some(status) = &sent.status {
                row.status.clone_from(status);
            }
        }
        self.touch(id);
        Ok(())
    }

    fn add(&mut self, sent: &Sent, now: Instant) {
        let row = Document {
            id: sent.id.unwrap_or_else(ids::next),
            url: sent.url.clone(),
            status: sent.status.clone().unwrap_or_else(|| PENDING.to_owned()),
            metadata: sent.metadata.clone(),
            created_at: now,
            updated_at: now,
        };
        self.by_url.insert(row.url.clone(), row.id);
        self.touch(row.id);
        self.rows.insert(row.id, row);
    }

    fn relocate(&mut self, id: Uuid, url: &str) {
        if let Some(row) = self.rows.get_mut(&id) {
            self.by_url.remove(&row.url);
            self.by_url.insert(url.to_owned(), id);
            url.clone_into(&mut row.url);
        }
        if self.known.contains(&id) {
            self.moves.push((id, url.to_owned()));
        }
    }

    fn touch(&mut self, id: Uuid) {
        if self.touched.insert(id) {
            self.changed.push(id);
        }
    }

    /// Rows to be written, by address: two requests that bring the same new ones meet at the first of them, and the
    /// second waits instead of holding what the first needs.
    pub(super) fn changed(&self) -> Vec<&Document> {
        let mut rows: Vec<&Document> = self
            .changed
            .iter()
            .filter_map(|id| self.rows.get(id))
            .collect();
        rows.sort_by(|one, other| one.url.cmp(&other.url));
        rows
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(id: Option<u128>, url: &str, metadata: &Value) -> Sent {
        Sent {
            id: id.map(Uuid::from_u128),
            url: url.to_owned(),
            status: None,
            metadata: metadata.as_object().cloned().unwrap(),
        }
    }

    fn now() -> Instant {
        "2026-01-31T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn documents_are_put_in_by_address_and_by_id_in_order() {
        let mut batch = Batch::default();
        batch
            .put(
                &sent(Some(1), "http://a", &json!({"x": 1, "y": {"z": 1}})),
                now(),
            )
            .unwrap();
        batch
            .put(&sent(None, "http://a", &json!({"y": {"w": 2}})), now())
            .unwrap();
        batch
            .put(&sent(Some(9), "http://a", &json!({})), now())
            .unwrap();
        batch
            .put(&sent(Some(2), "http://b", &json!({})), now())
            .unwrap();
        assert_eq!(
            batch.put(&sent(Some(2), "http://a", &json!({})), now()),
            Err(TAKEN)
        );
        batch
            .put(&sent(Some(1), "http://c", &json!({})), now())
            .unwrap();
        batch
            .put(&sent(Some(2), "http://a", &json!({})), now())
            .unwrap();
        let rows = batch.changed();
        let shown: Vec<(u128, &str)> = rows
            .iter()
            .map(|row| (row.id.as_u128(), row.url.as_str()))
            .collect();
        assert_eq!(shown, [(2, "http://a"), (1, "http://c")]);
        assert_eq!(
            json!(rows[1].metadata),
            json!({"x": 1, "y": {"w": 2}}),
            "merged shallowly"
        );
        assert!(batch.moves.is_empty(), "nothing was there before");
    }

    #[test]
    fn rows_that_were_there_move_in_the_order_of_the_request() {
        let row = |id: u128, url: &str| Document {
            id: Uuid::from_u128(id),
            url: url.to_owned(),
            status: "crawled".to_owned(),
            metadata: Map::new(),
            created_at: now(),
            updated_at: now(),
        };
        let mut batch = Batch::new(vec![row(1, "http://a"), row(2, "http://b")]);
        batch
            .put(&sent(Some(1), "http://c", &json!({})), now())
            .unwrap();
        batch
            .put(&sent(Some(2), "http://a", &json!({})), now())
            .unwrap();
        let moves: Vec<(u128, &str)> = batch
            .moves
            .iter()
            .map(|(id, url)| (id.as_u128(), url.as_str()))
            .collect();
        assert_eq!(moves, [(1, "http://c"), (2, "http://a")]);
        assert_eq!(batch.changed()[0].status, "crawled", "what is absent stays");
    }
}
