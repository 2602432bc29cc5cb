//! What can be done with a lobby, one operation a file, the same for HTTP and for events of the gateway.

pub(crate) mod assign;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod join;
pub(crate) mod leave;
pub(crate) mod log;
pub(crate) mod share;
pub(crate) mod start;
