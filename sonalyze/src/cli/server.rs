//! Options of the commands around the server: `serve`, `doctor`, `demo`, `openapi`.

use std::path::PathBuf;

use chassis::config::Flags;
use clap::{Args, ValueEnum};

/// What stands below the options of `serve`.
pub(super) const SERVE_EXAMPLES: &str = "\
Examples:
  sonalyze serve
  sonalyze serve --port 9000 --data-dir /srv/sonalyze
  sonalyze serve --host 127.0.0.1 --port 0 --ready-file ready.json

No configuration is needed. The gateway listens on 0.0.0.0:8000; lobby, measurement, simulation and storage also \
listen on this machine alone, on the four ports after it (SERVE_LOBBY_PORT, SERVE_MEASUREMENT_PORT, \
SERVE_SIMULATION_PORT, SERVE_STORAGE_PORT), and Prometheus finds metrics at 127.0.0.1:9095/metrics (METRICS_HOST, \
METRICS_PORT; any free port where --port is 0). Settings can be given as flags, as environment variables, in a file \
.env and in the file of --config; `sonalyze doctor` shows them with their origin.

Exit codes: 0 stopped by Ctrl-C or SIGTERM, 1 cannot start, 2 wrong command line or wrong settings.";

/// What stands below the options of `doctor`.
pub(super) const DOCTOR_EXAMPLES: &str = "\
Examples:
  sonalyze doctor
  sonalyze doctor --port 9000 --data-dir /srv/sonalyze
  sonalyze doctor --json | jq '.checks[] | select(.state != \"ok\")'

Give it the same options as `sonalyze serve`. It changes nothing.

Exit codes: 0 nothing has failed, 1 something has.";

/// What stands below the options of `demo`.
pub(super) const DEMO_EXAMPLES: &str = "\
Examples:
  sonalyze demo
  sonalyze demo --out demo --speed 1

Needs no microphone, no loudspeaker and no network. The first loudspeaker stands in a room that is simulated \
(examples/meeting-room.json), the second in a real living room; the table has what was simulated or is true, what the \
phones measured, and the difference. With --out DIR it leaves a report of each loudspeaker's room, \
and a report, the analysis as JSON and the impulse response as 32-bit float WAV of each pair, transcript.jsonl with \
every message of every phone, and the server's data.

Exit codes: 0 every figure keeps its tolerance, 1 one does not or something failed, 2 wrong command line.";

/// What stands below the options of `openapi`.
pub(super) const OPENAPI_EXAMPLES: &str = "\
Examples:
  sonalyze openapi storage
  sonalyze openapi storage | jq '.paths | keys'

It is what the service answers at /openapi.json: OpenAPI 3.1 as JSON, with an example of every request.

Exit codes: 0 done, 1 it cannot be written, 2 wrong command line.";

/// Options of `openapi`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct OpenapiArguments {
    /// Whose document
    #[arg(value_name = "SERVICE")]
    pub(crate) service: DocumentedService,
}

/// A service that has such a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentedService {
    /// Entities, documents and queues
    Storage,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Folder of databases and uploads; made if missing [default: sonalyze in your folder of application data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// When ready, write the addresses as one JSON object: `gateway`, `lobby`, `measurement`, `simulation`, `storage`,
    /// `metrics` (absent where its port is taken), `data_dir`, `pid`; a file is removed when the server stops, a pipe
    /// must have a reader when the server starts
    #[arg(long, value_name = "OUT")]
    pub(crate) ready_file: Option<PathBuf>,

    /// Settings of every process.
    #[command(flatten)]
    pub(crate) flags: Flags,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Folder of databases and uploads [default: sonalyze in your folder of application data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Print the checks as one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Settings of every process.
    #[command(flatten)]
    pub(crate) flags: Flags,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Folder for reports, impulse responses, transcript and data [default: nothing is kept]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// How many seconds of sound pass in a second, 0.1 to 100; 1 is real time
    #[arg(long, value_name = "X", default_value = "10", value_parser = speed)]
    pub(crate) speed: f64,

    /// Chooses rays and tail of the simulated room, and all noise
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) seed: u32,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    let allowed = 0.1..=100.0;
    text.parse()
        .ok()
        .filter(|speed| allowed.contains(speed))
        .ok_or_else(|| "a number from 0.1 to 100 is needed".to_owned())
}
