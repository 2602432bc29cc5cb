//! A client that costs little, so that on a machine of two cores the load does not starve what it loads: requests of
//! HTTP/1.1 made beforehand, on connections that stay open.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::process::Process;
use crate::TaskError;
use crate::figures::server::now;

/// Connections that ask one request after another.
const CONNECTIONS: usize = 32;

/// Makes the request of a number.
pub(super) type Request = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// What a load was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// Microseconds of the process's processor time for each request.
    pub(super) cpu_us: f64,
    /// Requests a second.
    pub(super) per_s: f64,
}

/// `GET` of a path.
pub(super) fn get(path: &str) -> Request {
    let text = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").into_bytes();
    Arc::new(move |_| text.clone())
}

/// `POST` of a body to a path; the body may differ by number.
pub(super) fn post(path: &str, body: impl Fn(usize) -> String + Send + Sync + 'static) -> Request {
    let path = path.to_owned();
    Arc::new(move |number| {
        let body = body(number);
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    })
}

/// Asks so many requests and divides what they cost.
///
/// # Errors
/// When an answer is not 200.
pub(super) async fn cost(
    process: &Process,
    request: &Request,
    count: usize,
) -> Result<Cost, TaskError> {
    let next = Arc::new(AtomicUsize::new(0));
    let (cpu_s, begun) = (process.cpu_s()?, now());
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        tasks.spawn(ask(
            process.address,
            Arc::clone(request),
            Arc::clone(&next),
            count,
        ));
    }
    for done in tasks.join_all().await {
        done.map_err(TaskError::from)?;
    }
    let wall_s = begun.elapsed().as_secs_f64();
    Ok(Cost {
        cpu_us: 1e6 * (process.cpu_s()? - cpu_s) / count as f64,
        per_s: count as f64 / wall_s,
    })
}

async fn ask(
    address: SocketAddr,
    request: Request,
    next: Arc<AtomicUsize>,
    count: usize,
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{address}: {error}");
    let mut stream = TcpStream::connect(address).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let mut buffer = Vec::with_capacity(64 * 1024);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(());
        }
        stream.write_all(&request(number)).await.map_err(failed)?;
        buffer.clear();
        while !is_whole(&buffer)? {
            if stream.read_buf(&mut buffer).await.map_err(failed)? == 0 {
                return Err(format!("{address} closed the connection"));
            }
        }
    }
}

/// Whether the answer is there to its end; one that is not 200 is an error.
fn is_whole(answer: &[u8]) -> Result<bool, String> {
    let Some(head_end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = String::from_utf8_lossy(&answer[..head_end]).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        let told = String::from_utf8_lossy(answer).into_owned();
        return Err(format!("not 200: {told}"));
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let length: usize = length.ok_or("an answer without its length")?;
    Ok(answer.len() >= head_end + 4 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_with_its_length() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
        assert_eq!(is_whole(answer), Ok(true));
        assert_eq!(is_whole(&answer[..answer.len() - 1]), Ok(false));
        assert_eq!(is_whole(&answer[..10]), Ok(false));
        assert!(is_whole(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n").is_err());
    }
}
