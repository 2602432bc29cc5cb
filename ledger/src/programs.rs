//! The programs of `PostgreSQL` on this machine: where they lie, of which version they are, and how they learn where a
//! database is without a password on their command line.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use percent_encoding::percent_decode_str;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Where Debian has a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// What stands before the number in the answer to `--version`.
const BEFORE_NUMBER: &str = "(PostgreSQL) ";

/// A program that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its major version.
    pub(crate) major: u32,
}

/// Where programs may lie: as `pg_config` says, the folders of Debian, the newest first, and those of the PATH.
pub(crate) fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    folders.extend(debian_folders());
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    folders
}

/// `/usr/lib/postgresql/15/bin` and the like.
fn debian_folders() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(DEBIAN) else {
        return Vec::new();
    };
    let mut versions: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    versions.sort_by_key(|path| {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        std::cmp::Reverse(name.parse::<u32>().unwrap_or(0))
    });
    versions.into_iter().map(|path| path.join("bin")).collect()
}

/// The program of the lowest version that is not older than `least`, else what was found. It runs programs, so it is
/// called away from the async threads.
pub(crate) fn find(name: &str, least: u32) -> Result<Program, Vec<u32>> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let there = folders().into_iter().map(|folder| folder.join(&file));
    let there = there.filter(|path| path.is_file());
    let mut found: Vec<Program> = there.filter_map(program).collect();
    // The sort keeps the order of the folders within a version.
    found.sort_by_key(|program| program.major);
    let fits = found.iter().find(|program| program.major >= least);
    fits.cloned().ok_or_else(|| {
        let mut majors: Vec<u32> = found.iter().map(|program| program.major).collect();
        majors.dedup();
        majors
    })
}

fn program(path: PathBuf) -> Option<Program> {
    let output = Command::new(&path).arg("--version").output().ok()?;
    let major = major(&String::from_utf8_lossy(&output.stdout))?;
    Some(Program { path, major })
}

/// `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`, `pg_dump (PostgreSQL) 18beta1`.
fn major(told: &str) -> Option<u32> {
    let (_, behind) = told.split_once(BEFORE_NUMBER)?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What the programs read from their environment. The password is seen there by the same user alone.
pub(crate) fn environment(options: &PgConnectOptions) -> Vec<(&'static str, OsString)> {
    // The URL is the only way to what has no getter; it does not escape the name of the user.
    let url = options.clone().username("user").to_url_lossy();
    let mut variables: Vec<(&str, OsString)> = vec![
        ("PGHOST", host(options)),
        ("PGPORT", options.get_port().to_string().into()),
        ("PGUSER", options.get_username().into()),
        (
            "PGDATABASE",
            options.get_database().unwrap_or_default().into(),
        ),
        ("PGSSLMODE", mode(options.get_ssl_mode()).into()),
        ("PGAPPNAME", "sonalyze".into()),
        ("PGCONNECT_TIMEOUT", "10".into()),
        (
            "PGOPTIONS",
            "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0".into(),
        ),
        ("LC_MESSAGES", "C".into()),
    ];
    if let Some(password) = url.password() {
        let password = percent_decode_str(password).decode_utf8_lossy();
        variables.push(("PGPASSWORD", password.into_owned().into()));
    }
    for (key, value) in url.query_pairs() {
        let name = match &*key {
            "sslrootcert" => "PGSSLROOTCERT",
            "sslcert" => "PGSSLCERT",
            "sslkey" => "PGSSLKEY",
            _ => continue,
        };
        variables.push((name, value.into_owned().into()));
    }
    variables
}

fn host(options: &PgConnectOptions) -> OsString {
    match options.get_socket() {
        Some(socket) => socket.into(),
        None => options.get_host().trim_matches(['[', ']']).into(),
    }
}

const fn mode(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_programs_say() {
        let told = "pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n";
        assert_eq!(major(told), Some(15));
        assert_eq!(major("pg_dump (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("pg_dump 15"), None);
    }

    #[test]
    fn what_is_not_here_is_told_with_what_is() {
        assert_eq!(find("pg_no_such_program", 1), Err(Vec::new()));
    }

    #[test]
    fn a_place_with_odd_letters_is_handed_on_as_it_is() {
        let text = "postgres://a%2Fb%40c:p%40ss%25w%2Frd@[::1]:5433/x?sslmode=require";
        let variables = environment(&text.parse().unwrap());
        let of = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.unwrap().1.to_str().unwrap().to_owned()
        };
        assert_eq!(of("PGPASSWORD"), "p@ss%w/rd");
        assert_eq!(
            (of("PGUSER").as_str(), of("PGHOST").as_str()),
            ("a/b@c", "::1")
        );
        assert_eq!(
            (of("PGPORT").as_str(), of("PGDATABASE").as_str()),
            ("5433", "x")
        );
        assert_eq!(of("PGSSLMODE"), "require");
    }
}
