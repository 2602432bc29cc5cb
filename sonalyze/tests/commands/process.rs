//! `serve` in a process of its own, for tests of the commands.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Name of the file of `--ready-file`.
const READY: &str = "ready.json";

/// Pauses of 50 ms until something that must happen has not happened.
const PAUSES: usize = 600;

/// A process that ends with its test.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it; what it tells on its standard error is kept for [`Self::told`].
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Starts a server and waits until it says in `file` that it is ready.
    pub(crate) fn until_ready(command: &mut Command, file: &Path) -> (Self, Value) {
        let process = Self::start(command);
        let read = || serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok();
        (process, until("serve is ready", read))
    }

    /// Tells it to end, as a service manager does, and waits.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        use rustix::process::{Pid, Signal, kill_process};
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        self.ended()
    }

    /// Waits until it ends by itself.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        until("the process ends", || self.0.try_wait().unwrap())
    }

    /// What it said on its standard error, once it has ended.
    pub(crate) fn told(&mut self) -> String {
        std::io::read_to_string(self.0.stderr.take().unwrap()).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A running `serve` and what it said when it was ready.
pub(crate) struct Serving {
    process: Running,
    /// The object of `--ready-file`.
    pub(crate) ready: Value,
    place: TempDir,
}

impl Serving {
    /// Starts on free ports, with its data in `data`, and waits until it is ready.
    pub(crate) fn start(data: &Path) -> Self {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(READY);
        let process = Running(serve(data, &file).spawn().unwrap());
        let read = || serde_json::from_str(&std::fs::read_to_string(&file).ok()?).ok();
        let ready = until("serve is ready", read);
        Self {
            process,
            ready,
            place,
        }
    }

    /// The gateway's URL.
    pub(crate) fn url(&self) -> &str {
        self.ready["gateway"].as_str().unwrap()
    }

    /// The gateway's port.
    pub(crate) fn port(&self) -> &str {
        self.url().rsplit(':').next().unwrap()
    }

    /// The file of `--ready-file`.
    pub(crate) fn ready_file(&self) -> PathBuf {
        self.place.path().join(READY)
    }

    /// Tells the process to end, as a service manager does, and waits.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.process.terminate()
    }
}

/// `serve` on free ports of this machine, with its data in `data`, that says in `ready_file` where it is.
pub(crate) fn serve(data: &Path, ready_file: &Path) -> Command {
    let mut command = sonalyze(&["serve", "--host", "127.0.0.1", "--port", "0", "--data-dir"]);
    command.arg(data).arg("--ready-file").arg(ready_file);
    command.stdout(Stdio::null());
    command
}

/// The command, with nothing of the tester's environment that is a setting.
pub(crate) fn sonalyze(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sonalyze"));
    command.args(words);
    for variable in chassis::config::REGISTRY {
        command.env_remove(variable.name);
    }
    command
}

/// What a finished command said on its standard error.
pub(crate) fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..PAUSES {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("in vain: {what}");
}
