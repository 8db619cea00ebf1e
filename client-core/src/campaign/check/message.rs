//! What to tell people about an issue, in both languages.

use jiff::civil::Date;

use crate::{
    campaign::{Bound, Field, FieldKind, Localised},
    record::Issue,
};

/// An issue before it has its place. Holds no answer: answers may be personal.
pub(super) enum Message<'f> {
    Required(&'f Field),
    Type(&'f Field),
    TooLong(&'f Field),
    Min(&'f Field, Bound),
    Max(&'f Field, Bound),
    Pattern(&'f Field),
    UnknownChoice(&'f Field),
    AfterClose(&'f Field, Date),
    Constraint(&'f Localised),
}

impl Message<'_> {
    pub(super) fn issue(&self, path: &str) -> Issue {
        let (code, message_vi, message_en) = self.texts();
        Issue { code: code.into(), field: path.into(), message_vi, message_en }
    }

    fn texts(&self) -> (&'static str, String, String) {
        let about = |field: &Field, vi: &str, en: &str| {
            (format!("{}: {vi}.", field.label.vi), format!("{}: {en}.", field.label.en))
        };
        let (code, (vi, en)) = match self {
            Self::Required(field) => ("required", about(field, "chưa điền", "not filled in yet")),
            Self::Type(field) => {
                ("type", about(field, "giá trị không đúng kiểu", "the value is not of the right kind"))
            }
            Self::TooLong(field) => ("too_long", about(field, "quá dài", "too long")),
            Self::Pattern(field) => ("pattern", about(field, "không đúng dạng quy định", "not in the required form")),
            Self::UnknownChoice(field) => {
                ("unknown_choice", about(field, "có lựa chọn không nằm trong danh mục", "a choice is not in the list"))
            }
            Self::Min(field, bound) => {
                let (vi, en) = bound_texts(*bound);
                let (what_vi, what_en) = measured(field);
                (
                    "min",
                    about(
                        field,
                        &format!("{what_vi} phải từ {vi} trở lên"),
                        &format!("{what_en} must be at least {en}"),
                    ),
                )
            }
            Self::Max(field, bound) => {
                let (vi, en) = bound_texts(*bound);
                let (what_vi, what_en) = measured(field);
                (
                    "max",
                    about(field, &format!("{what_vi} không được quá {vi}"), &format!("{what_en} must be at most {en}")),
                )
            }
            Self::AfterClose(field, closes_on) => {
                let (vi, en) = bound_texts(Bound::Date(*closes_on));
                let vi = format!("sau ngày kết thúc phong trào ({vi})");
                ("after_close", about(field, &vi, &format!("after the last day of the campaign ({en})")))
            }
            Self::Constraint(message) => ("constraint", (message.vi.clone(), message.en.clone())),
        };
        (code, vi, en)
    }
}

fn measured(field: &Field) -> (&'static str, &'static str) {
    match field.kind {
        FieldKind::Text | FieldKind::Paragraph => ("số ký tự", "the number of characters"),
        FieldKind::Choices(_) | FieldKind::Group(_) | FieldKind::Attachments => ("số mục", "the number of items"),
        FieldKind::Date => ("ngày", "the date"),
        _ => ("giá trị", "the value"),
    }
}

/// Vietnamese: `dd/MM/yyyy` and `1.234,5`. English: ISO 8601 and `1234.5`.
fn bound_texts(bound: Bound) -> (String, String) {
    match bound {
        Bound::Date(date) => (format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year()), date.to_string()),
        Bound::Number(number) => {
            let en = number.to_string();
            let (whole, fraction) = en.split_once('.').map_or((&*en, None), |(whole, rest)| (whole, Some(rest)));
            let mut vi = grouped(whole);
            if let Some(fraction) = fraction {
                vi = format!("{vi},{fraction}");
            }
            (vi, en)
        }
    }
}

/// Digits in groups of three, with points.
fn grouped(whole: &str) -> String {
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}
