//! The web app's files beside the API.

use std::{fs, net::SocketAddr};

use dongbo_server::http::{Limits, serve_all};
use reqwest::{Client, Response, StatusCode, header};
use tokio::net::TcpListener;

const PAGE: &str = "<!doctype html><title>Đồng Bộ</title>";

/// Serves an app without any hub.
async fn served(app: &std::path::Path) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app.to_path_buf();
    tokio::spawn(async move {
        serve_all(listener, vec![], Limits::default(), Some(&app), std::future::pending()).await;
    });
    address
}

async fn get(address: SocketAddr, path: &str) -> Response {
    Client::new().get(format!("http://{address}{path}")).header(header::ACCEPT_ENCODING, "br").send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_app_is_served_under_a_strict_policy() {
    let app = tempfile::tempdir().unwrap();
    fs::create_dir(app.path().join("assets")).unwrap();
    fs::write(app.path().join("index.html"), PAGE).unwrap();
    fs::write(app.path().join("sw.js"), "// service worker").unwrap();
    fs::write(app.path().join("assets/core-1f3a.wasm"), b"\0asm not packed").unwrap();
    fs::write(app.path().join("assets/core-1f3a.wasm.br"), b"packed").unwrap();
    fs::write(app.path().with_extension("secret"), "outside").unwrap();
    let address = served(app.path()).await;

    // Every page of the app's own is its start page, and never an old one.
    for path in ["/", "/records/0191", "/index.html", "/desk?on=2026-11-24"] {
        let page = get(address, path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&page, "cache-control"), "no-cache", "{path}");
        let policy = header(&page, "content-security-policy");
        for directive in
            ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "require-trusted-types-for 'script'"]
        {
            assert!(policy.contains(directive), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("http"), "{policy}");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(page.text().await.unwrap(), PAGE, "{path}");
    }

    let wasm = get(address, "/assets/core-1f3a.wasm").await;
    assert_eq!(header(&wasm, "content-type"), "application/wasm");
    assert_eq!(header(&wasm, "content-encoding"), "br");
    assert!(header(&wasm, "cache-control").contains("immutable"));
    assert_eq!(header(&get(address, "/sw.js").await, "cache-control"), "no-cache");

    // A file of another version is not answered with a page, nor kept.
    let gone = get(address, "/assets/core-0000.js").await;
    assert_eq!((gone.status(), header(&gone, "cache-control")), (StatusCode::NOT_FOUND, "no-cache"));

    // The API answers for itself, and nothing outside the folder is to be had.
    let api = get(address, "/api/v1/c/kh244/units").await;
    assert_eq!((api.status(), header(&api, "content-type")), (StatusCode::NOT_FOUND, "application/problem+json"));
    let secret = app.path().with_extension("secret").file_name().unwrap().to_str().unwrap().to_owned();
    for path in [format!("/..%2f{secret}"), format!("/%2e%2e/{secret}"), format!("/assets/..%2f..%2f{secret}")] {
        assert_ne!(get(address, &path).await.text().await.unwrap(), "outside", "{path}");
    }
    fs::remove_file(app.path().with_extension("secret")).unwrap();
}
