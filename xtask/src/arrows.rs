//! Which crate may name which: the table of ARCHITECTURE.md, held against the manifests and against whole closures.
//!
//! A crate may name exactly what its row lists, so "must never name" is everything else. The table is complete for all
//! fourteen crates of the house, those included that come with later steps. Only normal and build dependencies count:
//! tests may reach further. Arrows inside a crate are not looked at.

use crate::{Finding, TaskError};

/// A crate of the workspace with the dependencies its manifest names, ours and foreign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Names of its normal and build dependencies, optional ones included.
    pub names: Vec<String>,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The crate.
    pub from: &'static str,
    /// What it may name among ours.
    pub may: &'static [&'static str],
}

/// A foreign crate that only some of ours may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// The foreign crate; what begins with the name and a hyphen belongs to it.
    pub foreign: &'static str,
    /// Who may name it.
    pub only: &'static [&'static str],
}

const EVERYTHING: &[&str] = &[
    "audio-file",
    "chassis",
    "contract",
    "gateway",
    "ledger",
    "lobby",
    "measurement",
    "report",
    "room-dsp",
    "room-metrics",
    "room-simulation",
    "simulation",
    "storage",
];

/// The allowed arrows. `xtask` measures the product, so it may name what the command may; nobody may name `xtask`.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    Row { from: "room-dsp", may: &[] },
    Row { from: "room-metrics", may: &["room-dsp"] },
    Row { from: "audio-file", may: &["room-dsp"] },
    Row { from: "room-simulation", may: &["room-dsp", "room-metrics"] },
    Row { from: "contract", may: &[] },
    Row { from: "report", may: &["contract", "room-metrics"] },
    Row { from: "chassis", may: &["contract"] },
    Row { from: "ledger", may: &["contract"] },
    Row { from: "gateway", may: &["chassis", "contract"] },
    Row { from: "lobby", may: &["chassis", "contract", "ledger"] },
    Row { from: "storage", may: &["chassis", "contract", "ledger"] },
    Row { from: "measurement", may: &[
        "audio-file", "chassis", "contract", "ledger", "report", "room-dsp", "room-metrics",
    ] },
    Row { from: "simulation", may: &[
        "audio-file", "chassis", "contract", "ledger", "report", "room-dsp", "room-metrics", "room-simulation",
    ] },
    Row { from: "sonalyze", may: EVERYTHING },
    Row { from: "xtask", may: EVERYTHING },
];

/// Foreign crates with a home: SQL where tables are owned (the gateway owns none), the web where requests arrive.
pub const HOMES: &[Home] = &[
    Home {
        foreign: "sqlx",
        only: &["ledger", "lobby", "measurement", "simulation", "storage"],
    },
    Home {
        foreign: "axum",
        only: &[
            "chassis",
            "gateway",
            "lobby",
            "measurement",
            "simulation",
            "storage",
        ],
    },
];

/// The libraries that must stay pure.
pub const PURE: &[&str] = &["room-dsp", "room-metrics", "room-simulation", "audio-file"];

/// What must not arrive in a pure library, not even through a third crate; what begins with a name and a hyphen counts.
const FORBIDDEN: &[&str] = &[
    // asynchronous runtimes and the web
    "tokio",
    "async-std",
    "smol",
    "futures",
    "futures-util",
    "mio",
    "hyper",
    "h2",
    "http",
    "tower",
    "axum",
    "actix",
    "warp",
    "reqwest",
    "ureq",
    "curl",
    "rustls",
    "native-tls",
    "openssl",
    "tungstenite",
    "socket2",
    // databases
    "sqlx",
    "rusqlite",
    "libsqlite3",
    "diesel",
    "postgres",
    "redis",
    // logging
    "log",
    "tracing",
    "env_logger",
    "slog",
    // clocks and the environment
    "time",
    "chrono",
    "jiff",
    "instant",
    "web-time",
    "dotenvy",
    "config",
    "figment",
    "dirs",
    "home",
    "libloading",
    // serialisation that is not optional
    "serde",
    "serde_core",
    "serde_json",
    // generators seeded by the thread or the system
    "rand",
    "getrandom",
    "fastrand",
];

/// Exceptions to the forbidden names, each with the one crate that may hold it and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "audio-file",
    "log",
    "symphonia names it; nothing of ours writes to it",
)];

/// Everything at once: the arrows of all crates, and the closures of the pure ones that exist.
///
/// # Errors
/// What `closure` reports when a closure cannot be read.
pub fn check_workspace(
    crates: &[Crate],
    closure: impl Fn(&str) -> Result<Vec<String>, TaskError>,
) -> Result<Vec<Finding>, TaskError> {
    let mut findings = check_arrows(crates, TABLE, HOMES);
    for name in PURE
        .iter()
        .filter(|name| crates.iter().any(|c| c.name == **name))
    {
        findings.extend(check_closure(name, &closure(name)?));
    }
    Ok(findings)
}

/// Arrows among ours that the table does not allow, crates without a row, foreign crates outside their home.
pub fn check_arrows(crates: &[Crate], table: &[Row], homes: &[Home]) -> Vec<Finding> {
    let ours: Vec<&str> = crates
        .iter()
        .map(|c| c.name.as_str())
        .chain(table.iter().map(|r| r.from))
        .collect();
    crates
        .iter()
        .flat_map(|c| check_crate(c, &ours, table, homes))
        .collect()
}

/// Foreign names in the closure of a pure library that must not be there.
pub fn check_closure(name: &str, closure: &[String]) -> Vec<Finding> {
    closure
        .iter()
        .filter_map(|found| Some((found, FORBIDDEN.iter().find(|f| belongs_to(found, f))?)))
        .filter(|(found, _)| !is_excepted(name, found))
        .map(|(found, _)| {
            Finding::at(
                name,
                format!(
                    "the pure library compiles against `{found}`; see `cargo tree -p {name} -i {found}` and drop it"
                ),
            )
        })
        .collect()
}

fn check_crate(found: &Crate, ours: &[&str], table: &[Row], homes: &[Home]) -> Vec<Finding> {
    let Some(row) = table.iter().find(|row| row.from == found.name) else {
        let message =
            "has no row in the table of allowed arrows; add one to xtask and to ARCHITECTURE.md";
        return vec![Finding::at(&found.name, message)];
    };
    let arrows = found
        .names
        .iter()
        .filter(|n| ours.contains(&n.as_str()) && !row.may.contains(&n.as_str()))
        .map(|n| {
            Finding::at(
                &found.name,
                format!("names `{n}`; it may name {}", list(row.may)),
            )
        });
    let strangers = found.names.iter().flat_map(|n| {
        homes
            .iter()
            .filter(|home| belongs_to(n, home.foreign) && !home.only.contains(&found.name.as_str()))
            .map(move |home| {
                Finding::at(
                    &found.name,
                    format!("names `{n}`; only {} may", list(home.only)),
                )
            })
    });
    arrows.chain(strangers).collect()
}

fn is_excepted(owner: &str, foreign: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|(by, name, _)| *by == owner && *name == foreign)
}

fn belongs_to(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "nothing of ours".to_owned()
    } else {
        names.join(", ")
    }
}
