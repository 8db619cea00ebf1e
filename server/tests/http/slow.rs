//! Clients that stall: each is told or cut off, and none stops the others.

use std::time::Duration;

use dongbo_server::http::Limits;

use crate::{
    WARD,
    raw::{answer, awaited, head, stalled},
    served::{Served, activity},
};

const SHORT: Duration = Duration::from_millis(100);
/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);

/// Of a body that is begun when the hub says so, and then never comes.
const STALLING: &str = "content-length: 1000\r\nexpect: 100-continue\r\n";

/// Nothing ends by itself.
fn patient() -> Limits {
    Limits { head: LONG, pause: LONG, body: LONG, request: LONG, idle: LONG, ..Limits::default() }
}

#[tokio::test]
async fn a_body_that_stalls_is_answered() {
    for limits in [Limits { pause: SHORT, ..patient() }, Limits { body: SHORT, ..patient() }] {
        let served = Served::start_with(limits).await;
        let device = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
        let token = served.token(&device).await;
        for call in ["devices", "session", "sync"] {
            for framing in ["content-length: 100\r\n", "transfer-encoding: chunked\r\n"] {
                let begun = head(call, Some(&token), framing) + "1";
                let answer = answer(stalled(&served, begun.as_bytes()).await).await.unwrap();
                assert_eq!(answer.status, 408, "{call}: {}", answer.text);
                assert!(answer.text.contains("too_slow") && answer.text.contains("nothing was changed"));
            }
        }
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let served = Served::start_with(Limits { request: SHORT, ..patient() }).await;
    let begun = head("devices", None, "content-length: 100\r\n");
    let answer = answer(stalled(&served, begun.as_bytes()).await).await.unwrap();
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("overloaded") && answer.text.contains("retry-after"));
}

#[tokio::test]
async fn a_head_that_stalls_is_cut_off() {
    let served = Served::start_with(Limits { head: SHORT, ..patient() }).await;
    for begun in ["POST /api/v1", "GET /healthz HTTP/1.1\r\nhost: hub\r\nx-slow: 1"] {
        assert!(answer(stalled(&served, begun.as_bytes()).await).await.is_none(), "{begun}");
    }
}

#[tokio::test]
async fn a_connection_without_a_word_is_cut_off() {
    let served = Served::start_with(Limits { idle: SHORT, ..patient() }).await;
    // Nothing; half of what begins HTTP/2; the whole of it, and nothing after.
    for begun in ["", "PRI * HT"] {
        assert!(answer(stalled(&served, begun.as_bytes()).await).await.is_none(), "{begun}");
    }
}

#[tokio::test]
async fn many_that_stall_do_not_stop_others() {
    let served = Served::start_with(Limits { requests_max: 4, device_syncs_max: 2, ..patient() }).await;
    let mut device = served.device("Nguyễn Thị Lan", WARD, "commune_officer").await;
    let hostile = served.device("Đỗ Quang Huy", WARD, "commune_officer").await;
    let token = served.token(&hostile).await;
    let mut open = Vec::new();
    for _ in 0..40 {
        open.push(stalled(&served, b"POST /api/v1/c/kh244/sess").await);
        open.push(awaited(&served, &head("devices", None, STALLING)).await);
        open.push(awaited(&served, &head("session", None, STALLING)).await);
        // Without a session there is nothing to wait for.
        let begun = head("sync", Some("bm9uc2Vuc2U"), STALLING);
        assert_eq!(answer(stalled(&served, begun.as_bytes()).await).await.unwrap().status, 401);
    }
    let begun = head("sync", Some(&token), STALLING);
    open.push(awaited(&served, &begun).await);
    open.push(awaited(&served, &begun).await);
    let third = answer(stalled(&served, begun.as_bytes()).await).await.unwrap();
    assert_eq!(third.status, 429, "{}", third.text);
    assert!(third.text.contains("too_many_connections") && third.text.contains("retry-after"));
    device.send("activity", WARD, activity("Ra quân giữa lúc bị quấy")).await;
    served.device("Trần Văn Minh", WARD, "commune_officer").await;
    drop(open);
}

#[tokio::test]
async fn heads_have_limits() {
    let served = Served::start().await;
    for (what, head) in [
        ("many headers", "x-many: 1\r\n".repeat(100)),
        ("a huge header", format!("x-huge: {}\r\n", "x".repeat(1 << 17))),
    ] {
        let head = format!("GET /healthz HTTP/1.1\r\nhost: hub\r\n{head}\r\n");
        let answer = answer(stalled(&served, head.as_bytes()).await).await.unwrap();
        assert_eq!(answer.status, 431, "{what}: {}", answer.text);
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: hub\r\n\r\n", "x".repeat(1 << 17));
    let answer = answer(stalled(&served, long.as_bytes()).await).await.unwrap();
    assert!(matches!(answer.status, 414 | 431), "{}", answer.text);
}
