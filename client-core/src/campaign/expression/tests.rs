use serde_json::json;

use super::*;

fn scope() -> Vec<Variable> {
    let variable = |id: &str, shape| Variable { id: id.parse().unwrap(), shape };
    vec![
        variable("name", Shape::Text),
        variable("on", Shape::Text),
        variable("n", Shape::Integer),
        variable("price", Shape::Decimal),
        variable("yes", Shape::Boolean),
        variable("tags", Shape::Codes),
        variable("files", Shape::Files),
        variable("authors", Shape::Items(vec![variable("share", Shape::Integer), variable("hours", Shape::Decimal)])),
    ]
}

fn compile(source: &str) -> Result<Expression, String> {
    Expression::compile(source, &scope(), &Language::new())
}

#[test]
fn answers_look_like_their_kind() {
    let answers: BTreeMap<FieldId, Value> = serde_json::from_value(json!({
        "name": "An", "on": "2024-02-29", "n": 3, "price": "12.5", "yes": true, "tags": ["a", "b"],
        "files": [{"id": "f1"}],
        "authors": [{"id": "1", "share": 60, "hours": "1.5"}, {"id": "2", "share": 40}, {"id": "3"}],
    }))
    .unwrap();
    for (source, expected) in [
        ("name == 'An' && name.startsWith('A')", Some(true)),
        ("on < '2024-03-01'", Some(true)),
        ("days_between(on, '2024-03-01') == 1", Some(true)),
        ("n + 1 == 4 && n < 3.5", Some(true)),
        ("price > 12 && price < 12.6", Some(true)),
        ("yes", Some(true)),
        ("'a' in tags && !('c' in tags) && size(tags) == 2", Some(true)),
        ("files == ['f1']", Some(true)),
        ("sum(authors.map(a, a.share)) == 100", Some(true)),
        ("sum(authors.map(a, a.hours)) == 1.5", Some(true)),
        ("authors.exists(a, a.share == null) && authors.size() == 3", Some(true)),
        ("answered(name) && answered(tags) && !answered('') && !answered([]) && !answered(null)", Some(true)),
        ("name.matches('^B')", Some(false)),
        ("n / 0 == 1", None),
        ("name < 3", None),
        ("authors.all(a, a.share > 0)", None),
        ("days_between(name, on) == 1", None),
    ] {
        let expression = compile(source).unwrap();
        assert_eq!(expression.evaluate(&answers).ok(), expected, "{source}");
        assert_eq!(expression.source(), source);
    }
}

#[test]
fn what_is_absent_or_of_another_kind_is_null_and_lists_are_empty() {
    for answers in [json!({}), json!({"n": null}), json!({"n": "3", "name": 3, "tags": {"a": true}, "price": 12.5})] {
        let answers: BTreeMap<FieldId, Value> = serde_json::from_value(answers).unwrap();
        let holds = |source| compile(source).unwrap().evaluate(&answers).ok();
        assert_eq!(holds("n == null && name == null && price == null && yes == null"), Some(true));
        assert_eq!(holds("tags == [] && authors == [] && files == []"), Some(true));
        assert_eq!(holds("sum(authors.map(a, a.share)) == 0"), Some(true));
        assert_eq!(holds("n < 3"), None);
        assert_eq!(holds("yes"), None);
        assert_eq!(holds("n == null || n < 3"), Some(true));
    }
}

#[test]
fn a_mistake_is_found_before_any_record_meets_it() {
    for (source, expected) in [
        ("nmae == 'An'", "there is no field \"nmae\" here"),
        ("authors.map(a, a.shar).size() == 1", "there is no field \"shar\" in the group that \"a\" runs over"),
        ("authors.exists(a, b.share == 1)", "there is no field \"b\" here"),
        ("total(tags) == 1", "there is no function \"total\""),
        ("1 + 2", "the expression yields neither true nor false"),
        ("name ==", "not a valid expression"),
        ("tags.all(a, tags.all(b, tags.all(c, a == b && b == c)))", "more than 2 loops inside each other"),
        ("Foo{a: 1} == 2", "messages cannot be made"),
    ] {
        let error = compile(source).unwrap_err();
        assert!(error.starts_with(expected), "{source}: {error}");
    }
    assert!(compile(&"!".repeat(2_000)).unwrap_err().contains("longer than"));
}

#[test]
fn an_error_holds_no_answer() {
    let answers = serde_json::from_value(json!({"name": "Nguyễn Văn An"})).unwrap();
    let error = compile("name < 3").unwrap().evaluate(&answers).unwrap_err();
    assert!(!error.to_string().contains("An"), "{error}");
}

#[test]
fn deep_nesting_is_refused_rather_than_followed() {
    for (open, close) in [("(", ")"), ("[", "]"), ("!(", ")"), ("-(", ")"), ("{1:", "}")] {
        let depth = 990 / (open.len() + close.len());
        let source = format!("{}true{}", open.repeat(depth), close.repeat(depth));
        assert!(compile(&source).is_err(), "{open}");
        assert!(compile(&open.repeat(990 / open.len())).is_err(), "{open}");
    }
    assert!(compile(&format!("yes{}", " && yes".repeat(140))).is_ok(), "long is not deep");
}
