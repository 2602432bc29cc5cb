//! The table of accuracy: every figure with its goal and the worst that was found.

use std::path::Path;

use crate::TaskError;
use crate::figures::Section;
use crate::markdown::Table;

use super::line::{COLUMNS, Line};
use super::{decays, exact, images, laws};

/// Compares everything.
///
/// # Errors
/// When golden data cannot be read.
pub(super) fn section(root: &Path) -> Result<Section, TaskError> {
    let mut lines: Vec<Line> = Vec::new();
    lines.extend(images::lines(root)?);
    lines.extend(exact::lines(root)?);
    lines.extend(decays::lines(root)?);
    lines.extend(laws::lines()?);
    let mut table = Table::new(&COLUMNS);
    for line in &lines {
        line.row(&mut table)?;
    }
    Ok(Section {
        title: "Accuracy".to_owned(),
        method: "Against `golden/simulation`, which an independent program made. The worst of a line is what comes \
                 nearest to its own bound, or goes farthest beyond it; standard errors are those of our rays and of \
                 the golden particles together. Cases marked `faces` are the same box with a piece of its floor as \
                 a patch, which takes the way of rooms of planar faces."
            .to_owned(),
        table,
    })
}
