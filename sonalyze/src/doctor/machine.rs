//! What the machine itself gives: a network, open files, a clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Check;
use crate::serve::lan_addresses;

/// Open files below which many phones do not fit: each socket is one, databases and blobs some more.
const OPEN_FILES_MIN: u64 = 1024;

/// Years in which this program can run.
const YEARS: std::ops::Range<i16> = 2025..2100;

/// Whether phones can reach this machine.
pub(super) fn network() -> Check {
    let name = "network";
    let remedy = "join a network with the phones; without one only this machine can connect";
    match lan_addresses() {
        Ok(found) if found.is_empty() => {
            Check::warn(name, "this machine has no address in a network", remedy)
        }
        Ok(found) => {
            let each = found
                .iter()
                .map(|address| format!("{} ({})", address.ip, address.interface));
            Check::ok(name, each.collect::<Vec<_>>().join(", "))
        }
        Err(cause) => Check::warn(
            name,
            format!("the system does not tell its addresses: {cause}"),
            remedy,
        ),
    }
}

/// How many files and sockets may be open at once.
#[cfg(unix)]
pub(super) fn open_files() -> Check {
    use rustix::process::{Resource, getrlimit};
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or_else(|| Check::ok("open files", "without limit"), open_files_of)
}

/// Windows has no limit of this kind.
#[cfg(not(unix))]
pub(super) fn open_files() -> Check {
    Check::ok("open files", "without limit")
}

/// Whether the clock shows a time at which this program can run: reports carry it.
pub(super) fn clock() -> Check {
    clock_at(Timestamp::now())
}

fn open_files_of(limit: u64) -> Check {
    let found = format!("up to {limit} at once");
    if limit < OPEN_FILES_MIN {
        let remedy = format!(
            "raise the limit before `serve`: ulimit -n {}",
            4 * OPEN_FILES_MIN
        );
        return Check::warn("open files", found, remedy);
    }
    Check::ok("open files", found)
}

fn clock_at(now: Timestamp) -> Check {
    let year = now.to_zoned(TimeZone::UTC).year();
    if YEARS.contains(&year) {
        return Check::ok("clock", now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    }
    let remedy = "set the clock of this machine: lobbies and reports carry its time";
    Check::fail("clock", format!("it shows the year {year}"), remedy)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::State;
    use super::*;

    #[test]
    fn a_clock_that_lost_its_battery_is_told() {
        let at = |year| {
            clock_at(
                date(year, 1, 1)
                    .to_zoned(TimeZone::UTC)
                    .unwrap()
                    .timestamp(),
            )
        };
        assert_eq!(at(1970).state, State::Fail);
        assert_eq!(at(2026).state, State::Ok);
    }

    #[test]
    fn few_open_files_are_told_with_the_command() {
        let few = open_files_of(256);
        assert_eq!(few.state, State::Warn);
        assert!(few.remedy.unwrap().contains("ulimit -n 4096"));
        assert_eq!(open_files_of(1024).state, State::Ok);
    }
}
