//! Which service an event belongs to, and whether it keeps its place among the others of its socket.

/// Events of `measurement.` that the measurement service answers; the lobby answers the others.
const OF_MEASUREMENT: [&str; 4] = [
    "measurement.create_job",
    "measurement.get_job",
    "measurement.get_audio_info",
    "measurement.upload_chunk",
];

/// Who answers an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Lobbies, roles and the course of a session.
    Lobby,
    /// Jobs, sounds, analyses.
    Measurement,
    /// Simulated rooms.
    Simulation,
}

impl Target {
    /// The service's name, in errors and readiness.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lobby => "lobby",
            Self::Measurement => "measurement",
            Self::Simulation => "simulation",
        }
    }
}

/// How commands of one socket stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// One after the other, answered in their order.
    Ordered,
    /// Some at once, answered as they end.
    Free,
}

/// Where an event goes; `None` if no service has events of that family.
pub(crate) fn route(event: &str) -> Option<(Target, Lane)> {
    let (family, _) = event.split_once('.')?;
    match family {
        "measurement" if OF_MEASUREMENT.contains(&event) => {
            Some((Target::Measurement, Lane::Ordered))
        }
        "lobby" | "role" | "measurement" => Some((Target::Lobby, Lane::Ordered)),
        "analysis" => Some((Target::Measurement, Lane::Free)),
        "simulation" => Some((Target::Simulation, Lane::Free)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_its_service_and_lane() {
        let lobby = Some((Target::Lobby, Lane::Ordered));
        let jobs = Some((Target::Measurement, Lane::Ordered));
        for (event, expected) in [
            ("lobby.create", lobby),
            ("lobby.no_such", lobby),
            ("role.update", lobby),
            ("measurement.create_session", lobby),
            ("measurement.start", lobby),
            ("measurement.stop", lobby),
            ("measurement.status", lobby),
            ("measurement.error", lobby),
            ("measurement.no_such", lobby),
            ("measurement.create_job", jobs),
            ("measurement.get_job", jobs),
            ("measurement.get_audio_info", jobs),
            ("measurement.upload_chunk", jobs),
            ("analysis.run", Some((Target::Measurement, Lane::Free))),
            ("analysis.no_such", Some((Target::Measurement, Lane::Free))),
            ("simulation.run", Some((Target::Simulation, Lane::Free))),
        ] {
            assert_eq!(route(event), expected, "{event}");
        }
    }

    #[test]
    fn a_family_ends_with_a_point() {
        for event in [
            "",
            "identify",
            "lobby",
            "lobbyx.create",
            "Lobby.create",
            ".",
            "no.such.event",
        ] {
            assert_eq!(route(event), None, "{event}");
        }
    }
}
