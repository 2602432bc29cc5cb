//! Options of `backup`, `verify`, `restore` and `maintain`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::migrate::{PlaceArguments, ServiceName};

/// The shortest time from one backup to the next.
const EVERY_MIN: Duration = Duration::from_secs(1);

/// What stands below the options of `backup`.
pub(super) const BACKUP_EXAMPLES: &str = "\
Examples:
  sonalyze backup
  sonalyze backup --to /mnt/disk/sonalyze --data-dir /srv/sonalyze
  sonalyze backup storage --database postgresql://user@host/sonalyze
  sonalyze backup --every 24h --to /mnt/disk/sonalyze

Makes DIR/20260131T030000Z or the like: a file of each database, the recordings, and manifest.json with the SHA-256 \
and the rows of everything, written last. `sonalyze serve` may run. Databases are found as \
`sonalyze migrate up --help` says; a server of PostgreSQL needs pg_dump, not older than itself. Name another disk: the \
folder in the data folder ends with it.

Afterwards old backups go: the newest of each of the last 7 days, 4 weeks and 12 months that have one stay \
(BACKUP_KEEP_DAILY, BACKUP_KEEP_WEEKLY, BACKUP_KEEP_MONTHLY), and the newest always. With --every the next one is due \
so long after the newest, and it ends at Ctrl-C or SIGTERM; one that fails is told and tried again.

Exit codes: 0 done, 1 no backup was made or a recording is damaged, 2 wrong command line or wrong settings, 130 \
stopped by Ctrl-C or SIGTERM.";

/// What stands below the options of `verify`.
pub(super) const VERIFY_EXAMPLES: &str = "\
Examples:
  sonalyze verify /mnt/disk/sonalyze
  sonalyze verify /mnt/disk/sonalyze/20260131T030000Z --restore
  sonalyze verify backups --restore --scratch postgresql://user@host/postgres

DIR is a backup, or a folder of them, of which the newest is taken. Every file is compared with its SHA-256. With \
--restore every database is restored too, into a temporary file or into a new database on the server of --scratch, \
and every row compared; both are removed then.

Exit codes: 0 everything is whole, 1 something is not, 2 wrong command line, 3 DIR holds no backup.";

/// What stands below the options of `restore`.
pub(super) const RESTORE_EXAMPLES: &str = "\
Examples:
  sonalyze restore /mnt/disk/sonalyze --data-dir /srv/restored
  sonalyze restore backups storage --database postgresql://user@host/empty

DIR is a backup, or a folder of them, of which the newest is taken. Nothing is written over: a database must be empty \
(a file must not be there), the folder of recordings too, and no `sonalyze serve` may work in the data folder. Every \
file is compared with its SHA-256 before, every row afterwards. A database of PostgreSQL is restored in one \
transaction. It is asked for a word on a terminal; elsewhere --yes is needed.

Exit codes: 0 everything is restored, 1 something failed or was not confirmed, 2 wrong command line, 3 DIR holds no \
backup.";

/// What stands below the options of `maintain`.
pub(super) const MAINTAIN_EXAMPLES: &str = "\
Examples:
  sonalyze maintain
  sonalyze maintain storage --database postgresql://user@host/sonalyze

PostgreSQL: VACUUM (ANALYZE) and REINDEX TABLE CONCURRENTLY of the tables of the service, one after another. SQLite: \
the write-ahead log is emptied, the file made anew, statistics taken. Once a week is plenty; services work meanwhile. \
The database is found as `sonalyze migrate up --help` says.

Exit codes: 0 done, 1 something failed, 2 wrong command line or wrong settings.";

/// Options of `backup`.
#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// Whose databases [default: each, with the recordings; those belong to `measurement`]
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<ServiceName>,

    /// Folder in which the backup gets a folder of its own [default: `BACKUP_DIR`, else `backups` in the data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,

    /// Make one so long after the newest, again and again: 24h, 90m
    #[arg(long, value_name = "TIME", value_parser = every)]
    pub(crate) every: Option<Duration>,

    /// How many days the newest of the day stays [default: `BACKUP_KEEP_DAILY`, 7]
    #[arg(long, value_name = "N")]
    pub(crate) keep_daily: Option<u16>,

    /// How many weeks the newest of the week stays [default: `BACKUP_KEEP_WEEKLY`, 4]
    #[arg(long, value_name = "N")]
    pub(crate) keep_weekly: Option<u16>,

    /// How many months the newest of the month stays [default: `BACKUP_KEEP_MONTHLY`, 12]
    #[arg(long, value_name = "N")]
    pub(crate) keep_monthly: Option<u16>,

    /// Print one JSON object a backup
    #[arg(long)]
    pub(crate) json: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub(crate) quiet: bool,

    /// Which databases.
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// A backup, or a folder of backups
    #[arg(value_name = "DIR")]
    pub(crate) backup: PathBuf,

    /// Restore every database, compare its rows, and throw it away
    #[arg(long)]
    pub(crate) restore: bool,

    /// A server on which databases may be made for it: `postgresql://user@host/postgres`
    #[arg(long, value_name = "URL", requires = "restore")]
    pub(crate) scratch: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub(crate) quiet: bool,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// A backup, or a folder of backups
    #[arg(value_name = "DIR")]
    pub(crate) backup: PathBuf,

    /// Whose databases [default: everything in the backup]
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<ServiceName>,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// Into which databases.
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Options of `maintain`.
#[derive(Debug, Args)]
pub(crate) struct MaintainArguments {
    /// Whose databases [default: each]
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<ServiceName>,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub(crate) quiet: bool,

    /// Which databases.
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

fn every(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok();
    let every = parsed.and_then(|time| Duration::try_from(time).ok());
    every
        .filter(|every| *every >= EVERY_MIN)
        .ok_or_else(|| "a time of a second or more is needed, such as 24h or 90m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_write_them() {
        assert_eq!(every("24h"), Ok(Duration::from_hours(24)));
        assert_eq!(every("90m"), Ok(Duration::from_mins(90)));
        for wrong in ["", "24", "0s", "-1h", "often"] {
            assert!(every(wrong).is_err(), "{wrong}");
        }
    }
}
