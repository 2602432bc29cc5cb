//! Every setting of every process: its name, its default, its meaning, and where its value came from.
//!
//! The layers, each over the next: flags, environment, `.env`, file (TOML), the process's own defaults, the defaults
//! of the registry. An empty text counts as not set. Whatever is wrong in any layer is reported at once.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;

mod flags;
mod kinds;
mod layers;
mod registry;
mod unknown;

pub use flags::Flags;
pub use kinds::{
    BaseUrl, Burst, DeviceLogin, LogFilter, LogFormat, LogLevel, Names, Ports, Rate, Seconds,
    SeveralPorts, Value, Whole,
};
pub use layers::{Entry, Layer, environment};
pub use registry::{REGISTRY, Settings, Variable};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The registry.
    Default,
    /// This process's own default.
    Process,
    /// The file that `--config` names.
    File(PathBuf),
    /// The file `.env`.
    DotEnv(PathBuf),
    /// The environment of the process.
    Environment,
    /// A flag of the command line, such as `--port`.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Process => f.write_str("default of this process"),
            Self::File(path) | Self::DotEnv(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// All settings of a process, read by name: `config.max_message_bytes`.
#[derive(Debug, Clone)]
pub struct Config {
    settings: Settings,
    shown: BTreeMap<&'static str, Shown>,
}

/// A setting as `config show --origin` and `doctor` print it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its text; `None` if not set. Secrets that somebody set are `(set)`.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

/// One thing wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// The layer it is in.
    pub origin: Origin,
    /// The name as it stands there; the place of a line that has none.
    pub name: String,
    /// The value seen; secrets and values of unknown names are not shown.
    pub value: Option<String>,
    /// What is allowed and what to do.
    pub message: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(
                f,
                "{} ({}) is '{value}': {}",
                self.name, self.origin, self.message
            ),
            None => write!(f, "{} ({}): {}", self.name, self.origin, self.message),
        }
    }
}

/// Everything that is wrong with the settings, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for ConfigFaults {}

impl Config {
    /// Puts layers over each other; a later layer wins.
    ///
    /// # Errors
    ///
    /// Every fault of every layer.
    pub fn from_layers(layers: &[Layer]) -> Result<Self, ConfigFaults> {
        let mut faults: Vec<ConfigFault> = layers.iter().flat_map(Layer::faults).collect();
        let mut reader = Reader {
            layers,
            faults: Vec::new(),
            shown: BTreeMap::new(),
        };
        let settings = Settings::read(&mut reader);
        faults.append(&mut reader.faults);
        match settings {
            Some(settings) if faults.is_empty() => Ok(Self {
                settings,
                shown: reader.shown,
            }),
            _ => Err(ConfigFaults(faults)),
        }
    }

    /// Reads the file that `flags` name and `.env` in `folder`, and puts everything in order: `own` (defaults of this
    /// process), file, `.env`, `environment`, flags.
    ///
    /// # Errors
    ///
    /// Every fault of every layer, files that cannot be read among them.
    pub fn load(
        flags: &Flags,
        environment: Vec<(String, String)>,
        folder: &std::path::Path,
        own: &[(&'static str, String)],
    ) -> Result<Self, ConfigFaults> {
        let mut layers = vec![Layer::process(own)];
        layers.extend(flags.config.as_deref().map(Layer::read_file));
        layers.extend(Layer::read_dotenv(&folder.join(".env")));
        layers.push(Layer::environment(environment));
        layers.push(flags.layer());
        Self::from_layers(&layers)
    }

    /// Name, text and origin of every setting, in the order of names.
    pub fn shown(&self) -> impl Iterator<Item = (&'static str, &Shown)> {
        self.shown.iter().map(|(name, shown)| (*name, shown))
    }

    /// Whether somebody set it: neither the registry nor this process itself.
    pub fn is_set(&self, name: &str) -> bool {
        let shown = self.shown.get(name);
        shown.is_some_and(|shown| !matches!(shown.origin, Origin::Default | Origin::Process))
    }
}

impl Deref for Config {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

/// Reads settings one by one and remembers faults and origins.
pub(crate) struct Reader<'a> {
    layers: &'a [Layer],
    faults: Vec<ConfigFault>,
    shown: BTreeMap<&'static str, Shown>,
}

impl Reader<'_> {
    /// The value of the highest layer that has one. Values of lower layers are checked all the same.
    pub(crate) fn setting<T: Value>(&mut self, variable: &Variable) -> Option<T> {
        let default = variable.default.map(|text| (text, &Origin::Default));
        let given = self
            .layers
            .iter()
            .flat_map(|layer| layer.values(variable.name));
        let (mut found, mut shown) = (
            None,
            Shown {
                value: None,
                origin: Origin::Default,
            },
        );
        for (text, origin) in default.into_iter().chain(given) {
            match T::parse(text) {
                Ok(value) => {
                    found = Some(value);
                    shown = Shown::of::<T>(text, origin);
                }
                Err(allowed) => self.faults.push(ConfigFault {
                    origin: origin.clone(),
                    name: variable.name.to_owned(),
                    value: (!T::SECRET).then(|| text.to_owned()),
                    message: allowed,
                }),
            }
        }
        self.shown.insert(variable.name, shown);
        found.or_else(T::absent)
    }
}

impl Shown {
    fn of<T: Value>(text: &str, origin: &Origin) -> Self {
        // What the program itself decides is known to everybody who has it.
        let is_own = matches!(origin, Origin::Default | Origin::Process);
        let value = if T::SECRET && !is_own { "(set)" } else { text };
        Self {
            value: Some(value.to_owned()),
            origin: origin.clone(),
        }
    }
}
