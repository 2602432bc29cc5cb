//! The flags that every process takes.

use std::path::PathBuf;

use super::layers::Layer;

/// Flags of a process; those that are given win over every other source.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The address to listen on (HOST)
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// The port to listen on, 0 for any free one (PORT)
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// How much is logged: error, warning, info, debug, trace (`LOG_LEVEL`)
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// How logs are written: text, json (`LOG_FORMAT`)
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl Flags {
    /// The settings among the flags.
    pub fn layer(&self) -> Layer {
        let given = [
            ("--host", "HOST", &self.host),
            ("--port", "PORT", &self.port),
            ("--log-level", "LOG_LEVEL", &self.log_level),
            ("--log-format", "LOG_FORMAT", &self.log_format),
        ];
        let set = given
            .into_iter()
            .filter_map(|(flag, name, value)| Some((flag, name, value.clone()?)));
        Layer::flags(set)
    }
}
