//! Access to the golden files.

/// The bytes of a golden file.
#[expect(clippy::panic, reason = "a helper of tests")]
pub(crate) fn golden(file: &str) -> Vec<u8> {
    let path = format!("{}/tests/files/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}
