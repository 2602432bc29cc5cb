//! Documents as JSON: indented for a person at a terminal, in one line for every program.
//!
//! A document holds thousands of numbers of curves. Indented, each has its own line and the file is almost twice as
//! large for no reader, since people look at reports and programs at any form.

use std::io::IsTerminal as _;

use serde::Serialize;

use crate::exit::Failure;
use crate::output::Destination;

/// A document as the bytes for `place`, ending with a line end.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn encode<T: Serialize>(document: &T, place: &Destination) -> Result<Vec<u8>, Failure> {
    let is_read = *place == Destination::Stdout && std::io::stdout().is_terminal();
    let encoded = if is_read {
        serde_json::to_vec_pretty(document)
    } else {
        serde_json::to_vec(document)
    };
    let mut bytes = encoded
        .map_err(|error| Failure::failed(format!("cannot write the document as JSON: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_one_line() {
        let place = Destination::File("o.json".into());
        let bytes = encode(&serde_json::json!({ "a": [1, 2] }), &place).unwrap();
        assert_eq!(bytes, b"{\"a\":[1,2]}\n");
    }
}
