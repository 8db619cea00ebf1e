//! Asking a hub as any program may, not only ours.

use reqwest::ClientBuilder;

/// A client for hubs on this machine, before what it is to be like is said. With the cryptography that the core brings: reqwest
/// would else want another, and a C compiler for it.
pub fn client() -> ClientBuilder {
    // For the process, once; what was chosen before stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}
