//! A `PostgreSQL` of the test process: made in a temporary folder, on a free port of 127.0.0.1, never as root, and gone
//! when the process ends, however it ends.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

use crate::programs;
use crate::url::DatabaseUrl;

/// Runs the server until the end of its standard input, which is the end of the test process, then stops it and removes
/// the folder. The word `crash` stops it at once, as a power failure does, `start` runs it again. `$1` postgres, `$2`
/// folder, `$3` port, then settings, of which the last counts.
const KEEPER: &str = r#"
postgres=$1 folder=$2 port=$3
shift 3
run() {
    "$postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
        -c full_page_writes=off -c max_connections=300 -c shared_buffers=16MB -c autovacuum=off -c lc_messages=C "$@" \
        >"$folder/log" 2>&1 </dev/null &
    server=$!
}
run "$@"
while read -r word; do
    case $word in
        crash) kill -QUIT "$server"; wait "$server"; echo down >"$folder/down" ;;
        start) rm -f "$folder/down"; run "$@" ;;
    esac
done
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"#;

/// Looks for the word `ready` in the file of the server's state: at most half a minute.
const READY_LOOKS: u32 = 1_500;
const READY_PAUSE: Duration = Duration::from_millis(20);

/// Between the look for a free port and its use another process may take it.
const PORT_ATTEMPTS: u32 = 5;

/// What to do when there are no binaries.
const INSTALL: &str = "no PostgreSQL found (initdb and postgres; looked with pg_config, in /usr/lib/postgresql, in \
    the PATH): install it (Debian: apt-get install postgresql), or name a server by SONALYZE_TEST_POSTGRES_URL.";

/// A running server of the process; it ends with this value, or with the process, however that ends.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    folder: PathBuf,
    keeper: ChildStdin,
}

/// The files of a cluster as they were at one moment; they end with this value.
#[derive(Debug)]
pub struct BaseBackup {
    folder: TempDir,
}

/// The user that owns the cluster when the tests run as root, which `PostgreSQL` refuses.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Cluster {
    /// Settings of a server that keeps what it was told, as one of a deployment does.
    pub const DURABLE: &[&str] = &[
        "-c",
        "fsync=on",
        "-c",
        "full_page_writes=on",
        "-c",
        "shared_buffers=512MB",
        "-c",
        "autovacuum=on",
    ];

    /// Starts one. `settings` are further words of the command line of `postgres`, such as [`DURABLE`](Self::DURABLE):
    /// without them it forgets what it was told when the machine fails, and vacuums nothing by itself.
    ///
    /// # Errors
    ///
    /// What is missing, or what the server said.
    pub fn start(settings: &[&str]) -> Result<Self, String> {
        let binaries = find_binaries().ok_or_else(|| INSTALL.to_owned())?;
        let mut last = String::new();
        for _ in 0..PORT_ATTEMPTS {
            match start_once(&binaries, settings) {
                Err(reason) if reason.contains("could not bind") => last = reason,
                other => return other,
            }
        }
        Err(last)
    }

    /// Where its first database is.
    pub fn server(&self) -> String {
        format!(
            "postgresql://sonalyze@127.0.0.1:{}/postgres?sslmode=disable",
            self.port
        )
    }

    /// A new and empty database.
    ///
    /// # Errors
    ///
    /// What the server said.
    pub async fn database(&self, name: &str) -> Result<DatabaseUrl, String> {
        super::run(&self.server(), format!("CREATE DATABASE {name}")).await?;
        super::with_database(&self.server(), name)
            .parse()
            .map_err(|error| format!("{name}: {error}"))
    }

    /// A base backup of it as it is now, by `pg_basebackup`.
    ///
    /// # Errors
    ///
    /// What the program said.
    pub fn base_backup(&self) -> Result<BaseBackup, String> {
        let binaries = find_binaries().ok_or_else(|| INSTALL.to_owned())?;
        let folder = new_folder()?;
        let mut command = Command::new(binaries.join("pg_basebackup"));
        command.args(["--checkpoint=fast", "--wal-method=stream", "--no-password"]);
        command.args(["--host=127.0.0.1", "--username=sonalyze"]);
        command.arg(format!("--port={}", self.port));
        command.arg("--pgdata").arg(folder.path().join("data"));
        run_in(command, folder.path())?;
        Ok(BaseBackup { folder })
    }

    /// A cluster that begins with a base backup, with the file that asks for a recovery; `settings` say from where to
    /// where. It is ready when the recovery has come to its end.
    ///
    /// # Errors
    ///
    /// What the server said.
    pub fn recover(base: BaseBackup, settings: &[&str]) -> Result<Self, String> {
        let binaries = find_binaries().ok_or_else(|| INSTALL.to_owned())?;
        let signal = base.folder.path().join("data/recovery.signal");
        fs::write(&signal, "").map_err(told("recovery.signal"))?;
        hand_over(&signal)?;
        launch(&binaries, base.folder, settings)
    }

    /// Stops the server as a power failure does (`pg_ctl stop -m immediate`).
    ///
    /// # Errors
    ///
    /// When the keeper is gone, or the server does not end.
    pub fn crash(&mut self) -> Result<(), String> {
        self.keeper
            .write_all(b"crash\n")
            .map_err(told("its keeper"))?;
        for _ in 0..READY_LOOKS {
            if self.folder.join("down").exists() {
                return Ok(());
            }
            sleep(READY_PAUSE);
        }
        Err("PostgreSQL did not end".to_owned())
    }

    /// Starts the server again after a [`crash`](Self::crash).
    ///
    /// # Errors
    ///
    /// What the server said.
    pub fn start_again(&mut self) -> Result<(), String> {
        self.keeper
            .write_all(b"start\n")
            .map_err(told("its keeper"))?;
        wait_until_ready(&self.folder)
    }
}

fn start_once(binaries: &Path, settings: &[&str]) -> Result<Cluster, String> {
    let folder = new_folder()?;
    initialise(binaries, folder.path())?;
    launch(binaries, folder, settings)
}

/// A folder of the user who will run the server.
fn new_folder() -> Result<TempDir, String> {
    let folder = TempDir::with_prefix("ledger-pg-").map_err(told("a folder"))?;
    hand_over(folder.path())?;
    Ok(folder)
}

/// Makes a folder that of the user who runs the servers of tests: where the tests run as root, that is `nobody`.
///
/// # Errors
///
/// When the system does not let it.
pub fn hand_over(folder: &Path) -> Result<(), String> {
    match owner_of(folder)? {
        Some(Owner { user, group }) => {
            chown(folder, Some(user), Some(group)).map_err(told("the owner of the folder"))
        }
        None => Ok(()),
    }
}

/// Runs the server whose data lie in the folder.
fn launch(binaries: &Path, folder: TempDir, settings: &[&str]) -> Result<Cluster, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(told("a free port"))?;
    let port = listener.local_addr().map_err(told("a free port"))?.port();
    drop(listener);
    let owner = owned_by(folder.path())?;
    // From here on the keeper removes the folder.
    let folder = folder.keep();
    let mut command = Command::new("sh");
    command
        .args(["-c", KEEPER, "keeper"])
        .arg(binaries.join("postgres"))
        .arg(&folder)
        .arg(port.to_string())
        .args(settings);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // A group of its own: an interrupt at the terminal ends the tests, and their end ends the keeper.
    command.current_dir(&folder).process_group(0);
    as_owner(&mut command, owner);
    let mut child = command.spawn().map_err(told("sh"))?;
    let keeper = child.stdin.take().ok_or("sh has no standard input")?;
    wait_until_ready(&folder)?;
    Ok(Cluster {
        port,
        folder,
        keeper,
    })
}

fn told(what: &'static str) -> impl Fn(std::io::Error) -> String {
    move |error| format!("starting PostgreSQL: {what}: {error}")
}

fn initialise(binaries: &Path, folder: &Path) -> Result<(), String> {
    let mut command = Command::new(binaries.join("initdb"));
    command.args([
        "-A",
        "trust",
        "-U",
        "sonalyze",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
        "-D",
    ]);
    command.arg(folder.join("data"));
    run_in(command, folder)
}

/// Runs a program as the owner of the folder.
fn run_in(mut command: Command, folder: &Path) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.current_dir(folder).stdin(Stdio::null());
    as_owner(&mut command, owned_by(folder)?);
    let output = command
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name} failed: {told}"))
}

fn owned_by(folder: &Path) -> Result<Owner, String> {
    let found = fs::metadata(folder).map_err(told("the folder"))?;
    Ok(Owner {
        user: found.uid(),
        group: found.gid(),
    })
}

fn as_owner(command: &mut Command, Owner { user, group }: Owner) {
    command.uid(user).gid(group);
}

/// None when the tests do not run as root: the owner of a new folder is who runs.
fn owner_of(folder: &Path) -> Result<Option<Owner>, String> {
    let who = fs::metadata(folder).map_err(told("the folder"))?.uid();
    if who != 0 {
        return Ok(None);
    }
    Ok(Some(Owner {
        user: number("-u")?,
        group: number("-g")?,
    }))
}

fn number(of: &str) -> Result<u32, String> {
    let output = Command::new("id")
        .args([of, "nobody"])
        .output()
        .map_err(told("id"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(|_| format!("starting PostgreSQL as root needs the user nobody; id said {text:?}"))
}

/// The server writes its state into the eighth line of this file.
fn wait_until_ready(folder: &Path) -> Result<(), String> {
    for _ in 0..READY_LOOKS {
        let state = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if state
            .lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready")
        {
            return Ok(());
        }
        let log = log_of(folder);
        // Who asks too early is told so with this word too.
        let is_fatal =
            |line: &str| line.contains("FATAL") && !line.contains("the database system is");
        if log.lines().any(is_fatal) {
            return Err(format!("PostgreSQL did not start: {log}"));
        }
        sleep(READY_PAUSE);
    }
    Err(format!("PostgreSQL did not get ready: {}", log_of(folder)))
}

fn log_of(folder: &Path) -> String {
    let mut log = String::new();
    if let Ok(file) = fs::File::open(folder.join("log")) {
        // A log cut within a character is no reason to fail.
        if file.take(16_384).read_to_string(&mut log).is_err() {
            log.push_str("(not readable)");
        }
    }
    log
}

/// The folder that holds both `initdb` and `postgres`.
fn find_binaries() -> Option<PathBuf> {
    programs::folders()
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
