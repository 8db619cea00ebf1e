//! Indicators: what the campaign wants to reach, as data.

use jiff::civil::Date;

use super::{CampaignErrorCode, Code, Localised, json::Node};

/// When an indicator's goal is met. Values are in the indicator's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Goal {
    /// At least this value (`gte`).
    AtLeast(f64),
    /// Strictly more than this value (`gt`; the plan's "trên").
    MoreThan(f64),
    /// From the first to the second value, both included (`between`).
    Between(f64, f64),
    /// Judged by people (`qualitative`).
    Qualitative,
}

impl Goal {
    /// Whether a value meets the goal; `None` where people judge.
    pub fn is_met_by(self, value: f64) -> Option<bool> {
        match self {
            Self::AtLeast(least) => Some(value >= least),
            Self::MoreThan(bound) => Some(value > bound),
            Self::Between(least, most) => Some((least..=most).contains(&value)),
            Self::Qualitative => None,
        }
    }
}

/// One thing measured or judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    /// The plan's code.
    pub code: Code,
    /// What it is.
    pub label: Localised,
    /// When it is met.
    pub goal: Goal,
    /// Unit of the value, such as `percent`; `None` for a qualitative one.
    pub unit: Option<String>,
    /// Whom or what it is about, such as `province` or `commune`.
    pub scope: String,
    /// Levels whose units each have a figure of their own; none: one figure, of the units at the top.
    pub levels: Vec<String>,
    /// By when it is to be met.
    pub due: Option<Date>,
}

impl Indicator {
    pub(super) fn read(node: Node<'_>) -> Option<Self> {
        let object = node.object()?;
        let code = object.need("code").and_then(|node| node.parsed());
        let label = object.need("label").and_then(Localised::read);
        let op = object.need("op").and_then(|node| {
            node.one_of(&[("gte", Op::Gte), ("gt", Op::Gt), ("between", Op::Between), ("qualitative", Op::Qualitative)])
        });
        let scope = object.need("scope").and_then(|node| node.text()).map(str::to_owned);
        let levels = object.list("levels").into_iter().filter_map(|node| node.text()).map(str::to_owned).collect();
        let due = object.get("due").and_then(|node| node.date());
        let number = |key| object.need(key).and_then(|node| node.number());
        let goal = op.and_then(|op| match op {
            Op::Gte => number("value").map(Goal::AtLeast),
            Op::Gt => number("value").map(Goal::MoreThan),
            Op::Between => {
                let (least, most) = (number("value"), number("value_max"));
                if least > most {
                    node.error(CampaignErrorCode::InvalidValue, "\"value_max\" is below \"value\"");
                }
                Some(Goal::Between(least?, most?))
            }
            Op::Qualitative => Some(Goal::Qualitative),
        });
        let unit = match op {
            Some(Op::Qualitative) => None,
            _ => object.need("unit").and_then(|node| node.text()).map(str::to_owned),
        };
        if op.is_some() {
            object.finish();
        }
        Some(Self { code: code?, label: label?, goal: goal?, unit, scope: scope?, levels, due })
    }
}

#[derive(Clone, Copy)]
enum Op {
    Gte,
    Gt,
    Between,
    Qualitative,
}
