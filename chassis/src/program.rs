//! The program around a service: settings, log, signals, last words, and an end that nothing holds up.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use axum::Router;
use futures_util::future::try_join_all;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::config::{Config, ConfigFaults, Flags, environment};
use crate::metrics;
use crate::shutdown::{self, Shutdown};
use crate::telemetry::{self, Stream};

/// Why a program ended that was not told to.
pub type Failure = Box<dyn Error>;

/// A setting that is missing or cannot be used: the program ends with 2, as for a wrong command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongSettings(pub String);

/// How a program ends that did not do its work: 2 where its settings are to be changed, 1 otherwise.
fn exit_code(failure: &(dyn Error + 'static)) -> ExitCode {
    if failure.is::<WrongSettings>() || failure.is::<ConfigFaults>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// What the work of a program is given.
#[derive(Debug)]
pub struct Program {
    /// Its name in the log.
    pub name: &'static str,
    /// Its settings.
    pub config: Config,
    /// Its end, which signals begin.
    pub shutdown: Shutdown,
}

/// Runs a service as a process of its own; `own` are its settings where nobody says otherwise. It logs, and a failure
/// is told, on standard error. At the end, blocking work is waited for only as long as the grace period still lasts.
pub fn run<W>(
    name: &'static str,
    flags: &Flags,
    own: &[(&'static str, String)],
    work: W,
) -> ExitCode
where
    W: AsyncFnOnce(Program) -> Result<(), Failure>,
{
    run_logging(Stream::Stderr, name, flags, own, work)
}

/// As [`run`], but it logs where it is told.
pub fn run_logging<W>(
    log: Stream,
    name: &'static str,
    flags: &Flags,
    own: &[(&'static str, String)],
    work: W,
) -> ExitCode
where
    W: AsyncFnOnce(Program) -> Result<(), Failure>,
{
    let shutdown = Shutdown::default();
    let ended = runtime().and_then(|runtime| {
        let end = shutdown.clone();
        conduct(runtime, &shutdown, async move {
            let config = Config::load(flags, environment(), Path::new("."), own)?;
            telemetry::init(&config, log)?;
            end.on_signals()?;
            work(Program {
                name,
                config,
                shutdown: end,
            })
            .await
        })
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(name, failure.as_ref());
            exit_code(failure.as_ref())
        }
    }
}

/// Runs the work and leaves the runtime, which by itself would wait for blocking work for ever.
pub fn conduct<T>(runtime: Runtime, shutdown: &Shutdown, work: impl Future<Output = T>) -> T {
    let ended = runtime.block_on(work);
    runtime.shutdown_timeout(shutdown.left());
    ended
}

impl Program {
    /// Listens where the settings say, for a service that has one port.
    ///
    /// # Errors
    ///
    /// If they name several ports, or this one is taken.
    pub async fn listen(&self) -> Result<TcpListener, Failure> {
        self.listen_on(self.config.port.only()?).await
    }

    /// Listens on a port of the host that the settings name.
    ///
    /// # Errors
    ///
    /// If it is taken.
    pub async fn listen_on(&self, port: u16) -> Result<TcpListener, Failure> {
        let listener = shutdown::listen(&self.config.host, port).await?;
        let address = listener.local_addr()?;
        tracing::info!(service = self.name, %address, "listening");
        Ok(listener)
    }

    /// Listens on every port that the settings name.
    ///
    /// # Errors
    ///
    /// If one of them is taken.
    pub async fn listen_on_all(&self) -> Result<Vec<TcpListener>, Failure> {
        let mut listeners = Vec::new();
        for port in self.config.port.all() {
            listeners.push(self.listen_on(port).await?);
        }
        Ok(listeners)
    }

    /// Listens where the settings say that metrics are fetched.
    ///
    /// # Errors
    ///
    /// If the port is taken.
    pub async fn listen_for_metrics(&self) -> Result<TcpListener, Failure> {
        let listener =
            metrics::listen(&self.config.metrics_host, self.config.metrics_port.port()).await?;
        let address = listener.local_addr()?;
        tracing::info!(service = self.name, %address, path = metrics::PATH, "metrics are fetched here");
        Ok(listener)
    }

    /// As [`Self::serve`], on every listener what belongs to it.
    ///
    /// # Errors
    ///
    /// If a listener fails for good.
    pub async fn serve_each(&self, doors: Vec<(TcpListener, Router)>) -> Result<(), Failure> {
        let serve = |(listener, router)| shutdown::serve(listener, router, self.shutdown.clone());
        try_join_all(doors.into_iter().map(serve)).await?;
        self.shutdown.finish().await;
        Ok(())
    }

    /// Answers until the end begins, and waits for what runs.
    ///
    /// # Errors
    ///
    /// If the listener fails for good.
    pub async fn serve(&self, listener: TcpListener, router: Router) -> Result<(), Failure> {
        shutdown::serve(listener, router, self.shutdown.clone()).await?;
        self.shutdown.finish().await;
        Ok(())
    }
}

fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

#[expect(clippy::print_stderr, reason = "logging may not have begun")]
fn tell(name: &str, failure: &dyn Error) {
    eprintln!("{name}: {failure}");
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn blocking_work_does_not_hold_the_process() {
        let (release, held) = mpsc::channel::<()>();
        let shutdown = Shutdown::new(Duration::from_millis(1));
        let end = shutdown.clone();
        let ended = conduct(runtime().unwrap(), &shutdown, async move {
            let (begun, begins) = tokio::sync::oneshot::channel();
            drop(tokio::task::spawn_blocking(move || {
                begun.send(()).unwrap();
                held.recv().unwrap_err()
            }));
            begins.await?;
            assert!(end.finish().await, "nothing is waited for but tasks");
            Err::<(), Failure>("the last words".into())
        });
        assert_eq!(ended.unwrap_err().to_string(), "the last words");
        drop(release);
    }
}
