//! Making a session: every fault at once, the contract's sentences, profiles and addresses.

use contract::lobby::{LobbyState, Role};
use lobby::session::{Action, Base, Command, Facts, Rejection, Request, Session};
use serde_json::{Value, json};

use super::cast::{ADMIN, Cast, JOB, LOBBY, SESSION, STRANGER, at, audio_ready, by, create};

fn text(request: &Value) -> String {
    Request::read(request.as_object().unwrap())
        .unwrap_err()
        .to_string()
}

fn refused(request: &Value, facts: Facts) -> Rejection {
    create(request, ADMIN, facts).unwrap_err()
}

#[test]
fn every_fault_of_a_request_at_once() {
    let request = json!({
        "lobby_id": 7,
        "speakers": [
            {"device_id": "a"}, {"device_id": "b", "slot_id": "s"}, {"device_id": "c", "slot_id": "s"}, "d",
            {"device_id": 5, "slot_id": "x".repeat(65), "slot_label": {}},
        ],
        "microphones": [],
    });
    let refusal = Request::read(request.as_object().unwrap())
        .unwrap_err()
        .refusal();
    assert_eq!((refusal.status, refusal.code), (400, "BAD_REQUEST"));
    let faults: Vec<(String, String)> = refusal
        .errors
        .iter()
        .map(|fault| {
            (
                serde_json::to_string(&fault.loc).unwrap(),
                fault.msg.clone(),
            )
        })
        .collect();
    let wanted = [
        (r#"["body","job_id"]"#, "Missing 'job_id' in data"),
        (
            r#"["body","lobby_id"]"#,
            "'lobby_id' must be text of at least one character",
        ),
        (
            r#"["body","speakers",0]"#,
            "Speaker 0 missing 'device_id' or 'slot_id'",
        ),
        (
            r#"["body","speakers",2,"slot_id"]"#,
            "Speaker 2: slot_id 's' is listed twice",
        ),
        (
            r#"["body","speakers",3]"#,
            "Speaker 3 missing 'device_id' or 'slot_id'",
        ),
        (
            r#"["body","speakers",4,"device_id"]"#,
            "Speaker 4: 'device_id' must be text of at most 128 characters",
        ),
        (
            r#"["body","speakers",4,"slot_id"]"#,
            "Speaker 4: 'slot_id' has 65 characters; at most 64 are allowed",
        ),
        (
            r#"["body","speakers",4,"slot_label"]"#,
            "Speaker 4: 'slot_label' must be text of at most 128 characters",
        ),
        (
            r#"["body","microphones"]"#,
            "At least one microphone is required",
        ),
    ];
    assert_eq!(
        faults,
        wanted.map(|(loc, msg)| (loc.to_owned(), msg.to_owned()))
    );
    assert_eq!(refusal.message, wanted.map(|(_, msg)| msg).join("; "));
}

#[test]
fn the_contracts_sentences() {
    let fits = Cast::sized(1, 1).request();
    let without = |field: &str, value: Value| {
        let mut request = fits.clone();
        request[field] = value;
        text(&request)
    };
    assert_eq!(
        without("speakers", json!([])),
        "At least one speaker is required"
    );
    assert_eq!(
        without("microphones", json!([])),
        "At least one microphone is required"
    );
    let nameless = json!([{"slot_id": "m1"}]);
    assert_eq!(
        without("microphones", nameless),
        "Microphone 0 missing 'device_id' or 'slot_id'"
    );
    assert_eq!(without("job_id", json!("j")), "Job not found: j");
    assert_eq!(without("lobby_id", json!("l")), "Lobby not found: l");
    let many = vec![json!({"device_id": "a", "slot_id": "b"}); 65];
    assert_eq!(
        without("speakers", json!(many)),
        "'speakers' has 65 entries; at most 64 are allowed"
    );
}

#[test]
fn a_device_records_once_but_may_play_at_several_places() {
    let mut request = Cast::sized(2, 2).with_one_loudspeaker().request();
    assert!(Request::read(request.as_object().unwrap()).is_ok());
    request["microphones"][1]["device_id"] = json!("mic1");
    assert_eq!(
        text(&request),
        "Microphone 1: device 'mic1' is listed twice"
    );
}

#[test]
fn only_the_admin_and_nothing_about_others_to_strangers() {
    let cast = Cast::sized(1, 1);
    let facts = Facts {
        job_exists: false,
        members: Vec::new(),
        ..cast.facts()
    };
    let refusal = create(&cast.request(), STRANGER, facts)
        .unwrap_err()
        .refusal();
    assert_eq!((refusal.status, refusal.code), (403, "FORBIDDEN"));
    assert_eq!(
        refusal.message,
        "Only the lobby admin can perform this action"
    );
    assert!(refusal.errors.is_empty());
}

#[test]
fn everything_that_does_not_fit_at_once() {
    let cast = Cast::sized(1, 2);
    let mut facts = Facts {
        job_exists: false,
        lobby_state: LobbyState::Closed,
        ..cast.facts()
    };
    facts.members[0].role = Role::Microphone;
    facts.members[1].joined = false;
    facts.members.remove(2);
    let refusal = refused(&cast.request(), facts).refusal();
    assert_eq!((refusal.status, refusal.code), (404, "NOT_FOUND"));
    let messages: Vec<&str> = refusal
        .errors
        .iter()
        .map(|fault| fault.msg.as_str())
        .collect();
    let wanted = [
        format!("Job not found: {JOB}"),
        "Lobby is closed".to_owned(),
        "Device 'spk1' has the role 'microphone' in the lobby but is not listed in 'microphones'"
            .to_owned(),
        "Device 'mic1' is listed in 'microphones' but is not joined to the lobby".to_owned(),
        "Device 'mic2' is listed in 'microphones' but is not joined to the lobby".to_owned(),
    ];
    assert_eq!(messages, wanted);
}

#[test]
fn roles_are_not_contradicted() {
    let cast = Cast::sized(1, 1);
    let mut facts = cast.facts();
    facts.members[1].role = Role::Speaker;
    let refusal = refused(&cast.request(), facts).refusal();
    assert_eq!((refusal.status, refusal.code), (409, "CONFLICT"));
    // Listed in its role, it may have the other one too.
    let both = Cast::sized(1, 1).with_loopback();
    for role in [Role::Speaker, Role::Microphone, Role::None] {
        let mut both_facts = both.facts();
        both_facts.members[0].role = role;
        assert!(
            create(&both.request(), ADMIN, both_facts).is_ok(),
            "{role:?}"
        );
    }
    let running = Facts {
        lobby_state: LobbyState::MeasurementRunning,
        ..cast.facts()
    };
    assert!(create(&cast.request(), ADMIN, running).is_ok());
}

/// The audio URL that the loudspeaker gets.
fn audio_url(facts: Facts, own: Option<&str>) -> String {
    let cast = Cast::sized(1, 1);
    let mut session = create(&cast.request(), ADMIN, facts).unwrap().next;
    session = session
        .apply(&by(ADMIN, Action::StartSpeaker), at(1))
        .unwrap()
        .next;
    session = session
        .apply(&seen("spk1", own, Action::Ready), at(1))
        .unwrap()
        .next;
    let last = session.apply(&by("mic1", Action::Ready), at(1)).unwrap();
    let mut asked = last
        .pushes
        .iter()
        .filter(|push| push.event().ends_with("request_audio"));
    let data = serde_json::to_value(&asked.next_back().unwrap().data).unwrap();
    data["audio_url"].as_str().unwrap().to_owned()
}

fn seen(device: &str, base_url: Option<&str>, action: Action) -> Command {
    let mut command = by(device, action);
    command.actor.base_url = base_url.map(str::to_owned);
    command
}

#[test]
fn the_audio_address_is_the_receivers_own_and_carries_the_profile() {
    let facts = || Cast::sized(1, 1).facts();
    let path = format!("/v1/measurement/audio?session_id={SESSION}");
    assert_eq!(
        audio_url(facts(), None),
        format!("http://localhost:8000{path}")
    );
    assert_eq!(
        audio_url(facts(), Some("https://a.example/")),
        format!("https://a.example{path}")
    );
    let public = Facts {
        base: Base::Public("https://public.example".to_owned()),
        ..facts()
    };
    assert_eq!(
        audio_url(public, Some("http://10.0.0.7:8000")),
        format!("https://public.example{path}")
    );
    let phone = Facts {
        profile: Some("smartphone".to_owned()),
        ..facts()
    };
    let band = "&sweep_f_start=200&sweep_f_end=12000";
    assert_eq!(
        audio_url(phone, None),
        format!("http://localhost:8000{path}{band}")
    );
    let high_end = Facts {
        profile: Some("high_end".to_owned()),
        ..facts()
    };
    assert_eq!(
        audio_url(high_end, None),
        format!("http://localhost:8000{path}")
    );
}

#[test]
fn each_microphone_uploads_by_its_own_address() {
    let cast = Cast::sized(1, 3);
    let mut session = cast.session();
    let lan = Some("http://192.168.1.7:8000");
    let commands = [
        by(ADMIN, Action::StartSpeaker),
        seen("spk1", lan, Action::Ready),
        seen("mic1", lan, Action::Ready),
        seen("mic2", Some("https://far.example"), Action::Ready),
        seen("mic3", lan, Action::Ready),
        by("spk1", audio_ready(None)),
        by("mic1", Action::RecordingStarted),
        by("mic2", Action::RecordingStarted),
        // A repeat from another network is a repeat, but the address is remembered.
        seen("mic1", Some("http://10.0.0.1"), Action::RecordingStarted),
        by("mic3", Action::RecordingStarted),
    ];
    for command in &commands {
        session = session.apply(command, at(1)).unwrap().next;
    }
    let last = session
        .apply(&by("spk1", Action::PlaybackComplete), at(1))
        .unwrap();
    let stops = last
        .pushes
        .iter()
        .filter(|push| push.event().ends_with("stop_recording"));
    let told = stops.map(|push| {
        let data = serde_json::to_value(&push.data).unwrap();
        (
            data["upload_endpoint"].as_str().unwrap().to_owned(),
            push.to.clone(),
        )
    });
    let told: Vec<(String, Vec<String>)> = told.collect();
    let path = format!("/v1/jobs/{JOB}/uploads/");
    let wanted = [
        ("http://10.0.0.1", "mic1"),
        ("https://far.example", "mic2"),
        ("http://192.168.1.7:8000", "mic3"),
    ];
    assert_eq!(
        told,
        wanted.map(|(base, mic)| (format!("{base}{path}"), vec![mic.to_owned()]))
    );
}

#[test]
fn a_session_survives_being_stored() {
    let cast = Cast::sized(2, 2);
    let mut session: Session = cast.session();
    for command in super::history::correct(&cast) {
        let stored = serde_json::to_string(&session).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&stored).unwrap(), session);
        session = session.apply(&command, at(1)).unwrap().next;
    }
    assert_eq!((session.lobby_id(), session.finished().len()), (LOBBY, 2));
}
