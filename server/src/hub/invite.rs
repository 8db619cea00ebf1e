//! Invitations and the devices that joined by them.

use std::sync::Arc;

use dongbo_core::{
    DeviceId, MemberId,
    identity::{Certificate, Statement, Trust},
    limits::{INVITE_VALID_MS, MEMBER_DEVICES_MAX},
    outside::Moment,
    store::{Batch, Overlay, Store},
    sync::{Invitation, JoinAnswer, JoinRequest},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Hub, HubError,
    layout::{DEVICE, INVITE, all, from_json, to_json},
    ledger::Appender,
    statement,
};

/// An invitation as the hub keeps it: by the digest of its code, never the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteInfo {
    /// Whom it invites.
    pub member: MemberId,
    /// When it was made, milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it stops working.
    pub expires_ms: i64,
    /// The device that used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<DeviceId>,
}

/// A device that joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// The device.
    pub device: DeviceId,
    /// Whose it is.
    pub member: MemberId,
    /// What it calls itself.
    pub name: String,
    /// When it joined, milliseconds since the Unix epoch.
    pub joined_ms: i64,
}

/// Letters of a code: easy to read aloud and to type.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl<S: Store> Hub<S> {
    /// Invites a member for seven days. The code is shown once and not kept.
    pub async fn invite(&mut self, member: MemberId, moment: &mut Moment<'_>) -> Result<Invitation, HubError> {
        if self.trust.member(member).is_none() {
            return Err(HubError::NotFound(format!("member {member}")));
        }
        let random: [u8; 26] = moment.random();
        let code: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        let info = InviteInfo {
            member,
            created_ms: moment.now_ms,
            expires_ms: moment.now_ms + INVITE_VALID_MS,
            used_by: None,
        };
        let mut batch = Batch::new();
        batch.put(invite_key(&code), to_json(&info));
        self.commit(batch).await?;
        Ok(Invitation {
            origin: self.config.origin.clone(),
            campaign: self.config.campaign.clone(),
            code,
            root: self.trust.root(),
        })
    }

    /// Answers `POST /devices`. Repeating it with the same invitation and key gives the same answer.
    pub async fn join(&mut self, body: &[u8], now_ms: i64) -> Result<Vec<u8>, HubError> {
        let request = JoinRequest::from_bytes(body)?;
        let key = request.verified_key(self.trust.root()).ok_or(HubError::BadProof)?;
        let device = DeviceId::of(&key);
        let at = invite_key(&request.invite);
        let bytes = self.store.get(&at)?.ok_or(HubError::UnknownInvite)?;
        let mut info: InviteInfo = from_json(&bytes)?;
        match info.used_by {
            Some(used_by) if used_by == device => return self.join_answer(device),
            Some(_) => return Err(HubError::UsedInvite),
            None if info.expires_ms <= now_ms => return Err(HubError::ExpiredInvite),
            None => {}
        }
        let held = self.devices()?.iter().filter(|held| held.member == info.member).count();
        if held >= MEMBER_DEVICES_MAX {
            return Err(HubError::TooManyDevices(MEMBER_DEVICES_MAX));
        }
        info.used_by = Some(device);
        let joined = DeviceInfo {
            device,
            member: info.member,
            name: request.name.chars().take(100).collect(),
            joined_ms: now_ms,
        };
        let certificate = Statement::Certificate(Certificate { key, member: info.member });
        let mut trust = Trust::clone(&self.trust);
        let mut ledger = Appender { head: self.head, chain: self.chain };
        let mut store = Overlay::new(&self.store);
        let signed = dongbo_core::identity::SignedStatement::sign(trust.root(), &self.issuing, now_ms, &certificate);
        statement::append(&mut store, &mut trust, &mut ledger, &signed, now_ms)?;
        store.put(at, to_json(&info));
        store.put(device_key(device), to_json(&joined));
        let batch = store.into_batch();
        self.commit(batch).await?;
        self.trust = Arc::new(trust);
        (self.head, self.chain) = (ledger.head, ledger.chain);
        self.join_answer(device)
    }

    fn join_answer(&self, device: DeviceId) -> Result<Vec<u8>, HubError> {
        let certificate = self
            .trust
            .certificate_statement(device)
            .ok_or_else(|| HubError::Stored(format!("the certificate of {device} is missing")))?;
        let keys = statement::statements(&self.store)?
            .into_iter()
            .filter(|(_, signed)| matches!(signed.statement, Statement::IssuingKey(_)))
            .map(|(_, signed)| signed.bytes.clone().into());
        let answer = JoinAnswer {
            certificate: certificate.bytes.clone().into(),
            root_key: self.trust.root_key().to_vec().into(),
            issuing_keys: keys.collect(),
        };
        Ok(answer.to_bytes())
    }

    /// Devices that joined here, revoked ones included.
    pub fn all_devices(&self) -> Result<Vec<DeviceInfo>, HubError> {
        all(&self.store, &[DEVICE])?.iter().map(|(_, bytes)| from_json(bytes)).collect()
    }

    /// Devices that joined here and are not revoked.
    pub fn devices(&self) -> Result<Vec<DeviceInfo>, HubError> {
        let mut devices = self.all_devices()?;
        devices.retain(|info| self.trust.revocation(info.device).is_none());
        Ok(devices)
    }

    /// Invitations, used and open.
    pub fn invites(&self) -> Result<Vec<InviteInfo>, HubError> {
        all(&self.store, &[INVITE])?.iter().map(|(_, bytes)| from_json(bytes)).collect()
    }
}

fn invite_key(code: &str) -> Vec<u8> {
    [&[INVITE], &Sha256::digest(code)[..16]].concat()
}

fn device_key(device: DeviceId) -> Vec<u8> {
    [&[DEVICE], &device.0[..]].concat()
}
