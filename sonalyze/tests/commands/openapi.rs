//! `sonalyze openapi`: the document that the service answers.

use std::process::Command;

#[test]
fn the_document_of_storage_is_printed_as_it_is_answered() {
    let printed = Command::new(env!("CARGO_BIN_EXE_sonalyze"))
        .args(["openapi", "storage"])
        .output()
        .unwrap();
    assert!(printed.status.success());
    assert_eq!(
        String::from_utf8(printed.stdout).unwrap(),
        storage::openapi()
    );
    let unknown = Command::new(env!("CARGO_BIN_EXE_sonalyze"))
        .args(["openapi", "kitchen"])
        .output()
        .unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}
