//! The real service, called in memory.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use chassis::arithmetic::Arithmetic;
use chassis::client::{Manner, ServiceClient};
use chassis::service::Identity;
use chassis::token::Token;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use simulation::{NAME, Settings, Simulation};

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.json);
        self.json
    }

    pub(crate) fn refused(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.json);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self.json
    }
}

/// The service and ways to it.
pub(crate) struct Bench {
    pub(crate) client: ServiceClient,
    pub(crate) router: Router,
    pub(crate) arithmetic: Arithmetic,
}

/// A service with two places to compute and none to wait.
pub(crate) fn bench() -> Bench {
    bench_with(Arithmetic::new(2, 0))
}

/// A service that computes here.
pub(crate) fn bench_with(arithmetic: Arithmetic) -> Bench {
    let token = Token::new("between-services");
    let settings = Settings {
        arithmetic: arithmetic.clone(),
        ..Settings::new(Identity::new(NAME, "0.0.0.0", token.clone()))
    };
    let manner = Manner {
        token,
        timeout: Duration::from_mins(1),
        ..Manner::default()
    };
    let router = Simulation::new(settings).router();
    Bench {
        client: ServiceClient::in_memory(NAME, router.clone(), &manner),
        router,
        arithmetic,
    }
}

impl Bench {
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.client.send(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&bytes).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let body = Body::from(body.to_string());
        self.send(Request::post(path).body(body).unwrap()).await
    }

    pub(crate) async fn event(&self, event: &str, data: &Value) -> Answer {
        let envelope = json!({
            "client": {"device_id": "phone-1", "connection_id": "c", "ip": null},
            "message": {"event": event, "request_id": null, "data": data},
        });
        self.post("/gateway/handle", &envelope).await
    }
}

/// The request of the documentation.
pub(crate) fn documented() -> Value {
    json!({
        "room": {"type": "shoebox", "dimensions_m": [5, 4, 2.5], "default_material": {"absorption": 0.2}},
        "sources": [{"id": "s1", "position_m": [2.5, 0.5, 1.2]}],
        "microphones": [{"id": "m1", "position_m": [2.5, 3.5, 1.2]}],
    })
}

/// A request that takes minutes, unless it is given up.
pub(crate) fn endless() -> Value {
    let mut body = documented();
    body["method"] = json!("rays");
    body["rays"] = json!(room_simulation::RAYS_MAX);
    body
}

/// A call to `/simulate` or `/simulate/batch` whose caller waits so long.
pub(crate) fn within(deadline_ms: u32, path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("x-deadline-ms", deadline_ms)
        .body(Body::from(body.to_string()))
        .unwrap()
}
