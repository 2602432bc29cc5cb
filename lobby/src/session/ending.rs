//! What stops a cycle or a session, and what comes after it: errors of devices, cancellation, results.

use contract::session::{AnalysisResults, DeviceError, Phase, SessionCancelled, SessionStatus};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::command::Actor;
use super::outcome::Outcome;
use super::push::PushData;
use super::rejection::Rejection;
use super::state::{Report, Session, Stage};

/// Where a device may report an error: once a cycle was started, until the session is cancelled.
const REPORTABLE: &[Stage] = &[
    Stage::Cycle(Phase::NotifyingClients),
    Stage::Cycle(Phase::SpeakerDownloading),
    Stage::Cycle(Phase::StartingRecording),
    Stage::Cycle(Phase::Playing),
    Stage::Cycle(Phase::Uploading),
    Stage::Cycle(Phase::Processing),
    Stage::Cycle(Phase::Completed),
    Stage::Cycle(Phase::Failed),
];
/// Where the admin may cancel: until every loudspeaker was measured.
const CANCELLABLE: &[Stage] = &[
    Stage::Created,
    Stage::Cycle(Phase::NotifyingClients),
    Stage::Cycle(Phase::SpeakerDownloading),
    Stage::Cycle(Phase::StartingRecording),
    Stage::Cycle(Phase::Playing),
    Stage::Cycle(Phase::Uploading),
    Stage::Cycle(Phase::Processing),
    Stage::Cycle(Phase::Failed),
];
/// Where results may be sent: everywhere but in a cancelled session.
const BROADCASTABLE: &[Stage] = &[
    Stage::Created,
    Stage::Cycle(Phase::NotifyingClients),
    Stage::Cycle(Phase::SpeakerDownloading),
    Stage::Cycle(Phase::StartingRecording),
    Stage::Cycle(Phase::Playing),
    Stage::Cycle(Phase::Uploading),
    Stage::Cycle(Phase::Processing),
    Stage::Cycle(Phase::Completed),
    Stage::Cycle(Phase::Failed),
];

impl Session {
    /// A device cannot go on: the cycle has failed. Another report in a failed cycle is passed on too, so that the
    /// admin learns of every device that needs help before it starts again. A cycle whose recordings are all there
    /// cannot fail any more: the report is passed on and nothing changes.
    pub(super) fn device_error(
        self,
        actor: &Actor,
        message: &str,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<Outcome, Rejection> {
        let seen = self.stage();
        if seen == Stage::Created {
            return Err(Rejection::NoActiveMeasurement);
        }
        self.possible("measurement.error", REPORTABLE)?;
        let report = Report {
            device_id: actor.device_id.clone(),
            message: message.to_owned(),
            code: code.map(str::to_owned),
        };
        let answer = Answer::Reported {
            session_id: self.id,
            status: "error",
            error_device_id: report.device_id.clone(),
            error_message: report.message.clone(),
        };
        let (before, _) = self.active()?;
        if before.reports.contains(&report) {
            return Ok(Outcome::quiet(self, answer));
        }
        let mut line = self.line(actor);
        line["error_message"] = message.into();
        line["error_code"] = code.into();
        let error = self.to_all(self.error_data(report.clone()));
        if matches!(before.phase, Phase::Processing | Phase::Completed) {
            return Ok(Outcome::quiet(self, answer)
                .log("session_device_error", line)
                .push([error]));
        }
        let mut cycle = before.clone();
        cycle
            .reports
            .retain(|earlier| earlier.device_id != report.device_id);
        cycle.reports.push(report);
        let newly_failed = cycle.phase != Phase::Failed;
        if newly_failed {
            cycle.enter(Phase::Failed, now);
        }
        let next = self.with(cycle);
        let failed = newly_failed.then(|| next.phase_push(Phase::Failed));
        Ok(Outcome::quiet(next, answer)
            .log("session_device_error", line)
            .push([error])
            .push(failed))
    }

    /// The admin ends the session. The first reason stays; the cycle has failed, of which no push tells but that of the
    /// cancellation.
    pub(super) fn cancel(mut self, reason: &str, now: Timestamp) -> Result<Outcome, Rejection> {
        if let (Stage::Cancelled, Some(first)) = (self.stage(), self.cancel_reason.clone()) {
            let answer = self.cancelled_answer(first);
            return Ok(Outcome::quiet(self, answer));
        }
        self.possible("measurement.cancel_session", CANCELLABLE)?;
        let reason = reason.to_owned();
        let answer = self.cancelled_answer(reason.clone());
        let line = json!({ "session_id": self.id, "reason": reason });
        let push = self.to_all(PushData::SessionCancelled(SessionCancelled {
            session_id: self.id,
            reason: reason.clone(),
        }));
        self.status = SessionStatus::Cancelled;
        self.cancel_reason = Some(reason);
        if let Some(cycle) = &mut self.cycle {
            cycle.enter(Phase::Failed, now);
        }
        Ok(Outcome::quiet(self, answer)
            .log("session_cancelled", line)
            .push([push]))
    }

    /// The admin sends results to all, as often as it likes.
    pub(super) fn broadcast_results(
        self,
        job_id: &str,
        results: &Value,
    ) -> Result<Outcome, Rejection> {
        self.possible("measurement.broadcast_results", BROADCASTABLE)?;
        let push = self.to_all(PushData::AnalysisResults(AnalysisResults {
            session_id: self.id,
            job_id: job_id.to_owned(),
            results: results.clone(),
        }));
        let answer = Answer::ResultsBroadcast {
            session_id: self.id,
            status: "results_broadcast",
            devices_notified: push.to.len(),
        };
        let line = json!({ "session_id": self.id, "job_id": job_id });
        Ok(Outcome::quiet(self, answer)
            .log("session_results_broadcast", line)
            .push([push]))
    }

    fn possible(&self, event: &'static str, allowed: &'static [Stage]) -> Result<(), Rejection> {
        let seen = self.stage();
        let fits = allowed.contains(&seen);
        fits.then_some(()).ok_or(Rejection::WrongPhase {
            event,
            seen,
            allowed,
        })
    }

    fn cancelled_answer(&self, reason: String) -> Answer {
        Answer::Cancelled {
            session_id: self.id,
            status: "cancelled",
            reason,
        }
    }

    fn error_data(&self, report: Report) -> PushData {
        PushData::Error(DeviceError {
            session_id: self.id,
            error_device_id: report.device_id,
            error_message: report.message,
            error_code: report.code,
        })
    }
}
