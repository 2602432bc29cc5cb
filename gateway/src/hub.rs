//! Which sockets a device has, and the way of a push to them. The hub never waits for a socket.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::ws::Utf8Bytes;
use chassis::carrier::{Delivery, Push};
use contract::broadcast::Audience;
use tokio::sync::{Notify, mpsc};

use crate::answer;
use crate::limits::{QUEUE_BYTES, QUEUE_MESSAGES};
use crate::repeats::Repeats;

/// All sockets that have said who they are.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    devices: RwLock<HashMap<Arc<str>, Vec<Arc<Line>>>>,
    repeats: Repeats,
}

impl Hub {
    /// Lists a socket under its device until the seat is dropped.
    pub(crate) fn join(self: &Arc<Self>, device: Arc<str>, line: &Arc<Line>) -> Seat {
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        devices
            .entry(Arc::clone(&device))
            .or_default()
            .push(Arc::clone(line));
        drop(devices);
        Seat {
            hub: Arc::clone(self),
            device,
            line: Arc::clone(line),
        }
    }

    /// Queues a push for the sockets of its devices and says how many took it. One that has reached somebody already is
    /// not sent again.
    pub(crate) fn deliver(&self, push: &Push) -> usize {
        match push.meta.map(|meta| meta.event_id) {
            Some(event_id) => self.repeats.once(event_id, || self.send(push)),
            None => self.send(push),
        }
    }

    /// A push is written at most twice: once for all sockets, once with `meta` for those that asked for it.
    fn send(&self, push: &Push) -> usize {
        let forms = Forms::of(push);
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        let mut named = HashSet::with_capacity(push.device_ids.len());
        let meant = push
            .device_ids
            .iter()
            .filter(|device| named.insert(device.as_str()));
        meant
            .filter_map(|device| devices.get(device.as_str()))
            .flatten()
            .filter(|line| line.versioned || push.audience == Audience::All)
            .filter(|line| line.offer(forms.text(line.versioned)))
            .count()
    }

    /// Delivers what services in this process push, until the last of them has gone.
    pub(crate) async fn drain(self: Arc<Self>, mut pushes: mpsc::Receiver<Delivery>) {
        while let Some(Delivery { push, reached }) = pushes.recv().await {
            if reached.send(self.deliver(&push)).is_err() {
                tracing::debug!(event = push.event, "nobody waits for the count of a push");
            }
        }
    }

    fn leave(&self, device: &str, line: &Arc<Line>) {
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = devices.get_mut(device) {
            lines.retain(|other| !Arc::ptr_eq(other, line));
            if lines.is_empty() {
                devices.remove(device);
            }
        }
    }
}

/// A socket's place in the hub.
#[derive(Debug)]
pub(crate) struct Seat {
    hub: Arc<Hub>,
    device: Arc<str>,
    line: Arc<Line>,
}

impl Seat {
    /// Whose socket it is.
    pub(crate) fn device(&self) -> &str {
        &self.device
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(&self.device, &self.line);
    }
}

/// The way from the hub to one socket: a bounded queue.
#[derive(Debug)]
pub(crate) struct Line {
    queue: mpsc::Sender<Utf8Bytes>,
    waiting_bytes: AtomicUsize,
    versioned: bool,
    is_slow: AtomicBool,
    slow: Notify,
}

impl Line {
    /// A line and the end at which the socket takes pushes out.
    pub(crate) fn new(versioned: bool) -> (Arc<Self>, mpsc::Receiver<Utf8Bytes>) {
        let (queue, pushes) = mpsc::channel(QUEUE_MESSAGES);
        let (waiting_bytes, is_slow, slow) = Default::default();
        (
            Arc::new(Self {
                queue,
                waiting_bytes,
                versioned,
                is_slow,
                slow,
            }),
            pushes,
        )
    }

    /// To be called for each push taken out.
    pub(crate) fn taken(&self, text: &Utf8Bytes) {
        self.waiting_bytes.fetch_sub(text.len(), Ordering::Relaxed);
    }

    /// Waits until the queue has overflowed once.
    pub(crate) async fn overflowed(&self) {
        self.slow.notified().await;
    }

    /// Queues a push; false if the socket has gone or has to go because it reads too slowly.
    fn offer(&self, text: &Utf8Bytes) -> bool {
        if self.is_slow.load(Ordering::Relaxed) {
            return false;
        }
        let before = self.waiting_bytes.fetch_add(text.len(), Ordering::Relaxed);
        if before > 0 && before.saturating_add(text.len()) > QUEUE_BYTES {
            return self.overflow();
        }
        match self.queue.try_send(text.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => self.overflow(),
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }

    fn overflow(&self) -> bool {
        self.is_slow.store(true, Ordering::Relaxed);
        self.slow.notify_one();
        false
    }
}

/// A push as text, written when the first socket needs it.
struct Forms<'a> {
    push: &'a Push,
    plain: OnceCell<Utf8Bytes>,
    versioned: OnceCell<Utf8Bytes>,
}

impl<'a> Forms<'a> {
    fn of(push: &'a Push) -> Self {
        Self {
            push,
            plain: OnceCell::new(),
            versioned: OnceCell::new(),
        }
    }

    fn text(&self, versioned: bool) -> &Utf8Bytes {
        let Push {
            event, data, meta, ..
        } = self.push;
        match meta.as_ref().filter(|_| versioned) {
            Some(meta) => self
                .versioned
                .get_or_init(|| answer::push(event, data, Some(meta))),
            None => self.plain.get_or_init(|| answer::push(event, data, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::socket::Meta;
    use serde_json::value::RawValue;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn push(devices: &[&str]) -> Push {
        Push {
            event: "t.x".to_owned(),
            data: Arc::from(RawValue::from_string(r#"{"n":1}"#.to_owned()).unwrap()),
            device_ids: devices.iter().map(|&device| device.to_owned()).collect(),
            meta: None,
            audience: Audience::All,
        }
    }

    fn received(pushes: &mut mpsc::Receiver<Utf8Bytes>) -> Vec<Value> {
        std::iter::from_fn(|| pushes.try_recv().ok())
            .map(|text| serde_json::from_str(&text).unwrap())
            .collect()
    }

    #[test]
    fn every_socket_of_a_device_is_reached_once_and_no_other() {
        let hub = Arc::new(Hub::default());
        let ((a, mut from_a), (b, mut from_b), (c, mut from_c)) =
            (Line::new(false), Line::new(false), Line::new(false));
        let _seats = (
            hub.join("d".into(), &a),
            hub.join("d".into(), &b),
            hub.join("e".into(), &c),
        );
        assert_eq!(hub.deliver(&push(&["d", "absent", "d"])), 2);
        let expected = json!({"type": "event", "event": "t.x", "request_id": null, "data": {"n": 1}, "error": null});
        assert_eq!(received(&mut from_a), std::slice::from_ref(&expected));
        assert_eq!(received(&mut from_b), [expected]);
        assert_eq!(received(&mut from_c), Vec::<Value>::new());
    }

    #[test]
    fn who_has_left_is_not_counted_and_leaves_nothing_behind() {
        let hub = Arc::new(Hub::default());
        let ((a, _from_a), (b, _from_b)) = (Line::new(false), Line::new(false));
        let (first, second) = (hub.join("d".into(), &a), hub.join("d".into(), &b));
        drop(first);
        assert_eq!(hub.deliver(&push(&["d"])), 1);
        drop(second);
        assert_eq!(hub.deliver(&push(&["d"])), 0);
        assert!(hub.devices.read().unwrap().is_empty());
    }

    #[test]
    fn meta_and_newer_events_are_for_versioned_sockets() {
        let hub = Arc::new(Hub::default());
        let ((old, mut from_old), (new, mut from_new)) = (Line::new(false), Line::new(true));
        let _seats = (hub.join("d".into(), &old), hub.join("d".into(), &new));
        let meta = Meta {
            event_id: Uuid::from_u128(1),
            lobby_id: Uuid::from_u128(2),
            seq: 7,
        };
        let marked = Push {
            meta: Some(meta),
            ..push(&["d"])
        };
        assert_eq!(hub.deliver(&marked), 2);
        assert_eq!(received(&mut from_old)[0].get("meta"), None);
        assert_eq!(received(&mut from_new)[0]["meta"], json!(meta));
        assert_eq!(hub.deliver(&marked), 2, "what it reached before");
        assert!(received(&mut from_old).is_empty() && received(&mut from_new).is_empty());
        let newer = Push {
            audience: Audience::Versioned,
            meta: Some(Meta {
                event_id: Uuid::from_u128(3),
                ..meta
            }),
            ..marked
        };
        assert_eq!(hub.deliver(&newer), 1);
        assert_eq!(received(&mut from_old), Vec::<Value>::new());
        assert_eq!(received(&mut from_new).len(), 1);
    }

    #[tokio::test]
    async fn a_full_queue_ends_the_socket_and_touches_no_other() {
        let hub = Arc::new(Hub::default());
        let ((slow, _from_slow), (quick, mut from_quick)) = (Line::new(false), Line::new(false));
        let _seats = (
            hub.join("slow".into(), &slow),
            hub.join("quick".into(), &quick),
        );
        for _ in 0..QUEUE_MESSAGES {
            assert_eq!(hub.deliver(&push(&["slow", "quick"])), 2);
            quick.taken(&from_quick.recv().await.unwrap());
        }
        assert_eq!(hub.deliver(&push(&["slow", "quick"])), 1);
        slow.overflowed().await;
        assert_eq!(hub.deliver(&push(&["slow"])), 0);
    }

    #[tokio::test]
    async fn bytes_are_bounded_too_but_one_large_push_passes() {
        let hub = Arc::new(Hub::default());
        let (line, mut pushes) = Line::new(false);
        let _seat = hub.join("d".into(), &line);
        let pad = format!(r#"{{"pad":"{}"}}"#, "x".repeat(QUEUE_BYTES));
        let large = Push {
            data: Arc::from(RawValue::from_string(pad).unwrap()),
            ..push(&["d"])
        };
        assert_eq!(hub.deliver(&large), 1);
        line.taken(&pushes.recv().await.unwrap());
        assert_eq!(hub.deliver(&large), 1);
        assert_eq!(hub.deliver(&push(&["d"])), 0);
        line.overflowed().await;
    }
}
