//! Figures, as a table for people and as JSON for programs.

use std::path::Path;

use serde_json::{Value, json};

/// What a figure should reach.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
    /// For information only.
    None,
}

/// One measured figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// In what.
    pub unit: &'static str,
    /// What the value is held against, in the same unit and from the same run.
    pub floor: Option<f64>,
    /// What it should reach.
    pub target: Target,
}

impl Figure {
    /// Whether the target is met; `None` if there is none.
    pub fn met(&self) -> Option<bool> {
        match self.target {
            Target::AtLeast(least) => Some(self.value >= least),
            Target::AtMost(most) => Some(self.value <= most),
            Target::None => None,
        }
    }

    fn to_json(&self) -> Value {
        let target = match self.target {
            Target::AtLeast(least) => json!({ "at_least": least }),
            Target::AtMost(most) => json!({ "at_most": most }),
            Target::None => Value::Null,
        };
        json!({
            "name": self.name, "value": self.value, "unit": self.unit, "floor": self.floor, "target": target,
            "met": self.met(),
        })
    }
}

/// The figures of one run.
#[derive(Debug, Default)]
pub struct Report {
    figures: Vec<Figure>,
}

impl Report {
    /// Adds a figure and prints its line.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str, floor: Option<f64>, target: Target) {
        let figure = Figure { name: name.into(), value, unit, floor, target };
        print_line(&line(&figure));
        self.figures.push(figure);
    }

    /// The table.
    pub fn print(&self) {
        print_line(&format!("\n{:<62} {:>12} {:>12} {:>14}  met", "figure", "value", "floor", "target"));
        self.figures.iter().for_each(|figure| print_line(&line(figure)));
    }

    /// One JSON object per figure.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let figures: Vec<Value> = self.figures.iter().map(Figure::to_json).collect();
        Ok(std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?)
    }
}

fn line(figure: &Figure) -> String {
    let target = match figure.target {
        Target::AtLeast(least) => format!(">= {}", number(least)),
        Target::AtMost(most) => format!("<= {}", number(most)),
        Target::None => String::new(),
    };
    let met = figure.met().map_or("", |met| if met { "yes" } else { "NO" });
    let floor = figure.floor.map(number).unwrap_or_default();
    let name = format!("{} [{}]", figure.name, figure.unit);
    format!("{name:<62} {:>12} {floor:>12} {target:>14}  {met}", number(figure.value))
}

fn number(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// Tells what is being done.
pub fn say(text: &str) {
    print_line(&format!("-- {text}"));
}

#[expect(clippy::print_stdout, reason = "telling what was measured is what a benchmark is for")]
fn print_line(text: &str) {
    println!("{text}");
}
