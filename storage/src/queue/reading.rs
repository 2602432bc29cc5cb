//! A request to the queues as it was sent, and what is wrong with it, all in one sentence.

use std::time::Duration;

use ledger::Instant;
use serde_json::{Map, Value};

use super::item::{Entry, ID_MAX, ItemId, Payload, QueueName, Receipt, Standing, WrongItem};
use super::{ENTRIES_MAX, QueueSettings};
use crate::entity::{moment, whole};

/// Seconds that an item may be handed out for.
pub(crate) const LEASE_S: std::ops::RangeInclusive<u64> = 1..=43_200;

/// Seconds that an item may be put off: a year.
pub(crate) const DELAY_MAX_S: f64 = 31_536_000.0;

/// Seconds that a pop may wait for items.
pub(crate) const WAIT_MAX_S: f64 = 20.0;

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) queue: QueueName,
    pub(super) command: Command,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Command {
    Push {
        entries: Vec<(String, Result<Entry, String>)>,
        /// Whether those without a fault go in although others have some.
        partial: bool,
    },
    Pop {
        limit: usize,
        lease: Option<Duration>,
        wait: Duration,
    },
    Peek {
        limit: usize,
        standing: Standing,
    },
    Settle {
        claims: Vec<(String, Option<Receipt>)>,
        how: Settling,
    },
}

/// What becomes of items that were handed out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Settling {
    Ack,
    Nack { delay: Duration },
    Extend { lease: Duration },
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is wrong.
    Wrong(String),
    /// It has too many items.
    Many(usize),
}

/// Reads a request.
pub(super) fn read(bytes: &[u8], settings: &QueueSettings) -> Result<Request, Refused> {
    let sent: Value = serde_json::from_slice(bytes)
        .map_err(|cause| Refused::Wrong(format!("the body is not JSON: {cause}")))?;
    let Value::Object(fields) = sent else {
        return Err(Refused::Wrong("the body must be a JSON object".to_owned()));
    };
    let mut faults = Vec::new();
    let queue = noted(queue(&fields), &mut faults);
    let items = noted(items(&fields), &mut faults).unwrap_or_default();
    if items.len() > ENTRIES_MAX {
        return Err(Refused::Many(items.len()));
    }
    let command = command(&fields, items, settings, &mut faults);
    match (queue, command) {
        (Some(queue), Some(command)) if faults.is_empty() => Ok(Request { queue, command }),
        _ => Err(Refused::Wrong(faults.join("; "))),
    }
}

fn noted<T>(read: Result<T, String>, faults: &mut Vec<String>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

/// A field that is there and not null.
fn given<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn queue(fields: &Map<String, Value>) -> Result<QueueName, String> {
    let text = given(fields, "queue").and_then(Value::as_str);
    text.ok_or(WrongItem::Name)
        .and_then(str::parse)
        .map_err(|wrong| wrong.to_string())
}

fn items(fields: &Map<String, Value>) -> Result<&[Value], String> {
    match given(fields, "items") {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err("items must be a list".to_owned()),
    }
}

fn command(
    fields: &Map<String, Value>,
    items: &[Value],
    settings: &QueueSettings,
    faults: &mut Vec<String>,
) -> Option<Command> {
    match given(fields, "operation").and_then(Value::as_str) {
        Some("push") => push(fields, items, faults),
        Some("pop") => {
            let limit = noted(limit(fields, items, settings), faults);
            let lease = noted(lease(fields), faults);
            let wait = noted(seconds(fields, "waitSeconds", WAIT_MAX_S), faults);
            Some(Command::Pop {
                limit: limit?,
                lease: lease?.or(settings.lease),
                wait: wait?,
            })
        }
        Some("peek") => {
            let limit = noted(limit(fields, items, settings), faults);
            let standing = noted(standing(fields), faults);
            Some(Command::Peek {
                limit: limit?,
                standing: standing?,
            })
        }
        Some("ack") => settle(items, Ok(Settling::Ack), faults),
        Some("nack") => {
            let delay = seconds(fields, "delaySeconds", DELAY_MAX_S);
            settle(items, delay.map(|delay| Settling::Nack { delay }), faults)
        }
        Some("extend") => {
            let lease = lease(fields).and_then(|lease| {
                let missing = || format!("extend needs {}", lease_rule());
                lease.or(settings.lease).ok_or_else(missing)
            });
            settle(items, lease.map(|lease| Settling::Extend { lease }), faults)
        }
        _ => {
            let known = "operation must be push, pop, peek, ack, nack or extend";
            faults.push(known.to_owned());
            None
        }
    }
}

fn push(fields: &Map<String, Value>, items: &[Value], faults: &mut Vec<String>) -> Option<Command> {
    let partial = match given(fields, "partial") {
        None => Ok(false),
        Some(Value::Bool(partial)) => Ok(*partial),
        Some(_) => Err("partial must be true or false".to_owned()),
    };
    let partial = noted(partial, faults)?;
    if items.is_empty() {
        faults.push("push needs at least one item in items".to_owned());
        return None;
    }
    let now = Instant::now();
    let entries: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(place, item)| (name_of(item, place), entry(item, now)))
        .collect();
    if !partial {
        let wrong = entries
            .iter()
            .filter_map(|(name, read)| Some((name, read.as_ref().err()?)));
        faults.extend(wrong.map(|(name, fault)| format!("item {name}: {fault}")));
    }
    Some(Command::Push { entries, partial })
}

fn settle(
    items: &[Value],
    how: Result<Settling, String>,
    faults: &mut Vec<String>,
) -> Option<Command> {
    let how = noted(how, faults);
    if items.is_empty() {
        faults.push("items must name at least one item by its id and receipt".to_owned());
        return None;
    }
    let mut claims = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let name = name_of(item, place);
        match item.get("receipt").and_then(Value::as_str) {
            Some(receipt) => claims.push((name, receipt.parse().ok())),
            None => faults.push(format!(
                "item {name}: receipt must be the text that pop answered"
            )),
        }
    }
    Some(Command::Settle { claims, how: how? })
}

/// How an entry of `errors` names an item: by its id, else its place.
fn name_of(item: &Value, place: usize) -> String {
    let id = item
        .get("id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty());
    id.map_or_else(
        || format!("#{place}"),
        |id| id.chars().take(ID_MAX).collect(),
    )
}

/// An item of a push; all its faults in one sentence.
fn entry(item: &Value, now: Instant) -> Result<Entry, String> {
    let Value::Object(fields) = item else {
        return Err("an item must be an object".to_owned());
    };
    let mut faults = Vec::new();
    let id = noted(item_id(fields), &mut faults);
    let priority = noted(priority(fields), &mut faults);
    let payload = noted(payload(fields), &mut faults);
    let due = noted(due(fields, now), &mut faults);
    match (id, priority, payload, due) {
        (Some(id), Some(priority), Some(payload), Some(due)) => Ok(Entry {
            id,
            priority,
            payload,
            due,
        }),
        _ => Err(faults.join("; ")),
    }
}

fn item_id(fields: &Map<String, Value>) -> Result<ItemId, String> {
    match given(fields, "id") {
        None => Ok(ItemId::new()),
        Some(Value::String(text)) if text.is_empty() => Ok(ItemId::new()),
        Some(Value::String(text)) => ItemId::of(text).map_err(|wrong| wrong.to_string()),
        Some(_) => Err(WrongItem::Id.to_string()),
    }
}

fn priority(fields: &Map<String, Value>) -> Result<i32, String> {
    let Some(value) = given(fields, "priority") else {
        return Ok(0);
    };
    let number = whole(value).and_then(|number| i32::try_from(number).ok());
    number.ok_or_else(|| {
        format!(
            "priority must be an integer from {} to {}",
            i32::MIN,
            i32::MAX
        )
    })
}

fn payload(fields: &Map<String, Value>) -> Result<Payload, String> {
    let none = Map::new();
    let object = match given(fields, "payload") {
        None => &none,
        Some(Value::Object(object)) => object,
        Some(_) => return Err("payload must be an object".to_owned()),
    };
    Payload::of(object).map_err(|wrong| wrong.to_string())
}

fn due(fields: &Map<String, Value>, now: Instant) -> Result<Option<Instant>, String> {
    let delay = seconds(fields, "delaySeconds", DELAY_MAX_S)?;
    let Some(at) = given(fields, "scheduledAt") else {
        return Ok((!delay.is_zero()).then(|| now.after(delay)));
    };
    if given(fields, "delaySeconds").is_some() {
        return Err("only one of delaySeconds and scheduledAt may be given".to_owned());
    }
    let wrong = |_| "scheduledAt must be a moment (RFC 3339, or seconds since 1970)".to_owned();
    moment(at).map(Some).map_err(wrong)
}

/// A span of seconds from 0 to `max`, 0 where it is absent.
fn seconds(fields: &Map<String, Value>, name: &str, max: f64) -> Result<Duration, String> {
    let Some(value) = given(fields, name) else {
        return Ok(Duration::ZERO);
    };
    let number = value.as_f64().filter(|number| (0.0..=max).contains(number));
    number
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("{name} must be a number from 0 to {max}"))
}

fn lease_rule() -> String {
    let (least, most) = (LEASE_S.start(), LEASE_S.end());
    format!("visibilityTimeoutSeconds, an integer from {least} to {most}")
}

fn lease(fields: &Map<String, Value>) -> Result<Option<Duration>, String> {
    let Some(value) = given(fields, "visibilityTimeoutSeconds") else {
        return Ok(None);
    };
    let number = natural(value).filter(|number| LEASE_S.contains(number));
    number
        .map(|number| Some(Duration::from_secs(number)))
        .ok_or_else(|| format!("wrong value for {}", lease_rule()))
}

/// How many items are asked for: `limit`, else as many as `items` has entries, else a batch.
fn limit(
    fields: &Map<String, Value>,
    items: &[Value],
    settings: &QueueSettings,
) -> Result<usize, String> {
    let Some(value) = given(fields, "limit") else {
        return Ok(if items.is_empty() {
            settings.batch
        } else {
            items.len()
        });
    };
    let number = natural(value).filter(|number| *number >= 1);
    number
        .map(|number| usize::try_from(number).unwrap_or(usize::MAX))
        .ok_or_else(|| "limit must be an integer of at least 1".to_owned())
}

/// An integer that is not negative; larger ones than those of `i64` as they are.
fn natural(value: &Value) -> Option<u64> {
    let signed = || whole(value).and_then(|number| u64::try_from(number).ok());
    value.as_u64().or_else(signed)
}

fn standing(fields: &Map<String, Value>) -> Result<Standing, String> {
    match given(fields, "status").map(Value::as_str) {
        None | Some(Some("pending")) => Ok(Standing::Pending),
        Some(Some("dead")) => Ok(Standing::Dead),
        Some(_) => Err("status must be pending or dead".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SETTINGS: QueueSettings = QueueSettings {
        batch: 100,
        attempts_max: 5,
        lease: None,
        dead_kept: Duration::from_hours(1),
    };

    fn of(sent: &Value) -> Result<Request, Refused> {
        read(sent.to_string().as_bytes(), &SETTINGS)
    }

    fn wrong(sent: &Value) -> String {
        let Err(Refused::Wrong(told)) = of(sent) else {
            panic!("{sent} is refused");
        };
        told
    }

    #[test]
    fn a_pop_takes_what_limit_says_else_as_many_as_are_listed_else_a_batch() {
        for (sent, count) in [
            (json!({"limit": 7, "items": [{}, {}]}), 7),
            (json!({"items": [{}, {}]}), 2),
            (json!({"items": []}), 100),
            (json!({}), 100),
        ] {
            let mut sent = sent;
            sent["operation"] = "pop".into();
            sent["queue"] = "q".into();
            let Command::Pop { limit, lease, .. } = of(&sent).unwrap().command else {
                panic!("a pop is read as one");
            };
            assert_eq!((limit, lease), (count, None));
        }
    }

    #[test]
    fn every_fault_of_a_request_is_told() {
        let told = wrong(
            &json!({"operation": "pop", "queue": "a b", "limit": 0, "items": 1,
            "visibilityTimeoutSeconds": 43_201, "waitSeconds": -1}),
        );
        for word in [
            "queue must",
            "limit must",
            "items must",
            "43200",
            "waitSeconds must",
        ] {
            assert!(told.contains(word), "{word}: {told}");
        }
        let of_items = wrong(&json!({"operation": "push", "queue": "q", "items": [
            {"id": 1, "priority": 2_147_483_648_u32, "payload": [], "delaySeconds": "soon"},
            {"id": "b", "delaySeconds": 1, "scheduledAt": "2026-01-31T09:00:00Z"}, 7]}));
        for word in [
            "item #0",
            "id must",
            "priority must",
            "payload must",
            "delaySeconds must",
            "item b: only one",
            "item #2: an item must",
        ] {
            assert!(of_items.contains(word), "{word}: {of_items}");
        }
        assert!(wrong(&json!({"operation": "push", "queue": "q"})).contains("at least one item"));
        assert!(wrong(&json!({"operation": "shove", "queue": "q"})).contains("push, pop, peek"));
        assert!(
            wrong(&json!({"operation": "extend", "queue": "q", "items": [{"receipt": "x"}]}))
                .contains("extend needs")
        );
        assert!(
            wrong(&json!({"operation": "ack", "queue": "q", "items": [{"id": "a"}]}))
                .contains("item a: receipt")
        );
        assert!(
            wrong(&json!({"operation": "peek", "queue": "q", "status": "done"}))
                .contains("pending or dead")
        );
        assert!(wrong(&json!([])).contains("must be a JSON object"));
        let many = json!({"operation": "push", "queue": "q", "items": vec![json!({}); 1001]});
        assert_eq!(of(&many).unwrap_err(), Refused::Many(1001));
    }
}
