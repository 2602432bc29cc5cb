//! One behaviour of every store of sessions: `SQLite`, `PostgreSQL` and memory.

use contract::session::RecordingUploaded;
use ledger::{Instant, on};
use lobby::session::{Action, Actor, Command, Facts, Member, New, Request, Session};
use lobby::store::{Commit, Committed, LobbyRecord, MemoryStore, SessionStore, SqlStore, Stored};
use lobby::{Failure, Push};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Bench;

/// What a lobby has kept, whatever keeps it.
trait Kept {
    async fn record(&self, lobby_id: Uuid) -> LobbyRecord;
}

impl Kept for MemoryStore {
    async fn record(&self, lobby_id: Uuid) -> LobbyRecord {
        Self::record(self, lobby_id).unwrap()
    }
}

impl Kept for Bench {
    async fn record(&self, lobby_id: Uuid) -> LobbyRecord {
        let text = "SELECT destination, body FROM outbox WHERE scope = $1 ORDER BY id";
        let pool = &self.database.pool;
        let rows: Vec<(String, sqlx::types::Json<Value>)> =
            on!(pool, db => sqlx::query_as(text).bind(lobby_id).fetch_all(db).await).unwrap();
        let of = |destination: &str| {
            let destination = destination.to_owned();
            rows.iter()
                .filter(move |row| row.0 == destination)
                .map(|row| row.1.0.clone())
        };
        let events = self.log(&lobby_id.to_string()).await;
        LobbyRecord {
            events: events
                .into_iter()
                .filter(|(kind, _)| kind.starts_with("session"))
                .collect(),
            pushes: of("gateway")
                .map(|body| serde_json::from_value(body).unwrap())
                .collect(),
            facts: of("measurement")
                .map(|body| serde_json::from_value(body).unwrap())
                .collect(),
        }
    }
}

fn session(lobby_id: Uuid, id: Uuid) -> Session {
    let data = json!({"job_id": Uuid::from_u128(7), "lobby_id": lobby_id,
        "speakers": [{"device_id": "spk", "slot_id": "s1"}], "microphones": [{"device_id": "mic", "slot_id": "m1"}]});
    let Value::Object(data) = data else {
        panic!("no object")
    };
    let member = |device_id: &str| Member {
        device_id: device_id.to_owned(),
        joined: true,
        role: contract::lobby::Role::None,
    };
    let facts = Facts {
        job_exists: true,
        lobby_state: contract::lobby::LobbyState::Open,
        members: vec![member("spk"), member("mic")],
        profile: None,
        expected_duration_s: 15.0,
        base: lobby::session::Base::Default("http://gateway".to_owned()),
    };
    let actor = Actor {
        device_id: "adm".to_owned(),
        is_admin: true,
        is_member: true,
        base_url: None,
    };
    Session::create(New {
        id,
        actor,
        request: Request::read(&data).unwrap(),
        facts,
    })
    .unwrap()
    .next
}

fn fact(session_id: Uuid) -> RecordingUploaded {
    serde_json::from_value(json!({"event_id": ledger::ids::next(), "session_id": session_id, "attempt": 1,
        "speaker_slot": "s1", "mic_slot": "m1", "job": Uuid::from_u128(7), "upload": "a.wav", "sha256": "00",
        "audio_hash": null, "announced": {"sample_rate": 48000, "sweep_f_start": 20.0, "sweep_f_end": 0.1}}))
    .unwrap()
}

fn push(word: &str, to: &[&str]) -> Push {
    Push::new(
        "measurement.x",
        json!({"word": word, "number": 0.1}),
        to.iter().map(|d| (*d).to_owned()).collect(),
    )
}

fn commit(session: Session, expected_version: Option<i64>, word: &str) -> Commit {
    Commit {
        events: vec![(format!("session_{word}"), json!({"word": word}))],
        pushes: vec![
            push(word, &["a", "b"]),
            push("to nobody", &[]),
            push("second", &["a"]),
        ],
        facts: vec![fact(session.id())],
        expected_version,
        session,
        at: Instant::now(),
    }
}

async fn suite(store: &impl SessionStore, kept: &impl Kept, lobby_id: Uuid) {
    let id = ledger::ids::next();
    assert!(store.load(id).await.unwrap().is_none());
    let first = session(lobby_id, id);
    assert_eq!(
        store
            .commit(commit(first.clone(), Some(1), "ghost"))
            .await
            .unwrap(),
        Committed::Conflict
    );
    assert_eq!(
        store
            .commit(commit(first.clone(), None, "made"))
            .await
            .unwrap(),
        Committed::Kept
    );
    let stored = store.load(id).await.unwrap().unwrap();
    assert_eq!(
        (stored.version, &stored.session),
        (1, &first),
        "what is loaded is what was kept"
    );

    assert_eq!(
        store
            .commit(commit(first.clone(), None, "twice"))
            .await
            .unwrap(),
        Committed::Conflict
    );
    let second = commit(first.clone(), Some(1), "next");
    assert_eq!(store.commit(second.clone()).await.unwrap(), Committed::Kept);
    assert_eq!(store.load(id).await.unwrap().unwrap().version, 2);
    assert_eq!(
        store
            .commit(commit(first.clone(), Some(1), "late"))
            .await
            .unwrap(),
        Committed::Conflict
    );
    assert_eq!(store.load(id).await.unwrap().unwrap().version, 2);

    let record = kept.record(lobby_id).await;
    let words: Vec<&str> = record
        .events
        .iter()
        .map(|(kind, _)| kind.as_str())
        .collect();
    assert_eq!(
        words,
        ["session_made", "session_next"],
        "a conflict leaves nothing"
    );
    let pushed: Vec<Push> = vec![
        push("made", &["a", "b"]),
        push("second", &["a"]),
        push("next", &["a", "b"]),
        push("second", &["a"]),
    ];
    assert_eq!(record.pushes, pushed);
    assert_eq!(record.facts[1], second.facts[0]);
    assert_eq!(record.facts.len(), 2);

    let elsewhere = session(Uuid::from_u128(99), ledger::ids::next());
    let refused = store
        .commit(commit(elsewhere.clone(), None, "lost"))
        .await
        .unwrap_err();
    assert!(matches!(refused, Failure::Refused(problem) if problem.status().as_u16() == 404));
    assert!(store.load(elsewhere.id()).await.unwrap().is_none());
}

/// What is decided while the lobby is held is kept with the session as it was then, or not at all.
async fn alone(store: &impl SessionStore, kept: &impl Kept, lobby_id: Uuid) {
    let id = ledger::ids::next();
    let made = commit(session(lobby_id, id), None, "made");
    assert_eq!(store.commit(made).await.unwrap(), Committed::Kept);
    let before = kept.record(lobby_id).await.events.len();
    let decided = |stored: &Stored| {
        let next = commit(stored.session.clone(), Some(stored.version), "alone");
        Ok((stored.version, Some(next)))
    };
    assert_eq!(store.alone(lobby_id, id, decided).await.unwrap(), Some(1));
    let looked = |stored: &Stored| Ok((stored.version, None));
    assert_eq!(store.alone(lobby_id, id, looked).await.unwrap(), Some(2));
    let refused = |_: &Stored| -> Result<((), Option<Commit>), Failure> {
        Err(chassis::problem::Problem::conflict("no").into())
    };
    assert!(store.alone(lobby_id, id, refused).await.is_err());
    let strange = ledger::ids::next();
    assert!(
        store
            .alone(lobby_id, strange, looked)
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.alone(strange, id, looked).await.is_err());
    assert_eq!(store.load(id).await.unwrap().unwrap().version, 2);
    assert_eq!(kept.record(lobby_id).await.events.len(), before + 1);
}

#[tokio::test]
async fn every_store_behaves_alike() {
    let lobby_id = ledger::ids::next();
    let memory = MemoryStore::of_lobbies([lobby_id]);
    suite(&memory, &memory, lobby_id).await;
    alone(&memory, &memory, lobby_id).await;
    for bench in Bench::both().await {
        let made = bench.ok("adm", "lobby.create", json!({})).await;
        let lobby_id = made["lobby_id"].as_str().unwrap().parse().unwrap();
        let store = SqlStore::new(bench.database.pool.clone());
        suite(&store, &bench, lobby_id).await;
        alone(&store, &bench, lobby_id).await;
    }
}

/// A store in which a rival command is always a little faster, as many times as there are rivals.
struct Overtaken {
    inner: MemoryStore,
    rivals: std::sync::Mutex<Vec<Command>>,
}

impl SessionStore for Overtaken {
    async fn load(&self, id: Uuid) -> Result<Option<Stored>, Failure> {
        self.inner.load(id).await
    }

    async fn commit(&self, commit: Commit) -> Result<Committed, Failure> {
        let rival = self.rivals.lock().unwrap().pop();
        if let Some(rival) = rival {
            lobby::apply(&self.inner, commit.session.id(), &rival).await?;
        }
        self.inner.commit(commit).await
    }

    async fn alone<T, D>(&self, lobby_id: Uuid, id: Uuid, decide: D) -> Result<Option<T>, Failure>
    where
        T: Send,
        D: FnOnce(&Stored) -> Result<(T, Option<Commit>), Failure> + Send,
    {
        self.inner.alone(lobby_id, id, decide).await
    }
}

fn command(device_id: &str, action: Action) -> Command {
    let is_admin = device_id == "adm";
    Command {
        actor: Actor {
            device_id: device_id.to_owned(),
            is_admin,
            is_member: true,
            base_url: None,
        },
        action,
    }
}

async fn overtaken(rivals: Vec<Command>) -> (Overtaken, Uuid, Uuid) {
    let (lobby_id, id) = (ledger::ids::next(), ledger::ids::next());
    let inner = MemoryStore::of_lobbies([lobby_id]);
    inner
        .commit(commit(session(lobby_id, id), None, "made"))
        .await
        .unwrap();
    lobby::apply(&inner, id, &command("adm", Action::StartSpeaker))
        .await
        .unwrap();
    (
        Overtaken {
            inner,
            rivals: std::sync::Mutex::new(rivals),
        },
        lobby_id,
        id,
    )
}

#[tokio::test]
async fn a_command_that_was_overtaken_is_applied_again() {
    let (store, lobby_id, id) = overtaken(vec![command("mic", Action::Ready)]).await;
    let before = store.inner.record(lobby_id).unwrap().pushes.len();
    let applied = lobby::apply(&store, id, &command("spk", Action::Ready))
        .await
        .unwrap();
    let answer = serde_json::to_value(&applied.answer).unwrap();
    assert_eq!(
        answer["status"], "all_ready",
        "it saw that the microphone was ready: {answer}"
    );
    let stored = store.load(id).await.unwrap().unwrap();
    assert_eq!(stored.version, 4);
    let events: Vec<String> = store.inner.record(lobby_id).unwrap().pushes[before..]
        .iter()
        .map(|push| push.event.clone())
        .collect();
    assert_eq!(
        events,
        ["measurement.phase_update", "measurement.request_audio"],
        "told once"
    );
}

#[tokio::test]
async fn however_many_others_there_are_a_command_is_overtaken_once() {
    let rivals = (0..40)
        .map(|_| command("adm", Action::StartSpeaker))
        .collect();
    let (store, _, id) = overtaken(rivals).await;
    let applied = lobby::apply(&store, id, &command("spk", Action::Ready))
        .await
        .unwrap();
    let answer = serde_json::to_value(&applied.answer).unwrap();
    assert_eq!(answer["speaker_ready"], true, "{answer}");
    assert_eq!(store.rivals.lock().unwrap().len(), 39);
}
