//! A forgotten PIN: the hub signs and publishes what an administrator sealed for a locked device.

use dongbo_core::{
    AuthorityId, DeviceId,
    identity::{Reset, RevocationReason, SignedStatement, Statement},
    store::Store,
    vault::ResetAnswer,
};

use super::{Hub, HubError, statement};

impl<S: Store> Hub<S> {
    /// Signs the reset of a device and publishes it: the device's member sees it on all their devices. The answer is for
    /// the locked device, which has no network yet. The sealed key says nothing to this hub.
    pub async fn reset_device(
        &mut self,
        root: AuthorityId,
        device: DeviceId,
        sealed: Vec<u8>,
        now_ms: i64,
    ) -> Result<ResetAnswer, HubError> {
        if root != self.trust.root() {
            return Err(HubError::Invalid("the request is from another campaign; nothing was published".into()));
        }
        if self.trust.certificate(device).is_none() {
            return Err(HubError::NotFound(format!("device {device}")));
        }
        if self.trust.revocation(device).is_some_and(|revocation| revocation.reason == RevocationReason::Lost) {
            return Err(HubError::Invalid(format!(
                "device {device} was reported lost: whoever asks may have found it. Nothing was published."
            )));
        }
        let signed = self.issue(&[Statement::Reset(Reset { device, sealed })], now_ms).await?;
        let chain = self.issuing_key_statements()?;
        let reset = signed.first().map(Vec::as_slice).unwrap_or_default();
        tracing::warn!(%device, "a forgotten PIN was reset");
        Ok(ResetAnswer::new(root, chain.iter().map(Vec::as_slice), reset))
    }

    /// The root's statement about the issuing key in use.
    fn issuing_key_statements(&self) -> Result<Vec<Vec<u8>>, HubError> {
        let in_use = self.issuing.public();
        let about = |signed: &SignedStatement| match &signed.statement {
            Statement::IssuingKey(key) => key.key == in_use,
            _ => false,
        };
        let statements = statement::statements(&self.store)?.into_iter();
        let found = statements.filter(|(_, signed)| about(signed)).map(|(_, signed)| signed.bytes.clone());
        Ok(found.collect())
    }
}
