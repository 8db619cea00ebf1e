//! What a person carries to an administrator, and back: two links, as text or QR code.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    AuthorityId, CampaignId, DeviceId,
    link::{self, Link},
};

/// A link that is none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResetLinkError {
    /// Another link.
    #[error("it should start with dongbo://{0}?; copy it again from where it was shown")]
    OtherLink(&'static str),
    /// A part is missing, repeated or malformed.
    #[error("its {part} is {problem}; copy it again from where it was shown")]
    Part {
        /// Which part.
        part: &'static str,
        /// Missing, repeated, or what is wrong.
        problem: String,
    },
}

/// The request for a reset: `dongbo://reset?campaign=…&root=…&device=…&key=…&recovery=…&escrow=…`, keys and escrow in
/// base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetRequest {
    /// The campaign's readable name.
    pub campaign: CampaignId,
    /// Its root.
    pub root: AuthorityId,
    /// The device that is locked.
    pub device: DeviceId,
    /// Its one-time key, which the answer is sealed to.
    pub key: [u8; 32],
    /// The recovery key that the escrow is sealed to.
    pub recovery_key: [u8; 32],
    /// The data key, sealed to the recovery key.
    pub escrow: Vec<u8>,
}

impl ResetRequest {
    /// The link.
    pub fn link(&self) -> String {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (root, device) = (self.root.to_string(), self.device.to_string());
        let (key, recovery, escrow) = (encoded(&self.key), encoded(&self.recovery_key), encoded(&self.escrow));
        let parts = [
            ("campaign", self.campaign.as_str()),
            ("root", &*root),
            ("device", &*device),
            ("key", &*key),
            ("recovery", &*recovery),
            ("escrow", &*escrow),
        ];
        link::write("reset", &parts)
    }

    /// Reads a link.
    pub fn parse(text: &str) -> Result<Self, ResetLinkError> {
        let link = Link::parse(text, "reset").ok_or(ResetLinkError::OtherLink("reset"))?;
        Ok(Self {
            campaign: id(&link, "campaign")?,
            root: id(&link, "root")?,
            device: id(&link, "device")?,
            key: key(&link, "key")?,
            recovery_key: key(&link, "recovery")?,
            escrow: bytes(&link, "escrow")?,
        })
    }
}

/// The administrator's answer: `dongbo://unlock?bundle=…`, a [`crate::change::Bundle`] in base64url with the issuing key and
/// the reset it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetAnswer {
    /// The bundle.
    pub bundle: Vec<u8>,
}

impl ResetAnswer {
    /// The link.
    pub fn link(&self) -> String {
        link::write("unlock", &[("bundle", &*URL_SAFE_NO_PAD.encode(&self.bundle))])
    }

    /// Reads a link; the bundle is not looked into.
    pub fn parse(text: &str) -> Result<Self, ResetLinkError> {
        let link = Link::parse(text, "unlock").ok_or(ResetLinkError::OtherLink("unlock"))?;
        Ok(Self { bundle: bytes(&link, "bundle")? })
    }
}

fn part(link: &Link, name: &'static str) -> Result<String, ResetLinkError> {
    link.part(name).map_err(|problem| ResetLinkError::Part { part: name, problem: problem.into() })
}

fn id<T: std::str::FromStr<Err = crate::InvalidId>>(link: &Link, name: &'static str) -> Result<T, ResetLinkError> {
    let malformed = |error| ResetLinkError::Part { part: name, problem: format!("malformed ({error})") };
    part(link, name)?.parse().map_err(malformed)
}

fn bytes(link: &Link, name: &'static str) -> Result<Vec<u8>, ResetLinkError> {
    let malformed = |_| ResetLinkError::Part { part: name, problem: "malformed or cut".into() };
    URL_SAFE_NO_PAD.decode(part(link, name)?).map_err(malformed)
}

fn key(link: &Link, name: &'static str) -> Result<[u8; 32], ResetLinkError> {
    let malformed = |_| ResetLinkError::Part { part: name, problem: "not 32 bytes".into() };
    bytes(link, name)?.try_into().map_err(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_survive_and_nonsense_is_explained() {
        let request = ResetRequest {
            campaign: "kh244".parse().unwrap(),
            root: AuthorityId([0xab; 16]),
            device: DeviceId([0xcd; 16]),
            key: [0xfb; 32],
            recovery_key: [0xfe; 32],
            escrow: vec![0xff; 81],
        };
        let link = request.link();
        assert!(link.len() < 450, "a QR code that a phone's camera reads: {}", link.len());
        assert_eq!(ResetRequest::parse(&format!("  {link}\n")), Ok(request));
        for (bad, says) in [
            ("xin chào".to_owned(), "dongbo://reset?"),
            (String::new(), "dongbo://reset?"),
            (link.replace("dongbo:", "https:"), "dongbo://reset?"),
            (link.replace("reset?", "unlock?"), "dongbo://reset?"),
            (link.replace("escrow=", "ecsrow="), "escrow is missing"),
            (format!("{link}&device=2"), "device is there twice"),
            (link.replace("abab", "ABAB"), "root is malformed"),
            (link.replace("kh244", "KH+244"), "campaign is malformed"),
            (link.replace("&key=", "&key=AAAA"), "key is not 32 bytes"),
            (format!("{link}!"), "escrow is malformed"),
            (format!("{link}{}", "A".repeat(1 << 20)), "dongbo://reset?"),
        ] {
            let error = ResetRequest::parse(&bad).unwrap_err().to_string();
            assert!(error.contains(says), "{bad}: {error}");
        }
        for length in 0..link.len() {
            let _ = ResetRequest::parse(&link[..length]);
        }
        let answer = ResetAnswer { bundle: vec![0xfb; 400] };
        assert_eq!(ResetAnswer::parse(&answer.link()), Ok(answer.clone()));
        assert_eq!(ResetAnswer::parse(&link), Err(ResetLinkError::OtherLink("unlock")));
    }
}
