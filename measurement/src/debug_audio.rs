//! Sounds of an analysis for whoever looks for a fault. Off unless a folder is named: a recording is a private matter.

use std::path::Path;

use uuid::Uuid;

/// Writes sounds as `<report>_<what>.wav`; a client's text is no part of a name. A failure is logged and nothing more.
pub(crate) async fn write(
    folder: Option<&Path>,
    report: Uuid,
    sounds: Vec<(&'static str, Vec<u8>)>,
) {
    let Some(folder) = folder else {
        return;
    };
    let mut written = tokio::fs::create_dir_all(folder).await;
    for (what, wav) in sounds {
        if written.is_ok() {
            let path = folder.join(format!("{report}_{what}.wav"));
            written = tokio::fs::write(path, wav).await;
        }
    }
    if let Err(cause) = written {
        tracing::warn!(%cause, "sounds for debugging were not written");
    }
}
