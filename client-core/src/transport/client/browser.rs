//! The client of a page: `fetch`, which has TLS, proxies and compression of its own and follows redirects by itself.

use reqwest::{Client, Error, RequestBuilder, Response};

pub(super) fn client(_origin: &str) -> Result<Client, Error> {
    Client::builder().build()
}

/// No cookie goes along and no answer is kept by the browser: what it holds would be in no encrypted store.
pub(super) fn prepared(request: RequestBuilder) -> RequestBuilder {
    request.fetch_credentials_omit().fetch_cache_no_store()
}

/// The body as it is: the browser has decoded it.
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
pub(super) fn decoded(_encoding: Option<&str>, body: Vec<u8>) -> std::io::Result<Vec<u8>> {
    Ok(body)
}

/// The whole body at once.
pub(super) async fn chunk(response: &mut Option<Response>) -> Result<Option<Vec<u8>>, Error> {
    let Some(response) = response.take() else { return Ok(None) };
    Ok(Some(response.bytes().await?.into()))
}
