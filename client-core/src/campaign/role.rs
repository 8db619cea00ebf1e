//! Roles: who may do what, and how far.

use std::collections::BTreeMap;

use super::{
    CampaignErrorCode, Localised,
    json::{Node, ObjectNode},
};
use crate::{FormId, RoleId};

/// How far a right goes from the unit of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Reach {
    /// Nowhere.
    #[default]
    None,
    /// The unit itself and its predecessors ([`crate::unit::UnitTree::reach_own`]).
    Own,
    /// The unit and everything below it ([`crate::unit::UnitTree::reach_subtree`]).
    Subtree,
    /// Every unit.
    Campaign,
}

/// What is done to records of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// See them.
    Read,
    /// Make new ones.
    Create,
    /// Change them.
    Edit,
}

/// What is done for other members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Duty {
    /// Inviting people.
    Invitations,
    /// Revoking devices.
    Devices,
    /// Deciding changes that wait for approval.
    Approvals,
    /// Erasing records.
    Erasure,
    /// Opening a store whose PIN was forgotten.
    Resets,
}

impl Duty {
    /// Every duty there is.
    pub const ALL: [Self; 5] = [Self::Invitations, Self::Devices, Self::Approvals, Self::Erasure, Self::Resets];

    /// Its name in campaigns and in the JSON API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Invitations => "invitations",
            Self::Devices => "devices",
            Self::Approvals => "approvals",
            Self::Erasure => "erasure",
            Self::Resets => "resets",
        }
    }
}

/// The key that stands for every form a role does not name.
const ANY_FORM: &str = "*";

/// A role of the campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name in memberships.
    pub id: RoleId,
    /// Its name for people.
    pub label: Localised,
    reach: BTreeMap<FormId, Reaches>,
    any_form: Reaches,
    administers: BTreeMap<Duty, Reach>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Reaches {
    read: Reach,
    create: Reach,
    edit: Reach,
}

impl Role {
    /// How far this role may do this to records of this form.
    pub fn reach(&self, form: &FormId, action: Action) -> Reach {
        let reaches = self.reach.get(form).unwrap_or(&self.any_form);
        match action {
            Action::Read => reaches.read,
            Action::Create => reaches.create,
            Action::Edit => reaches.edit,
        }
    }

    /// How far this role carries this duty.
    pub fn administers(&self, duty: Duty) -> Reach {
        self.administers.get(&duty).copied().unwrap_or_default()
    }

    pub(super) fn read(node: Node<'_>, is_form: impl Fn(&FormId) -> bool) -> Option<Self> {
        let object = node.object()?;
        let id = object.need("id").and_then(|node| node.parsed());
        let label = object.need("label").and_then(Localised::read);
        let (mut reach, mut any_form) = (BTreeMap::new(), Reaches::default());
        if let Some(forms) = object.need("reach").and_then(|node| node.object()) {
            for (key, offset, node) in forms.entries() {
                let reaches = node.object().map(|object| read_reaches(&object)).unwrap_or_default();
                match key.parse::<FormId>().ok().filter(&is_form) {
                    Some(form) => _ = reach.insert(form, reaches),
                    None if key == ANY_FORM => any_form = reaches,
                    None => {
                        let message = format!("there is no form {key:?}");
                        forms.error_at(offset, CampaignErrorCode::UnknownReference, message);
                    }
                }
            }
        }
        let mut administers = BTreeMap::new();
        if let Some(duties) = object.get("administers").and_then(|node| node.object()) {
            for duty in Duty::ALL {
                administers.insert(duty, read_reach(&duties, duty.word()));
            }
            duties.finish();
        }
        object.finish();
        Some(Self { id: id?, label: label?, reach, any_form, administers })
    }
}

fn read_reaches(object: &ObjectNode<'_>) -> Reaches {
    let reaches = Reaches {
        read: read_reach(object, "read"),
        create: read_reach(object, "create"),
        edit: read_reach(object, "edit"),
    };
    object.finish();
    reaches
}

fn read_reach(object: &ObjectNode<'_>, key: &'static str) -> Reach {
    let words =
        [("none", Reach::None), ("own", Reach::Own), ("subtree", Reach::Subtree), ("campaign", Reach::Campaign)];
    object.get(key).and_then(|node| node.one_of(&words)).unwrap_or_default()
}
