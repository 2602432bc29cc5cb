//! A room file: bounded bytes, a JSON object in them, and the request that the object is.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};
use simulation::request::limits::BODY_BYTES;
use simulation::request::{self, Request};

use super::faults;
use crate::exit::Failure;

/// A room file as it was read.
#[derive(Debug, Clone)]
pub(crate) struct RoomFile {
    /// Name of the file, without its folder.
    pub(crate) name: String,
    /// As the command line has it, for messages.
    pub(crate) shown: String,
    /// What stands in it.
    pub(crate) body: Map<String, Value>,
}

impl RoomFile {
    /// Reads a file, or the standard input for `-`.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, or holds no JSON object.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = if path.as_os_str() == "-" {
            "the standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let bytes = bytes(path)
            .map_err(|error| Failure::failed(format!("cannot read {shown}: {error}")))?;
        if bytes.len() > BODY_BYTES {
            return Err(Failure::unreadable(format!(
                "{shown}: more than {BODY_BYTES} bytes, which is the limit of a room; simplify its mesh"
            )));
        }
        let body = object(&bytes)
            .map_err(|why| Failure::unreadable(format!("{shown} is no room: {why}")))?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            shown,
            body,
        })
    }

    /// What the file asks for.
    ///
    /// # Errors
    /// Every fault of the room, with its place.
    pub(crate) fn request(&self) -> Result<Request, Failure> {
        request::read(&self.body).map_err(|refusal| faults::failure(&self.shown, &refusal))
    }
}

/// One byte more than allowed is read, so that the limit is seen to be exceeded.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let most = BODY_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let help = "`sonalyze room new` makes one, `sonalyze room import` takes a mesh";
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(other) => {
            let kind = kind(&other);
            Err(format!("it holds {kind}, a JSON object is needed; {help}"))
        }
        Err(error) => Err(format!("it is no JSON ({error}); {help}")),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_is_named() {
        assert!(object(b"[1]").unwrap_err().contains("a list"));
        assert!(object(b"v 1 2 3\n").unwrap_err().contains("no JSON"));
        assert!(object(b"").unwrap_err().contains("no JSON"));
        assert!(object(b"{}").unwrap().is_empty());
    }
}
