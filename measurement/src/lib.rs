//! Excitation, jobs, uploads and the analysis of recordings.
