//! The invitation: `dongbo://join?hub=<https url>&campaign=<id>&code=<invite>&root=<AuthorityId hex>`.

use url::Url;

use crate::{
    AuthorityId, CampaignId,
    link::{self, Link},
};

/// A link that is no invitation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvitationError {
    /// Another link.
    #[error("this is no invitation: it should start with dongbo://join?. Ask the administrator for a new one.")]
    OtherLink,
    /// A part is missing, repeated or malformed.
    #[error("the invitation's {part} is {problem}. Ask the administrator for a new one.")]
    Part {
        /// Which part.
        part: &'static str,
        /// Missing, repeated, or what is wrong.
        problem: String,
    },
}

/// What an invitation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The hub's origin (RFC 6454, ASCII): scheme, host, port, no path.
    pub origin: String,
    /// The campaign's readable name.
    pub campaign: CampaignId,
    /// The secret code.
    pub code: String,
    /// The root the hub must prove.
    pub root: AuthorityId,
}

impl Invitation {
    /// The link.
    pub fn link(&self) -> String {
        let root = self.root.to_string();
        let parts =
            [("hub", &*self.origin), ("campaign", self.campaign.as_str()), ("code", &*self.code), ("root", &*root)];
        link::write("join", &parts)
    }

    /// Reads a link.
    pub fn parse(link: &str) -> Result<Self, InvitationError> {
        let link = Link::parse(link, "join").ok_or(InvitationError::OtherLink)?;
        let part =
            |name| link.part(name).map_err(|problem| InvitationError::Part { part: name, problem: problem.into() });
        let malformed = |part, problem: String| InvitationError::Part { part, problem };
        Ok(Self {
            origin: origin(&part("hub")?).map_err(|problem| malformed("hub", problem))?,
            campaign: part("campaign")?.parse().map_err(|e| malformed("campaign", format!("malformed ({e})")))?,
            code: part("code")?,
            root: part("root")?.parse().map_err(|e| malformed("root", format!("malformed ({e})")))?,
        })
    }
}

/// A hub's origin: https anywhere, plain http only on loopback, no path.
fn origin(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|e| format!("no address ({e})"))?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err("not encrypted: plain http is for this very machine only".into()),
        other => return Err(format!("a {other} address, not https")),
    }
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err("an address with more than scheme, host and port".into());
    }
    Ok(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_survive_and_nonsense_is_explained() {
        let invitation = Invitation {
            origin: "https://hub.example.vn:8443".into(),
            campaign: "kh244".parse().unwrap(),
            code: "A+b/c=".into(),
            root: AuthorityId([0xab; 16]),
        };
        assert_eq!(Invitation::parse(&invitation.link()), Ok(invitation.clone()));
        let link = invitation.link();
        for (bad, says) in [
            ("https://example.vn".to_owned(), "no invitation"),
            ("xin chào".to_owned(), "no invitation"),
            (link.replace("code=", "kode="), "code is missing"),
            (format!("{link}&code=2"), "code is there twice"),
            (link.replace("https", "http"), "not encrypted"),
            (link.replace("https", "ftp"), "not https"),
            (link.replace("8443", "8443%2Fpath"), "more than scheme"),
            (link.replace("abab", "ABAB"), "root is malformed"),
            (link.replace("kh244", "KH+244"), "campaign is malformed"),
        ] {
            let error = Invitation::parse(&bad).unwrap_err().to_string();
            assert!(error.contains(says), "{bad}: {error}");
        }
        let local = link.replace("https%3A%2F%2Fhub.example.vn%3A8443", "http%3A%2F%2F127.0.0.1%3A8080");
        assert_eq!(Invitation::parse(&local).unwrap().origin, "http://127.0.0.1:8080");
    }
}
