//! `POST /internal/broadcast`: pushes of services in other processes.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use chassis::body::bounded;
use chassis::carrier::Push;
use chassis::fields::Fields;
use chassis::problem::Problem;
use chassis::service::INTERNAL_TOKEN;
use contract::broadcast::{Audience, Sent, Targets};
use contract::problem::Fault;
use contract::socket::Meta;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::gate::Gate;
use crate::limits::BROADCAST_BYTES;

/// Takes a push and says how many sockets it reached.
pub(crate) async fn take(
    State(gate): State<Arc<Gate>>,
    request: Request,
) -> Result<Json<Sent>, Problem> {
    admit(&gate, request.headers())?;
    let body = bounded(request.into_body(), BROADCAST_BYTES).await?;
    let push = read(&body)?;
    Ok(Json(Sent {
        sent: gate.hub.deliver(&push),
    }))
}

/// [`contract::broadcast::Broadcast`], whose data may be left out; lists are told from objects.
#[derive(Deserialize)]
struct Body {
    event: String,
    #[serde(default)]
    data: Option<Box<RawValue>>,
    targets: Box<RawValue>,
    #[serde(default)]
    meta: Option<Meta>,
    #[serde(default)]
    audience: Audience,
}

/// The token comes first: who does not have it learns nothing of the body.
fn admit(gate: &Gate, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(token) = &gate.token else {
        return Err(Problem::of(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_AUTH_TOKEN not configured",
        )
        .remedy("Set INTERNAL_AUTH_TOKEN to the same value in every service."));
    };
    let shown = headers.get(INTERNAL_TOKEN).map(HeaderValue::as_bytes);
    if shown.is_some_and(|shown| token.matches(shown)) {
        return Ok(());
    }
    tracing::warn!("a broadcast without the token was refused");
    Err(Problem::forbidden("Forbidden"))
}

fn read(bytes: &[u8]) -> Result<Push, Problem> {
    let body: Body = object(bytes).map_err(|cause| faults(bytes, &cause))?;
    let targets: Targets =
        object(body.targets.get().as_bytes()).map_err(|cause| faults(bytes, &cause))?;
    let data = match body.data {
        Some(data) => data,
        None => RawValue::from_string("{}".to_owned()).map_err(Problem::internal)?,
    };
    if body.event.is_empty() || !data.get().starts_with('{') {
        return Err(faults(
            bytes,
            "event must not be empty, and data must be a JSON object",
        ));
    }
    Ok(Push {
        event: body.event,
        data: Arc::from(data),
        device_ids: targets.device_ids,
        meta: body.meta,
        audience: body.audience,
    })
}

/// A JSON object. A list of its values in order, which serde would take as well, is none.
fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err("a list stands where an object must".to_owned());
    }
    serde_json::from_slice(bytes).map_err(|cause| cause.to_string())
}

/// All that is wrong with a body, found by a second and slower reading.
fn faults(bytes: &[u8], cause: &str) -> Problem {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else {
        return other_fault("json_invalid", &format!("JSON decode error: {cause}"));
    };
    let mut fields = Fields::body(&body);
    if !body.is_object() {
        return fields
            .finish(())
            .err()
            .unwrap_or_else(|| other_fault("value_error", cause));
    }
    let event = fields.text("event", 1..=usize::MAX);
    let data = fields.optional_map("data");
    let targets = fields.object("targets", |targets| {
        if targets.has("device_ids") {
            targets.texts("device_ids", 0..=usize::MAX, 0..=usize::MAX)
        } else {
            targets
                .optional_list("device_ids", 0..=0)
                .map(|_| Vec::new())
        }
    });
    match fields.finish((event, data, targets)) {
        Err(problem) => problem,
        Ok(_) => other_fault("value_error", cause),
    }
}

fn other_fault(kind: &str, msg: &str) -> Problem {
    let fault = Fault {
        kind: kind.to_owned(),
        loc: vec![json!("body")],
        msg: msg.to_owned(),
        input: Value::Null,
    };
    Problem::unprocessable(vec![fault])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(body: &str) -> Vec<String> {
        let problem = read(body.as_bytes()).unwrap_err();
        assert_eq!(problem.status(), 422);
        let place = |fault: &Fault| {
            fault
                .loc
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(".")
        };
        problem.body().errors.iter().map(place).collect()
    }

    #[test]
    fn a_push_is_read_with_its_data_untouched() {
        let push = read(
            br#"{"event":"t.x","data":{"b":1.50,"a":2},"targets":{"device_ids":["d"]},"new":1}"#,
        )
        .unwrap();
        assert_eq!(
            (push.event.as_str(), push.data.get()),
            ("t.x", r#"{"b":1.50,"a":2}"#)
        );
        assert_eq!(
            (push.device_ids, push.audience, push.meta),
            (vec!["d".to_owned()], Audience::All, None)
        );
        let least = read(br#"{"event":"t.x","targets":{}}"#).unwrap();
        assert_eq!((least.data.get(), least.device_ids.len()), ("{}", 0));
    }

    #[test]
    fn every_fault_is_listed() {
        assert_eq!(places("{}"), [r#""body"."event""#, r#""body"."targets""#]);
        assert_eq!(
            places(r#"{"event":"","data":1,"targets":{"device_ids":"a"}}"#),
            [
                r#""body"."event""#,
                r#""body"."data""#,
                r#""body"."targets"."device_ids""#
            ]
        );
        assert_eq!(
            places(r#"{"event":"x","targets":[]}"#),
            [r#""body"."targets""#]
        );
        assert_eq!(
            places(r#"{"event":"x","targets":{"device_ids":["a",1]}}"#).len(),
            1
        );
    }

    #[test]
    fn what_is_no_object_or_has_odd_extras_is_refused() {
        for body in [
            "",
            "{",
            "[]",
            "1",
            r#"{"event":"x","targets":{},"meta":1}"#,
            r#"{"event":"x","targets":{},"audience":"none"}"#,
        ] {
            assert_eq!(places(body).len(), 1, "{body}");
        }
    }
}
