//! Which requests from outside reach which path of which service. What is not listed here does not pass.

use std::borrow::Cow;

use http::Method;

use crate::routing::Target;

const SIMULATION_PREFIX: &str = "/v1/simulation";
const READ: &[Method] = &[Method::GET, Method::HEAD];
const READ_DELETE: &[Method] = &[Method::GET, Method::HEAD, Method::DELETE];
const POST: &[Method] = &[Method::POST];

/// The list. A segment in braces stands for one name of the client's choice.
const RULES: &[Rule] = &[
    rule("/v1/measurement/audio", READ, Target::Measurement),
    rule("/v1/measurement/audio/info", READ, Target::Measurement),
    rule("/v1/jobs", POST, Target::Measurement),
    rule("/v1/jobs/{id}", READ_DELETE, Target::Measurement),
    rule("/v1/jobs/{id}/analyze", POST, Target::Measurement),
    Rule {
        uploads: true,
        ..rule("/v1/jobs/{id}/uploads/{name}", POST, Target::Measurement)
    },
    rule("/v1/jobs/{id}/reports", READ, Target::Measurement),
    rule("/v1/jobs/{id}/reports/{report}", READ, Target::Measurement),
    rule("/v1/simulation/health", READ, Target::Simulation),
    rule("/v1/simulation/materials", READ, Target::Simulation),
    rule(
        "/v1/simulation/reference-profiles",
        READ,
        Target::Simulation,
    ),
    rule("/v1/simulation/simulate", POST, Target::Simulation),
    rule("/v1/simulation/simulate/batch", POST, Target::Simulation),
];

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Way<'a> {
    /// Who answers it.
    pub(crate) target: Target,
    /// By which path, as encoded as it came.
    pub(crate) path: Cow<'a, str>,
    /// Whether its body is a recording, which may take its time.
    pub(crate) uploads: bool,
}

/// Why a request does not pass.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// There is no such path.
    Path,
    /// The path has other methods.
    Method {
        /// These.
        allowed: &'static [Method],
    },
}

/// Finds the way of a request by its method and its path as it stands in the address.
///
/// # Errors
///
/// [`NoWay`].
pub(crate) fn way<'a>(method: &Method, path: &'a str) -> Result<Way<'a>, NoWay> {
    // A slash at the end makes no difference, as it did not for earlier clients, and is not passed on.
    let path = path.strip_suffix('/').unwrap_or(path);
    let rule = RULES
        .iter()
        .find(|rule| rule.fits(path))
        .ok_or(NoWay::Path)?;
    if !rule.methods.contains(method) {
        return Err(NoWay::Method {
            allowed: rule.methods,
        });
    }
    Ok(Way {
        target: rule.target,
        path: rule.inner(path),
        uploads: rule.uploads,
    })
}

#[derive(Clone, Copy)]
struct Rule {
    pattern: &'static str,
    methods: &'static [Method],
    target: Target,
    uploads: bool,
}

const fn rule(pattern: &'static str, methods: &'static [Method], target: Target) -> Rule {
    Rule {
        pattern,
        methods,
        target,
        uploads: false,
    }
}

impl Rule {
    fn fits(&self, path: &str) -> bool {
        let (mut pattern, mut segments) = (self.pattern.split('/'), path.split('/'));
        loop {
            match (pattern.next(), segments.next()) {
                (None, None) => return true,
                (Some(part), Some(segment)) if part.starts_with('{') && is_name(segment) => {}
                (Some(part), Some(segment)) if part == segment => {}
                _ => return false,
            }
        }
    }

    fn inner<'a>(&self, path: &'a str) -> Cow<'a, str> {
        let inner = match self.target {
            Target::Simulation => path.strip_prefix(SIMULATION_PREFIX).unwrap_or(path),
            Target::Lobby | Target::Measurement => path,
        };
        Cow::Borrowed(inner)
    }
}

/// Whether a segment, decoded, is one name: not empty, no step to another folder, no separator, no control character.
fn is_name(segment: &str) -> bool {
    let Some(bytes) = decoded(segment) else {
        return false;
    };
    let Ok(name) = String::from_utf8(bytes) else {
        return false;
    };
    let steps = name.is_empty() || name == "." || name == "..";
    !steps
        && !name
            .chars()
            .any(|c| matches!(c, '/' | '\\' | '{' | '}') || c.is_control())
}

/// The bytes behind the percent signs; `None` where such a sign is not followed by two hexadecimal digits.
fn decoded(segment: &str) -> Option<Vec<u8>> {
    let mut bytes = segment.bytes();
    let mut found = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        found.push(match byte {
            b'%' => (digit(bytes.next()?)? << 4) | digit(bytes.next()?)?,
            plain => plain,
        });
    }
    Some(found)
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(method: &Method, path: &str) -> Option<(&'static str, String)> {
        way(method, path)
            .ok()
            .map(|way| (way.target.name(), way.path.into_owned()))
    }

    #[test]
    fn measurement_keeps_its_paths() {
        for (method, path) in [
            (Method::GET, "/v1/measurement/audio"),
            (Method::HEAD, "/v1/measurement/audio/info"),
            (Method::POST, "/v1/jobs"),
            (Method::GET, "/v1/jobs/a"),
            (Method::DELETE, "/v1/jobs/a"),
            (Method::POST, "/v1/jobs/a/analyze"),
            (Method::POST, "/v1/jobs/a/uploads/x%20%C3%A4.wav"),
            (Method::GET, "/v1/jobs/a/reports"),
            (Method::GET, "/v1/jobs/a/reports/b"),
        ] {
            let expected = Some(("measurement", path.to_owned()));
            assert_eq!(found(&method, path), expected, "{method} {path}");
            assert_eq!(found(&method, &format!("{path}/")), expected, "{path}/");
        }
    }

    #[test]
    fn simulation_loses_its_prefix() {
        for (method, path, inner) in [
            (Method::GET, "/v1/simulation/health", "/health"),
            (Method::GET, "/v1/simulation/materials/", "/materials"),
            (
                Method::HEAD,
                "/v1/simulation/reference-profiles",
                "/reference-profiles",
            ),
            (Method::POST, "/v1/simulation/simulate", "/simulate"),
        ] {
            assert_eq!(
                found(&method, path),
                Some(("simulation", inner.to_owned())),
                "{path}"
            );
        }
    }

    #[test]
    fn other_methods_are_named() {
        for (method, path, allowed) in [
            (Method::GET, "/v1/jobs", POST),
            (Method::GET, "/v1/jobs/", POST),
            (Method::PATCH, "/v1/jobs/a", READ_DELETE),
            (Method::GET, "/v1/jobs/a/uploads/b", POST),
            (Method::POST, "/v1/measurement/audio", READ),
            (Method::GET, "/v1/simulation/simulate", POST),
        ] {
            assert_eq!(
                way(&method, path),
                Err(NoWay::Method { allowed }),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn nothing_else_passes() {
        for path in [
            "",
            "/",
            "/v1",
            "/v1/jobs//",
            "/v1/jobs/a/b",
            "/v1/jobs/a/uploads",
            "/v1/jobs/a/uploads/",
            "/v1/health",
            "/v1/jobs/a/uploads/b/c",
            "/v1/jobs/a/uploads/..",
            "/v1/jobs/a/uploads/%2e%2E",
            "/v1/jobs/a/uploads/%2f",
            "/v1/jobs/a/uploads/b%2Fc",
            "/v1/jobs/a/uploads/b%5cc",
            "/v1/jobs/a/uploads/b%00",
            "/v1/jobs/%2e",
            "/v1/jobs/a/uploads/%",
            "/v1/jobs/a/uploads/%zz",
            "/v1/jobs/a/uploads/%ff",
            "/v1/jobs/../measurement",
            "/v1/simulation/gateway/handle",
            "/v1/simulation",
            "/v1/simulation/",
            "/v1/simulation//gateway/handle",
            "/v1/simulation/..%2fgateway/handle",
            "/v1/%6aobs",
            "/V1/jobs",
            "/gateway/handle",
            "/internal/broadcast",
            "/v1/measurement/gateway/handle",
            "/v1/measurement/../../gateway/handle",
            "/v1/jobs/a/analyze/..",
        ] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                assert_eq!(way(&method, path), Err(NoWay::Path), "{method} {path}");
            }
        }
    }

    /// A path as the most lenient server would understand it: decoded twice, steps taken, separators unified.
    fn understood(path: &str) -> Vec<String> {
        let once = decoded(path).unwrap_or_else(|| path.as_bytes().to_vec());
        let text = String::from_utf8_lossy(&once).replace('\\', "/");
        let mut steps: Vec<String> = Vec::new();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(steps.pop()),
                name => steps.push(name.to_lowercase()),
            }
        }
        steps
    }

    fn path() -> impl Strategy<Value = String> {
        let segment = prop_oneof![
            Just("v1"),
            Just("jobs"),
            Just("simulation"),
            Just("measurement"),
            Just("gateway"),
            Just("handle"),
            Just("internal"),
            Just("broadcast"),
            Just(".."),
            Just("%2e%2e"),
            Just("%2f"),
            Just("."),
            Just(""),
            Just("audio"),
            Just("uploads"),
            Just("reports"),
            Just("a%2f..%2f..%2fgateway"),
            Just("health"),
            Just("..%5c.."),
            Just("materials"),
            Just("%252e%252e"),
            Just("x"),
            Just("analyze"),
            Just("simulate"),
        ];
        let start = prop_oneof![
            Just(""),
            Just("/v1/jobs"),
            Just("/v1/simulation"),
            Just("/v1/measurement")
        ];
        (start, prop::collection::vec(segment, 0..7))
            .prop_map(|(start, segments)| format!("{start}/{}", segments.join("/")))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn no_path_reaches_an_internal_door(path in path(), post in any::<bool>()) {
            let method = if post { Method::POST } else { Method::GET };
            if let Ok(way) = way(&method, &path) {
                let steps = understood(&way.path);
                let first = steps.first().map(String::as_str);
                let second = steps.get(1).map(String::as_str);
                match way.target {
                    Target::Measurement => {
                        prop_assert_eq!(first, Some("v1"), "{}", way.path);
                        prop_assert!(matches!(second, Some("jobs" | "measurement")), "{}", way.path);
                    }
                    Target::Simulation => {
                        let known = ["health", "materials", "reference-profiles", "simulate"];
                        prop_assert!(steps.len() == 1 && known.contains(&first.unwrap()), "{}", way.path);
                    }
                    Target::Lobby => prop_assert!(false, "the lobby has no way from outside: {}", way.path),
                }
            }
        }
    }
}
