//! Names that no process reads: refused where they can only be mistakes, with the name that was probably meant.

use super::layers::is_known;
use super::registry::REGISTRY;

/// Names of our own that are not known are mistakes in every layer.
const OWN_PREFIX: &str = "SONALYZE_";
/// Names of other programs that share the environment or `.env` with us.
const FOREIGN_PREFIXES: [&str; 18] = [
    "AWS_",
    "BUILDKIT_",
    "CARGO_",
    "COMPOSE_",
    "DOCKER_",
    "GIT_",
    "GITHUB_",
    "GRAFANA_",
    "LC_",
    "NPM_",
    "OTEL_",
    "PG",
    "POSTGRES_",
    "PROMETHEUS_",
    "PYTHON",
    "RUST_",
    "SYSTEMD_",
    "XDG_",
];
/// Letters by which a typing error may differ from a known name.
const TYPO_DISTANCE: usize = 2;
/// Shorter names are too near to each other to tell a typing error from another program's name.
const TYPO_LENGTH: usize = 8;
/// Likeness, 0 to 1, from which a name is worth suggesting.
const LIKENESS: f64 = 0.7;

/// Which unknown names are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// All: nobody else reads this layer.
    All,
    /// All but those of other programs.
    ButForeign,
    /// Those that look like typing errors.
    Typos,
}

/// Why a name is refused, if it is.
pub(super) fn refusal(name: &str, strictness: Strictness) -> Option<String> {
    if is_known(name) {
        return None;
    }
    let foreign = FOREIGN_PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix));
    let refused = match strictness {
        Strictness::All => true,
        _ if name.starts_with(OWN_PREFIX) => true,
        Strictness::ButForeign => !foreign,
        Strictness::Typos => !foreign && is_typo(name),
    };
    refused.then(|| match nearest(name) {
        Some(known) => format!("no setting has this name; did you mean {known}?"),
        None => "no setting has this name; remove it".to_owned(),
    })
}

fn is_typo(name: &str) -> bool {
    let long = known_names().filter(|known| known.len() >= TYPO_LENGTH);
    long.into_iter()
        .any(|known| strsim::osa_distance(known, name) <= TYPO_DISTANCE)
}

fn nearest(name: &str) -> Option<&'static str> {
    let upper = name.to_uppercase();
    let bare = upper.strip_prefix(OWN_PREFIX).unwrap_or(&upper);
    let scored = known_names().map(|known| (strsim::jaro_winkler(known, bare), known));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 >= LIKENESS).then_some(best.1)
}

fn known_names() -> impl Iterator<Item = &'static str> {
    REGISTRY.iter().map(|variable| variable.name)
}
