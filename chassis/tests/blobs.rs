//! Blobs are there whole or not at all, whatever happens to those who write them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chassis::blobs::{Blob, BlobError, Blobs, Sha256};
use chassis::problem::Problem;

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const NO_LIMIT: u64 = u64::MAX;

async fn store(blobs: &Blobs, content: &[u8]) -> Blob {
    let mut writer = blobs.begin(NO_LIMIT).await.unwrap();
    for piece in content.chunks(70_000) {
        writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    writer.seal().await.unwrap().place().await.unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

/// Dropped writers clean up on another thread.
async fn until_empty(folder: &Path) {
    for _ in 0..1000 {
        if files(folder).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("left: {:?}", files(folder));
}

#[tokio::test]
async fn content_comes_back_under_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).await.unwrap();
    let blob = store(&blobs, b"abc").await;
    assert_eq!((blob.sha256.to_string().as_str(), blob.bytes), (ABC, 3));
    assert_eq!(blobs.read(&blob.sha256).await.unwrap(), "abc");
    assert_eq!(blobs.size(&blob.sha256).await.unwrap(), Some(3));
    let expected = folder.path().join(format!("sha256/ba/78/{ABC}"));
    assert_eq!(files(folder.path()), [expected.to_string_lossy()]);

    assert!(blobs.delete(&blob.sha256).await.unwrap());
    assert!(!blobs.delete(&blob.sha256).await.unwrap());
    assert!(!blobs.exists(&blob.sha256).await.unwrap());
    let gone = blobs.read(&blob.sha256).await.unwrap_err();
    assert!(matches!(gone, BlobError::NotFound(found) if found == blob.sha256));
    assert_eq!(Problem::from(gone).status(), 404);
}

#[tokio::test]
async fn a_large_file_of_many_pieces_is_hashed_and_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).await.unwrap();
    let content: Vec<u8> = (0..3_500_001u32)
        .map(|index| index.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let blob = store(&blobs, &content).await;
    assert_eq!(
        blob.sha256.0,
        <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(&content))
    );
    assert_eq!(blobs.size(&blob.sha256).await.unwrap(), Some(3_500_001));
    assert!(blobs.read(&blob.sha256).await.unwrap() == content);
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).await.unwrap();
    let blob = store(&blobs, b"").await;
    assert_eq!(blob.bytes, 0);
    assert!(blobs.exists(&blob.sha256).await.unwrap());
}

#[tokio::test]
async fn the_same_content_is_kept_once_even_when_written_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).await.unwrap();
    let content = vec![7; 1_200_000];
    let writes = (0..6).map(|_| store(&blobs, &content));
    let all = futures_util::future::join_all(writes).await;
    assert!(all.iter().all(|blob| *blob == all[0]));
    assert_eq!(files(folder.path()).len(), 1);
    assert!(blobs.read(&all[0].sha256).await.unwrap() == content);
}

#[tokio::test]
async fn one_byte_too_many_is_refused_and_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).await.unwrap();
    let mut writer = blobs.begin(10).await.unwrap();
    writer
        .write(Bytes::from_static(b"0123456789"))
        .await
        .unwrap();
    let refused = writer.write(Bytes::from_static(b"x")).await.unwrap_err();
    assert!(matches!(
        refused,
        BlobError::TooLarge {
            limit: 10,
            seen: 11
        }
    ));
    assert_eq!(Problem::from(refused).status(), 413);
    assert!(matches!(writer.seal().await, Err(BlobError::Store(_))));
    until_empty(folder.path()).await;
}

#[tokio::test]
async fn whoever_gives_up_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).await.unwrap();
    let mut dropped = blobs.begin(NO_LIMIT).await.unwrap();
    dropped
        .write(Bytes::from(vec![1; 1_500_000]))
        .await
        .unwrap();
    assert_eq!(files(folder.path()).len(), 1);
    drop(dropped);
    until_empty(folder.path()).await;
}

#[tokio::test]
async fn leftovers_of_a_crash_go_at_the_next_start_but_not_what_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).await.unwrap();
    let blob = store(&blobs, b"abc").await;
    // A process that is killed runs no destructor.
    let mut killed = blobs.begin(NO_LIMIT).await.unwrap();
    killed.write(Bytes::from(vec![1; 1_500_000])).await.unwrap();
    std::mem::forget(killed);
    let staged = files(&folder.path().join("staging"));
    assert_eq!(staged.len(), 1);

    drop(Blobs::open(folder.path()).await.unwrap());
    assert_eq!(files(&folder.path().join("staging")), staged);

    let file = std::fs::File::options()
        .write(true)
        .open(&staged[0])
        .unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let again = Blobs::open(folder.path()).await.unwrap();
    assert!(files(&folder.path().join("staging")).is_empty());
    assert_eq!(again.read(&blob.sha256).await.unwrap(), "abc");
}

#[tokio::test]
async fn a_failing_disk_is_not_described_to_clients() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let failed = Blobs::open(&file).await.unwrap_err();
    let problem = Problem::from(failed);
    assert_eq!(
        (problem.status().as_u16(), problem.retry_after_s().is_some()),
        (503, true)
    );
    assert!(
        !problem
            .sentence()
            .contains(&*folder.path().to_string_lossy()),
        "{problem}"
    );
}

#[test]
fn names_are_parsed_not_trusted() {
    assert!(ABC.parse::<Sha256>().is_ok());
    assert!("../../etc/passwd".parse::<Sha256>().is_err());
}
