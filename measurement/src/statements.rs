//! Every statement of the service in one list, so that a test can prepare them all on both databases.

use ledger::Texts;

use crate::excitation::references;
use crate::jobs::store as jobs;
use crate::recordings::store as recordings;
use crate::reports::store as reports;
use crate::{removal, shelf};

/// Every statement.
pub const ALL: &[Texts] = &[
    Texts::same(references::RECORD),
    Texts::same(references::FORGET),
    Texts::same(references::FIND),
    Texts::same(jobs::CREATE),
    Texts::same(jobs::FIND),
    Texts::same(jobs::EXISTS),
    Texts::same(jobs::LIST),
    Texts::same(jobs::COUNT),
    Texts::same(jobs::DELETE),
    Texts::same(jobs::COUNT_UPLOADS),
    Texts::same(jobs::UPLOADS),
    Texts::same(jobs::CONTENT),
    Texts::same(jobs::NAME),
    jobs::LOCK,
    Texts::same(recordings::FIND_PAIR),
    Texts::same(recordings::KEEP),
    Texts::same(recordings::FIND_UPLOAD),
    Texts::same(reports::INSERT),
    Texts::same(reports::VERSION_OF_PAIR),
    Texts::same(reports::VERSION_OF_UPLOAD),
    Texts::same(reports::LAST_RESULTS),
    Texts::same(reports::TRIM_PAIR),
    Texts::same(reports::TRIM_UPLOAD),
    Texts::same(reports::ORPHANS),
    Texts::same(reports::ADOPT),
    Texts::same(reports::LIST),
    Texts::same(reports::COUNT),
    Texts::same(reports::DOCUMENT),
    Texts::same(shelf::RETIRE),
    Texts::same(shelf::NAMED),
    Texts::same(removal::NOTE),
    Texts::same(removal::NOTE_JOB),
    Texts::same(removal::NOTE_RETIRED),
    Texts::same(removal::FORGET_RETIRED),
    Texts::same(removal::NOTES),
    Texts::same(removal::FORGET),
];
