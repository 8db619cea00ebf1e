//! From `--set field=value` to answers, by the kind of each field.

use std::{collections::BTreeMap, io::Read as _};

use anyhow::{Context as _, bail};
use dongbo_core::{
    FieldId,
    campaign::{FieldKind, Form},
};
use serde_json::{Value, json};

use super::AnswerArgs;

/// Answers by field.
pub(super) type Answers = BTreeMap<FieldId, Value>;

impl AnswerArgs {
    /// Reads what was given for a form.
    pub(super) fn read(&self, form: &Form) -> anyhow::Result<Answers> {
        let mut answers = Answers::new();
        if let Some(file) = &self.json_answers {
            let mut text = String::new();
            if file.as_os_str() == "-" {
                std::io::stdin().read_to_string(&mut text)?;
            } else {
                text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            }
            answers = serde_json::from_str(&text).context("the answers are no JSON object")?;
        }
        for set in &self.set {
            let (name, text) = set.split_once('=').with_context(|| format!("{set:?} is not field=value"))?;
            let id: FieldId = name.parse()?;
            let field = form.field(&id).with_context(|| {
                let known: Vec<&str> = form.fields.iter().map(|field| field.id.as_str()).collect();
                format!("the form {} has no field {name}; it has {}", form.id, known.join(", "))
            })?;
            answers.insert(id, value(&field.kind, text).with_context(|| format!("{name}={text}"))?);
        }
        Ok(answers)
    }
}

fn value(kind: &FieldKind, text: &str) -> anyhow::Result<Value> {
    Ok(match kind {
        _ if text.is_empty() => Value::Null,
        FieldKind::Integer => json!(text.parse::<i64>().context("not a whole number")?),
        FieldKind::Boolean => match text {
            "true" | "có" | "co" | "yes" => json!(true),
            "false" | "không" | "khong" | "no" => json!(false),
            _ => bail!("not true or false"),
        },
        FieldKind::Counter => {
            let (how, number) = match text.strip_prefix('=') {
                Some(number) => ("set", number),
                None => ("add", text.strip_prefix('+').unwrap_or(text)),
            };
            json!({how: number.parse::<i64>().context("not a count: +5, -5 or =5")?})
        }
        FieldKind::DateTime => text.parse::<i64>().map_or_else(|_| json!(text), |ms| json!(ms)),
        FieldKind::Choices(_) => text.split(',').map(str::trim).filter(|code| !code.is_empty()).collect(),
        FieldKind::Group(_) | FieldKind::Attachments => serde_json::from_str(text).context("not JSON")?,
        _ => json!(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_kind() {
        let list = "themes".parse().unwrap();
        for (kind, text, expected) in [
            (FieldKind::Text, "Ra quân = ra quân", json!("Ra quân = ra quân")),
            (FieldKind::Text, "", Value::Null),
            (FieldKind::Integer, "-3", json!(-3)),
            (FieldKind::Boolean, "có", json!(true)),
            (FieldKind::Counter, "+5", json!({"add": 5})),
            (FieldKind::Counter, "5", json!({"add": 5})),
            (FieldKind::Counter, "=5", json!({"set": 5})),
            (FieldKind::Counter, "-5", json!({"add": -5})),
            (FieldKind::Choices(list), "ND.1, ND.3", json!(["ND.1", "ND.3"])),
            (FieldKind::Group(vec![]), r#"[{"name": "Hòa"}]"#, json!([{"name": "Hòa"}])),
        ] {
            assert_eq!(value(&kind, text).unwrap(), expected, "{text}");
        }
        assert!(value(&FieldKind::Integer, "ba").is_err());
        assert!(value(&FieldKind::Counter, "é").is_err());
    }
}
