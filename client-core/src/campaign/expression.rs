//! Expressions over answers, in the Common Expression Language (docs/campaign-format.md, "Expressions").

mod answers;
mod functions;
mod references;

use std::{collections::BTreeMap, fmt, sync::Arc};

use cel::{Context, Env, IdedExpr, parser::PrattParser};
use serde_json::Value;

pub(super) use answers::{Shape, Variable};
#[cfg(test)]
pub(super) use functions::FUNCTIONS;

use crate::{FieldId, limits::EXPRESSION_BYTES_MAX};

/// A condition over the answers of a record, compiled once.
#[derive(Clone)]
pub struct Expression {
    source: Arc<str>,
    program: Arc<IdedExpr>,
    language: Language,
    variables: Arc<[Variable]>,
}

/// Why a condition has no answer for a record, typically because a value it compares is absent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// A step of it is not defined for these answers, such as `null < 3`.
    #[error("the expression cannot be evaluated for these answers: {0}")]
    Undefined(String),
    /// It yields something else than true or false.
    #[error("the expression yields neither true nor false")]
    NotBoolean,
}

/// The functions an expression may call, built once per campaign.
#[derive(Clone)]
pub(super) struct Language(Arc<Env>);

impl Language {
    pub(super) fn new() -> Self {
        let mut env = Env::stdlib().with_optional_support(false);
        functions::add_to(&mut env);
        Self(Arc::new(env))
    }
}

impl Expression {
    /// Compiles; the error is a sentence for the campaign's author.
    pub(super) fn compile(source: &str, scope: &[Variable], language: &Language) -> Result<Self, String> {
        if source.len() > EXPRESSION_BYTES_MAX {
            return Err(format!("the expression is longer than {EXPRESSION_BYTES_MAX} bytes"));
        }
        // Not the default, which ANTLR made: half a MB of code and tables for a phone, and slow. A test compares the two.
        let program = PrattParser::new().parse(source).map_err(|errors| {
            let first = errors.errors.first().map_or_else(String::new, |error| error.msg.clone());
            format!("not a valid expression: {first}")
        })?;
        let used = references::check(&program, scope)?;
        let variables = scope.iter().filter(|variable| used.contains(&variable.id)).cloned().collect();
        let expression =
            Self { source: source.into(), program: Arc::new(program), language: language.clone(), variables };
        match expression.evaluate(&BTreeMap::new()) {
            Err(ExpressionError::NotBoolean) => Err(ExpressionError::NotBoolean.to_string()),
            _ => Ok(expression),
        }
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the condition holds for these answers.
    ///
    /// Every field of the form is bound: an absent answer, or one of the wrong type, as null (lists as empty).
    ///
    /// # Errors
    /// [`ExpressionError`]; callers treat the condition as one that does not apply.
    pub fn evaluate(&self, answers: &BTreeMap<FieldId, Value>) -> Result<bool, ExpressionError> {
        self.evaluate_with(|field| answers.get(field))
    }

    pub(super) fn evaluate_with<'v>(
        &self,
        answer: impl Fn(&FieldId) -> Option<&'v Value>,
    ) -> Result<bool, ExpressionError> {
        let mut context = Context::with_env(self.language.0.clone());
        for variable in self.variables.iter() {
            context.add_variable_from_value(variable.id.as_str(), variable.shape.bind(answer(&variable.id)));
        }
        match cel::Value::resolve(&self.program, &context) {
            Ok(cel::Value::Bool(holds)) => Ok(holds),
            Ok(cel::Value::Null) => Err(ExpressionError::Undefined("a value is absent".to_owned())),
            Ok(_) => Err(ExpressionError::NotBoolean),
            // The text of the error may repeat an answer: name the kind only.
            Err(error) => Err(ExpressionError::Undefined(functions::kind_of(&error).to_owned())),
        }
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.variables == other.variables
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.source)
    }
}

#[cfg(test)]
mod tests;
