//! Rows in scope as a list asks for them: by unit with what is below it, by what is not settled, by the figure they
//! make up.

use dongbo_core::{
    UnitId,
    campaign::Measure,
    policy::Scope,
    record::Row,
    rollup::{Projection, RowQuery, Standing, contribution},
    store::Store,
    text::Search,
};
use serde::Deserialize;

use super::{Hub, HubError};

/// Rows that somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// With values that nobody has chosen between.
    Conflicts,
    /// With something that breaks the form's rules.
    Issues,
}

/// A figure of the roll-ups: of a measure, perhaps of a month, perhaps of a code in a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureQuery {
    /// The measure.
    pub measure: String,
    /// `YYYY-MM`.
    pub month: Option<String>,
    /// A dimension of the measure with a code in it.
    pub code: Option<(String, String)>,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct RecordsQuery {
    /// Form, unit (itself only) and page.
    pub rows: RowQuery,
    /// Only records of this unit and of everything below it.
    pub within: Option<UnitId>,
    /// Every word must stand in the record's texts ([`Search`]).
    pub words: Option<String>,
    /// Only rows of this kind.
    pub only: Option<Only>,
    /// Only rows that add to this figure, and count.
    pub figure: Option<FigureQuery>,
}

impl<S: Store> Hub<S> {
    /// Rows in scope, by record id. Only texts that the asking member may read are searched, so that nothing can be
    /// learned of the others by guessing.
    pub fn records(&self, scope: &Scope, query: &RecordsQuery) -> Result<Vec<Row>, HubError> {
        let campaign = &self.rules()?.campaign;
        let scope = self.narrowed(scope, query.within.as_ref())?;
        let search = query.words.as_deref().map(Search::new);
        let figure =
            query.figure.as_ref().map(|figure| Ok::<_, HubError>((figure, self.measure(figure)?))).transpose()?;
        let found = |row: &Row| {
            search
                .as_ref()
                .is_none_or(|search| campaign.form(&row.form).is_some_and(|form| search.matches(row.texts(form))))
        };
        let asked = |row: &Row| match query.only {
            Some(Only::Conflicts) => !row.conflicts.is_empty(),
            Some(Only::Issues) => !row.issues.is_empty(),
            None => true,
        };
        // Asked last: it reads what a row is linked to.
        let mut failed = None;
        let mut counts = |row: &Row| {
            let standing = Projection::standing(&self.store, campaign, row.record);
            standing.map(|standing| standing == Some(Standing::Counted)).unwrap_or_else(|error| {
                failed.get_or_insert(error);
                false
            })
        };
        let rows = Projection::rows(&self.store, &query.rows, |row| {
            scope.contains(&row.unit, &row.form)
                && asked(row)
                && found(row)
                && figure.is_none_or(|(figure, measure)| adds(campaign, figure, measure, row) && counts(row))
        })?;
        failed.map_or(Ok(rows), |error| Err(error.into()))
    }

    fn measure(&self, figure: &FigureQuery) -> Result<&Measure, HubError> {
        let mut measures = self.rules()?.campaign.measures().iter();
        let measure = measures.find(|measure| measure.id.as_str() == figure.measure);
        measure.ok_or_else(|| HubError::Invalid(format!("there is no measure {}", figure.measure)))
    }
}

/// Whether a row, as long as it counts, adds to a figure.
fn adds(campaign: &dongbo_core::campaign::Campaign, figure: &FigureQuery, measure: &Measure, row: &Row) -> bool {
    let (dimension, code) = figure.code.as_ref().map_or(("", ""), |(dimension, code)| (dimension, code));
    row.form == measure.form
        && contribution(campaign, row).keys().any(|cell| {
            cell.measure == figure.measure
                && cell.dimension == dimension
                && cell.code == code
                && figure.month.as_ref().is_none_or(|month| *month == cell.month)
        })
}
