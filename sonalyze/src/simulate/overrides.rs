//! Options of the command line in the place of the file's fields, before the file is read as a request.

use serde_json::{Map, Value, json};

use crate::cli::SimulateArguments;

/// Replaces fields; what would count before them, or excludes them, is taken out.
pub(super) fn apply(arguments: &SimulateArguments, body: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Value, instead_of: &[&str]| {
        for other in instead_of {
            body.remove(*other);
        }
        body.insert(name.to_owned(), value);
    };
    if let Some(method) = arguments.method {
        put("method", json!(method.word()), &[]);
    }
    if let Some(order) = arguments.max_order {
        let switches = ["use_raytracing", "raytracing_bounces"];
        put("max_order", json!(order), &switches);
    }
    if let Some(horizon_s) = arguments.horizon_s {
        put("horizon_s", json!(horizon_s), &[]);
    }
    if let Some(duration_s) = arguments.duration_s {
        put("duration_s", json!(duration_s), &[]);
    }
    if let Some(rays) = arguments.rays {
        put("rays", json!(rays), &["accuracy"]);
    }
    if let Some(seed) = arguments.seed {
        put("seed", json!(seed), &[]);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn options_replace_fields_and_what_excludes_them() {
        let line = "sonalyze simulate r.json --method ism --max-order 3 --rays 5000 --seed 9 --horizon-s 0.25 \
                    --duration-s 1.5";
        let Command::Simulate(arguments) = Cli::parse_from(line.split(' ')).command else {
            panic!("another command was parsed")
        };
        let body = json!({"max_order": 12, "use_raytracing": true, "accuracy": 0.02, "seed": 1, "include_rir": true});
        let Value::Object(mut body) = body else {
            panic!("an object was made")
        };
        apply(&arguments, &mut body);
        let expected = json!({"method": "ism", "max_order": 3, "rays": 5000, "seed": 9, "horizon_s": 0.25,
            "duration_s": 1.5, "include_rir": true});
        assert_eq!(Value::Object(body), expected);
    }
}
