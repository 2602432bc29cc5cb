//! The binary parts of a glTF file: in the file itself, as text in an address, or in a file beside it.
//!
//! Nothing else is opened: no other folder, no network. What is read counts towards the limit of a mesh.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gltf::buffer::Source;

use super::BYTES_MAX;

/// The bytes of every buffer of a document, in their order.
///
/// # Errors
/// Every buffer that is not there, is too short, or lies where nothing is read.
pub(super) fn all(
    document: &gltf::Document,
    own: Option<&[u8]>,
    folder: &Path,
) -> Result<Vec<Vec<u8>>, Vec<String>> {
    let mut left = BYTES_MAX;
    let mut found = Vec::new();
    let mut faults = Vec::new();
    for buffer in document.buffers() {
        let bytes = one(&buffer.source(), own, folder, left);
        match bytes.and_then(|bytes| long_enough(bytes, buffer.length())) {
            Ok(bytes) => {
                left = left.saturating_sub(bytes.len());
                found.push(bytes);
            }
            Err(why) => faults.push(format!("buffer {}: {why}", buffer.index())),
        }
    }
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(faults)
    }
}

fn one(
    source: &Source<'_>,
    own: Option<&[u8]>,
    folder: &Path,
    most: usize,
) -> Result<Vec<u8>, String> {
    let bytes = match source {
        Source::Bin => own
            .map(<[u8]>::to_vec)
            .ok_or("the file has no binary part of its own")?,
        Source::Uri(uri) => match uri.strip_prefix("data:") {
            Some(data) => in_text(data)?,
            None => beside(uri, folder, most)?,
        },
    };
    if bytes.len() > most {
        return Err(format!(
            "the mesh and its buffers have more than {BYTES_MAX} bytes; simplify it"
        ));
    }
    Ok(bytes)
}

fn long_enough(bytes: Vec<u8>, needed: usize) -> Result<Vec<u8>, String> {
    if bytes.len() < needed {
        return Err(format!(
            "it has {} bytes where {needed} are announced; export the file again",
            bytes.len()
        ));
    }
    Ok(bytes)
}

/// `application/octet-stream;base64,....`
fn in_text(data: &str) -> Result<Vec<u8>, String> {
    let (_, encoded) = data
        .split_once(";base64,")
        .ok_or("its `data:` address is not base64")?;
    STANDARD
        .decode(encoded)
        .map_err(|error| format!("its base64 is damaged: {error}"))
}

/// A file in the folder of the mesh, or below it.
fn beside(uri: &str, folder: &Path, most: usize) -> Result<Vec<u8>, String> {
    let name = unescaped(uri);
    let path = Path::new(&name);
    let is_below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if uri.contains("://") || !is_below {
        return Err(format!(
            "\"{uri}\" does not lie beside the mesh, and nothing else is opened; put it there, or export as .glb"
        ));
    }
    let failed = |error| format!("\"{uri}\" cannot be read: {error}");
    let file = File::open(folder.join(path)).map_err(failed)?;
    let mut bytes = Vec::new();
    let mut limited = file.take(most as u64 + 1);
    limited.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Addresses write blanks and the like as `%20`; what is no such sign stays.
fn unescaped(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| uri.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_beside_the_mesh_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(folder.path().join("secret.bin"), b"abc").unwrap();
        std::fs::write(inner.join("a b.bin"), b"abc").unwrap();
        assert_eq!(beside("a%20b.bin", &inner, 100), Ok(b"abc".to_vec()));
        let absolute = folder.path().join("secret.bin");
        for uri in [
            "../secret.bin",
            "%2e%2e/secret.bin",
            absolute.to_str().unwrap(),
            "https://example.org/secret.bin",
        ] {
            let refused = beside(uri, &inner, 100).unwrap_err();
            assert!(refused.contains("nothing else is opened"), "{refused}");
        }
    }

    #[test]
    fn what_is_longer_than_allowed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b.bin"), [0; 11]).unwrap();
        let refused = one(&Source::Uri("b.bin"), None, folder.path(), 10).unwrap_err();
        assert!(refused.contains("more than"), "{refused}");
    }

    #[test]
    fn text_is_decoded_or_refused() {
        assert_eq!(
            in_text("application/octet-stream;base64,AAEC"),
            Ok(vec![0, 1, 2])
        );
        assert!(in_text("text/plain,abc").unwrap_err().contains("base64"));
        assert!(in_text("a;base64,@@").unwrap_err().contains("damaged"));
    }
}
