//! Tests of the campaign as a whole.

mod errors;
mod kh244;
mod mutation;
mod sections;

use super::*;

#[test]
fn a_campaign_is_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Campaign>();
}

/// The example of the reference parses, and is the one the error tests start from.
const DOCUMENT: &str = include_str!("../../../docs/campaign-format.md");

fn example() -> &'static str {
    let (_, after) = DOCUMENT.split_once("```json\n").unwrap();
    after.split_once("```").unwrap().0
}

#[test]
fn the_example_of_the_reference_is_a_campaign() {
    let campaign = Campaign::parse(example()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(campaign.id().as_str(), "clean-water");
    assert_eq!(campaign.forms().len(), 2);
    assert!(campaign.json().contains("\"extensions\""));
}

#[test]
fn the_reference_names_every_error_code_and_kind_of_field() {
    use CampaignErrorCode::*;
    for code in [
        Syntax,
        TooLarge,
        MissingKey,
        UnknownKey,
        DuplicateKey,
        WrongType,
        InvalidValue,
        DuplicateId,
        UnknownReference,
        Expression,
        Misplaced,
        UnsupportedFormat,
    ] {
        assert!(DOCUMENT.contains(&format!("`{code}`")), "{code}");
    }
    for function in expression::FUNCTIONS {
        assert!(DOCUMENT.contains(&format!("{function}(")), "{function}");
    }
}
