//! Excitation, jobs, uploads and the analysis of recordings.

pub mod analysis;
