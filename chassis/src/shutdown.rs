//! Ends a process in order: stop taking work, let what runs finish, and never wait longer than the grace period.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::problem::Problem;
use crate::trace::Trace;

/// How long a process may take to end unless told otherwise.
pub const GRACE: Duration = Duration::from_secs(10);

/// The end of a process, shared by all of its parts.
#[derive(Debug, Clone)]
pub struct Shutdown {
    begun: CancellationToken,
    over: CancellationToken,
    tasks: TaskTracker,
    grace: Duration,
    since: Arc<OnceLock<Instant>>,
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another process has it.
    #[error(
        "{host}:{port} is taken by another process. Stop that one, or choose another port with --port or PORT \
         (0 takes any free one)."
    )]
    Busy {
        /// The address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The system refuses it for another reason.
    #[error(
        "cannot listen on {host}:{port}: {cause}. Choose another address with --host or HOST, or port with PORT."
    )]
    Refused {
        /// The address.
        host: String,
        /// The port.
        port: u16,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

impl Shutdown {
    /// An end that takes at most `grace` from its beginning.
    pub fn new(grace: Duration) -> Self {
        Self {
            begun: CancellationToken::new(),
            over: CancellationToken::new(),
            tasks: TaskTracker::new(),
            grace,
            since: Arc::default(),
        }
    }

    /// Begins the end at SIGINT or SIGTERM. The second signal ends the grace period.
    ///
    /// # Errors
    ///
    /// If the system does not let signals be caught.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut signals = Signals::new()?;
        let shutdown = self.clone();
        drop(tokio::spawn(async move {
            signals.next().await;
            tracing::info!("stopping; a second signal stops at once");
            shutdown.begin();
            signals.next().await;
            shutdown.over.cancel();
        }));
        Ok(())
    }

    /// Begins the end; again it has no effect.
    pub fn begin(&self) {
        if self.begun.is_cancelled() {
            return;
        }
        self.since.get_or_init(Instant::now);
        self.begun.cancel();
        self.tasks.close();
        let (over, grace) = (self.over.clone(), self.grace);
        if tokio::runtime::Handle::try_current().is_ok() {
            drop(tokio::spawn(async move {
                tokio::time::sleep(grace).await;
                over.cancel();
            }));
        }
    }

    /// What is left of the grace period: all of it before the end begins, nothing once a signal has cut it short.
    pub fn left(&self) -> Duration {
        if self.over.is_cancelled() {
            return Duration::ZERO;
        }
        let spent = self.since.get().map(Instant::elapsed);
        self.grace.saturating_sub(spent.unwrap_or_default())
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits until it begins.
    pub async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// Starts a task that the end waits for. The task itself watches [`Self::begun`].
    pub fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.tasks.spawn(work)
    }

    /// Does work in a task that the end waits for, within the caller's trace: a caller that leaves tears nothing apart.
    ///
    /// # Errors
    ///
    /// 500 where the work panics.
    pub async fn carry_out<F>(&self, work: F) -> Result<F::Output, Problem>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let trace = Trace::current().unwrap_or_else(Trace::fresh);
        let done = self.spawn(trace.scope(work)).await;
        done.map_err(|cause| Problem::internal(format!("a command ended early: {cause}")))
    }

    /// Begins the end and waits for every task, at most for the grace period. False if some were left running.
    pub async fn finish(&self) -> bool {
        self.begin();
        tokio::select! {
            () = self.tasks.wait() => true,
            () = self.over.cancelled() => {
                tracing::warn!(left = self.tasks.len(), "some work did not end within the grace period");
                false
            }
        }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new(GRACE)
    }
}

/// Listens on a TCP address; port 0 takes any free one.
///
/// # Errors
///
/// A text that names the address and what to do.
pub async fn listen(host: &str, port: u16) -> Result<TcpListener, ListenError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    TcpListener::bind((bare, port)).await.map_err(|cause| {
        let host = host.to_owned();
        if cause.kind() == io::ErrorKind::AddrInUse {
            return ListenError::Busy { host, port };
        }
        ListenError::Refused { host, port, cause }
    })
}

/// Answers requests until the end begins, then lets those that run finish. Handlers may ask for
/// `ConnectInfo<SocketAddr>`.
///
/// # Errors
///
/// If the listener fails for good.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "a connection keeps small packets back");
        }
    });
    let begun = shutdown.begun.clone().cancelled_owned();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(begun);
    tokio::select! {
        outcome = served.into_future() => outcome,
        () = shutdown.over.cancelled() => {
            tracing::warn!("connections were still open at the end of the grace period");
            Ok(())
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if let Err(cause) = tokio::signal::ctrl_c().await {
            tracing::warn!(%cause, "signals cannot be caught");
            std::future::pending::<()>().await;
        }
    }
}
