//! Invitation links: what is understood is written, and understood as the same.

use dongbo_core::sync::Invitation;

use super::input::Input;

/// A link as it is, or, where the first byte is odd, one made of parts that nearly fit.
///
/// # Panics
/// With "finding" if an invitation does not survive its link.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let link = if first % 2 == 1 { composed(&mut Input(rest)) } else { String::from_utf8_lossy(rest).into_owned() };
    let Ok(invitation) = Invitation::parse(&link) else { return };
    let again = Invitation::parse(&invitation.link());
    let again = again.unwrap_or_else(|error| panic!("finding: {link:?} is understood, its own link is not: {error}"));
    assert_eq!(again, invitation, "finding: {link:?} is understood in two ways");
    let encrypted = invitation.origin.starts_with("https://") || invitation.origin.starts_with("http://");
    assert!(encrypted, "finding: {link:?} leads to {}", invitation.origin);
}

fn composed(input: &mut Input<'_>) -> String {
    const ORIGINS: [&str; 8] = [
        "https://hub.example.vn",
        "https://hub.example.vn:8443",
        "http://127.0.0.1:8080",
        "http://[::1]:1",
        "https://máy.vn",
        "https://hub.example.vn:443/",
        "http://localhost",
        "https://0x7f.1",
    ];
    let length = usize::from(input.byte() % 32);
    let tail = String::from_utf8_lossy(input.take(length)).into_owned();
    let origin = format!("{}{tail}", input.pick(&ORIGINS));
    let length = usize::from(input.byte() % 32);
    let code = format!("c{}", String::from_utf8_lossy(input.take(length)));
    let campaign = input.pick(&["kh244", "a.b_c-9", "KH244", ""]);
    let root = "ab".repeat(16);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("hub", &origin)
        .append_pair("campaign", campaign)
        .append_pair("code", &code)
        .append_pair("root", &root);
    format!("dongbo://join?{}{}", query.finish(), input.pick(&["", "&x=1", "#x", "&code=", "%"]))
}
