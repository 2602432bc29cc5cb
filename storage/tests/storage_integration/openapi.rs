//! The document of the service against the service: every example is answered as it is shown, every answer is valid.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::bench::{Answer, Bench, benches};

/// The committed text.
fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi/storage.json")
}

fn document() -> Value {
    serde_json::from_str(storage::openapi()).unwrap()
}

/// What validates a schema within the document.
fn validator(document: &Value, schema: &Value) -> Validator {
    let mut whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"]});
    for (name, value) in schema.as_object().unwrap() {
        whole[name] = value.clone();
    }
    jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap()
}

/// What a reference stands for.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value["$ref"].as_str() else {
        return value;
    };
    let place = reference.strip_prefix('#').unwrap();
    let found = document.pointer(place);
    assert!(found.is_some(), "{reference} is there");
    found.unwrap()
}

/// Every reference within a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(
                members
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An operation as it stands in the document.
struct Operation<'a> {
    method: String,
    path: &'a str,
    told: &'a Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter().map(|(method, told)| Operation {
            method: method.to_uppercase(),
            path,
            told,
        })
    });
    operations.collect()
}

/// What stands in example answers, and what was answered there: ids, receipts, codes.
#[derive(Default)]
struct Known(BTreeMap<String, String>);

impl Known {
    /// The text with what was really answered.
    fn real(&self, text: &str) -> String {
        let pairs = self.0.iter();
        pairs.fold(text.to_owned(), |text, (shown, real)| {
            text.replace(shown, real)
        })
    }

    /// The value with what was really answered.
    fn real_of(&self, value: &Value) -> Value {
        serde_json::from_str(&self.real(&value.to_string())).unwrap()
    }

    fn learn(&mut self, shown: &Value, real: &Value) {
        if let (Value::Array(shown), Value::Array(real)) = (shown, real) {
            assert_eq!(shown.len(), real.len(), "{shown:?} {real:?}");
            shown
                .iter()
                .zip(real)
                .for_each(|(shown, real)| self.learn(shown, real));
        }
        for (name, value) in shown.as_object().into_iter().flatten() {
            self.learn_field(name, value, &real[name]);
        }
    }

    fn learn_field(&mut self, name: &str, shown: &Value, real: &Value) {
        let is_made = matches!(name, "id" | "receipt");
        if let (true, Some(shown), Some(real)) = (is_made, shown.as_str(), real.as_str()) {
            self.0.insert(shown.to_owned(), real.to_owned());
        } else {
            self.learn(shown, real);
        }
    }
}

/// Sends every example of an operation, in order, and looks at the answers.
async fn replayed(bench: &Bench, document: &Value, operation: &Operation<'_>, known: &mut Known) {
    let content = &operation.told["requestBody"]["content"]["application/json"];
    let answer = &operation.told["responses"]["200"]["content"]["application/json"];
    let named = [operation.path, &operation.method].join(" ");
    let shown = answer["examples"].as_object().unwrap();
    assert_eq!(
        content.is_null(),
        content["examples"].is_null(),
        "{named} has an example"
    );
    let path = with_parameters(operation);
    for name in ORDER.iter().filter(|name| shown.contains_key(**name)) {
        let sent = &content["examples"][name]["value"];
        assert_eq!(sent.is_null(), content.is_null(), "{named}: {name}");
        if !sent.is_null() {
            is_valid(document, &content["schema"], sent, &named);
        }
        let sent: Option<Value> = (!sent.is_null()).then(|| known.real_of(sent));
        let real = bench
            .call(&operation.method, &known.real(&path), &[], sent.as_ref())
            .await;
        assert!(real.status.is_success(), "{named}: {sent:?} {real:?}");
        valid(document, operation, &real);
        let shown = &shown[*name]["value"];
        is_valid(document, &answer["schema"], shown, &named);
        if operation.path != "/openapi.json" {
            known.learn(shown, &real.body);
            let expected = unchanging(&known.real_of(shown));
            assert_eq!(expected, unchanging(&real.body), "{named}");
        }
    }
}

/// Holds a value to a schema of the document.
fn is_valid(document: &Value, schema: &Value, value: &Value, named: &str) {
    let fault = validator(document, schema)
        .validate(value)
        .map_err(|fault| fault.to_string());
    assert_eq!(fault, Ok(()), "{named}: {value}");
}

/// Names of examples, in the order in which they can be sent.
const ORDER: [&str; 7] = ["one", "push", "peek", "pop", "extend", "nack", "ack"];

fn with_parameters(operation: &Operation<'_>) -> String {
    let empty = Vec::new();
    let parameters = operation.told["parameters"].as_array().unwrap_or(&empty);
    let in_path = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "path");
    in_path.fold(operation.path.to_owned(), |path, parameter| {
        let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
        path.replace(&name, parameter["example"].as_str().unwrap())
    })
}

/// Whether an answer is as the document says.
fn valid(document: &Value, operation: &Operation<'_>, real: &Answer) {
    let told = resolved(document, &operation.told["responses"][real.status.as_str()]);
    let media = real.headers["content-type"].to_str().unwrap();
    let schema = &told["content"][media]["schema"];
    let named = [operation.path, &operation.method].join(" ");
    assert!(
        schema.is_object(),
        "{named} {}: {media} is documented",
        real.status
    );
    is_valid(document, schema, &real.body, &named);
    for (name, head) in told["headers"].as_object().into_iter().flatten() {
        let Some(value) = real.headers.get(name) else {
            continue;
        };
        let value = Value::from(value.to_str().unwrap());
        if head["schema"]["type"] == "string" {
            assert!(
                validator(document, &head["schema"]).is_valid(&value),
                "{named}: {name} {value}"
            );
        }
    }
}

/// A value without moments, which are those of the test.
fn unchanging(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let is_moment =
                |name: &str| matches!(name, "created_at" | "joined_at" | "createdAt" | "updatedAt");
            let stay = members.iter().filter(|(name, _)| !is_moment(name));
            stay.map(|(name, member)| (name.clone(), unchanging(member)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(unchanging).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Paths whose examples belong together, parents before children.
const ENTITIES: [&str; 7] = [
    "devices",
    "lobbies",
    "participants",
    "measurements",
    "analysis-outputs",
    "simulation-jobs",
    "simulation-results",
];

/// All operations in an order in which their examples can be sent.
fn in_order<'a>(all: &'a [Operation<'a>]) -> Vec<&'a Operation<'a>> {
    let of = |name: &str, wanted: fn(&Operation<'_>) -> bool| {
        let base = format!("/v1/{name}");
        let is_own = move |path: &str| {
            path.strip_prefix(&base)
                .is_some_and(|rest| !rest.starts_with('-'))
        };
        all.iter()
            .filter(move |operation| is_own(operation.path) && wanted(operation))
            .collect::<Vec<_>>()
    };
    let is_many = |operation: &Operation<'_>| operation.path.ends_with(":batch");
    let mut order = Vec::new();
    for name in ENTITIES {
        order.extend(of(name, |o| {
            o.method == "POST" && !o.path.ends_with(":batch")
        }));
        order.extend(of(name, |o| o.method == "GET"));
        order.extend(of(name, |o| o.method == "PATCH"));
    }
    for name in ENTITIES.iter().rev() {
        order.extend(of(name, |o| o.method == "DELETE"));
    }
    for name in ENTITIES {
        order.extend(of(name, is_many));
    }
    let others: Vec<_> = all
        .iter()
        .filter(|operation| !operation.path.starts_with("/v1/"))
        .collect();
    for method in ["POST", "GET", "DELETE"] {
        order.extend(others.iter().filter(|operation| operation.method == method));
    }
    order
}

#[tokio::test]
async fn every_example_is_answered_as_it_is_shown() {
    let document = document();
    let all = operations(&document);
    let order = in_order(&all);
    assert_eq!(order.len(), all.len(), "every operation is asked");
    for bench in benches().await {
        let mut known = Known::default();
        for operation in &order {
            replayed(&bench, &document, operation, &mut known).await;
        }
    }
}

#[tokio::test]
async fn refusals_are_as_the_document_says() {
    let document = document();
    let all = operations(&document);
    for bench in benches().await {
        for operation in &all {
            let path = operation
                .path
                .replace("{id}", "x%00")
                .replace("{value}", "%ff");
            let bad = json!({"external_id": 7, "items": 7, "metadata": 7, "code": 7, "role": 7,
                "lobby_id": 7, "status": 7, "measurement_id": 7, "job_id": 7, "result": 7, "raw_bytes": "x"});
            let body = matches!(operation.method.as_str(), "POST" | "PATCH").then_some(&bad);
            let real = bench.call(&operation.method, &path, &[], body).await;
            assert!(
                !real.status.is_server_error(),
                "{} {}: {real:?}",
                operation.method,
                path
            );
            valid(&document, operation, &real);
        }
    }
}

#[tokio::test]
async fn every_documented_path_is_there_and_has_no_other_methods() {
    let document = document();
    let bench = benches().await.remove(0);
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "x").replace("{value}", "x");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let status = bench.call(method, &path, &[], None).await;
            let is_told = item[method.to_lowercase()].is_object();
            let unknown = status.body["detail"] == "Not Found";
            assert!(!unknown, "{path} is there");
            assert_eq!(status.status != 405, is_told, "{method} {path}: {status:?}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in &found {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let place = format!("#/components/{kind}/{name}");
            assert!(found.contains(&place), "{place} is used");
        }
    }
}

#[test]
fn operations_have_names_of_their_own_and_say_what_they_do() {
    let document = document();
    let all = operations(&document);
    let names: std::collections::BTreeSet<&str> = all
        .iter()
        .map(|operation| operation.told["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), all.len());
    for operation in &all {
        assert!(operation.told["summary"].is_string(), "{}", operation.path);
        assert!(operation.told["tags"].is_array(), "{}", operation.path);
    }
}

#[test]
fn moments_and_addresses_of_the_document_are_those_that_are_read() {
    let document = document();
    let moment = validator(&document, &json!({"$ref": "#/components/schemas/Moment"}));
    for good in [
        json!("2024-02-29"),
        json!("2023-11-14T22:13:20"),
        json!("2023-11-14 22:13:20.123456789+23:59"),
        json!(1_700_000_000.5),
        json!(-62_135_596_800_i64),
    ] {
        assert!(moment.is_valid(&good), "{good}");
    }
    for bad in [
        json!("2023-02-29"),
        json!("2023-04-31"),
        json!("0000-01-01"),
        json!(true),
        json!(1e12),
    ] {
        assert!(!moment.is_valid(&bad), "{bad}");
    }
    let sent = validator(
        &document,
        &json!({"$ref": "#/components/schemas/NewDocument"}),
    );
    assert!(sent.is_valid(&json!({"url": "HTTPS://a.example/ü?x#y"})));
    for url in [
        "",
        "http://",
        "https:///x",
        "/x",
        "http://a b",
        "x.example",
        "http://a\u{85}",
    ] {
        assert!(!sent.is_valid(&json!({ "url": url })), "{url}");
    }
}

/// `SONALYZE_TEST_OPENAPI=write` makes the committed text anew.
#[test]
fn the_committed_document_is_that_of_the_service() {
    if std::env::var("SONALYZE_TEST_OPENAPI").as_deref() == Ok("write") {
        std::fs::create_dir_all(committed().parent().unwrap()).unwrap();
        std::fs::write(committed(), storage::openapi()).unwrap();
    }
    let text = std::fs::read_to_string(committed()).unwrap();
    assert!(
        text == storage::openapi(),
        "docs/openapi/storage.json is another: SONALYZE_TEST_OPENAPI=write cargo test -p storage the_committed_document"
    );
}
