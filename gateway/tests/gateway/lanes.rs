//! The order of answers.

use serde_json::json;

use crate::house::{FORMS, Plan};
use crate::phone::code;

#[tokio::test]
async fn a_held_analysis_blocks_no_lobby_command() {
    for form in FORMS {
        let house = Plan::form(form).build().await;
        let mut phone = house.phone("d").await;
        phone.send("analysis.hold", "slow", json!({})).await;
        house.begun(1).await;
        assert_eq!(
            phone.call("lobby.get", json!({})).await["type"],
            "response",
            "{form:?}"
        );
        house.back.gate.add_permits(1);
        assert_eq!(phone.next().await["request_id"], "slow");
    }
}

#[tokio::test]
async fn a_held_lobby_command_holds_those_after_it() {
    let house = Plan::default().build().await;
    let mut phone = house.phone("d").await;
    phone.send("lobby.hold", "1", json!({})).await;
    phone.send("measurement.get_job", "2", json!({})).await;
    phone.send("role.update", "3", json!({})).await;
    assert_eq!(
        phone.call("analysis.run", json!({})).await["type"],
        "response"
    );
    assert_eq!(house.begun(2).await, ["lobby.hold", "analysis.run"]);
    house.back.gate.add_permits(1);
    for expected in ["1", "2", "3"] {
        assert_eq!(phone.next().await["request_id"], expected);
    }
}

#[tokio::test]
async fn four_analyses_run_at_once_and_the_fifth_waits() {
    let house = Plan::default().build().await;
    let mut phone = house.phone("d").await;
    for number in 1..=5 {
        phone
            .send("analysis.hold", &number.to_string(), json!({}))
            .await;
    }
    house.begun(4).await;
    // An answer of the other lane shows that all five messages have been taken in.
    phone.call("lobby.get", json!({})).await;
    assert_eq!(
        house
            .begun(5)
            .await
            .iter()
            .filter(|event| *event == "analysis.hold")
            .count(),
        4
    );
    house.back.gate.add_permits(5);
    let mut answered: Vec<String> = Vec::new();
    for _ in 0..5 {
        answered.push(
            phone.next().await["request_id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    answered.sort_unstable();
    assert_eq!(answered, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_lane_takes_sixty_four_beside_the_one_that_runs() {
    let house = Plan::default().build().await;
    let mut phone = house.phone("d").await;
    for number in 0..66 {
        phone
            .send("lobby.hold", &number.to_string(), json!({}))
            .await;
    }
    let refused = phone.next().await;
    assert_eq!(
        (code(&refused), &refused["request_id"]),
        ("rate_limited", &json!("65"))
    );
    house.back.gate.add_permits(65);
    for number in 0..65 {
        assert_eq!(phone.next().await["request_id"], number.to_string());
    }
}

#[tokio::test]
async fn answers_that_are_ready_together_all_arrive_in_their_order() {
    for form in FORMS {
        let house = Plan::form(form).build().await;
        let mut phone = house.phone("d").await;
        let names: Vec<String> = (0..60).map(|number| format!("{number}")).collect();
        for name in &names {
            phone.send("lobby.get", name, json!({})).await;
        }
        for name in &names {
            assert_eq!(phone.next().await["request_id"], *name);
        }
    }
}

#[tokio::test]
async fn what_a_client_sent_before_it_left_is_carried_out_in_order() {
    for closes in [true, false] {
        let house = Plan::default().build().await;
        let mut phone = house.phone("d").await;
        let sent = ["lobby.hold", "lobby.get", "role.hold", "measurement.ready"];
        for event in sent {
            phone.send(event, event, json!({})).await;
        }
        house.begun(1).await;
        if closes {
            phone.leave().await;
        } else {
            drop(phone);
        }
        house.back.gate.add_permits(2);
        assert_eq!(house.begun(4).await, sent);
        assert!(house.shutdown.finish().await);
    }
}
