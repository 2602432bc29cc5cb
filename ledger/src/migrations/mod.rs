//! The schema of a service and its history: up and down for both databases, under a lock, so that any number of
//! processes may start at once; and whether a database holds what the migrations make.

mod error;
mod run;
mod states;

use sqlx::migrate::Migrator;

use crate::catalogue::{Catalogue, Comparison, Fact, Fault, Faults, Foreign};
use crate::dialect::{Dialect, Texts};
use crate::error::DbError;
use crate::pool::Pool;

use run::{Done, Plan, Task};
use states::{applied, pending, refuse_strangers, ups};

pub use error::MigrationError;

/// The migrations of a service, embedded in its binary by [`migrations!`](crate::migrations), and the catalogue of what
/// they make.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    postgres: &'static Migrator,
    sqlite: &'static Migrator,
    catalogue: Texts,
}

/// One migration and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The number its files begin with.
    pub version: i64,
    /// The rest of the name of its files; nothing for one that this binary does not know.
    pub description: String,
    /// Where it stands.
    pub state: MigrationState,
}

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// In the database, as this binary has it.
    Applied,
    /// Not in the database yet.
    Pending,
    /// In the database, but with another text.
    Changed,
    /// In the database, but not in this binary.
    Unknown,
}

/// What a database holds, beside what a binary expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Every migration of the binary and of the database, by version.
    pub migrations: Vec<MigrationStatus>,
    /// Whose the database is, if no migration of ours is on record and it is not empty.
    pub foreign: Option<Foreign>,
    /// What keeps the service from working; looked for only where every migration is applied.
    pub faults: Vec<Fault>,
    /// What somebody added, which does no harm; looked for only where every migration is applied.
    pub extra: Vec<Fact>,
}

/// Embeds the migrations of the calling crate: `migrations!("migrations/postgres", "migrations/sqlite")`, each folder
/// with `NNNN_name.up.sql` and `NNNN_name.down.sql`, seen from the crate's manifest, and beside each folder the text of
/// its catalogue, `migrations/postgres.catalogue`. The crate depends on `sqlx`.
#[macro_export]
macro_rules! migrations {
    ($postgres:literal, $sqlite:literal) => {{
        static POSTGRES: $crate::hidden::Migrator = ::sqlx::migrate!($postgres);
        static SQLITE: $crate::hidden::Migrator = ::sqlx::migrate!($sqlite);
        $crate::Migrations::new(&POSTGRES, &SQLITE).making($crate::Texts {
            postgres: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/",
                $postgres,
                ".catalogue"
            )),
            sqlite: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/",
                $sqlite,
                ".catalogue"
            )),
        })
    }};
}

impl Migrations {
    /// From the two embedded folders, without a catalogue; see [`migrations!`](crate::migrations).
    pub const fn new(postgres: &'static Migrator, sqlite: &'static Migrator) -> Self {
        let catalogue = Texts::same("");
        Self {
            postgres,
            sqlite,
            catalogue,
        }
    }

    /// The same with the catalogue of what they make, one line a fact.
    #[must_use]
    pub const fn making(self, catalogue: Texts) -> Self {
        Self { catalogue, ..self }
    }

    /// Applies what is missing and tells how many that were. Processes that start at once wait for each other.
    ///
    /// What the database holds afterwards is not looked at; [`ensure`](Self::ensure) does.
    ///
    /// # Errors
    ///
    /// [`MigrationError`]; a database that is newer, differs or is somebody else's is left alone.
    pub async fn up(&self, pool: &Pool) -> Result<usize, MigrationError> {
        Ok(self.run(pool, Plan::Up).await?.count)
    }

    /// As [`up`](Self::up), and refuses a database that lacks something of what the migrations make.
    ///
    /// # Errors
    ///
    /// [`MigrationError`], [`MigrationError::Lacking`] among them.
    pub async fn ensure(&self, pool: &Pool) -> Result<usize, MigrationError> {
        let Done { count, found } = self.run(pool, Plan::Up).await?;
        let Comparison { faults, .. } = self.expected(pool.dialect()).compare(&found);
        refuse_faults(&faults)?;
        Ok(count)
    }

    /// Takes back every migration above `target` (0: all of them), the newest first, and tells how many that were.
    ///
    /// # Errors
    ///
    /// [`MigrationError`]; nothing is taken back when a way down is missing.
    pub async fn down(&self, pool: &Pool, target: i64) -> Result<usize, MigrationError> {
        let known: Vec<i64> = ups(self.of(pool.dialect()))
            .map(|one| one.version)
            .collect();
        if target != 0 && !known.contains(&target) {
            return Err(MigrationError::UnknownTarget { target, known });
        }
        Ok(self.run(pool, Plan::Down(target)).await?.count)
    }

    /// Every migration of this binary, as it stands in a database that is empty.
    pub fn unapplied(&self, dialect: Dialect) -> Vec<MigrationStatus> {
        states::states(&[], self.of(dialect))
    }

    /// Every migration of this binary and of the database, by version. It writes nothing.
    ///
    /// # Errors
    ///
    /// [`MigrationError::Database`].
    pub async fn status(&self, pool: &Pool) -> Result<Vec<MigrationStatus>, MigrationError> {
        Ok(self.inspect(pool).await?.migrations)
    }

    /// Whether the database is exactly what this binary expects; for binaries that do not migrate. It writes nothing.
    ///
    /// # Errors
    ///
    /// [`MigrationError::Foreign`], [`MigrationError::Newer`], [`MigrationError::Changed`],
    /// [`MigrationError::Pending`], [`MigrationError::Lacking`].
    pub async fn verify(&self, pool: &Pool) -> Result<(), MigrationError> {
        self.inspect(pool).await?.verdict()
    }

    /// Looks at everything in the database. It writes nothing.
    ///
    /// # Errors
    ///
    /// [`MigrationError::Database`].
    pub async fn inspect(&self, pool: &Pool) -> Result<Inspection, MigrationError> {
        let dialect = pool.dialect();
        let expected = self.expected(dialect);
        let found = Catalogue::of(pool).await?;
        let applied = match pool {
            Pool::Pg(server) => {
                let mut connection = server.lend().await.map_err(DbError::from)?;
                applied(&mut *connection, &found).await?
            }
            Pool::Lite { read, .. } => {
                let mut connection = read.lend().await.map_err(DbError::from)?;
                applied(&mut *connection, &found).await?
            }
        };
        let foreign = if applied.is_empty() {
            expected.foreign(&found)
        } else {
            None
        };
        let migrations = states::states(&applied, self.of(dialect));
        let is_current = migrations
            .iter()
            .all(|one| one.state == MigrationState::Applied);
        let compared = if is_current {
            expected.compare(&found)
        } else {
            Comparison::default()
        };
        Ok(Inspection {
            migrations,
            foreign,
            faults: compared.faults,
            extra: compared.extra,
        })
    }

    /// The tables that they make, by name.
    pub fn tables(&self, dialect: Dialect) -> Vec<String> {
        let expected = self.expected(dialect);
        let tables = expected.tables().into_iter();
        tables.map(str::to_owned).collect()
    }

    /// What a migrated database of this kind holds.
    pub(crate) fn expected(&self, dialect: Dialect) -> Catalogue {
        Catalogue::read(self.catalogue.of(dialect))
    }

    fn of(&self, dialect: Dialect) -> &'static Migrator {
        match dialect {
            Dialect::Postgres => self.postgres,
            Dialect::Sqlite => self.sqlite,
        }
    }

    async fn run(&self, pool: &Pool, plan: Plan) -> Result<Done, MigrationError> {
        let expected = &self.expected(pool.dialect());
        let migrator = self.of(pool.dialect());
        let task = Task {
            migrator,
            expected,
            plan,
        };
        match pool {
            Pool::Pg(pool) => run::on_server(pool, task).await,
            Pool::Lite { write, .. } => run::on_file(write, task).await,
        }
    }
}

impl Inspection {
    /// Whether a service can work with it.
    ///
    /// # Errors
    ///
    /// The first reason why it cannot.
    pub fn verdict(&self) -> Result<(), MigrationError> {
        if let Some(foreign) = &self.foreign {
            return Err(MigrationError::Foreign(foreign.clone()));
        }
        refuse_strangers(&self.migrations)?;
        let versions = pending(&self.migrations);
        if !versions.is_empty() {
            return Err(MigrationError::Pending { versions });
        }
        refuse_faults(&self.faults)
    }
}

fn refuse_faults(faults: &[Fault]) -> Result<(), MigrationError> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(MigrationError::Lacking(Faults(faults.to_vec())))
}
