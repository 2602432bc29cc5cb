//! The least that three routes of storage can cost: axum and `tokio-postgres`, no conditions, no traces, no metrics.
//! `cargo xtask figures 4` measures storage against it in the same run. Answers its address and runs until it is ended.
//!
//! `floor URL`: the database must have the schema of storage.

use std::io::Write as _;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio_postgres::types::Json as Jsonb;
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

/// As the program, so that the allocator makes no difference.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONNECTIONS: usize = 16;

const ONE: &str = "SELECT id, external_id, label, platform, metadata::text, \
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM devices WHERE id = $1";
const LIST: &str = "SELECT id, external_id, label, platform, metadata::text, \
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM devices \
    ORDER BY created_at DESC, id DESC LIMIT $1";
const INSERT: &str = "INSERT INTO measurements \
    (id, kind, sample_rate_hz, channels, metadata, created_at, updated_at, version) \
    VALUES ($1, $2, $3, $4, $5, now(), now(), 1)";

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Serialize)]
struct Device {
    id: Uuid,
    external_id: String,
    label: Option<String>,
    platform: Option<String>,
    metadata: Box<RawValue>,
    created_at: String,
}

#[derive(Serialize, Deserialize)]
struct Measurement {
    kind: String,
    sample_rate_hz: i64,
    channels: i64,
    metadata: serde_json::Value,
}

#[derive(Serialize)]
struct Made {
    id: Uuid,
    #[serde(flatten)]
    sent: Measurement,
}

#[derive(Deserialize)]
struct Limit {
    limit: i64,
}

/// What failed, as an answer.
struct Broken(Failure);

impl<E: Into<Failure>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}

fn device(row: &Row) -> Result<Device, Failure> {
    Ok(Device {
        id: row.try_get(0)?,
        external_id: row.try_get(1)?,
        label: row.try_get(2)?,
        platform: row.try_get(3)?,
        metadata: RawValue::from_string(row.try_get(4)?)?,
        created_at: row.try_get(5)?,
    })
}

async fn one(State(pool): State<Pool>, Path(id): Path<Uuid>) -> Result<Json<Device>, Broken> {
    let client = pool.get().await?;
    let text = client.prepare_cached(ONE).await?;
    Ok(Json(device(&client.query_one(&text, &[&id]).await?)?))
}

async fn list(
    State(pool): State<Pool>,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Json<Vec<Device>>, Broken> {
    let client = pool.get().await?;
    let text = client.prepare_cached(LIST).await?;
    let rows = client.query(&text, &[&limit]).await?;
    Ok(Json(rows.iter().map(device).collect::<Result<_, _>>()?))
}

async fn make(
    State(pool): State<Pool>,
    Json(sent): Json<Measurement>,
) -> Result<Json<Made>, Broken> {
    let client = pool.get().await?;
    let text = client.prepare_cached(INSERT).await?;
    let id = Uuid::now_v7();
    let metadata = Jsonb(&sent.metadata);
    client
        .execute(
            &text,
            &[
                &id,
                &sent.kind,
                &sent.sample_rate_hz,
                &sent.channels,
                &metadata,
            ],
        )
        .await?;
    Ok(Json(Made { id, sent }))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("name the database")?;
    let recycling_method = RecyclingMethod::Fast;
    let manager = Manager::from_config(url.parse()?, NoTls, ManagerConfig { recycling_method });
    let pool = Pool::builder(manager).max_size(CONNECTIONS).build()?;
    let router = Router::new()
        .route("/v1/devices/{id}", get(one))
        .route("/v1/devices", get(list))
        .route("/v1/measurements", post(make))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    axum::serve(listener, router).await?;
    Ok(())
}
