//! Requests are read field by field, and all of their faults come back at once.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use chassis::body::{JsonObject, QueryObject, path_id};
use chassis::fields::{FAULT_LIMIT, Fields, Read, Whole};
use chassis::problem::Problem;
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    Speaker,
    Microphone,
}

const ROLES: [&str; 2] = ["speaker", "microphone"];

/// Faults as `kind loc msg`.
fn faults(problem: &Problem) -> Vec<(String, String, String)> {
    let list = &problem.body().errors;
    let loc = |loc: &[Value]| serde_json::to_string(loc).unwrap();
    list.iter()
        .map(|fault| (fault.kind.clone(), loc(&fault.loc), fault.msg.clone()))
        .collect()
}

fn line(kind: &str, loc: &Value, msg: &str) -> (String, String, String) {
    (kind.to_owned(), loc.to_string(), msg.to_owned())
}

#[test]
fn a_whole_request_is_read() {
    let body = json!({"name": "Hall", "role": "speaker",
        "rate": "48000", "level": -3.5, "room": {"height": 3}, "list": [{"x": 1}, {"x": 2}], "none": null});
    let mut fields = Fields::body(&body);
    let name = fields.text("name", 1..=10);
    let role = fields.one_of::<Role>("role", &ROLES);
    let rate = fields.integer("rate", 8000..=192_000);
    let level = fields.number("level", -60.0..=0.0);
    let height = fields.object("room", |room| room.integer("height", 1..=9));
    let list = fields.array("list", 1..=5, |item| item.integer("x", 0..=9));
    let first = Whole::whole((name, role, rate, height, list));
    let none = fields.optional_text("none", 1..=9);
    let absent = fields.optional_integer("absent", 0..=9).or(7);
    let (first, level, none, absent) = fields.finish((first, level, none, absent)).unwrap();
    assert_eq!(
        first,
        ("Hall".to_owned(), Role::Speaker, 48000, 3, vec![1, 2])
    );
    assert!((level + 3.5).abs() < 1e-12);
    assert_eq!((none, absent), (None, 7));
}

#[test]
fn every_fault_is_found_with_its_place() {
    let body = json!({"name": "", "role": "singer", "speakers": [{"device_id": "a"}, {"device_id": 5}, 7],
        "rate": 1.5, "room": {}});
    let mut fields = Fields::body(&body);
    let _name = fields.text("name", 1..=10);
    let _role = fields.one_of::<Role>("role", &ROLES);
    let _list = fields.array("speakers", 1..=5, |item| item.text("device_id", 1..=128));
    let _rate = fields.integer("rate", 1..=9);
    let _room = fields.object("room", |room| room.number("height", 0.0..=9.0));
    let _gone = fields.text("job_id", 1..=36);
    let problem = fields.finish(()).unwrap_err();
    assert_eq!(problem.status(), 422);
    assert_eq!(
        faults(&problem),
        [
            line(
                "string_too_short",
                &json!(["body", "name"]),
                "String should have at least 1 character (allowed: 1 to 10)"
            ),
            line(
                "enum",
                &json!(["body", "role"]),
                "Input should be 'speaker' or 'microphone'"
            ),
            line(
                "string_type",
                &json!(["body", "speakers", 1, "device_id"]),
                "Input should be a valid string"
            ),
            line(
                "dict_type",
                &json!(["body", "speakers", 2]),
                "Input should be a valid dictionary"
            ),
            line(
                "int_parsing",
                &json!(["body", "rate"]),
                "Input should be a valid integer from 1 to 9"
            ),
            line(
                "missing",
                &json!(["body", "room", "height"]),
                "Field required"
            ),
            line("missing", &json!(["body", "job_id"]), "Field required"),
        ]
    );
    assert_eq!(problem.body().errors[1].input, json!("singer"));
}

#[test]
fn an_event_is_refused_with_a_sentence() {
    let refused = |data: Value| {
        let mut fields = Fields::event(&data);
        let code = fields.text("code", 4..=6);
        let role = fields.one_of::<Role>("role", &ROLES);
        fields.finish((code, role)).map(|_| ()).unwrap_err()
    };
    let sentence = |data| refused(data).sentence();
    assert_eq!(refused(json!({})).status(), 400);
    assert_eq!(
        sentence(json!({"role": "speaker"})),
        "Missing 'code' in data"
    );
    assert_eq!(
        sentence(json!({"code": null, "role": "speaker"})),
        "Missing 'code' in data"
    );
    assert_eq!(sentence(json!({})), "Missing 'code' and 'role' in data");
    assert_eq!(
        sentence(json!({"code": "ABCDEFG", "role": "x"})),
        "'code' should have at most 6 characters (allowed: 4 to 6), not \"ABCDEFG\"; \
         'role' should be 'speaker' or 'microphone', not \"x\""
    );
    assert_eq!(refused(json!({"code": 5})).body().errors.len(), 2);
    let whole = sentence(json!([1]));
    assert!(
        whole.ends_with("'data' should be a valid dictionary, not [1]"),
        "{whole}"
    );
}

#[test]
fn a_sentence_of_the_callers_own_stands_as_it_is() {
    let data = json!({"role": "singer"});
    let mut fields = Fields::event(&data);
    let role: Read<Role> = fields.fault("role", "enum", "Invalid role: singer");
    assert_eq!(
        fields.finish(role).unwrap_err().sentence(),
        "Invalid role: singer"
    );
}

#[test]
fn a_refusal_does_not_outgrow_its_request() {
    let items: Vec<Value> = (0..5000)
        .map(|index| json!({"x": index, "text": "a".repeat(50)}))
        .collect();
    let body = json!({"items": items, "long": "ä".repeat(100_000)});
    let mut fields = Fields::body(&body);
    let _items = fields.array("items", 0..=10_000, |item| item.text("y", 1..=9));
    let _gone = fields.text("gone", 1..=9);
    let problem = fields.finish(()).unwrap_err();
    assert_eq!(problem.body().errors.len(), FAULT_LIMIT);

    let mut again = Fields::body(&body);
    let _long = again.text("long", 1..=9);
    let _absent = again.text("gone", 1..=9);
    let inputs: Vec<Value> = again
        .finish(())
        .unwrap_err()
        .body()
        .errors
        .iter()
        .map(|f| f.input.clone())
        .collect();
    assert_eq!(inputs[0].as_str().unwrap().chars().count(), 201);
    assert_eq!(inputs[1], "an object of 2 members");
}

async fn read_body(text: impl Into<Body>) -> Result<JsonObject<100>, Problem> {
    JsonObject::from_request(Request::new(text.into()), &()).await
}

#[tokio::test]
async fn a_body_is_a_json_object_of_bounded_size() {
    assert_eq!(read_body("{\"a\":1}").await.unwrap().0["a"], 1);
    assert_eq!(
        read_body(format!("{{\"a\":\"{}\"}}", "x".repeat(92)))
            .await
            .unwrap()
            .0
            .len(),
        1
    );

    let long = read_body(format!("{{\"a\":\"{}\"}}", "x".repeat(93)))
        .await
        .unwrap_err();
    assert_eq!(long.status(), 413);
    assert!(long.sentence().contains("100 bytes"), "{long}");

    let broken = read_body("{\n  x}").await.unwrap_err();
    assert_eq!(broken.status(), 422);
    assert_eq!(broken.body().errors[0].kind, "json_invalid");
    assert_eq!(broken.body().errors[0].loc, [json!("body"), json!(4)]);

    let list = read_body("[1]").await.unwrap_err();
    assert_eq!(
        faults(&list),
        [line(
            "dict_type",
            &json!(["body"]),
            "Input should be a valid dictionary"
        )]
    );
    let empty = read_body("").await.unwrap_err();
    assert_eq!(
        faults(&empty),
        [line("missing", &json!(["body"]), "Field required")]
    );
}

#[tokio::test]
async fn a_query_is_text_that_is_parsed() {
    let request = Request::get("/x?rate=48000&name=a%20b&name=c&bad=x")
        .body(())
        .unwrap();
    let (mut parts, ()) = request.into_parts();
    let query = QueryObject::from_request_parts(&mut parts, &())
        .await
        .unwrap();
    let mut fields = query.fields();
    let rate = fields.integer("rate", 1..=100_000);
    let name = fields.text("name", 1..=9);
    assert_eq!(
        fields.finish((rate, name)).unwrap(),
        (48000, "c".to_owned())
    );

    let mut bad = query.fields();
    let _bad = bad.integer("bad", 0..=3);
    let msg = "Input should be a valid integer from 0 to 3";
    assert_eq!(
        faults(&bad.finish(()).unwrap_err()),
        [line("int_parsing", &json!(["query", "bad"]), msg)]
    );
}

#[test]
fn what_is_no_id_names_nothing() {
    let refused = path_id("../etc", "Lobby").unwrap_err();
    assert_eq!(
        (refused.status().as_u16(), refused.sentence()),
        (404, "Lobby not found".to_owned())
    );
    assert!(path_id("0190a5c6-0000-7000-8000-000000000001", "Lobby").is_ok());
}

#[test]
fn no_text_has_a_nul_character() {
    let body = json!({"name": "a\0b", "tags": ["a", "\0"], "room": {"name": "\0"}, "any": ["\0"], "good": "\u{1}"});
    let mut fields = Fields::body(&body);
    let _name = fields.text("name", 0..=9);
    let _optional = fields.optional_text("name", 0..=9);
    let _tags = fields.texts("tags", 0..=9, 0..=9);
    let _room = fields.object("room", |room| room.text("name", 0..=9));
    let _any = fields.any("any");
    let _good = fields.text("good", 0..=9);
    let text = "String should have no NUL character";
    let expected = [
        (json!(["body", "name"]), text),
        (json!(["body", "name"]), text),
        (json!(["body", "tags", 1]), text),
        (json!(["body", "room", "name"]), text),
    ];
    let expected = expected.map(|(loc, msg)| line("string_nul", &loc, msg));
    assert_eq!(faults(&fields.finish(()).unwrap_err()), expected);
}

#[test]
fn an_event_with_a_nul_character_is_refused_by_the_name_of_its_field() {
    let data = json!({"name": "a\0b"});
    let mut fields = Fields::event(&data);
    let name = fields.text("name", 1..=9);
    let sentence = fields.finish(name).unwrap_err().sentence();
    assert_eq!(
        sentence,
        r#"'name' should have no NUL character, not "a\u0000b""#
    );
}
