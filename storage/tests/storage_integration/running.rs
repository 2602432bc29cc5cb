//! The program itself, running on free ports: what it logs, where it listens, and what it answers there.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program on a file of its own; it ends with its test.
pub(crate) struct Running {
    process: Child,
    log: BufReader<ChildStdout>,
    _folder: TempDir,
}

/// What was answered.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// The program on a file in `folder` and on free ports, with nothing of the tester's environment.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storage"));
    command.env_clear().current_dir(folder);
    command.env("DATABASE_URL", "sqlite:storage.db");
    for host in ["HOST", "METRICS_HOST"] {
        command.env(host, "127.0.0.1");
    }
    for port in ["PORT", "METRICS_PORT"] {
        command.env(port, "0");
    }
    command
}

impl Running {
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program(folder.path());
        let command = command.envs(settings.iter().copied());
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(process.stdout.take().unwrap());
        Self {
            process,
            log,
            _folder: folder,
        }
    }

    /// The next line of its log.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.log.read_line(&mut line).unwrap();
        assert!(read > 0, "it has ended: {:?}", self.process.try_wait());
        line
    }

    /// The address of a message that is logged from now on.
    pub(crate) fn address(&mut self, message: &str) -> SocketAddr {
        loop {
            let line: Value = serde_json::from_str(&self.line()).unwrap();
            if line["fields"]["message"] == message {
                return line["fields"]["address"].as_str().unwrap().parse().unwrap();
            }
        }
    }

    /// Where metrics are fetched, and where requests are answered: in the order in which they are logged.
    pub(crate) fn addresses(&mut self) -> (SocketAddr, SocketAddr) {
        (
            self.address("metrics are fetched here"),
            self.address("listening"),
        )
    }

    /// Tells it to end, as a service manager does, and waits.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let kill = format!("kill -TERM {}", self.process.id());
        let told = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(told.success());
        self.process.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A request of its own connection.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> Answered {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answered {
        status,
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}
