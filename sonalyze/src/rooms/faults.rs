//! Faults of a room as people read them: a line each with its place, the value seen and what to do.

use contract::problem::Fault;
use serde_json::Value;
use simulation::request::{Refusal, way};

use crate::exit::Failure;
use crate::suggestions;

/// Faults that are told; the rest is counted.
const TOLD_MAX: usize = 20;

/// All faults of a room file.
pub(crate) fn failure(file: &str, refusal: &Refusal) -> Failure {
    let lines: Vec<String> = refusal.faults().iter().map(line).collect();
    listed(file, "cannot be simulated", &lines)
}

/// A heading that counts, and a line for each fault.
pub(crate) fn listed(file: &str, verdict: &str, lines: &[String]) -> Failure {
    let count = match lines.len() {
        1 => "one fault".to_owned(),
        count => format!("{count} faults"),
    };
    let mut text = format!("{file} {verdict}, {count}:");
    for line in lines.iter().take(TOLD_MAX) {
        text.push_str("\n  ");
        text.push_str(line);
    }
    if lines.len() > TOLD_MAX {
        text.extend([format!("\n  and {} more", lines.len() - TOLD_MAX)]);
    }
    Failure::unusable(text)
}

/// One fault in a line.
pub(crate) fn line(fault: &Fault) -> String {
    let place = way(&fault.loc);
    let said = if fault.kind == "unknown_material" {
        unknown_material(&fault.input)
    } else {
        format!("{}{}", fault.msg, seen(fault))
    };
    if place.is_empty() {
        said
    } else {
        format!("{place}: {said}")
    }
}

/// The value, where the message does not have it already.
fn seen(fault: &Fault) -> String {
    let shown = fault.input.to_string();
    let bare = match (fault.input.as_str(), fault.input.as_f64()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(number)) => format!("{number} is outside"),
        (None, None) => shown.clone(),
    };
    if fault.input.is_null() || fault.msg.contains(&bare) || is_told(&fault.kind) {
        String::new()
    } else {
        format!(" (given: {shown})")
    }
}

/// Kinds whose messages have the value in other digits.
fn is_told(kind: &str) -> bool {
    matches!(
        kind,
        "open_edge" | "out_of_room" | "in_furniture" | "too_near" | "repeated_corner" | "count"
    )
}

fn unknown_material(input: &Value) -> String {
    let id = input.as_str().unwrap_or_default();
    format!(
        "there is no material \"{id}\"{}; `sonalyze materials search WORD` finds others",
        suggestions::sentence(id)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(kind: &str, msg: &str, input: Value) -> Fault {
        Fault {
            kind: kind.to_owned(),
            loc: vec![json!("room"), json!("corners_m"), json!(2)],
            msg: msg.to_owned(),
            input,
        }
    }

    #[test]
    fn the_value_is_told_once() {
        let told = line(&fault(
            "float_type",
            "Input should be a valid number",
            json!("x"),
        ));
        assert_eq!(
            told,
            "room.corners_m[2]: Input should be a valid number (given: \"x\")"
        );
        let own = line(&fault(
            "out_of_range",
            "5000 is outside of 0.1 to 1000",
            json!(5000.0),
        ));
        assert!(!own.contains("given"), "{own}");
    }

    #[test]
    fn a_misspelt_material_gets_near_ones() {
        let told = line(&fault("unknown_material", "", json!("plastr")));
        assert!(told.contains("\"plastr\"; near it: plaster"), "{told}");
    }

    #[test]
    fn many_faults_are_counted() {
        let lines: Vec<String> = (0..25).map(|n| format!("fault {n}")).collect();
        let told = listed("r.json", "cannot be simulated", &lines).to_string();
        assert!(told.starts_with("r.json cannot be simulated, 25 faults:\n  fault 0\n"));
        assert!(told.ends_with("\n  and 5 more"), "{told}");
    }
}
