//! Who a socket belongs to: a device id, given once, in the address or in the event `identify`.

use chassis::problem::Problem;
use http::StatusCode;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::limits::DEVICE_ID_CHARACTERS;

/// The event by which a client says who it is.
pub(crate) const IDENTIFY: &str = "identify";
/// The push that asks for it.
pub(crate) const REQUIRED: &str = "gateway.identify_required";
/// The data of that push.
pub(crate) const HINT: &str =
    r#"{"hint":"Send {event:'identify', data:{device_id}} or connect with ?device_id="}"#;

/// Whether a text can be a device id.
pub(crate) fn is_device_id(text: &str) -> bool {
    let characters = text.chars().take(DEVICE_ID_CHARACTERS + 1).count();
    (1..=DEVICE_ID_CHARACTERS).contains(&characters) && !text.contains(char::is_control)
}

/// The device id of the event `identify` on a socket that is `known` already or not.
///
/// # Errors
///
/// `bad_request`, or `conflict` if the socket belongs to another device.
pub(crate) fn claimed(data: &RawValue, known: Option<&str>) -> Result<String, Problem> {
    let data: Value = serde_json::from_str(data.get()).unwrap_or_default();
    let id = match data.get("device_id") {
        Some(Value::String(id)) if is_device_id(id) => id.clone(),
        seen => return Err(unfit(seen)),
    };
    match known {
        Some(known) if known != id => Err(taken(known)),
        _ => Ok(id),
    }
}

/// The refusal of every other event before that.
pub(crate) fn stranger() -> Problem {
    Problem::of(StatusCode::UNAUTHORIZED, "Identify first")
        .remedy("Send the event identify with data.device_id, or connect with ?device_id=.")
}

fn unfit(seen: Option<&Value>) -> Problem {
    let seen = match seen {
        None => "it is missing".to_owned(),
        Some(Value::String(text)) if text.contains(char::is_control) => {
            "it has control characters".to_owned()
        }
        Some(Value::String(text)) => format!("it has {} characters", text.chars().count()),
        Some(other) => format!("it is {}", kind_of(other)),
    };
    Problem::bad_request(format!(
        "identify requires data.device_id, a string of 1 to {DEVICE_ID_CHARACTERS} characters without control \
         characters; {seen}"
    ))
}

fn taken(known: &str) -> Problem {
    Problem::conflict("This socket belongs to another device already")
        .remedy("Open a new socket for another device.")
        .data(json!({"device_id": known}))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(data: &Value, known: Option<&str>) -> Result<String, String> {
        let raw = RawValue::from_string(data.to_string()).unwrap();
        claimed(&raw, known).map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn an_id_has_one_to_two_hundred_characters() {
        for id in ["d", &"ä".repeat(200)] {
            assert_eq!(claim(&json!({"device_id": id}), None), Ok(id.to_owned()));
        }
        for bad in [
            json!({}),
            json!({"device_id": ""}),
            json!({"device_id": "ä".repeat(201)}),
            json!({"device_id": "a\0"}),
            json!({"device_id": "a\nb"}),
            json!({"device_id": "\u{85}"}),
        ] {
            assert_eq!(claim(&bad, None), Err("BAD_REQUEST".to_owned()), "{bad}");
        }
        for bad in [json!(1), json!(null), json!(["d"]), json!({})] {
            assert_eq!(
                claim(&json!({"device_id": bad}), None),
                Err("BAD_REQUEST".to_owned())
            );
        }
    }

    #[test]
    fn the_same_id_again_is_no_fault_another_is() {
        assert_eq!(
            claim(&json!({"device_id": "d"}), Some("d")),
            Ok("d".to_owned())
        );
        assert_eq!(
            claim(&json!({"device_id": "e"}), Some("d")),
            Err("CONFLICT".to_owned())
        );
        assert_eq!(
            claim(&json!({"device_id": ""}), Some("d")),
            Err("BAD_REQUEST".to_owned())
        );
    }

    #[test]
    fn the_hint_is_json() {
        assert!(serde_json::from_str::<Value>(HINT).unwrap()["hint"].is_string());
    }
}
