//! The measurement session as a pure value: who plays, who records, and which step may come next.
//!
//! [`Session::create`] makes one, [`Session::apply`] takes one command and says what follows: the next session, the
//! answer to the sender, lines of the log, pushes and facts. Nothing here reads a clock, draws a number or talks to
//! anybody; the caller loads the facts, saves everything in one transaction, and pushes after its commit.
//!
//! Three kinds of outcome:
//! * an **effect**: the session moves on;
//! * a **repeat**: what the command asks for has happened already. The answer comes again, the session stays equal
//!   (except that the address under which its sender was last seen may be newer), and there is no log line, push or
//!   fact. `start_speaker` is never a repeat while a cycle runs: it begins a new attempt; `broadcast_results` and an
//!   `error` after the last recording push again;
//! * a [`Rejection`], which changes nothing.

mod abandoned;
mod address;
mod answer;
mod apply;
mod command;
mod create;
mod ending;
mod outcome;
mod owed;
mod push;
mod rejection;
mod request;
mod start;
mod state;
mod status;
mod steps;
mod upload;

pub use answer::{Answer, MicrophoneRef, SpeakerRef};
pub use command::{Action, Actor, Command, Reference, UploadedFile};
pub use create::{Facts, Member, New, Unfit};
pub use outcome::{Fact, LogEvent, Outcome};
pub use push::{Push, PushData};
pub use rejection::{Refusal, Rejection};
pub use request::Request;
pub use state::{
    Abandoned, Audio, Base, Client, Cycle, Finished, Microphone, Replaced, Report, Session, Stage,
    Upload,
};
pub use status::{CurrentMeasurement, MicrophoneStatus, SessionView, SpeakerStatus};
