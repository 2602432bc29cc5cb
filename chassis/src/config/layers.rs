//! One source of settings: its entries, and what cannot be understood of it.

use std::path::Path;

use super::registry::REGISTRY;
use super::unknown::{Strictness, refusal};
use super::{ConfigFault, Origin};

/// A name with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As the registry writes it, if it is known.
    pub name: String,
    /// Not yet examined.
    pub value: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A source of settings.
#[derive(Debug, Clone)]
pub struct Layer {
    entries: Vec<Entry>,
    strictness: Strictness,
    broken: Vec<ConfigFault>,
}

/// The environment of this process, read once at its boundary. What is no Unicode is read with replacement signs.
pub fn environment() -> Vec<(String, String)> {
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (lossy(name), lossy(value)))
        .collect()
}

impl Layer {
    /// Defaults of one process.
    pub fn process(own: &[(&'static str, String)]) -> Self {
        let pairs = own
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self::of(pairs, &Origin::Process, Strictness::All)
    }

    /// The environment.
    pub fn environment(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::of(pairs, &Origin::Environment, Strictness::Typos)
    }

    /// Flags: the flag, the name it stands for, the text.
    pub fn flags<'a>(flags: impl IntoIterator<Item = (&'a str, &'a str, String)>) -> Self {
        let entries = flags.into_iter().map(|(flag, name, value)| Entry {
            name: name.to_owned(),
            value,
            origin: Origin::Flag(flag.to_owned()),
        });
        Self {
            entries: entries.collect(),
            strictness: Strictness::All,
            broken: Vec::new(),
        }
    }

    /// The file `.env`, or nothing if there is none.
    pub fn read_dotenv(path: &Path) -> Option<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Some(Self::dotenv(path, &text)),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
            Err(cause) => Some(Self::unreadable(
                &Origin::DotEnv(path.to_owned()),
                &cause.to_string(),
            )),
        }
    }

    /// The text of a file `.env`.
    pub fn dotenv(path: &Path, text: &str) -> Self {
        let origin = Origin::DotEnv(path.to_owned());
        let mut layer = Self::of([], &origin, Strictness::ButForeign);
        for entry in dotenvy::from_read_iter(text.as_bytes()) {
            match entry {
                Ok((name, value)) => layer.entries.push(Entry {
                    name,
                    value,
                    origin: origin.clone(),
                }),
                Err(cause) => layer.broken.push(bad_line(&origin, text, &cause)),
            }
        }
        layer
    }

    /// The file that `--config` names.
    pub fn read_file(path: &Path) -> Self {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::file(path, &text),
            Err(cause) => Self::unreadable(&Origin::File(path.to_owned()), &cause.to_string()),
        }
    }

    /// The text of a TOML file: names in small or capital letters, values of one line or lists.
    pub fn file(path: &Path, text: &str) -> Self {
        let origin = Origin::File(path.to_owned());
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(cause) => return Self::unreadable(&origin, cause.message()),
        };
        let mut layer = Self::of([], &origin, Strictness::All);
        for (key, value) in table {
            let name = key.to_uppercase();
            if layer.entries.iter().any(|entry| entry.name == name) {
                layer.broken.push(fault(
                    &origin,
                    &key,
                    "it stands there twice; keep one of them",
                ));
            }
            match scalar(&value) {
                Some(value) => layer.entries.push(Entry {
                    name,
                    value,
                    origin: origin.clone(),
                }),
                None => layer.broken.push(fault(
                    &origin,
                    &key,
                    "a text, number, switch or list of them is allowed",
                )),
            }
        }
        layer
    }

    /// What of it cannot be understood.
    pub(super) fn faults(&self) -> Vec<ConfigFault> {
        let unknown = self.entries.iter().filter_map(|entry| {
            let message = refusal(&entry.name, self.strictness)?;
            Some(fault(&entry.origin, &entry.name, &message))
        });
        self.broken.iter().cloned().chain(unknown).collect()
    }

    /// The texts of a name that are not empty, in order.
    pub(super) fn values<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Origin)> {
        let named = self.entries.iter().filter(move |entry| entry.name == name);
        named
            .filter(|entry| !entry.value.trim().is_empty())
            .map(|entry| (entry.value.as_str(), &entry.origin))
    }

    fn of(
        pairs: impl IntoIterator<Item = (String, String)>,
        origin: &Origin,
        strictness: Strictness,
    ) -> Self {
        let entries = pairs.into_iter().map(|(name, value)| Entry {
            name,
            value,
            origin: origin.clone(),
        });
        Self {
            entries: entries.collect(),
            strictness,
            broken: Vec::new(),
        }
    }

    fn unreadable(origin: &Origin, cause: &str) -> Self {
        let broken = vec![fault(
            origin,
            "the file",
            &format!("it cannot be read: {cause}"),
        )];
        Self {
            entries: Vec::new(),
            strictness: Strictness::All,
            broken,
        }
    }
}

/// Whether the registry has a name.
pub(super) fn is_known(name: &str) -> bool {
    REGISTRY.iter().any(|variable| variable.name == name)
}

fn fault(origin: &Origin, name: &str, message: &str) -> ConfigFault {
    ConfigFault {
        origin: origin.clone(),
        name: name.to_owned(),
        value: None,
        message: message.to_owned(),
    }
}

/// The line is named by its number, never shown: it may hold a secret.
fn bad_line(origin: &Origin, text: &str, cause: &dotenvy::Error) -> ConfigFault {
    let place = match cause {
        dotenvy::Error::LineParse(line, _) => {
            text.lines().position(|other| other.contains(line.trim()))
        }
        dotenvy::Error::Io(_) | dotenvy::Error::EnvVar(_) | _ => None,
    };
    let name = place.map_or_else(
        || "a line".to_owned(),
        |index| format!("line {}", index + 1),
    );
    fault(
        origin,
        &name,
        "it is not of the form NAME=value; values with spaces stand in quotes",
    )
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(is) => Some(is.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(scalar).collect();
            texts.map(|texts| texts.join(","))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
