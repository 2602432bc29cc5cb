//! How an event with missing fields is refused: one sentence an event, which earlier clients know.

use chassis::body::path_id;
use chassis::fields::{Fields, Whole};
use chassis::problem::Problem;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Characters of an id: more than any has, so that what is no id is simply not found.
pub(super) const ID: usize = 128;

/// Ends the reading of an event. If any of `required` is missing, all of them are named, as in `Missing 'lobby_id',
/// 'target_device_id', or 'role' in data`.
///
/// # Errors
///
/// 400 with every fault.
pub(super) fn finish<T: Whole>(
    fields: Fields<'_>,
    values: T,
    required: &[&str],
) -> Result<T::Out, Problem> {
    fields.finish(values).map_err(|problem| {
        let sentence = problem.sentence();
        if !sentence.starts_with("Missing ") {
            return problem;
        }
        let rest = sentence.split_once(" in data").map_or("", |(_, rest)| rest);
        let worded = format!("{}{rest}", missing(required));
        Problem::bad_request(worded).errors(problem.body().errors.clone())
    })
}

/// `Missing 'a' in data`, `Missing 'a' or 'b' in data`, `Missing 'a', 'b', or 'c' in data`.
pub(super) fn missing(required: &[&str]) -> String {
    let quoted: Vec<String> = required.iter().map(|name| format!("'{name}'")).collect();
    let names = match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} or {other}"),
        [first @ .., last] => format!("{}, or {last}", first.join(", ")),
    };
    format!("Missing {names} in data")
}

/// The one field of events that need no other.
pub(super) fn lobby_id(data: &Map<String, Value>) -> Result<Uuid, Problem> {
    let mut fields = Fields::event_object(data);
    let lobby_id = fields.text("lobby_id", 1..=ID);
    path_id(&fields.finish(lobby_id)?, "Lobby")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whichever_is_missing_all_that_are_required_are_named() {
        let data = json!({"b": 1});
        let mut fields = Fields::event(&data);
        let values = (fields.text("a", 1..=9), fields.text("b", 1..=9));
        let told = finish(fields, values, &["a", "b"]).unwrap_err();
        let sentence = told.sentence();
        assert!(
            sentence.starts_with("Missing 'a' or 'b' in data; 'b' "),
            "{sentence}"
        );
        assert_eq!(told.body().errors.len(), 2);
    }

    #[test]
    fn three_names_have_a_comma_before_the_or() {
        assert_eq!(
            missing(&["a", "b", "c"]),
            "Missing 'a', 'b', or 'c' in data"
        );
        assert_eq!(missing(&["a"]), "Missing 'a' in data");
    }
}
