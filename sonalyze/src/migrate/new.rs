//! `sonalyze migrate new`: the four files of a migration in the sources, with the next number.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::NewMigrationArguments;
use crate::databases::Owner;
use crate::exit::{Exit, Failure};
use crate::terminal;

/// The folders of the two databases.
const DATABASES: [&str; 2] = ["postgres", "sqlite"];

/// Characters of a name.
const NAME_MAX: usize = 60;

/// Runs the command.
///
/// # Errors
/// A name that is none, no sources here, a file that cannot be written.
pub(super) fn run(arguments: &NewMigrationArguments) -> Result<Exit, Failure> {
    let (name, owner) = (&arguments.name, Owner::from(arguments.service));
    if !is_name(name) {
        return Err(Failure::usage(format!(
            "a migration cannot be called \"{name}\": small letters, digits and single underscores are allowed, a letter \
             first, {NAME_MAX} characters at most; for example queue_items"
        )));
    }
    let here = std::env::current_dir();
    let here = here.map_err(|error| Failure::failed(format!("no working folder: {error}")))?;
    let folder = migrations_of(&here, owner).ok_or_else(|| outside(&here, owner))?;
    let number = next(&folder)?;
    let mut text = String::new();
    for path in files(&folder, number, name) {
        write(&path, number, name)?;
        text.extend([format!("{}\n", path.display())]);
    }
    text.push_str(&what_next(owner));
    terminal::show(&text, false)?;
    Ok(Exit::Done)
}

fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.len() <= NAME_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('_').all(is_word)
}

/// The folder `migrations` of a service in the sources around `here`.
fn migrations_of(here: &Path, owner: Owner) -> Option<PathBuf> {
    let roots = here
        .ancestors()
        .filter(|root| root.join("Cargo.toml").is_file());
    let mut folders = roots.map(|root| root.join(owner.name()).join("migrations"));
    folders.find(|folder| {
        DATABASES
            .iter()
            .all(|database| folder.join(database).is_dir())
    })
}

fn outside(here: &Path, owner: Owner) -> Failure {
    Failure::usage(format!(
        "{} is not in the sources of Sonalyze: no folder above it has {}/migrations/postgres and sqlite; call this \
         within a checkout",
        here.display(),
        owner.name()
    ))
}

/// One more than the highest number in either folder.
fn next(folder: &Path) -> Result<u32, Failure> {
    let mut highest = 0;
    for database in DATABASES {
        let place = folder.join(database);
        let unreadable =
            |error| Failure::failed(format!("cannot read {}: {error}", place.display()));
        for entry in fs::read_dir(&place).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let number = name
                .to_string_lossy()
                .split('_')
                .next()
                .and_then(|text| text.parse().ok());
            highest = highest.max(number.unwrap_or(0));
        }
    }
    Ok(highest + 1)
}

fn files(folder: &Path, number: u32, name: &str) -> Vec<PathBuf> {
    let ways = ["up", "down"];
    let of = |database: &str| {
        let place = folder.join(database);
        ways.map(|way| place.join(format!("{number:04}_{name}.{way}.sql")))
    };
    DATABASES.iter().flat_map(|database| of(database)).collect()
}

fn write(path: &Path, number: u32, name: &str) -> Result<(), Failure> {
    let text = if path.to_string_lossy().ends_with(".up.sql") {
        "-- Why, if the statements do not say it.\n".to_owned()
    } else {
        format!("-- Takes back {number:04}_{name}.up.sql, in the opposite order.\n")
    };
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))
}

fn what_next(owner: Owner) -> String {
    let name = owner.name();
    format!(
        "\nWrite the four of them, then make the catalogue anew and run the tests:\n  \
         SONALYZE_TEST_CATALOGUE=write cargo test -p {name} the_committed_catalogue\n  cargo test -p {name}\n\
         A migration that was applied anywhere is never edited again.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_in_small_letters_with_single_underscores() {
        for good in ["queues", "queue_items", "v2_a"] {
            assert!(is_name(good), "{good}");
        }
        let long = "a".repeat(NAME_MAX + 1);
        for bad in [
            "",
            "Queues",
            "queue-items",
            "2_a",
            "_a",
            "a_",
            "a__b",
            "a b",
            "../a",
            "ä",
            &long,
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn the_next_number_is_above_those_of_both_databases() {
        let root = tempfile::tempdir().unwrap();
        for (database, file) in [("postgres", "0002_b.up.sql"), ("sqlite", "0007_c.up.sql")] {
            let place = root.path().join(database);
            fs::create_dir(&place).unwrap();
            fs::write(place.join(file), "").unwrap();
            fs::write(place.join("notes.txt"), "").unwrap();
        }
        assert_eq!(next(root.path()).unwrap(), 8);
    }
}
