//! Events of lobbies: their answers, their pushes with addressees, and their log.

use contract::broadcast::Audience;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::cast::Cast;

fn to(devices: &[&str]) -> Vec<String> {
    devices.iter().map(|device| (*device).to_owned()).collect()
}

#[tokio::test]
async fn joining_is_told_to_everybody_the_joiner_included() {
    for bench in Bench::both().await {
        let made = bench.ok("adm", "lobby.create", json!({})).await;
        assert!(
            bench.gateway.take().is_empty(),
            "making a lobby is told to nobody"
        );
        let joined = bench
            .ok("mic", "lobby.join", json!({"code": made["code"]}))
            .await;
        assert_eq!(joined["participants"].as_array().unwrap().len(), 2);
        let pushes = bench.gateway.all();
        assert_eq!(pushes.len(), 2);
        let lobby_id = &made["lobby_id"];
        for push in &pushes {
            assert_eq!(push.device_ids, to(&["adm", "mic"]));
            assert_eq!(
                push.meta.unwrap().lobby_id.to_string(),
                lobby_id.as_str().unwrap()
            );
        }
        let seqs: Vec<i64> = pushes.iter().map(|push| push.meta.unwrap().seq).collect();
        assert_eq!(seqs, [1, 2]);
        assert_eq!(
            (pushes[0].audience, pushes[1].audience),
            (Audience::All, Audience::Versioned)
        );
        let updated =
            json!({"type": "participant_joined", "device_id": "mic", "lobby_id": lobby_id});
        let named = json!({"device_id": "mic", "lobby_id": lobby_id});
        let told: Vec<(String, Value)> = bench
            .gateway
            .take()
            .into_iter()
            .map(|(event, data, _)| (event, data))
            .collect();
        assert_eq!(
            told,
            [
                ("lobby.updated".to_owned(), updated),
                ("participant.joined".to_owned(), named)
            ]
        );

        bench
            .ok("mic", "lobby.join", json!({"code": made["code"]}))
            .await;
        assert_eq!(
            bench.gateway.take().len(),
            2,
            "a repeated join is told again"
        );
        let got = bench
            .ok("stranger", "lobby.get", json!({"code": made["code"]}))
            .await;
        assert_eq!(
            got,
            bench
                .ok(
                    "adm",
                    "lobby.get",
                    json!({"lobby_id": lobby_id, "code": "wrong"})
                )
                .await
        );
    }
}

#[tokio::test]
async fn leaving_and_roles_and_start_are_told() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        bench.gateway.take();
        let role = json!({"lobby_id": cast.lobby_id, "target_device_id": "spk1", "role": "speaker",
            "role_slot_id": "speaker_1", "role_slot_label": "Left"});
        assert_eq!(
            bench.ok("adm", "role.assign", role).await,
            json!({"ok": true})
        );
        let assigned = json!({"type": "role_assigned", "target_device_id": "spk1", "role": "speaker",
            "lobby_id": cast.lobby_id, "role_slot_id": "speaker_1", "role_slot_label": "Left"});
        let updated =
            |data: Value, devices: &[&str]| ("lobby.updated".to_owned(), data, to(devices));
        assert_eq!(
            bench.gateway.take(),
            [updated(assigned, &["adm", "spk1", "mic1"])]
        );

        let none = json!({"lobby_id": cast.lobby_id, "target_device_id": "spk1", "role": "none", "role_slot_id": "x"});
        bench.ok("adm", "role.assign", none).await;
        assert_eq!(
            bench.gateway.take()[0].1["role_slot_id"],
            Value::Null,
            "no role has no place"
        );

        let lobby = json!({"lobby_id": cast.lobby_id});
        assert_eq!(
            bench.ok("mic1", "lobby.leave", lobby.clone()).await,
            json!({"ok": true})
        );
        let left =
            json!({"type": "participant_left", "device_id": "mic1", "lobby_id": cast.lobby_id});
        assert_eq!(bench.gateway.take(), [updated(left, &["adm", "spk1"])]);
        bench.ok("stranger", "lobby.leave", lobby.clone()).await;
        assert!(bench.gateway.take().is_empty());

        let started = bench.ok("adm", "lobby.start", lobby).await;
        assert_eq!(started, json!({"ok": true, "state": "measurement_running"}));
        let running = json!({"type": "measurement_started", "lobby_id": cast.lobby_id});
        assert_eq!(bench.gateway.take(), [updated(running, &["adm", "spk1"])]);

        let types: Vec<String> = bench
            .log(&cast.lobby_id)
            .await
            .into_iter()
            .map(|(kind, _)| kind)
            .collect();
        assert_eq!(
            types,
            [
                "lobby_created",
                "participant_joined",
                "participant_joined",
                "role_assigned",
                "role_assigned",
                "participant_left",
                "measurement_started"
            ]
        );
    }
}

#[tokio::test]
async fn what_the_admin_shares_reaches_all_others_and_the_log() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        bench.gateway.take();
        let room = json!({"name": "Büro", "rooms": [{"width": 4.5}], "zero": 0.1});
        let shared = json!({"lobby_id": cast.lobby_id, "room": room});
        assert_eq!(
            bench.ok("adm", "lobby.room_snapshot", shared).await,
            json!({"ok": true})
        );
        let (event, data, devices) = bench.gateway.take().remove(0);
        assert_eq!(
            (event.as_str(), devices),
            ("lobby.room_snapshot", to(&["spk1", "mic1"]))
        );
        assert_eq!(
            (&data["room"], &data["source_device_id"]),
            (&room, &json!("adm"))
        );
        let at = data["shared_at"].as_str().unwrap();
        assert!(
            at.len() == 26 && !at.contains('Z') && !at.contains('+'),
            "{at}"
        );

        for (kind, key, value) in [
            ("lobby.step_update", "step_index", json!(0)),
            ("lobby.step_update", "step_index", json!(10_000)),
            ("lobby.profile_update", "profile_id", json!("high_end")),
        ] {
            let answer = bench
                .ok("adm", kind, json!({"lobby_id": cast.lobby_id, key: value}))
                .await;
            assert_eq!(answer, json!({"ok": true, key: value}));
            let told = json!({"lobby_id": cast.lobby_id, key: value, "source_device_id": "adm"});
            assert_eq!(
                bench.gateway.take(),
                [(kind.to_owned(), told, to(&["spk1", "mic1"]))]
            );
        }
        let log = bench.log(&cast.lobby_id).await;
        let tail = &log[log.len() - 4..];
        assert_eq!(
            tail[0],
            (
                "room_snapshot".to_owned(),
                json!({"admin_device_id": "adm"})
            )
        );
        assert_eq!(
            tail[1],
            (
                "step_update".to_owned(),
                json!({"admin_device_id": "adm", "step_index": 0})
            )
        );
        assert_eq!(
            tail[3],
            (
                "profile_update".to_owned(),
                json!({"admin_device_id": "adm", "profile_id": "high_end"})
            )
        );
    }
}
