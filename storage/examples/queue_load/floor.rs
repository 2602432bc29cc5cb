//! The floor of the backlog: the two statements of a pop and its ack by tokio-postgres alone, each worker with a
//! connection and a place in the order of its own. There are no marks of others, no receipts and no metrics.

use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

use crate::Failure;

const LAST: &str = "SELECT coalesce(max(seq), 0) FROM queue_items";
const POP: &str = "UPDATE queue_items SET status = 'processing', attempts = attempts + 1, receipt = $3, \
    visible_at = now() + interval '5 minutes', updated_at = now() WHERE seq = ANY (ARRAY( \
    SELECT seq FROM queue_items WHERE queue_name = 'load' AND status = 'pending' AND (rank, seq) > (0, $1) \
    ORDER BY rank, seq LIMIT $2 FOR UPDATE SKIP LOCKED)) \
    RETURNING seq, id, external_id, rank, attempts, payload";
const ACK: &str = "DELETE FROM queue_items \
    WHERE queue_name = 'load' AND seq = ANY ($1) AND receipt = $2 RETURNING seq, receipt";

/// Workers with their connections.
pub(crate) struct Floor(Vec<Client>);

impl Floor {
    pub(crate) async fn connect(
        server: &str,
        database: &str,
        workers: usize,
    ) -> Result<Self, Failure> {
        let mut config: Config = server.parse()?;
        config.dbname(database);
        let mut clients = Vec::new();
        for _ in 0..workers {
            let (client, connection) = config.connect(NoTls).await?;
            drop(tokio::spawn(connection));
            clients.push(client);
        }
        Ok(Self(clients))
    }

    /// Behind this place comes what is pushed next.
    pub(crate) async fn last(&self) -> Result<i64, Failure> {
        let client = self.0.first().ok_or("no worker")?;
        Ok(client.query_one(LAST, &[]).await?.try_get(0)?)
    }

    /// Takes and finishes all that waits behind a place, in batches; answers how many.
    pub(crate) async fn take(&mut self, after: i64, batch: usize) -> Result<usize, Failure> {
        let mut workers = JoinSet::new();
        for client in self.0.drain(..) {
            workers.spawn(work(client, after, batch));
        }
        let mut total = 0;
        for done in workers.join_all().await {
            let (client, count) = done?;
            self.0.push(client);
            total += count;
        }
        Ok(total)
    }
}

async fn work(client: Client, mut after: i64, batch: usize) -> Result<(Client, usize), Failure> {
    let (pop, ack) = (client.prepare(POP).await?, client.prepare(ACK).await?);
    let (limit, mut count) = (i64::try_from(batch)?, 0);
    loop {
        let lease = Uuid::new_v4();
        let rows = client.query(&pop, &[&after, &limit, &lease]).await?;
        let seqs = rows.iter().map(|row| row.try_get(0));
        let seqs = seqs.collect::<Result<Vec<i64>, _>>()?;
        let Some(last) = seqs.iter().max() else {
            return Ok((client, count));
        };
        after = *last;
        count += client.query(&ack, &[&seqs, &lease]).await?.len();
    }
}
