//! The client of a phone, a laptop, a server.

use std::{
    io::{self, Read as _},
    time::Duration,
};

use flate2::read::GzDecoder;
use reqwest::{Client, Error, RequestBuilder, Response, header::ACCEPT_ENCODING};

use crate::limits::BODY_BYTES_MAX;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn client(origin: &str) -> Result<Client, Error> {
    // For the process, once; what the program has chosen before stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A token must not follow a redirect to somebody else.
    let builder = Client::builder().redirect(reqwest::redirect::Policy::none()).connect_timeout(CONNECT_TIMEOUT);
    // Plain http is this very machine (the invitation says so), which no proxy can reach.
    let builder = if origin.starts_with("http://") { builder.no_proxy() } else { builder };
    #[cfg(target_os = "android")]
    let builder = builder.tls_certs_only(mozillas_certificates());
    builder.build()
}

pub(super) fn prepared(request: RequestBuilder) -> RequestBuilder {
    request.header(ACCEPT_ENCODING, "gzip")
}

/// The body as the hub means it; of what is longer than the limit, a byte more than that.
pub(super) fn decoded(encoding: Option<&str>, body: Vec<u8>) -> io::Result<Vec<u8>> {
    if !encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("gzip")) {
        return Ok(body);
    }
    let mut decoded = Vec::new();
    GzDecoder::new(&body[..]).take(BODY_BYTES_MAX as u64 + 1).read_to_end(&mut decoded)?;
    Ok(decoded)
}

pub(super) async fn chunk(response: &mut Option<Response>) -> Result<Option<Vec<u8>>, Error> {
    let Some(response) = response else { return Ok(None) };
    Ok(response.chunk().await?.map(Into::into))
}

/// The system's certificates are behind a Java API that is to be set up by the app, and panics until it is: Mozilla's
/// list is trusted instead (docs/decisions/0015-the-phone-library.md).
#[cfg(target_os = "android")]
fn mozillas_certificates() -> Vec<reqwest::Certificate> {
    let certificates = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    certificates.filter_map(|der| reqwest::Certificate::from_der(der).ok()).collect()
}
