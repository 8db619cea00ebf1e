//! Roll-ups, deadlines and indicators, offline.

use dongbo_core::plan::Period;

use super::{Core, Replica};
use crate::{Cell, Deadline, DongboError, Indicator, Localised, Measure};

#[uniffi::export]
impl Replica {
    /// What the campaign measures.
    pub async fn measures(&self) -> Result<Vec<Measure>, DongboError> {
        let job = async |core: &mut Core| {
            Ok(core
                .rules()
                .map_or_else(Vec::new, |rules| rules.campaign.measures().iter().map(Measure::from).collect()))
        };
        self.shared.run(job).await
    }

    /// Roll-ups over what is on this device; of one measure, or of all.
    pub async fn rollup(&self, measure: Option<String>) -> Result<Vec<Cell>, DongboError> {
        let job =
            async move |core: &mut Core| Ok(core.rollup(measure.as_deref())?.into_iter().map(Cell::from).collect());
        self.shared.run(job).await
    }

    /// Deadlines of the units this person reads, as far as this device knows.
    pub async fn deadlines(&self) -> Result<Vec<Deadline>, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let job = async move |core: &mut Core| Ok(core.deadlines(now_ms)?.into_iter().map(Deadline::from).collect());
        self.shared.run(job).await
    }

    /// The campaign's indicators for the units this person reads, from reports of a year, as far as this device knows.
    pub async fn indicators(&self, year: i16) -> Result<Vec<Indicator>, DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let job = async move |core: &mut Core| {
            let period = Period::year(year)
                .ok_or_else(|| DongboError::of_code_with("invalid_value", format!("{year} is no year")))?;
            let Some(rules) = core.rules().cloned() else { return Ok(Vec::new()) };
            let views = core.targets(period, period.to, now_ms)?;
            let label = |code: &str| {
                let indicator = rules.campaign.indicators().iter().find(|indicator| indicator.code.as_str() == code);
                indicator.map_or(Localised { vi: code.to_owned(), en: code.to_owned() }, |found| (&found.label).into())
            };
            Ok(views
                .into_iter()
                .map(|view| {
                    let label = label(&view.indicator);
                    Indicator::from_core(view, label)
                })
                .collect())
        };
        self.shared.run(job).await
    }
}
