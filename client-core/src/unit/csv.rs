//! Units and successors as two CSV files (docs/campaign-format.md, "Units").

use std::{collections::BTreeMap, fmt, str::FromStr};

use csv::{ReaderBuilder, StringRecord};
use jiff::civil::Date;

use super::{Unit, UnitTree, midnight_ms};
use crate::UnitId;

const UNITS_HEADER: [&str; 8] = ["id", "code", "name", "name_en", "level", "parent", "valid_from", "valid_to"];
const SUCCESSORS_HEADER: [&str; 5] = ["old_id", "new_id", "effective_on", "relation", "legal_basis"];

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnitFile {
    /// `units.csv`.
    Units,
    /// `successors.csv`.
    Successors,
}

impl fmt::Display for UnitFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Units => "units.csv",
            Self::Successors => "successors.csv",
        })
    }
}

/// Something wrong in a line of a unit file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct UnitFileError {
    /// The file.
    pub file: UnitFile,
    /// Its line, from 1 (the header).
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

impl UnitTree {
    /// Reads the tree from `units.csv` and `successors.csv`.
    ///
    /// # Errors
    /// Everything wrong in either file, by file and line.
    pub fn from_csv(units: &str, successors: &str) -> Result<Self, Vec<UnitFileError>> {
        let mut errors = Vec::new();
        let mut lines = BTreeMap::new();
        let mut read: Vec<Unit> = Vec::new();
        for (line, row) in rows(UnitFile::Units, units, &UNITS_HEADER, &mut errors) {
            match unit(&row) {
                Ok(unit) => {
                    lines.insert(unit.id.clone(), line);
                    read.push(unit);
                }
                Err(message) => errors.push(UnitFileError { file: UnitFile::Units, line, message }),
            }
        }
        for (line, row) in rows(UnitFile::Successors, successors, &SUCCESSORS_HEADER, &mut errors) {
            if let Err(message) = link(&row, &mut read) {
                errors.push(UnitFileError { file: UnitFile::Successors, line, message });
            }
        }
        let tree = Self::new(read).unwrap_or_else(|found| {
            errors.extend(found.into_iter().map(|error| UnitFileError {
                file: UnitFile::Units,
                line: lines.get(error.unit()).copied().unwrap_or(1),
                message: error.to_string(),
            }));
            Self::default()
        });
        errors.sort();
        if errors.is_empty() { Ok(tree) } else { Err(errors) }
    }
}

fn rows(
    file: UnitFile,
    text: &str,
    header: &[&'static str],
    errors: &mut Vec<UnitFileError>,
) -> Vec<(u64, StringRecord)> {
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for (index, row) in reader.records().enumerate() {
        match row {
            Ok(row) if index == 0 && row != *header => {
                let message = format!("the header must be {}", header.join(","));
                errors.push(UnitFileError { file, line: 1, message });
                return Vec::new();
            }
            Ok(_) if index == 0 => {}
            Ok(row) => rows.push((row.position().map_or(1, csv::Position::line), row)),
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                errors.push(UnitFileError { file, line, message: error.to_string() });
            }
        }
    }
    if text.trim().is_empty() {
        errors.push(UnitFileError { file, line: 1, message: format!("the header must be {}", header.join(",")) });
    }
    rows
}

fn unit(row: &StringRecord) -> Result<Unit, String> {
    let required = |index: usize| match &row[index] {
        "" => Err(format!("{} is missing", UNITS_HEADER[index])),
        text => Ok(text.to_owned()),
    };
    Ok(Unit {
        id: parsed::<UnitId>(&row[0])?,
        code: required(1)?,
        name: required(2)?,
        name_en: filled(&row[3]).map(str::to_owned),
        level: required(4)?,
        parent: filled(&row[5]).map(parsed).transpose()?,
        valid_from_ms: filled(&row[6]).map(date).transpose()?.map(midnight_ms),
        valid_to_ms: filled(&row[7]).map(date).transpose()?.map(midnight_ms),
        successors: Vec::new(),
    })
}

/// Adds a successor. A row from a unit to itself records that it took others in and went on unchanged.
fn link(row: &StringRecord, units: &mut [Unit]) -> Result<(), String> {
    let (old, new) = (parsed::<UnitId>(&row[0])?, parsed::<UnitId>(&row[1])?);
    let effective_ms = midnight_ms(date(&row[2])?);
    let find = |id: &UnitId| units.iter().position(|unit| unit.id == *id).ok_or(format!("{id} is not in units.csv"));
    let (from, to) = (find(&old)?, find(&new)?);
    if !units[to].in_force_at(effective_ms) {
        return Err(format!("{new} is not in force on {}", &row[2]));
    }
    if old == new {
        return Ok(());
    }
    if units[from].valid_to_ms != Some(effective_ms) {
        return Err(format!("{old} does not end on {}", &row[2]));
    }
    if units[from].successors.contains(&new) {
        return Err(format!("{old} already has the successor {new}"));
    }
    units[from].successors.push(new);
    Ok(())
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn parsed<T: FromStr<Err: fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn date(text: &str) -> Result<Date, String> {
    let read = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    read.ok_or_else(|| format!("{text:?} is not a date such as 2025-07-01"))
}
