//! The program itself, where its settings are wrong.

use std::process::Command;

fn ended(database_url: &str) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_storage");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    let command = command.env_clear().current_dir(folder.path());
    let output = command.env("DATABASE_URL", database_url).output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn without_a_database_it_ends_with_2_and_an_example() {
    let (code, told) = ended("");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("DATABASE_URL=postgresql://"), "{told}");
}

#[test]
fn a_database_that_is_not_there_ends_it_with_1_and_what_to_look_at() {
    let (code, told) = ended("postgresql://user:hidden@127.0.0.1:1/sonalyze");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("127.0.0.1:1") && !told.contains("hidden"),
        "{told}"
    );
}
