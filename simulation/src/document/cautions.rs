//! What the reader of a simulation has to know, with codes, remedies and values.

use contract::analysis::Warning;
use room_simulation::Caution;
use serde_json::{Value, json};

use crate::request::Options;

/// What the reader has to know, with the values.
pub(crate) fn warning(caution: &Caution, options: &Options) -> Warning {
    Warning {
        code: caution.code().to_owned(),
        message: message(caution, options),
        remedy: caution.remedy().to_owned(),
        data: data(caution, options),
    }
}

/// The engine knows no ids.
fn message(caution: &Caution, options: &Options) -> String {
    if let Caution::NothingArrives { source, receiver } = caution {
        return format!(
            "nothing of the source \"{}\" reaches the microphone \"{}\"",
            named(&options.source_ids, *source),
            named(&options.microphone_ids, *receiver)
        );
    }
    caution.message()
}

pub(super) fn named(ids: &[String], place: usize) -> &str {
    ids.get(place).map_or("", String::as_str)
}

fn data(caution: &Caution, options: &Options) -> Value {
    match caution {
        Caution::OrderLimited {
            max_order,
            complete_until_s,
        } => json!({ "max_order": max_order, "complete_until_s": complete_until_s }),
        Caution::HorizonLimited { horizon_s } => json!({ "horizon_s": horizon_s }),
        Caution::SearchBudget { asked, complete } => {
            json!({ "asked": asked, "complete": complete })
        }
        Caution::AccuracyMissed { asked, reached } => {
            json!({ "asked": asked, "reached": reached })
        }
        Caution::NothingArrives { source, receiver } => json!({
            "source_id": named(&options.source_ids, *source),
            "receiver_id": named(&options.microphone_ids, *receiver),
        }),
        Caution::RaysLost { share } => json!({ "share": share }),
        Caution::ImageBudget { asked_s, found_s } => {
            json!({ "asked_s": asked_s, "found_s": found_s })
        }
        Caution::DurationLimited {
            duration_s,
            fallen_db,
            needed_db,
        } => {
            json!({ "duration_s": duration_s, "fallen_db": fallen_db, "needed_db": needed_db })
        }
        Caution::ResponsesCut { kept_s } => json!({ "kept_s": kept_s }),
        Caution::FormulaDisagrees {
            octave_hz,
            simulated_s,
            formulas,
        } => json!({
            "octave_hz": octave_hz,
            "simulated_s": simulated_s,
            "formulas": formulas
                .iter()
                .map(|(name, predicted_s)| json!({ "formula": name, "predicted_s": predicted_s }))
                .collect::<Vec<Value>>(),
        }),
        _ => json!({}),
    }
}
