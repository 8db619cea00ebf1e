//! Sessions: a nonce, a signature over it, a token for 24 hours. The hub keeps nothing: nonces and tokens carry its
//! MAC.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use dongbo_core::{
    DeviceId,
    identity::{SignedStatement, Statement, Trust},
    limits::SESSION_VALID_MS,
    outside::Moment,
    store::Store,
    sync::{Nonce, SessionAnswer, SessionRequest},
};
use std::sync::Arc;

use super::{Hub, HubError, mac};

/// How long a nonce may be used, in milliseconds.
const NONCE_VALID_MS: i64 = 5 * 60_000;

impl<S: Store> Hub<S> {
    /// Answers `GET /session`: 8 bytes of time, 8 random bytes, 16 bytes of MAC.
    pub fn nonce(&self, moment: &mut Moment<'_>) -> Vec<u8> {
        let content = [&moment.now_ms.to_be_bytes()[..], &moment.random::<8>()].concat();
        Nonce { nonce: mac::seal(&self.config.mac_key, "dongbo/nonce/1", &content).into() }.to_bytes()
    }

    /// Answers `POST /session`. A device that another hub of the campaign certified is learnt from its certificate.
    pub async fn session(&mut self, body: &[u8], now_ms: i64) -> Result<Vec<u8>, HubError> {
        let request = SessionRequest::from_bytes(body)?;
        let content = mac::open(&self.config.mac_key, "dongbo/nonce/1", &request.nonce);
        let made_ms = content.and_then(|content| content[..8].try_into().ok()).map(i64::from_be_bytes);
        if !made_ms.is_some_and(|made_ms| (made_ms..made_ms + NONCE_VALID_MS).contains(&now_ms)) {
            return Err(HubError::Unauthorised);
        }
        let certificate = SignedStatement::open(&request.certificate).map_err(|_| HubError::BadProof)?;
        let Statement::Certificate(stated) = &certificate.statement else { return Err(HubError::BadProof) };
        let (key, device) = (stated.key, stated.device());
        if !request.proves(self.trust.root(), &self.config.origin, &key) {
            return Err(HubError::BadProof);
        }
        if self.trust.certificate(device).is_none() {
            self.learn(&Arc::new(certificate), now_ms).await?;
        }
        let expires_ms = now_ms + SESSION_VALID_MS;
        let content = [&device.0[..], &expires_ms.to_be_bytes()].concat();
        let token = URL_SAFE_NO_PAD.encode(mac::seal(&self.config.mac_key, "dongbo/token/1", &content));
        Ok(SessionAnswer { token, expires_ms }.to_bytes())
    }

    /// The device a bearer token belongs to.
    pub fn device_of_token(&self, token: &str, now_ms: i64) -> Result<DeviceId, HubError> {
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| HubError::Unauthorised)?;
        let content = mac::open(&self.config.mac_key, "dongbo/token/1", &sealed).ok_or(HubError::Unauthorised)?;
        let (device, expires) = content.split_at_checked(16).ok_or(HubError::Unauthorised)?;
        let expires_ms = expires.try_into().map(i64::from_be_bytes).map_err(|_| HubError::Unauthorised)?;
        if expires_ms <= now_ms {
            return Err(HubError::Unauthorised);
        }
        DeviceId::try_from(device).map_err(|_| HubError::Unauthorised)
    }

    async fn learn(&mut self, certificate: &Arc<SignedStatement>, now_ms: i64) -> Result<(), HubError> {
        let mut trust = Trust::clone(&self.trust);
        let mut ledger = super::ledger::Appender { head: self.head, chain: self.chain };
        let mut store = dongbo_core::store::Overlay::new(&self.store);
        super::statement::append(&mut store, &mut trust, &mut ledger, &certificate.bytes, now_ms)?;
        let batch = store.into_batch();
        self.commit(batch).await?;
        self.trust = Arc::new(trust);
        (self.head, self.chain) = (ledger.head, ledger.chain);
        Ok(())
    }
}
