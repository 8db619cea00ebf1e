//! A connection on which a test writes what it likes.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Notify,
};

use crate::served::Served;

/// What the hub answered: its status, and the whole text with the head.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

/// Writes bytes on a new connection, then leaves it open without a word.
pub(crate) async fn stalled(served: &Served, bytes: &[u8]) -> TcpStream {
    let address = served.origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// The same for a request whose body the hub is known to be waiting for: it has said so.
pub(crate) async fn awaited(served: &Served, head: &str) -> TcpStream {
    let mut stream = stalled(served, head.as_bytes()).await;
    let mut said = [0; CONTINUE.len()];
    stream.read_exact(&mut said).await.unwrap();
    assert_eq!(said, *CONTINUE, "{}", String::from_utf8_lossy(&said));
    stream
}

/// What a hub says when it begins to read the body of a request that asks for this.
const CONTINUE: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Reads what a hub answers until it closes the connection; `None` if it closes without a word.
pub(crate) async fn answer(mut stream: TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    // A reset after the answer is an end like any other.
    let _ = stream.read_to_end(&mut bytes).await;
    if bytes.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Some(Answer { status: status.unwrap_or_else(|| panic!("no answer: {text}")), text })
}

/// The head of a request that ends its connection.
pub(crate) fn head(call: &str, token: Option<&str>, more: &str) -> String {
    let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!(
        "POST /api/v1/c/kh244/{call} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\
         content-type: application/cbor\r\n{bearer}{more}\r\n"
    )
}

/// Sends a piece so many times, or until the hub has answered. Unlike an HTTP client this reads while it writes: what
/// is too large is answered before all of it was sent.
pub(crate) async fn upload(served: &Served, head: &str, piece: Vec<u8>, times: usize) -> Answer {
    let (mut reading, mut writing) = stalled(served, head.as_bytes()).await.into_split();
    let answered = Arc::new(Notify::new());
    let end = Arc::clone(&answered);
    let writer = tokio::spawn(async move {
        let all = async {
            for _ in 0..times {
                if writing.write_all(&piece).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = all => {}
            () = end.notified() => {}
        }
    });
    let mut bytes = vec![0; 4_096];
    let length = reading.read(&mut bytes).await.unwrap();
    answered.notify_one();
    writer.await.unwrap();
    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
    Answer { status: text.split(' ').nth(1).unwrap().parse().unwrap(), text }
}
