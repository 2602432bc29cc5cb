//! The dashboard of Grafana against what a running storage tells: no panel asks for what is not there, and no metric of
//! the contract is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::running::{Running, ask};

const DASHBOARD: &str = include_str!("../../../deploy/grafana/dashboards/storage.json");
const SCRAPED: &str = include_str!("../../../deploy/prometheus/prometheus.yml");

/// The metrics of the contract.
const SIX: [&str; 6] = [
    "database_connections_active",
    "database_queries_total",
    "database_errors_total",
    "query_latency_seconds",
    "queue_size",
    "queue_operations_total",
];

/// Labels that Prometheus itself puts on what it fetches.
const OF_PROMETHEUS: [&str; 2] = ["instance", "job"];

/// Words of the query language that are neither names nor labels.
const WORDS: [&str; 10] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "and",
    "or",
    "unless",
    "offset",
];

/// Names of samples, each with the labels that it has.
type Told = BTreeMap<String, BTreeSet<String>>;

/// What a query asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    names: BTreeSet<String>,
    labels: BTreeSet<String>,
}

/// A piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word(String),
    Sign(char),
}

/// Words and signs; what stands in quotes or in square brackets names nothing.
fn pieces(query: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => 2 + rest[1..].find('"').unwrap(),
            '[' => 1 + rest.find(']').unwrap(),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let piece = &rest[..length];
        if is_word(first) && !first.is_ascii_digit() {
            pieces.push(Piece::Word(piece.to_owned()));
        } else if length == 1 && !first.is_whitespace() && !is_word(first) {
            pieces.push(Piece::Sign(first));
        }
        rest = &rest[length..];
    }
    pieces
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '$')
}

/// Names and labels of a query: labels stand within braces and after `by`; a word before a parenthesis is a function.
fn asked(query: &str) -> Asked {
    let pieces = pieces(query);
    let mut asked = Asked::default();
    let (mut in_braces, mut in_grouping) = (false, false);
    for (place, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Sign('{') => in_braces = true,
            Piece::Sign('}') => in_braces = false,
            Piece::Sign(')') => in_grouping = false,
            Piece::Sign(_) => {}
            Piece::Word(word) if matches!(word.as_str(), "by" | "without" | "on" | "ignoring") => {
                in_grouping = true;
            }
            Piece::Word(word) if in_braces || in_grouping => {
                asked.labels.insert(word.clone());
            }
            Piece::Word(word) => {
                let is_function = pieces.get(place + 1) == Some(&Piece::Sign('('));
                let is_grouped =
                    matches!(pieces.get(place + 1), Some(Piece::Word(next)) if next == "by");
                if !is_function && !is_grouped && !WORDS.contains(&word.as_str()) {
                    asked.names.insert(word.clone());
                }
            }
        }
    }
    asked
}

/// Labels of a legend: `{{label}}`.
fn of_legend(legend: &str) -> BTreeSet<String> {
    let parts = legend.split("{{").skip(1);
    parts
        .map(|part| part.split("}}").next().unwrap().trim().to_owned())
        .collect()
}

/// Every query of the dashboard, with the labels of its legend.
fn queries(dashboard: &Value) -> Vec<(String, BTreeSet<String>)> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries = targets.map(|target| {
        let text = |name: &str| target[name].as_str().unwrap().to_owned();
        (text("expr"), of_legend(&text("legendFormat")))
    });
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let lists = variables.filter_map(|variable| variable["definition"].as_str());
    let lists = lists.map(|definition| {
        let inside = definition.strip_prefix("label_values(").unwrap();
        let (name, label) = inside.strip_suffix(')').unwrap().split_once(',').unwrap();
        (name.to_owned(), BTreeSet::from([label.trim().to_owned()]))
    });
    queries.chain(lists).collect()
}

/// Samples of the text format.
fn told(text: &str) -> Told {
    let mut told = Told::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (series, _value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels = labels.trim_end_matches('}').split("\",");
        let labels = labels.filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
        told.entry(name.to_owned()).or_default().extend(labels);
    }
    told
}

/// What a storage tells after some requests.
fn of_a_running_storage() -> Told {
    let mut running = Running::start(&[]);
    let (metrics, front) = running.addresses();
    let documents = json!({"documents": [{"id": "a", "url": "http://a"}]}).to_string();
    for (method, path, body) in [
        ("POST", "/v1/devices", "{\"external_id\": \"d\"}"),
        ("GET", "/v1/devices", ""),
        ("POST", "/api/documents", documents.as_str()),
        ("GET", "/api/documents/a", ""),
    ] {
        assert_eq!(ask(front, method, path, body).status, 200, "{path}");
    }
    told(&ask(metrics, "GET", "/metrics", "").body)
}

#[test]
fn every_panel_asks_for_what_is_told() {
    let told = of_a_running_storage();
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut shown = BTreeSet::new();
    for (query, legend) in queries(&dashboard) {
        let asked = asked(&query);
        assert!(!asked.names.is_empty(), "{query}");
        for name in &asked.names {
            let labels = told.get(name);
            let labels = labels.unwrap_or_else(|| panic!("{query}: nobody tells {name}: {told:?}"));
            for label in asked.labels.iter().chain(&legend) {
                let is_known = labels.contains(label) || OF_PROMETHEUS.contains(&label.as_str());
                assert!(
                    is_known,
                    "{query}: {name} has no {label}, it has {labels:?}"
                );
            }
            shown.insert(name.clone());
        }
    }
    for name in SIX {
        let parts = ["", "_bucket", "_sum", "_count"].map(|end| format!("{name}{end}"));
        assert!(
            parts.iter().any(|part| told.contains_key(part)),
            "nobody tells {name}"
        );
        assert!(
            parts.iter().any(|part| shown.contains(part)),
            "no panel shows {name}"
        );
    }
}

#[test]
fn every_panel_has_a_title_a_unit_and_a_source_that_is_provisioned() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let drawn = panels.iter().filter(|panel| panel["type"] != "row");
    for panel in drawn {
        assert!(
            panel["title"].is_string() && panel["description"].is_string(),
            "{panel}"
        );
        assert!(
            panel["fieldConfig"]["defaults"]["unit"].is_string(),
            "{panel}"
        );
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
    }
    let mut ids: Vec<u64> = panels
        .iter()
        .map(|panel| panel["id"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), panels.len());
    let source = &dashboard["templating"]["list"][0];
    assert_eq!(source["name"], "datasource");
    let uid = source["current"]["value"].as_str().unwrap();
    let sources = include_str!("../../../deploy/grafana/provisioning/datasources/prometheus.yaml");
    assert!(
        sources
            .lines()
            .any(|line| line.trim() == format!("uid: {uid}")),
        "{sources}"
    );
    assert!(SCRAPED.contains("\"storage:9095\""), "{SCRAPED}");
}

#[test]
fn names_and_labels_are_found_in_queries() {
    let selector = "a_bucket{queue=~\"x|y\", job!=\"z\"}[$__rate_interval]";
    let query = format!("histogram_quantile(0.99, sum by (operation, le) (rate({selector})))");
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let expected = Asked {
        names: set(&["a_bucket"]),
        labels: set(&["operation", "le", "queue", "job"]),
    };
    assert_eq!(asked(&query), expected);
    assert_eq!(asked("a / on (b) c offset 5m").names, set(&["a", "c"]));
    assert_eq!(asked("sum(rate(a[5m])) by (x)").labels, set(&["x"]));
    assert_eq!(of_legend("{{a}} and {{ b }}"), set(&["a", "b"]));
    let told = told("# TYPE a counter\na{x=\"1, 2\",y=\"z\"} 3\nb 4\n");
    assert_eq!(told["a"], set(&["x", "y"]));
    assert!(told["b"].is_empty());
}
