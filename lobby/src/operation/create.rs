//! Making a lobby. Its maker is its admin and its first participant.

use chassis::problem::Problem;
use contract::lobby::{LobbyCreated, LobbyState};
use http::StatusCode;
use ledger::{Instant, Tx, ids};
use serde_json::json;

use crate::change::Change;
use crate::db::{lobbies, participants};
use crate::failure::Failure;
use crate::service::Lobby;

/// Codes that are tried: with a billion of them, a second try is rare.
const ATTEMPTS: usize = 10;

/// Makes a lobby for this device.
pub(crate) async fn create(service: &Lobby, device_id: String) -> Result<LobbyCreated, Failure> {
    service.in_task(|service| make(service, device_id)).await
}

async fn make(service: Lobby, device_id: String) -> Result<LobbyCreated, Failure> {
    let mut tx = service.pool().begin().await?;
    let now = Instant::now();
    let created = insert(&mut tx, &device_id, now, ids::code).await?;
    participants::join(&mut tx, created.lobby_id, &device_id, now).await?;
    let lobby = lobbies::Lobby {
        id: created.lobby_id,
        creator_device_id: device_id,
        state: created.state,
        last_seq: 0,
        profile_id: None,
    };
    let mut change = Change::within(tx, lobby, now);
    change.log(
        "lobby_created",
        json!({"admin_device_id": created.admin_device_id, "code": created.code}),
    );
    change.keep().await?;
    Ok(created)
}

/// Writes a lobby under the first code that is free.
async fn insert(
    tx: &mut Tx,
    device_id: &str,
    now: Instant,
    mut code: impl FnMut() -> String,
) -> Result<LobbyCreated, Failure> {
    let mut lobby = LobbyCreated {
        lobby_id: ids::next(),
        code: code(),
        admin_device_id: device_id.to_owned(),
        state: LobbyState::Open,
    };
    for _ in 0..ATTEMPTS {
        if lobbies::insert(tx, &lobby, now).await? {
            return Ok(lobby);
        }
        lobby.code = code();
    }
    tracing::error!(attempts = ATTEMPTS, "no free code for a lobby was found");
    let sentence = "Could not generate a unique lobby code";
    Err(Problem::of(StatusCode::INTERNAL_SERVER_ERROR, sentence)
        .remedy("Try again.")
        .into())
}

#[cfg(test)]
mod tests {
    use ledger::testing;

    use super::*;
    use crate::db::MIGRATIONS;

    #[tokio::test]
    async fn a_code_that_is_taken_is_tried_again() {
        for fresh in testing::databases().await {
            MIGRATIONS.up(&fresh.pool).await.unwrap();
            let now = Instant::now();
            let mut tx = fresh.pool.begin().await.unwrap();
            insert(&mut tx, "a", now, || "AAAAAA".to_owned())
                .await
                .unwrap();

            let mut codes = ["AAAAAA", "AAAAAA", "BBBBBB"].into_iter();
            let second = insert(&mut tx, "b", now, || codes.next().unwrap().to_owned())
                .await
                .unwrap();
            assert_eq!(second.code, "BBBBBB");

            let none_left = insert(&mut tx, "c", now, || "AAAAAA".to_owned())
                .await
                .unwrap_err();
            let told = Problem::from(none_left);
            assert_eq!(
                (told.status().as_u16(), told.sentence().as_str()),
                (500, "Could not generate a unique lobby code")
            );
            tx.rollback().await.unwrap();
        }
    }
}
