//! The functions of docs/campaign-format.md, "Functions".

use cel::{
    Env, ExecutionError,
    common::{
        types::{CelBool, CelDouble, CelInt, CelNull, CelString, DYN_TYPE, LIST_TYPE, STRING_TYPE},
        value::{CowVal, Val},
    },
};
use jiff::civil::Date;
use regex::Regex;

/// Every function an expression may name. Operators and the macros `has`, `all`, `exists`, `exists_one`, `map` and
/// `filter` are not functions.
pub(in crate::campaign) const FUNCTIONS: [&str; 12] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "int",
    "double",
    "string",
    "dyn",
    "sum",
    "answered",
    "days_between",
];

/// Adds ours to the standard ones.
pub(super) fn add_to(env: &mut Env) {
    let added = env
        .add_overload("sum", "sum_list", vec![LIST_TYPE], sum)
        .and_then(|()| env.add_overload("answered", "answered_dyn", vec![DYN_TYPE], answered))
        .and_then(|()| env.add_overload("days_between", "days_between", vec![STRING_TYPE, STRING_TYPE], days_between))
        .and_then(|()| env.add_overload("matches", "matches", vec![STRING_TYPE, STRING_TYPE], matches))
        .and_then(|()| env.add_member_overload("matches", "text_matches", STRING_TYPE, vec![STRING_TYPE], matches));
    debug_assert!(added.is_ok(), "these names are new: {added:?}");
}

/// The error without any value in it.
pub(super) fn kind_of(error: &ExecutionError) -> &'static str {
    match error {
        ExecutionError::NoSuchOverload(_)
        | ExecutionError::ValuesNotComparable(..)
        | ExecutionError::UnsupportedBinaryOperator(..)
        | ExecutionError::UnexpectedType { .. } => "a value is absent or of another type",
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero",
        ExecutionError::Overflow(..) => "a number is too large",
        ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_) => "there is no such item",
        _ => "it failed",
    }
}

fn no_overload(function: &str, value: &dyn Val) -> ExecutionError {
    ExecutionError::no_such_overload(function, vec![value.get_type().name().to_owned()])
}

/// `sum(list)`: an int if all are ints, else a double; nulls are left out.
fn sum<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [list] = &args[..] else { return Err(ExecutionError::invalid_argument_count(1, args.len())) };
    let list = list.as_ref();
    let items = list.as_iterable().ok_or_else(|| no_overload("sum", list))?;
    let (mut whole, mut broken, mut has_broken) = (0i64, 0.0, false);
    let mut items = items.iter();
    while let Some(item) = items.next() {
        if let Some(int) = item.downcast_ref::<CelInt>() {
            let overflow = || ExecutionError::function_error("sum", "the sum is too large");
            whole = whole.checked_add(*int.inner()).ok_or_else(overflow)?;
        } else if let Some(double) = item.downcast_ref::<CelDouble>() {
            broken += *double.inner();
            has_broken = true;
        } else if item.downcast_ref::<CelNull>().is_none() {
            return Err(no_overload("sum", item));
        }
    }
    Ok(if has_broken {
        CowVal::owned(CelDouble::from(whole as f64 + broken))
    } else {
        CowVal::owned(CelInt::from(whole))
    })
}

/// `answered(value)`: neither null, nor an empty text, nor an empty list.
fn answered<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [value] = &args[..] else { return Err(ExecutionError::invalid_argument_count(1, args.len())) };
    let value = value.as_ref();
    let empty = value.downcast_ref::<CelNull>().is_some()
        || value.downcast_ref::<CelString<'_>>().is_some_and(|text| text.inner().is_empty())
        || value.as_iterable().is_some_and(|list| list.iter().next().is_none());
    Ok(CowVal::owned(CelBool::from(!empty)))
}

/// `days_between(from, to)`: whole days from one date to the other.
fn days_between<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let date = |index: usize| -> Option<Date> {
        args.get(index)?.as_ref().downcast_ref::<CelString<'_>>()?.inner().parse().ok()
    };
    let days = date(0).zip(date(1)).and_then(|(from, to)| Some(i64::from(from.until(to).ok()?.get_days())));
    let days = days.ok_or_else(|| ExecutionError::function_error("days_between", "not a date"))?;
    Ok(CowVal::owned(CelInt::from(days)))
}

/// `text.matches(regex)`: CEL's, in linear time, by the same expressions as a field's `pattern`.
fn matches<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [text, regex] = &args[..] else { return Err(ExecutionError::invalid_argument_count(2, args.len())) };
    let (text, regex) = (text_of("matches", text)?, text_of("matches", regex)?);
    let regex = Regex::new(regex).map_err(|_| ExecutionError::function_error("matches", "not a regular expression"))?;
    Ok(CowVal::owned(CelBool::from(regex.is_match(text))))
}

fn text_of<'a>(function: &str, value: &'a CowVal<'_, '_>) -> Result<&'a str, ExecutionError> {
    let value = value.as_ref();
    let text = value.downcast_ref::<CelString<'_>>().ok_or_else(|| no_overload(function, value))?;
    Ok(text.inner())
}
