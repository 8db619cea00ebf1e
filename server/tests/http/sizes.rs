//! Bodies that are too large, or claim to be: by length, by number, by depth, by what they inflate to.

use std::io::Write as _;

use dongbo_core::limits::{BODY_BYTES_MAX, SESSIONLESS_BODY_BYTES_MAX};
use flate2::{Compression, write::GzEncoder};

use crate::{
    bodies::{Bodies, refused_somehow},
    gzip,
    raw::{head, upload},
    served::refused,
};

#[tokio::test]
async fn too_large_however_it_is_sent() {
    let bodies = Bodies::new().await;
    let bomb = bomb();
    for (call, limit) in
        [("devices", SESSIONLESS_BODY_BYTES_MAX), ("session", SESSIONLESS_BODY_BYTES_MAX), ("sync", BODY_BYTES_MAX)]
    {
        let token = Some(bodies.token.as_str());
        let zeros = |length: usize| (format!("content-length: {length}\r\n"), vec![0; length], 1);
        let gzipped = format!("content-encoding: gzip\r\ncontent-length: {}\r\n", bomb.len());
        let chunk = [b"10000\r\n", &[0; 1 << 16][..], b"\r\n"].concat();
        for (what, (framing, piece, times)) in [
            ("a byte too many", zeros(limit + 1)),
            ("a gibibyte in a megabyte", (gzipped, bomb.clone(), 1)),
            ("a claim of 4 GiB", ("content-length: 4294967296\r\n".into(), vec![0; 1 << 16], usize::MAX)),
            ("chunks without end", ("transfer-encoding: chunked\r\n".into(), chunk, usize::MAX)),
        ] {
            let answer = upload(&bodies.served, &head(call, token, &framing), piece, times).await;
            assert_eq!(answer.status, 413, "{call}, {what}: {}", answer.text);
            assert!(answer.text.contains("application/problem+json"), "{call}, {what}: {}", answer.text);
        }
    }
    bodies.goes_on().await;
}

/// A gibibyte of zeros in a megabyte.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for _ in 0..1 << 10 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    encoder.finish().unwrap()
}

#[tokio::test]
async fn gzip_that_is_none() {
    let bodies = Bodies::new().await;
    for (call, good) in &bodies.good {
        let zipped = gzip(good);
        let mut sum = zipped.clone();
        let at = sum.len() - 8;
        sum[at] ^= 1;
        let mut content = zipped.clone();
        content[zipped.len() / 2] ^= 0xff;
        for (what, body) in [
            ("cut", zipped[..zipped.len() / 2].to_vec()),
            ("cut in its checksum", zipped[..zipped.len() - 4].to_vec()),
            ("with another checksum", sum),
            ("with other content", content),
            ("that is plain", good.clone()),
            ("of nothing", Vec::new()),
        ] {
            refused_somehow(bodies.encoded(call, body, Some("gzip")).await, &format!("{call}, gzip {what}")).await;
        }
        let twice = bodies.encoded(call, gzip(&zipped), Some("gzip, gzip")).await;
        refused(twice, 415, "unsupported_media_type").await;
    }
    bodies.goes_on().await;
}

#[tokio::test]
async fn messages_that_claim_too_much() {
    let bodies = Bodies::new().await;
    let deep = |levels: usize| [&[0xa1, 0x18, 99][..], &vec![0x81; levels]].concat();
    for (call, _) in &bodies.good {
        for (what, body) in [
            ("bytes of 4 GiB", vec![0xa1, 0x00, 0x5a, 0xff, 0xff, 0xff, 0xff]),
            ("a text of 4 GiB", vec![0xa1, 0x00, 0x7a, 0xff, 0xff, 0xff, 0xff]),
            ("bytes of 2^64", [&[0xa1, 0x01, 0x5b][..], &[0xff; 8]].concat()),
            ("an array of 2^64", [&[0xa1, 0x02, 0x9b][..], &[0xff; 8]].concat()),
            ("a map of 2^64", [&[0xbb][..], &[0xff; 8]].concat()),
            ("ten thousand levels", deep(10_000)),
            ("ten thousand levels of indefinite length", [&[0xa1, 0x18, 99][..], &[0x9f; 10_000]].concat()),
            ("ten thousand tags", [&[0xa1, 0x18, 99][..], &[0xc1; 10_000]].concat()),
        ] {
            eprintln!("{call}: {what}");
            refused(bodies.post(call, body).await, 400, "malformed").await;
        }
    }
    refused(bodies.post("sync", deep(BODY_BYTES_MAX - 3)).await, 400, "malformed").await;
    bodies.goes_on().await;
}
