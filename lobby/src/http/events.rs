//! `GET /lobbies/{lobby_id}/events`.

use axum::Json;
use axum::extract::State;
use chassis::body::{Path, QueryObject, path_id};
use contract::lobby::EventsPage;

use crate::failure::Failure;
use crate::operation::log::{PAGE, page};
use crate::service::Lobby;

pub(super) async fn events(
    State(service): State<Lobby>,
    Path(lobby_id): Path<String>,
    query: QueryObject,
) -> Result<Json<EventsPage>, Failure> {
    let mut fields = query.fields();
    let read = (
        fields.optional_integer("after_id", i64::MIN..=i64::MAX),
        fields.optional_integer("limit", 1..=PAGE),
    );
    let (after_id, limit) = fields.finish(read)?;
    let lobby_id = path_id(&lobby_id, "Lobby")?;
    Ok(Json(
        page(
            &service,
            lobby_id,
            after_id.unwrap_or(0),
            limit.unwrap_or(PAGE),
        )
        .await?,
    ))
}
