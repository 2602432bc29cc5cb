//! Rooms as files: read, checked, shown, made, imported. A room file is what `POST /simulate` takes.

mod check;
mod command;
mod create;
pub(crate) mod faults;
pub(crate) mod file;
mod import;
mod show;
pub(crate) mod sketch;

pub(crate) use command::run;
