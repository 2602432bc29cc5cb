//! A client of the socket.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Phone {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) protocol: Option<String>,
}

impl Phone {
    pub(crate) async fn connect(
        address: SocketAddr,
        query: &str,
        asked: Option<&'static str>,
    ) -> Self {
        let mut request = format!("ws://{address}/ws{query}")
            .into_client_request()
            .unwrap();
        if let Some(protocol) = asked {
            let value = HeaderValue::from_static(protocol);
            request
                .headers_mut()
                .insert("sec-websocket-protocol", value);
        }
        let (stream, response) = connect_async(request).await.unwrap();
        let chosen = response.headers().get("sec-websocket-protocol");
        let protocol = chosen.map(|value| value.to_str().unwrap().to_owned());
        Self { stream, protocol }
    }

    pub(crate) async fn send(&mut self, event: &str, request_id: &str, data: Value) {
        self.send_text(json!({"event": event, "request_id": request_id, "data": data}).to_string())
            .await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self) {
        self.stream
            .send(Message::binary(vec![1, 2, 3]))
            .await
            .unwrap();
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        match self.text_or_close().await {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(code) => panic!("the socket was closed with {code:?}"),
        }
    }

    /// The close code, after whatever messages come before it.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.text_or_close().await {
                return code;
            }
        }
    }

    /// Sends and waits for the answer to it.
    pub(crate) async fn call(&mut self, event: &str, data: Value) -> Value {
        self.send(event, "call", data).await;
        loop {
            let message = self.next().await;
            if message["request_id"] == "call" {
                return message;
            }
        }
    }

    pub(crate) async fn leave(mut self) {
        self.stream.close(None).await.unwrap();
        while let Some(Ok(_)) = self.stream.next().await {}
    }

    async fn text_or_close(&mut self) -> Result<String, Option<u16>> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.stream.next())
                .await
                .expect("nothing came");
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}

/// The code of an error message.
pub(crate) fn code(message: &Value) -> &str {
    message["error"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{message} is no error"))
}
