//! Keeps the queues going: leases end, scheduled items come due, dead ones go, sizes are told, and a transaction that
//! is open for long is named in the log.

use std::time::Duration;

use ledger::{DbError, Instant};

use crate::metrics::Operation;
use crate::service::Storage;

/// From one look to the next: so late an item comes due at most.
const EVERY: Duration = Duration::from_secs(1);

/// Sizes are counted, and old transactions looked for, each so many looks.
const SIZES_AFTER: u32 = 5;

/// Dead items are removed each so many looks.
const PURGE_AFTER: u32 = 60;

/// An open transaction that holds its snapshot longer than this slows the queues of its server.
const SNAPSHOT_MAX: Duration = Duration::from_mins(1);

/// Looks after the queues until the process ends.
pub(crate) async fn keep_going(service: Storage) {
    let mut look: u32 = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = service.shutdown().begun() => return,
        }
        let work = look_after(&service, look);
        if let Err(error) = service.counted(Operation::Upkeep, work).await {
            tracing::warn!(
                ?error,
                "the queues could not be looked after; tried again in a second"
            );
        }
        look = (look + 1) % PURGE_AFTER;
    }
}

async fn look_after(service: &Storage, look: u32) -> Result<(), DbError> {
    let queues = service.queues();
    queues.sweep().await?;
    if look.is_multiple_of(SIZES_AFTER) {
        let sizes = queues.sizes().await?;
        let sizes = sizes.into_iter();
        let sizes: Vec<_> = sizes
            .map(|one| (one.queue, one.status.word(), one.items))
            .collect();
        service.metrics().queue_sizes(&sizes);
    }
    if look > 0 {
        return Ok(());
    }
    let dead_kept = queues.settings().dead_kept;
    let removed = queues.purge(Instant::now().before(dead_kept)).await?;
    tracing::debug!(removed, "dead items were removed");
    let open = queues.oldest_snapshot().await?;
    service.metrics().oldest_snapshot(open);
    if open > SNAPSHOT_MAX {
        let open_s = open.as_secs();
        tracing::warn!(
            open_s,
            "a transaction on the server is open for long; queues become slow while it lasts"
        );
    }
    Ok(())
}
