//! Who joins late is given what the admin shared before; nobody else gets it again.

use serde_json::json;

use crate::bench::Bench;
use crate::cast::Cast;

#[tokio::test]
async fn the_last_of_each_goes_to_the_late_joiner_alone() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 0).await;
        let lobby = &cast.lobby_id;
        for step in [1, 2] {
            bench
                .ok(
                    "adm",
                    "lobby.step_update",
                    json!({"lobby_id": lobby, "step_index": step}),
                )
                .await;
        }
        bench
            .ok(
                "adm",
                "lobby.room_snapshot",
                json!({"lobby_id": lobby, "room": {"a": 1}}),
            )
            .await;
        bench
            .ok(
                "adm",
                "lobby.profile_update",
                json!({"lobby_id": lobby, "profile_id": "smartphone"}),
            )
            .await;
        let first = bench
            .gateway
            .take()
            .into_iter()
            .find(|(event, _, _)| event == "lobby.room_snapshot")
            .unwrap();

        bench
            .ok("late", "lobby.join", json!({"code": cast.code}))
            .await;
        let pushes = bench.gateway.take();
        let events: Vec<&str> = pushes.iter().map(|(event, _, _)| event.as_str()).collect();
        assert_eq!(
            events,
            [
                "lobby.updated",
                "participant.joined",
                "lobby.room_snapshot",
                "lobby.step_update",
                "lobby.profile_update"
            ]
        );
        assert_eq!(pushes[0].2, ["adm", "spk1", "late"]);
        for (_, _, devices) in &pushes[2..] {
            assert_eq!(devices, &["late"]);
        }
        assert_eq!(
            pushes[2].1, first.1,
            "the room as it was told the first time, its moment included"
        );
        assert_eq!(pushes[3].1["step_index"], 2);
        assert_eq!(pushes[4].1["profile_id"], "smartphone");

        bench
            .ok("adm", "lobby.join", json!({"code": cast.code}))
            .await;
        assert_eq!(
            bench.gateway.take().len(),
            2,
            "the admin knows what it shared"
        );
    }
}
