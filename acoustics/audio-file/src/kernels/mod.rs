//! Code that needs `unsafe`, each behind a safe type.

pub(crate) mod libopus;
