//! The end of the process.

use serde_json::json;

use crate::house::Plan;
use crate::phone::Phone;

#[tokio::test]
async fn every_socket_is_closed_with_1012() {
    let house = Plan::default().build().await;
    let (mut known, mut stranger) = (
        house.phone("d").await,
        Phone::connect(house.address, "", None).await,
    );
    known.call("lobby.get", json!({})).await;
    stranger.next().await;
    house.shutdown.begin();
    assert_eq!(known.closed().await, Some(1012));
    assert_eq!(stranger.closed().await, Some(1012));
    assert!(house.shutdown.finish().await);
}

#[tokio::test]
async fn a_command_that_runs_is_answered_first() {
    let house = Plan::default().build().await;
    let mut phone = house.phone("d").await;
    phone.send("lobby.hold", "1", json!({})).await;
    phone.send("lobby.get", "2", json!({})).await;
    phone.send("analysis.hold", "3", json!({})).await;
    house.begun(2).await;
    house.shutdown.begin();
    house.back.gate.add_permits(2);
    let mut answered =
        [phone.next().await, phone.next().await].map(|answer| answer["request_id"].clone());
    answered.sort_by_key(ToString::to_string);
    assert_eq!(answered, ["1", "3"]);
    assert_eq!(phone.closed().await, Some(1012));
}
