//! Pushes and facts: only after the commit, in order, and none lost while a receiver is away.

use chassis::client::Disturbance;
use http::StatusCode;
use ledger::on;
use serde_json::json;

use crate::bench::{Bench, Sockets};
use crate::cast::Cast;

/// Every row of the outbox makes the commit fail: its shadow points to nothing, which is looked at in the end.
const TRIPWIRE: [&str; 2] = [
    "CREATE TABLE ground (id bigint PRIMARY KEY)",
    "CREATE TABLE shadow (id bigint REFERENCES ground (id) DEFERRABLE INITIALLY DEFERRED)",
];
const ON_FILE: [&str; 1] =
    ["CREATE TRIGGER tripwire AFTER INSERT ON outbox BEGIN INSERT INTO shadow VALUES (1); END"];
const ON_SERVER: [&str; 2] = [
    "CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN INSERT INTO shadow VALUES (1); RETURN NULL; END $$",
    "CREATE TRIGGER tripwire AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION trip()",
];

async fn execute(bench: &Bench, texts: &[&'static str]) {
    let mut tx = bench.database.pool.begin().await.unwrap();
    for text in texts {
        let text: &'static str = text;
        on!(tx, db => sqlx::query(text).execute(db).await.map(|_| ())).unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_commit_that_fails_tells_nobody_anything() {
    for bench in Bench::both().await {
        a_commit_that_fails_tells_nobody_anything_on(bench).await;
    }
}

async fn a_commit_that_fails_tells_nobody_anything_on(bench: Bench) {
    let cast = Cast::of(&bench, 1, 1).await;
    let told = bench.gateway.all().len();
    execute(&bench, &TRIPWIRE).await;
    match bench.database.dialect() {
        ledger::Dialect::Sqlite => execute(&bench, &ON_FILE).await,
        ledger::Dialect::Postgres => execute(&bench, &ON_SERVER).await,
    }
    let refused = bench
        .event("late", "lobby.join", json!({"code": cast.code}))
        .await
        .unwrap_err();
    assert_eq!(refused.status, 500, "{refused:?}");
    assert!(!refused.body.to_string().contains("shadow"), "{refused:?}");
    let lobby = bench
        .ok("adm", "lobby.get", json!({"code": cast.code}))
        .await;
    assert_eq!(lobby["participants"].as_array().unwrap().len(), 3);

    // A table with a trigger on it can be emptied of the trigger only; the next join is the first that is told.
    let drop = match bench.database.dialect() {
        ledger::Dialect::Sqlite => "DROP TRIGGER tripwire",
        ledger::Dialect::Postgres => "DROP TRIGGER tripwire ON outbox",
    };
    execute(&bench, &[drop]).await;
    bench
        .ok("later", "lobby.join", json!({"code": cast.code}))
        .await;
    let pushes = bench.gateway.all();
    assert_eq!(pushes.len(), told + 2);
    assert!(pushes[told].data.get().contains("later"));
    let seqs: Vec<i64> = pushes.iter().map(|push| push.meta.unwrap().seq).collect();
    assert_eq!(
        seqs,
        (1..=i64::try_from(told + 2).unwrap()).collect::<Vec<i64>>(),
        "no number was lost"
    );
}

#[tokio::test]
async fn what_waits_for_the_gateway_arrives_in_order_when_it_is_back() {
    for bench in Bench::both().await {
        let made = bench.ok("adm", "lobby.create", json!({})).await;
        bench.gateway.set_away(true);
        for device in ["a", "b", "c"] {
            bench
                .ok(device, "lobby.join", json!({"code": made["code"]}))
                .await;
        }
        assert!(bench.gateway.all().is_empty());
        bench.gateway.set_away(false);
        bench.lobby.relay();
        bench.lobby.relay();
        let pushes = bench.gateway.until(6).await;
        let seqs: Vec<i64> = pushes.iter().map(|push| push.meta.unwrap().seq).collect();
        assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
        let joined: Vec<bool> = ["a", "b", "c"]
            .iter()
            .zip(pushes.iter().filter(|push| push.event == "lobby.updated"))
            .map(|(device, push)| {
                push.data
                    .get()
                    .contains(&format!("\"device_id\":\"{device}\""))
            })
            .collect();
        assert_eq!(joined, [true, true, true]);
        let ids: std::collections::HashSet<_> = pushes
            .iter()
            .map(|push| push.meta.unwrap().event_id)
            .collect();
        assert_eq!(ids.len(), 6, "each has its own id");
        assert!(
            bench.shutdown.finish().await,
            "the relay ends with the process"
        );
    }
}

#[tokio::test]
async fn the_next_command_brings_what_the_last_one_could_not() {
    for bench in Bench::both().await {
        let made = bench.ok("adm", "lobby.create", json!({})).await;
        bench.gateway.set_away(true);
        bench
            .ok("a", "lobby.join", json!({"code": made["code"]}))
            .await;
        bench.gateway.set_away(false);
        bench
            .ok("b", "lobby.join", json!({"code": made["code"]}))
            .await;
        let seqs: Vec<i64> = bench
            .gateway
            .all()
            .iter()
            .map(|push| push.meta.unwrap().seq)
            .collect();
        assert_eq!(seqs, [1, 2, 3, 4]);
    }
}

#[tokio::test]
async fn a_fact_waits_for_measurement_and_one_that_is_refused_for_good_stops_nothing() {
    for bench in Bench::both().await {
        a_fact_waits_for_measurement_and_one_that_is_refused_for_good_stops_nothing_on(bench).await;
    }
}

async fn a_fact_waits_for_measurement_and_one_that_is_refused_for_good_stops_nothing_on(
    bench: Bench,
) {
    let cast = Cast::of(&bench, 1, 2).await;
    let session = cast.session(&bench).await;
    cast.upload(&bench, 0);
    let steps = cast.cycle(0, &session);
    let (last, before) = steps.split_last().unwrap();
    let (first, before) = before.split_last().unwrap();
    for (device, event, data) in before {
        bench.ok(device, event, data.clone()).await;
    }
    // The look at the upload passes, the fact behind it does not arrive.
    bench.measurement.faults.next([
        Disturbance::Pass,
        Disturbance::Answer(StatusCode::UNPROCESSABLE_ENTITY),
    ]);
    bench.ok(&first.0, first.1, first.2.clone()).await;
    bench
        .measurement
        .faults
        .next([Disturbance::Pass, Disturbance::Refuse]);
    bench.ok(&last.0, last.1, last.2.clone()).await;
    assert!(bench.measurement.facts().is_empty());
    assert_eq!(
        bench.gateway.all().last().unwrap().event,
        "measurement.session_complete",
        "pushes do not wait"
    );
    bench.lobby.relay();
    let facts = until_facts(&bench, 1).await;
    assert_eq!(
        facts.len(),
        1,
        "the first was refused for good, the second only for a moment"
    );
    assert_eq!(facts[0]["mic_slot"], "microphone_2");
    bench.shutdown.finish().await;
}

/// A lobby in which three devices joined while the gateway was away: six pushes wait.
async fn six_waiting(bench: &Bench) {
    let made = bench.ok("adm", "lobby.create", json!({})).await;
    bench.gateway.set_away(true);
    for device in ["a", "b", "c"] {
        bench
            .ok(device, "lobby.join", json!({"code": made["code"]}))
            .await;
    }
    bench.gateway.set_away(false);
}

fn seqs(pushes: &[chassis::carrier::Push]) -> Vec<i64> {
    pushes.iter().map(|push| push.meta.unwrap().seq).collect()
}

#[tokio::test]
async fn a_young_push_that_reached_nobody_is_kept_until_somebody_is_there() {
    for bench in Bench::both().await {
        six_waiting(&bench).await;
        bench.gateway.set_sockets(Sockets::None);
        bench.lobby.relay();
        assert_eq!(seqs(&bench.gateway.until(2).await), [1, 1]);
        bench.gateway.set_sockets(Sockets::Newer);
        let mut all = seqs(&bench.gateway.until(8).await);
        while all.last() != Some(&6) {
            all = seqs(&bench.gateway.until(all.len() + 1).await);
        }
        let (tries, rest) = all.split_at(all.len() - 5);
        assert!(tries.iter().all(|seq| *seq == 1), "{all:?}");
        assert_eq!(rest, [2, 3, 4, 5, 6]);
        bench.shutdown.finish().await;
    }
}

#[tokio::test]
async fn a_push_for_newer_sockets_that_reached_none_is_delivered() {
    for bench in Bench::both().await {
        six_waiting(&bench).await;
        bench.gateway.set_sockets(Sockets::Earlier);
        bench.lobby.relay();
        assert_eq!(seqs(&bench.gateway.until(6).await), [1, 2, 3, 4, 5, 6]);
        bench.shutdown.finish().await;
    }
}

#[tokio::test]
async fn an_outage_of_any_length_does_not_count_as_waiting_for_somebody() {
    for bench in Bench::both().await {
        six_waiting(&bench).await;
        let mut tx = bench.database.pool.begin().await.unwrap();
        let long_ago = ledger::Instant::now().before(std::time::Duration::from_hours(2));
        on!(tx, db => {
            let aged = sqlx::query("UPDATE outbox SET created_at = $1").bind(long_ago);
            aged.execute(db).await.map(|_| ())
        })
        .unwrap();
        tx.commit().await.unwrap();
        bench.gateway.set_sockets(Sockets::None);
        bench.lobby.relay();
        assert_eq!(seqs(&bench.gateway.until(2).await), [1, 1]);
        bench.gateway.set_sockets(Sockets::Newer);
        let pushes = bench.gateway.until(8).await;
        assert_eq!(pushes.last().map(|push| push.meta.unwrap().seq), Some(6));
        bench.shutdown.finish().await;
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_and_a_400_are_tried_again() {
    for bench in Bench::both().await {
        let cast = Cast::of(&bench, 1, 1).await;
        let session = cast.session(&bench).await;
        cast.upload(&bench, 0);
        bench.measurement.break_answers(1);
        let steps = cast.cycle(0, &session);
        let (last, before) = steps.split_last().unwrap();
        for (device, event, data) in before {
            bench.ok(device, event, data.clone()).await;
        }
        // The look at the upload passes, then the fact is refused, then its answer breaks off.
        bench.measurement.faults.next([
            Disturbance::Pass,
            Disturbance::Answer(StatusCode::BAD_REQUEST),
        ]);
        bench.ok(&last.0, last.1, last.2.clone()).await;
        assert!(bench.measurement.facts().is_empty());
        bench.lobby.relay();
        let facts = until_facts(&bench, 2).await;
        assert_eq!(
            facts.len(),
            2,
            "once with a broken answer, once with a whole one"
        );
        assert_eq!(facts[0], facts[1], "the same fact, told apart by nothing");
        bench.shutdown.finish().await;
    }
}

/// Waits until as many facts have arrived: at most half a minute.
async fn until_facts(bench: &Bench, count: usize) -> Vec<serde_json::Value> {
    for _ in 0..1500 {
        if bench.measurement.facts().len() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    bench.measurement.facts()
}
