//! What a setting can be, and what is said of a text that it cannot be.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use tracing_subscriber::EnvFilter;

use crate::token::{Secret, Token};

/// A kind of setting.
pub trait Value: Sized {
    /// Whether it is never shown.
    const SECRET: bool = false;

    /// Reads a text that is not empty.
    ///
    /// # Errors
    ///
    /// What is allowed, as a sentence.
    fn parse(text: &str) -> Result<Self, String>;

    /// What it is where nobody sets it, if that is possible.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Value> Value for Option<T> {
    const SECRET: bool = T::SECRET;

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// The base URL of a service, scheme `http` or `https`, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for BaseUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim().trim_end_matches('/');
        let uri = Uri::try_from(trimmed).ok();
        let plain = uri.is_some_and(|uri| {
            let web = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
            web && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none()
        });
        if plain && !trimmed.contains('@') {
            return Ok(Self(trimmed.to_owned()));
        }
        Err("it must be a URL such as http://lobby:8000, without user name and query".to_owned())
    }
}

/// An integer from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> Whole<MIN, MAX> {
    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }

    /// The number, for what lies in memory.
    pub fn get_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// The number, for a setting of ports.
    pub fn port(self) -> u16 {
        u16::try_from(self.0).unwrap_or(0)
    }

    /// So many days.
    pub fn days(self) -> Duration {
        Duration::from_secs(self.0.saturating_mul(86_400))
    }

    /// So many days; none of zero.
    pub fn some_days(self) -> Option<Duration> {
        (self.0 > 0).then(|| self.days())
    }

    /// So many seconds; none of zero.
    pub fn some_seconds(self) -> Option<Duration> {
        (self.0 > 0).then(|| Duration::from_secs(self.0))
    }

    /// The number; one that is larger than fits is the largest that does.
    pub fn get_u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

impl<const MIN: u64, const MAX: u64> Value for Whole<MIN, MAX> {
    fn parse(text: &str) -> Result<Self, String> {
        let number = text
            .trim()
            .parse()
            .ok()
            .filter(|number| (MIN..=MAX).contains(number));
        number
            .map(Self)
            .ok_or_else(|| format!("it must be an integer from {MIN} to {MAX}"))
    }
}

/// Events a second, 0 to a million. As earlier services did, a negative number is taken for 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// Events a second.
    pub fn per_second(self) -> f64 {
        self.0
    }
}

impl Value for Rate {
    fn parse(text: &str) -> Result<Self, String> {
        number_up_to_a_million(text)
            .map(|rate| Self(rate.max(0.0)))
            .ok_or_else(|| {
                "it must be a number up to 1000000; a negative one counts as 0".to_owned()
            })
    }
}

/// Events at once, 1 to a million. As earlier services did, any number is taken: without its fraction, and for 1 if it
/// is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst(u32);

impl Burst {
    /// Events at once.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl Value for Burst {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the fraction is to go, and the rest is from 1 to 1e6"
    )]
    fn parse(text: &str) -> Result<Self, String> {
        number_up_to_a_million(text)
            .map(|burst| Self(burst.max(1.0) as u32))
            .ok_or_else(|| "it must be a number up to 1000000; less than 1 counts as 1".to_owned())
    }
}

fn number_up_to_a_million(text: &str) -> Option<f64> {
    let number = text.trim().parse().ok();
    number.filter(|number: &f64| number.is_finite() && *number <= 1e6)
}

/// A length of time from 10 ms to a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seconds(f64);

impl Seconds {
    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs_f64(self.0)
    }
}

impl Value for Seconds {
    fn parse(text: &str) -> Result<Self, String> {
        let seconds = text
            .trim()
            .parse()
            .ok()
            .filter(|seconds| (0.01..=86_400.0).contains(seconds));
        seconds
            .map(Self)
            .ok_or_else(|| "it must be a number of seconds from 0.01 to 86400".to_owned())
    }
}

/// One port or several, the first being the main one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports {
    first: u16,
    more: Vec<u16>,
}

impl Ports {
    /// The main port; 0 for any free one.
    pub fn first(&self) -> u16 {
        self.first
    }

    /// The only one, for a process that listens on one.
    ///
    /// # Errors
    ///
    /// [`SeveralPorts`] when there are more.
    pub fn only(&self) -> Result<u16, SeveralPorts> {
        if self.more.is_empty() {
            return Ok(self.first);
        }
        Err(SeveralPorts(1 + self.more.len()))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = u16> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }
}

/// More ports than a process listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("PORT names {0} ports and this process listens on one: name one port")]
pub struct SeveralPorts(pub usize);

impl Value for Ports {
    fn parse(text: &str) -> Result<Self, String> {
        let ports: Option<Vec<u16>> = text
            .split(',')
            .map(|port| port.trim().parse().ok())
            .collect();
        match ports.as_deref() {
            Some([first, more @ ..]) => Ok(Self {
                first: *first,
                more: more.to_vec(),
            }),
            _ => Err("it must be a port from 0 to 65535, or several with commas".to_owned()),
        }
    }
}

/// Words with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names(Vec<String>);

impl Names {
    /// The words.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl Value for Names {
    fn parse(text: &str) -> Result<Self, String> {
        let names: Vec<String> = text
            .split(',')
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect();
        if names.is_empty() {
            Err("it must be one word, or several with commas".to_owned())
        } else {
            Ok(Self(names))
        }
    }
}

/// Defines an enum of words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $($text:literal)|+,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$word_doc])* $word,)*
        }

        impl Value for $name {
            fn parse(text: &str) -> Result<Self, String> {
                let word = text.trim().to_lowercase();
                $(if [$($text),+].contains(&word.as_str()) {
                    return Ok(Self::$word);
                })*
                Err(format!("it must be one of {}", [$($($text),+),*].join(", ")))
            }
        }
    };
}

words! {
    /// How much is logged.
    LogLevel {
        /// Nothing but errors.
        Error = "error" | "critical" | "fatal",
        /// What an operator should look at.
        Warn = "warning" | "warn",
        /// What happens.
        Info = "info",
        /// What a developer wants to know.
        Debug = "debug" | "notset",
        /// Everything.
        Trace = "trace",
    }
}

impl LogLevel {
    /// As a log filter writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

words! {
    /// How logs are written.
    LogFormat {
        /// For people.
        Text = "text",
        /// For machines, an object a line.
        Json = "json",
    }
}

words! {
    /// Which devices may come in.
    DeviceLogin {
        /// Every device, by its bare id.
        Open = "open",
    }
}

/// A log filter that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for LogFilter {
    fn parse(text: &str) -> Result<Self, String> {
        match EnvFilter::builder().parse(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(cause) => Err(format!(
                "it must be a log filter such as info,lobby=debug ({cause})"
            )),
        }
    }
}

impl Value for bool {
    fn parse(text: &str) -> Result<Self, String> {
        match text.trim().to_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err("it must be true or false".to_owned()),
        }
    }
}

impl Value for String {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.trim().to_owned())
    }
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
}

impl Value for Secret {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::new(text))
    }
}

impl Value for Token {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Self::new(text)
            .ok_or_else(|| "it must consist of visible ASCII characters without spaces".to_owned())
    }
}
