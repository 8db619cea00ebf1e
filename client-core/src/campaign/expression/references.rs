//! Checks that an expression names only fields and functions that exist.

use std::collections::BTreeSet;

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, operators};

use super::{Shape, Variable, functions::FUNCTIONS};
use crate::FieldId;

/// Loops inside loops an expression may have: a list has up to 1,000 items, so each level costs a factor of 1,000.
const LOOP_DEPTH_MAX: usize = 2;
/// `!` and `-` before one value. The parser counts every other nesting.
const SIGNS_MAX: usize = 96;

/// The fields an expression uses; else what it names that does not exist.
pub(super) fn check(expression: &IdedExpr, scope: &[Variable]) -> Result<BTreeSet<FieldId>, String> {
    let mut walk = Walk { scope, locals: Vec::new(), loops: 0, signs: 0, used: BTreeSet::new() };
    walk.expression(expression)?;
    Ok(walk.used)
}

struct Walk<'s> {
    scope: &'s [Variable],
    /// Names bound by macros, innermost last, with the fields of the group they run over.
    locals: Vec<(String, Option<&'s [Variable]>)>,
    loops: usize,
    signs: usize,
    used: BTreeSet<FieldId>,
}

impl<'s> Walk<'s> {
    fn expression(&mut self, node: &IdedExpr) -> Result<(), String> {
        match &node.expr {
            Expr::Unspecified | Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => {
                self.expression(&select.operand)?;
                self.member(&select.operand, &select.field)
            }
            Expr::Call(call) => {
                let named = call.func_name.starts_with(|first: char| first.is_ascii_alphabetic());
                if named && !FUNCTIONS.contains(&call.func_name.as_str()) {
                    return Err(format!("there is no function {:?}", call.func_name));
                }
                let is_sign = [operators::LOGICAL_NOT, operators::NEGATE].contains(&call.func_name.as_str());
                let outer = self.signs;
                self.signs = if is_sign { outer + 1 } else { 0 };
                if self.signs > SIGNS_MAX {
                    return Err(format!("more than {SIGNS_MAX} of ! and - before one value"));
                }
                call.target.iter().try_for_each(|target| self.expression(target))?;
                call.args.iter().try_for_each(|argument| self.expression(argument))?;
                self.signs = outer;
                Ok(())
            }
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.expression(element)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.expression(&entry.key)?;
                    self.expression(&entry.value)
                }
                EntryExpr::StructField(field) => self.expression(&field.value),
            }),
            Expr::Struct(_) => Err("messages cannot be made in an expression".into()),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn name(&mut self, name: &str) -> Result<(), String> {
        if name.starts_with('@') || self.locals.iter().any(|(local, _)| local == name) {
            return Ok(());
        }
        match self.scope.iter().find(|variable| variable.id.as_str() == name) {
            Some(variable) => {
                self.used.insert(variable.id.clone());
                Ok(())
            }
            None => Err(format!("there is no field {name:?} here")),
        }
    }

    fn member(&self, of: &IdedExpr, field: &str) -> Result<(), String> {
        let Expr::Ident(name) = &of.expr else { return Ok(()) };
        match self.locals.iter().rev().find(|(local, _)| local == name) {
            Some((_, Some(fields))) if !fields.iter().any(|known| known.id.as_str() == field) => {
                Err(format!("there is no field {field:?} in the group that {name:?} runs over"))
            }
            _ => Ok(()),
        }
    }

    fn comprehension(&mut self, loop_: &ComprehensionExpr) -> Result<(), String> {
        self.expression(&loop_.iter_range)?;
        self.expression(&loop_.accu_init)?;
        if self.loops == LOOP_DEPTH_MAX {
            return Err(format!("more than {LOOP_DEPTH_MAX} loops inside each other"));
        }
        self.loops += 1;
        let outside = self.locals.len();
        self.locals.push((loop_.accu_var.clone(), None));
        self.locals.push((loop_.iter_var.clone(), self.items(&loop_.iter_range)));
        self.locals.extend(loop_.iter_var2.iter().map(|name| (name.clone(), None)));
        let inner = [&loop_.loop_cond, &loop_.loop_step, &loop_.result];
        let checked = inner.into_iter().try_for_each(|part| self.expression(part));
        self.locals.truncate(outside);
        self.loops -= 1;
        checked
    }

    fn items(&self, range: &IdedExpr) -> Option<&'s [Variable]> {
        let Expr::Ident(name) = &range.expr else { return None };
        if self.locals.iter().any(|(local, _)| local == name) {
            return None;
        }
        self.scope.iter().find_map(|variable| match &variable.shape {
            Shape::Items(fields) if variable.id.as_str() == name => Some(&fields[..]),
            _ => None,
        })
    }
}
