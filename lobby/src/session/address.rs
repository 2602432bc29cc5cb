//! Addresses that devices are sent to, each built from the address by which its receiver reaches the gateway.

use contract::session::Announced;

use super::command::Actor;
use super::state::{Base, Client, Session};

/// What `GET /v1/measurement/audio` gives when nothing is asked for.
pub(super) const DEFAULT_ANNOUNCED: Announced = Announced {
    sample_rate: 48_000,
    sweep_f_start: 20.0,
    sweep_f_end: 20_000.0,
};

impl Session {
    /// Where the current loudspeaker fetches the signal; parameters only where they are not the default.
    pub(super) fn audio_url(&self, receiver: &Client) -> String {
        let (announced, usual) = (self.announced, DEFAULT_ANNOUNCED);
        let mut query = vec![format!("session_id={}", self.id)];
        if announced.sample_rate != usual.sample_rate {
            query.push(format!("sample_rate={}", announced.sample_rate));
        }
        for (name, wanted, default) in [
            (
                "sweep_f_start",
                announced.sweep_f_start,
                usual.sweep_f_start,
            ),
            ("sweep_f_end", announced.sweep_f_end, usual.sweep_f_end),
        ] {
            if wanted.to_bits() != default.to_bits() {
                query.push(format!("{name}={wanted}"));
            }
        }
        format!(
            "{}/v1/measurement/audio?{}",
            self.base_for(receiver),
            query.join("&")
        )
    }

    /// Where a microphone uploads; it appends a name.
    pub(super) fn upload_endpoint(&self, receiver: &Client) -> String {
        format!(
            "{}/v1/jobs/{}/uploads/",
            self.base_for(receiver),
            self.job_id
        )
    }

    /// Remembers under which address the actor was seen, in each of its roles.
    pub(super) fn see(&mut self, actor: &Actor) {
        let Some(base_url) = &actor.base_url else {
            return;
        };
        let base_url = trimmed(base_url);
        let listed = self.speakers.iter_mut().chain(&mut self.microphones);
        for client in listed.filter(|client| client.device_id == actor.device_id) {
            client.base_url = Some(base_url.to_owned());
        }
    }

    fn base_for<'a>(&'a self, receiver: &'a Client) -> &'a str {
        match (&self.base, &receiver.base_url) {
            (Base::Default(_), Some(own)) => own,
            (Base::Public(url) | Base::Default(url), _) => trimmed(url),
        }
    }
}

/// Without trailing slashes.
fn trimmed(url: &str) -> &str {
    url.trim_end_matches('/')
}
