//! Requests and answers: CBOR out, CBOR or a problem in, both within their limits.

#[cfg_attr(target_arch = "wasm32", path = "client/browser.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "client/native.rs")]
mod platform;

use std::{
    io::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use reqwest::{
    RequestBuilder, Response,
    header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
};

use url::Url;

use super::TransportError;
use crate::{
    CampaignId,
    limits::{BODY_BYTES_MAX, COMPRESS_BYTES_MIN},
    sync::Problem,
};

const CBOR: &str = "application/cbor";
/// One request on a weak line: 4 MiB at 256 kbit/s take two minutes.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(180);

pub(super) struct Client {
    http: reqwest::Client,
    origin: String,
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
}

impl Client {
    pub(super) fn new(origin: &str) -> Result<Self, TransportError> {
        let http = platform::client(origin).map_err(|error| unreachable(origin, &error))?;
        Ok(Self { http, origin: origin.to_owned(), sent_bytes: AtomicU64::new(0), received_bytes: AtomicU64::new(0) })
    }

    /// Bytes of bodies sent and received since this was last asked.
    pub(super) fn traffic(&self) -> (u64, u64) {
        (self.sent_bytes.swap(0, Ordering::Relaxed), self.received_bytes.swap(0, Ordering::Relaxed))
    }

    pub(super) async fn get(&self, campaign: &CampaignId, call: &str) -> Result<Vec<u8>, TransportError> {
        let url = self.url(campaign, call);
        self.send(&url, self.http.get(&url)).await
    }

    pub(super) async fn post(
        &self,
        campaign: &CampaignId,
        call: &str,
        body: Vec<u8>,
        token: Option<&str>,
    ) -> Result<Vec<u8>, TransportError> {
        let url = self.url(campaign, call);
        let mut request = self.http.post(&url).header(CONTENT_TYPE, CBOR);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let body = match compressed(&body) {
            Some(smaller) => {
                request = request.header(CONTENT_ENCODING, "gzip");
                smaller
            }
            None => body,
        };
        self.sent_bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        self.send(&url, request.body(body)).await
    }

    fn url(&self, campaign: &CampaignId, call: &str) -> String {
        format!("{}/api/v1/c/{campaign}/{call}", self.origin)
    }

    async fn send(&self, url: &str, request: RequestBuilder) -> Result<Vec<u8>, TransportError> {
        let request = platform::prepared(request.header(ACCEPT, CBOR).timeout(REQUEST_TIMEOUT));
        let response = request.send().await.map_err(|error| unreachable(&self.origin, &error))?;
        // A browser follows redirects whether it is to or not.
        if Url::parse(url).ok().as_ref() != Some(response.url()) {
            return Err(self.not_a_hub("a redirect".into()));
        }
        let status = response.status();
        let retry_after_s = header(&response, RETRY_AFTER.as_str()).and_then(|text| text.parse().ok());
        let media_type = header(&response, CONTENT_TYPE.as_str()).unwrap_or_default();
        let is = |expected: &str| media_type.split(';').next().is_some_and(|found| found.trim() == expected);
        let (is_cbor, is_problem) = (is(CBOR), is("application/problem+json"));
        let body = self.body(response).await?;
        if status.is_success() && is_cbor {
            return Ok(body);
        }
        let problem = is_problem.then(|| serde_json::from_slice::<Problem>(&body).ok()).flatten();
        match problem {
            Some(problem) => Err(TransportError::Hub { problem, retry_after_s }),
            // A proxy in front of a hub that is restarting.
            None if matches!(status.as_u16(), 502..=504) => Err(TransportError::Unreachable {
                origin: self.origin.clone(),
                detail: format!("HTTP {}", status.as_u16()),
            }),
            None => Err(self.not_a_hub(format!("HTTP {}", status.as_u16()))),
        }
    }

    /// The decompressed body; neither it nor what came over the line is longer than the limit.
    async fn body(&self, response: Response) -> Result<Vec<u8>, TransportError> {
        let encoding = header(&response, CONTENT_ENCODING.as_str());
        let too_long = || self.not_a_hub(format!("more than {BODY_BYTES_MAX} bytes"));
        let mut body = Vec::new();
        let mut response = Some(response);
        while let Some(chunk) =
            platform::chunk(&mut response).await.map_err(|error| unreachable(&self.origin, &error))?
        {
            self.received_bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            body.extend_from_slice(&chunk);
            if body.len() > BODY_BYTES_MAX {
                return Err(too_long());
            }
        }
        let decoded = platform::decoded(encoding.as_deref(), body);
        let body = decoded.map_err(|error| self.not_a_hub(error.to_string()))?;
        if body.len() <= BODY_BYTES_MAX { Ok(body) } else { Err(too_long()) }
    }

    fn not_a_hub(&self, detail: String) -> TransportError {
        TransportError::NotAHub { origin: self.origin.clone(), detail }
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

/// The body as gzip, where that is worth it.
fn compressed(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < COMPRESS_BYTES_MIN {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().filter(|smaller| smaller.len() < body.len())
}

/// The innermost cause says most; addresses and tokens are left out.
fn unreachable(origin: &str, error: &reqwest::Error) -> TransportError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    TransportError::Unreachable { origin: origin.to_owned(), detail: cause.to_string() }
}
