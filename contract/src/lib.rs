//! Result documents.
