//! Figures of step 2: contract, sessions, and what one process costs in time and memory.

mod checks;
mod cost;
mod journey;

use std::path::Path;

use crate::TaskError;

use super::{Section, server};

/// Takes all figures.
///
/// # Errors
/// When the programs cannot be built, started or asked.
pub(super) fn measure(root: &Path) -> Result<Vec<Section>, TaskError> {
    server::build(root)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut sections = vec![
        runtime.block_on(cost::start(root))?,
        runtime.block_on(cost::excitation(root))?,
        runtime.block_on(journey::analyses(root))?,
        runtime.block_on(cost::commands(root))?,
        runtime.block_on(cost::idle_sockets(root))?,
        runtime.block_on(cost::upload(root))?,
    ];
    sections.extend(checks::run(root)?);
    Ok(sections)
}
