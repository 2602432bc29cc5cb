//! The lobby as a whole: its database, its ways out, and the tasks in which commands run.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use chassis::client::ServiceClient;
use chassis::service::Identity;
use chassis::shutdown::Shutdown;
use ledger::{Pool, StartError};

use crate::change::Kept;
use crate::db::MIGRATIONS;
use crate::delivery::Delivery;
use crate::failure::Failure;
use crate::session::Base;
use crate::settings::Settings;
use crate::store::SqlStore;

/// The service. Clones share everything.
#[derive(Debug, Clone)]
pub struct Lobby(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    pool: Pool,
    delivery: Delivery,
    measurement: ServiceClient,
    base: Base,
    service_name: String,
    identity: Identity,
    shutdown: Shutdown,
}

impl Lobby {
    /// Opens the database and brings its schema up to date, or refuses one that is not.
    ///
    /// # Errors
    ///
    /// [`StartError`]: the database does not open, or its schema is another.
    pub async fn open(settings: Settings) -> Result<Self, StartError> {
        let (url, max) = (&settings.database, settings.max_connections);
        let pool = Pool::start(url, max, &MIGRATIONS, settings.run_migrations).await?;
        let Settings {
            gateway,
            measurement,
            shutdown,
            ..
        } = settings;
        let delivery = Delivery::new(pool.clone(), gateway, measurement.clone(), shutdown.clone());
        Ok(Self(Arc::new(Parts {
            pool,
            delivery,
            measurement,
            base: base(settings.public_url, settings.fallback_base_url),
            service_name: settings.service_name,
            identity: settings.identity,
            shutdown,
        })))
    }

    /// Its routes, dressed with the layers of every service.
    pub fn router(&self) -> Router {
        crate::http::router(self)
    }

    /// Starts the relay, which delivers what a crash or an absent gateway left. It ends with the process.
    pub fn relay(&self) {
        self.0.delivery.relay();
    }

    /// Looks in the background whether the gateway takes pushes, and warns if it does not.
    pub fn check_gateway(&self) {
        let (delivery, shutdown) = (self.0.delivery.clone(), self.0.shutdown.clone());
        drop(self.0.shutdown.spawn(async move {
            tokio::select! {
                () = delivery.check() => {}
                () = shutdown.begun() => {}
            }
        }));
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.0.pool
    }

    pub(crate) fn store(&self) -> SqlStore {
        SqlStore::new(self.0.pool.clone())
    }

    pub(crate) fn measurement(&self) -> &ServiceClient {
        &self.0.measurement
    }

    pub(crate) fn base(&self) -> &Base {
        &self.0.base
    }

    pub(crate) fn service_name(&self) -> &str {
        &self.0.service_name
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// Sends what a change left in the outbox.
    pub(crate) async fn deliver(&self, kept: Kept) {
        self.0.delivery.after(kept).await;
    }

    /// Does `work` in a task of the service: a caller that leaves tears nothing apart.
    pub(crate) async fn in_task<T, F, W>(&self, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
        W: FnOnce(Self) -> F,
    {
        self.0.shutdown.carry_out(work(self.clone())).await?
    }
}

/// What the operator says holds for everybody.
fn base(public_url: Option<String>, fallback: String) -> Base {
    let bare = |url: String| url.trim_end_matches('/').to_owned();
    public_url.map_or_else(
        || Base::Default(bare(fallback)),
        |url| Base::Public(bare(url)),
    )
}

#[cfg(test)]
mod tests {
    use chassis::carrier::Carrier;
    use chassis::client::Manner;
    use chassis::problem::Problem;

    use super::*;

    async fn opened(folder: &std::path::Path) -> Lobby {
        let file = folder.join("lobby.db");
        let (gateway, _pushes) = Carrier::in_process(1);
        let settings = Settings {
            database: format!("sqlite:{}", file.display()).parse().unwrap(),
            max_connections: 1,
            run_migrations: true,
            gateway,
            measurement: ServiceClient::in_memory("none", Router::new(), &Manner::default()),
            public_url: None,
            fallback_base_url: String::new(),
            service_name: "lobby".to_owned(),
            identity: Identity::new("lobby", "127.0.0.1", None),
            shutdown: Shutdown::default(),
        };
        Lobby::open(settings).await.unwrap()
    }

    #[expect(clippy::unused_async, reason = "as a command is")]
    async fn panics() -> Result<u8, Failure> {
        panic!("made to");
    }

    #[tokio::test]
    async fn a_command_that_panics_is_an_error_and_the_next_one_is_carried_out() {
        let folder = tempfile::TempDir::new().unwrap();
        let lobby = opened(folder.path()).await;
        let broken = lobby.in_task(|_| panics()).await;
        assert_eq!(Problem::from(broken.unwrap_err()).status(), 500);
        let next = lobby.in_task(|_| async { Ok(7) }).await;
        assert_eq!(next.unwrap(), 7);
    }
}
