//! What `serve` costs: time to start, memory, processor time of a command, the excitation, a large upload.

use std::path::Path;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::TaskError;
use crate::markdown::Table;

use crate::figures::Section;
use crate::figures::server::{Server, now};

/// Starts of which the median counts.
const STARTS: usize = 11;
/// Sockets that stand idle.
const SOCKETS: usize = 2_000;
/// Commands whose processor time is divided.
const COMMANDS: usize = 20_000;
/// The upload limit in bytes.
const UPLOAD_BYTES: usize = 50 << 20;

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// Time from process start to the first answer, and memory then.
///
/// # Errors
/// When `serve` does not start.
pub(super) async fn start(root: &Path) -> Result<Section, TaskError> {
    let mut times = Vec::with_capacity(STARTS);
    let mut memory = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let server = Server::start(root).await?;
        times.push(server.ready_ms);
        memory.push(server.resident_kib()? / 1024.0);
    }
    let mut table = Table::new(&["figure", "goal", "median", "worst"]);
    row(&mut table, "start to first answer, ms", "300", &mut times)?;
    row(&mut table, "resident memory, MiB", "40", &mut memory)?;
    Ok(Section {
        title: "Start".to_owned(),
        method: format!(
            "`sonalyze serve` on an empty directory, {STARTS} starts; ready when `/healthz` answers."
        ),
        table,
    })
}

/// First and repeated request for the excitation.
///
/// # Errors
/// When a request fails.
pub(super) async fn excitation(root: &Path) -> Result<Section, TaskError> {
    let server = Server::start(root).await?;
    let client = reqwest::Client::new();
    let mut table = Table::new(&["figure", "goal", "median", "worst"]);
    for (format, goal) in [("wav", ["60", "5"]), ("flac", ["-", "-"])] {
        let (mut first, mut cached) = (Vec::new(), Vec::new());
        for turn in 0..STARTS {
            let query = format!("format={format}&sweep_f_start={}", 20 + turn);
            let url = format!("{}/v1/measurement/audio?{query}", server.address);
            first.push(timed(&client, &url).await?);
            cached.push(timed(&client, &url).await?);
        }
        row(
            &mut table,
            &format!("{format}, first, ms"),
            goal[0],
            &mut first,
        )?;
        row(
            &mut table,
            &format!("{format}, cached, ms"),
            goal[1],
            &mut cached,
        )?;
    }
    Ok(Section {
        title: "Excitation".to_owned(),
        method: format!(
            "GET of the whole signal (15 s, 48 kHz) through the gateway, {STARTS} different sweeps, each asked for twice."
        ),
        table,
    })
}

/// Processor time of one command.
///
/// # Errors
/// When a socket or a command fails.
pub(super) async fn commands(root: &Path) -> Result<Section, TaskError> {
    let server = Server::start(root).await?;
    let mut socket = connect(&server, "figures").await?;
    let lobby = call(&mut socket, "lobby.create", &json!({})).await?;
    let lobby_id = json!({ "lobby_id": lobby["data"]["lobby_id"] });
    let mut table = Table::new(&["command", "goal, µs", "processor time, µs"]);
    for (event, data, goal) in [
        (
            "measurement.get_audio_info",
            json!({ "sample_rate": 44_100 }),
            "25",
        ),
        ("lobby.get", lobby_id, "150"),
    ] {
        let us = cpu_of(&server, &mut socket, event, &data).await?;
        table.row(&[event.to_owned(), goal.to_owned(), format!("{us:.1}")])?;
    }
    table.row(&[
        "the earlier gateway".to_owned(),
        "-".to_owned(),
        "about 2 500".to_owned(),
    ])?;
    Ok(Section {
        title: "A routed command".to_owned(),
        method: format!(
            "{COMMANDS} commands of one socket, 16 under way at a time; user and system time of the whole process, from the kernel's account, divided by the commands."
        ),
        table,
    })
}

async fn cpu_of(
    server: &Server,
    socket: &mut Socket,
    event: &str,
    data: &Value,
) -> Result<f64, TaskError> {
    const UNDER_WAY: usize = 16;
    let text = json!({ "event": event, "request_id": "r", "data": data }).to_string();
    let before = server.cpu_s()?;
    for round in 0..COMMANDS + UNDER_WAY {
        if round < COMMANDS {
            socket.send(Message::text(text.clone())).await?;
        }
        if round >= UNDER_WAY {
            let answer = next(socket).await?;
            if answer["type"] != "response" {
                return Err(format!("{event} was refused: {answer}").into());
            }
        }
    }
    Ok(1e6 * (server.cpu_s()? - before) / COMMANDS as f64)
}

/// Memory of a socket that only listens.
///
/// # Errors
/// When a socket cannot be opened.
pub(super) async fn idle_sockets(root: &Path) -> Result<Section, TaskError> {
    let server = Server::start(root).await?;
    let mut warm = connect(&server, "warm").await?;
    call(&mut warm, "lobby.create", &json!({})).await?;
    let before = server.resident_kib()?;
    let mut open = Vec::with_capacity(SOCKETS);
    for index in 0..SOCKETS {
        open.push(connect(&server, &format!("idle-{index}")).await?);
    }
    call(&mut warm, "lobby.create", &json!({})).await?;
    let each = (server.resident_kib()? - before) / SOCKETS as f64;
    let mut table = Table::new(&["figure", "goal", "found"]);
    table.row(&[
        "memory of an idle socket, KiB".to_owned(),
        "12".to_owned(),
        format!("{each:.1}"),
    ])?;
    drop(open);
    Ok(Section {
        title: "Idle sockets".to_owned(),
        method: format!(
            "Growth of the resident memory by {SOCKETS} identified sockets, divided by them."
        ),
        table,
    })
}

/// A file of exactly the limit, and one byte more.
///
/// # Errors
/// When a request fails.
pub(super) async fn upload(root: &Path) -> Result<Section, TaskError> {
    let server = Server::start(root).await?;
    let client = reqwest::Client::new();
    let jobs = format!("{}/v1/jobs", server.address);
    let job: Value = client
        .post(&jobs)
        .json(&json!({ "map": {} }))
        .send()
        .await?
        .json()
        .await?;
    let job = job["job_id"].as_str().ok_or("no job_id")?;
    let before = server.peak_kib()?;
    let mut table = Table::new(&["upload", "goal", "status", "ms", "peak memory grew by, MiB"]);
    for (name, bytes, goal) in [
        ("50 MB", UPLOAD_BYTES, "200, constant memory"),
        ("one byte more", UPLOAD_BYTES + 1, "413"),
    ] {
        let part = reqwest::multipart::Part::bytes(vec![7u8; bytes]).file_name("large.wav");
        let form = reqwest::multipart::Form::new().part("file", part);
        let begun = now();
        let answer = client
            .post(format!("{jobs}/{job}/uploads/large.wav"))
            .multipart(form);
        let status = answer.send().await?.status();
        let ms = 1e3 * begun.elapsed().as_secs_f64();
        let grown = (server.peak_kib()? - before) / 1024.0;
        table.row(&[
            name.to_owned(),
            goal.to_owned(),
            status.as_u16().to_string(),
            format!("{ms:.0}"),
            format!("{grown:.1}"),
        ])?;
    }
    Ok(Section {
        title: "A large upload".to_owned(),
        method: "Multipart through the gateway; peak of the resident memory of the process."
            .to_owned(),
        table,
    })
}

/// Opens an identified socket.
///
/// # Errors
/// When the gateway refuses.
pub(super) async fn connect(server: &Server, device: &str) -> Result<Socket, TaskError> {
    let url = format!(
        "{}/ws?device_id={device}",
        server.address.replace("http://", "ws://")
    );
    Ok(tokio_tungstenite::connect_async(url).await?.0)
}

/// Sends a command and waits for its answer; pushes are passed over.
///
/// # Errors
/// When the socket closes or the command is refused.
pub(super) async fn call(
    socket: &mut Socket,
    event: &str,
    data: &Value,
) -> Result<Value, TaskError> {
    ask(socket, event, data).await?;
    answer(socket).await
}

/// Sends a command.
///
/// # Errors
/// When the socket is closed.
pub(super) async fn ask(socket: &mut Socket, event: &str, data: &Value) -> Result<(), TaskError> {
    let message = json!({ "event": event, "request_id": event, "data": data });
    Ok(socket.send(Message::text(message.to_string())).await?)
}

/// The next answer; pushes are passed over.
///
/// # Errors
/// When the socket closes or the command was refused.
pub(super) async fn answer(socket: &mut Socket) -> Result<Value, TaskError> {
    loop {
        let message = next(socket).await?;
        match message["type"].as_str() {
            Some("response") => return Ok(message),
            Some("error") => return Err(format!("refused: {message}").into()),
            _ => {}
        }
    }
}

async fn next(socket: &mut Socket) -> Result<Value, TaskError> {
    loop {
        match socket.next().await.ok_or("the socket closed")?? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Close(frame) => return Err(format!("the socket closed: {frame:?}").into()),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

async fn timed(client: &reqwest::Client, url: &str) -> Result<f64, TaskError> {
    let begun = now();
    client
        .get(url)
        .send()
        .await?
        .error_for_status()?
        .bytes()
        .await?;
    Ok(1e3 * begun.elapsed().as_secs_f64())
}

fn row(table: &mut Table, name: &str, goal: &str, values: &mut [f64]) -> Result<(), TaskError> {
    values.sort_by(f64::total_cmp);
    table.row(&[
        name.to_owned(),
        goal.to_owned(),
        format!("{:.1}", values[values.len() / 2]),
        format!("{:.1}", values[values.len() - 1]),
    ])?;
    Ok(())
}
