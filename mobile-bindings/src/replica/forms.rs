//! What an app needs to draw any form of the campaign.

use std::collections::HashMap;

use super::{Core, Replica};
use crate::{Answer, Check, ChoiceList, Creatable, DongboError, Form, OrgUnit, record};

#[uniffi::export]
impl Replica {
    /// The campaign's forms.
    pub async fn forms(&self) -> Result<Vec<Form>, DongboError> {
        let job = async |core: &mut Core| {
            Ok(core.rules().map_or_else(Vec::new, |rules| rules.campaign.forms().iter().map(Form::from).collect()))
        };
        self.shared.run(job).await
    }

    /// The campaign's choice lists.
    pub async fn choice_lists(&self) -> Result<Vec<ChoiceList>, DongboError> {
        let job = async |core: &mut Core| {
            let lists = core.rules().map(|rules| rules.campaign.choice_lists().iter().map(ChoiceList::from).collect());
            Ok(lists.unwrap_or_default())
        };
        self.shared.run(job).await
    }

    /// The campaign's units, those of the past too.
    pub async fn units(&self) -> Result<Vec<OrgUnit>, DongboError> {
        let job = async |core: &mut Core| {
            Ok(core.rules().map_or_else(Vec::new, |rules| rules.units.all().map(OrgUnit::from).collect()))
        };
        self.shared.run(job).await
    }

    /// The forms this person may fill now, and for which units.
    pub async fn creatable(&self) -> Result<Vec<Creatable>, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let job = async move |core: &mut Core| {
            let creatable = |(form, units): (dongbo_core::FormId, Vec<dongbo_core::UnitId>)| Creatable {
                form: form.to_string(),
                units: units.iter().map(ToString::to_string).collect(),
            };
            Ok(core.creatable(now_ms)?.into_iter().map(creatable).collect())
        };
        self.shared.run(job).await
    }

    /// What a form says to the answers so far: which fields are asked, what is not right yet. Nothing is saved.
    pub async fn check(&self, form: String, answers: HashMap<String, Answer>) -> Result<Check, DongboError> {
        let id = form.parse::<dongbo_core::FormId>()?;
        let answers = answers.into_iter().map(|(field, answer)| (field, answer.into_saved()));
        let answers = record::answers(answers.collect())?;
        let job = async move |core: &mut Core| {
            let rules = core.rules().ok_or_else(|| DongboError::of_code("not_ready"))?;
            let form = rules.campaign.form(&id).ok_or_else(|| DongboError::of_code("unknown_form"))?;
            Ok(form.filling(&answers, &rules.campaign).into())
        };
        self.shared.run(job).await
    }
}
