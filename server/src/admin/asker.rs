//! Who asks: the shell of the hub's own machine, which may do everything, or a member by its duties.

use dongbo_core::{
    DeviceId, RecordId, UnitId,
    campaign::Duty,
    identity::Member,
    policy::{Duties, Scope},
    store::Store,
};

use crate::hub::{Deed, Hub, HubError};

/// Who asks.
pub(super) enum Asker<'d> {
    /// Whoever runs commands on the hub's machine, as its user.
    Shell,
    /// A member.
    Member(Box<Administrator<'d>>),
}

/// A member who asks over HTTP.
pub(super) struct Administrator<'d> {
    pub(super) member: &'d Member,
    pub(super) device: DeviceId,
    pub(super) duties: Duties<'d>,
    /// What the member may read of records.
    pub(super) readable: Scope,
}

impl Asker<'_> {
    pub(super) fn device(&self) -> Option<DeviceId> {
        match self {
            Self::Shell => None,
            Self::Member(administrator) => Some(administrator.device),
        }
    }

    /// Whether the asker has this duty for a unit.
    pub(super) fn reaches(&self, duty: Duty, unit: &UnitId) -> bool {
        match self {
            Self::Shell => true,
            Self::Member(administrator) => administrator.duties.reaches(duty, unit),
        }
    }

    /// Whether the asker has this duty for a record's unit. A record of which nothing is known here is everybody's who has
    /// the duty everywhere.
    pub(super) fn reaches_record<S: Store>(
        &self,
        duty: Duty,
        hub: &Hub<S>,
        record: RecordId,
    ) -> Result<bool, HubError> {
        let Self::Member(administrator) = self else { return Ok(true) };
        Ok(match hub.unit_of(record)? {
            Some(unit) => administrator.duties.reaches(duty, &unit),
            None => administrator.duties.reaches_all(duty),
        })
    }

    /// Whether the asker is told of a deed: their own, and those about nothing but units that one of their duties reaches.
    /// What was about the campaign as a whole is told to who has a duty everywhere.
    pub(super) fn is_told(&self, deed: &Deed) -> bool {
        let Self::Member(administrator) = self else { return true };
        let Administrator { member, duties, .. } = &**administrator;
        let is_reached = |unit: &UnitId| Duty::ALL.into_iter().any(|duty| duties.reaches(duty, unit));
        deed.member == Some(member.id)
            || match deed.units.is_empty() {
                true => Duty::ALL.into_iter().any(|duty| duties.reaches_all(duty)),
                false => deed.units.iter().all(is_reached),
            }
    }
}
