//! How a socket ends, and with which close code.

use std::error::Error;

use axum::extract::ws::close_code;
use tokio_tungstenite::tungstenite;

/// The end of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The client has left; there is nobody to say anything to.
    Gone,
    /// We close it.
    Close {
        /// RFC 6455, or of our own.
        code: u16,
        /// For people, at most 123 bytes.
        reason: &'static str,
        /// Whether the client still sends what is not read any more, so that the connection has to stay open until it
        /// has seen the close frame.
        lingers: bool,
    },
}

/// The client has left.
pub(crate) const GONE: End = End::Gone;
/// The client does not read what is sent to it. It may come back at once.
pub(crate) const SLOW: End = close(4101, "the client reads too slowly; connect again");
/// Neither answers to pings nor anything else have come.
pub(crate) const SILENT: End = close(close_code::ERROR, "no answer to pings");
/// The process ends.
pub(crate) const RESTART: End = close(close_code::RESTART, "the gateway restarts; connect again");
const TOO_LARGE: End = End::Close {
    code: close_code::SIZE,
    reason: "the message is far beyond MAX_MESSAGE_BYTES",
    lingers: true,
};
const NO_TEXT: End = End::Close {
    code: close_code::INVALID,
    reason: "a text is not UTF-8",
    lingers: true,
};
const NO_PROTOCOL: End = End::Close {
    code: close_code::PROTOCOL,
    reason: "that is no WebSocket frame",
    lingers: true,
};

/// The end that a broken stream comes to.
pub(crate) fn of_error(error: axum::Error) -> End {
    let inner = error.into_inner();
    match find(inner.as_ref()) {
        Some(tungstenite::Error::Capacity(_)) => TOO_LARGE,
        Some(tungstenite::Error::Utf8(_)) => NO_TEXT,
        Some(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        )) => GONE,
        Some(tungstenite::Error::Protocol(_)) => NO_PROTOCOL,
        _ => GONE,
    }
}

const fn close(code: u16, reason: &'static str) -> End {
    End::Close {
        code,
        reason,
        lingers: false,
    }
}

fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a tungstenite::Error> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(found) = inner.downcast_ref() {
            return Some(found);
        }
        cause = inner.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use tungstenite::error::{CapacityError, ProtocolError};

    fn code(error: tungstenite::Error) -> Option<u16> {
        match of_error(axum::Error::new(error)) {
            End::Gone => None,
            End::Close { code, .. } => Some(code),
        }
    }

    #[test]
    fn each_fault_of_the_stream_has_its_code() {
        let large = CapacityError::MessageTooLong {
            size: 2,
            max_size: 1,
        };
        assert_eq!(code(large.into()), Some(1009));
        assert_eq!(code(tungstenite::Error::Utf8("x".to_owned())), Some(1007));
        assert_eq!(
            code(ProtocolError::UnmaskedFrameFromClient.into()),
            Some(1002)
        );
        assert_eq!(
            code(ProtocolError::ResetWithoutClosingHandshake.into()),
            None
        );
        assert_eq!(
            code(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()),
            None
        );
    }

    #[test]
    fn reasons_fit_in_a_control_frame() {
        for end in [SLOW, SILENT, RESTART, TOO_LARGE, NO_TEXT, NO_PROTOCOL] {
            let End::Close { reason, .. } = end else {
                panic!("{end:?} has no frame")
            };
            assert!(reason.len() <= 123, "{reason}");
        }
    }
}
