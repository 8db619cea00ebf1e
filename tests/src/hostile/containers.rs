//! Operations that hide, remove or invent containers and values.

use dongbo_core::{
    DeviceId,
    change::{Action, Key, ObjectId, OpId, Scalar},
    limits::TEXT_BYTES_MAX,
    record::StructureError,
};

use super::{
    Case, Sender, Victim,
    victim::{Next, answers, key},
};

pub(super) fn cases(sender: &Sender, victim: &Victim) -> Vec<Case> {
    use StructureError::{Container, Operation, OverContainer, Replaces, Twice, Value};
    let first_op = victim.third.change.start_op;
    let map = answers(victim);
    let text = |text: &str| Scalar::Text(text.into());
    let (content, title) = (victim.made("content"), victim.latest("title"));
    let nowhere = OpId { counter: 9_999, actor: victim.third.change.actor };
    let foreign = OpId { actor: dongbo_core::Actor::first(DeviceId([3; 16])), ..title };
    let next = |object, name: &str, action, value, replaces: &[_]| {
        victim.next().op(object, key(name), action, value, replaces)
    };
    let put = |name: &str, value, replaces: &[_]| next(map, name, Action::Put, value, replaces);
    let make = |name: &str, action, replaces: &[_]| next(map, name, action, Scalar::Null, replaces);
    let twice = put("place", text("một"), &[]).op(map, key("place"), Action::Put, text("hai"), &[]);
    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    let valued = next(map, "moi", Action::MakeMap, text("x"), &[]);
    let cases = [
        ("a container deleted", make("content", Action::Delete, &[content]), Operation(first_op)),
        ("a container under a value", put("content", text("ghi đè"), &[content]), OverContainer(first_op)),
        ("a container replaced", make("content", Action::MakeText, &[content]), Replaces(first_op)),
        ("a container beside another", make("content", Action::MakeText, &[]), Replaces(first_op)),
        ("an answer deleted", make("title", Action::Delete, &[title]), Operation(first_op)),
        ("a map that is not there", next(made(nowhere), "x", Action::Put, text("x"), &[]), Container(first_op)),
        ("a map of a foreign actor", next(made(foreign), "x", Action::Put, text("x"), &[]), Container(first_op)),
        ("an answer as a map", next(made(title), "x", Action::Put, text("x"), &[]), Container(first_op)),
        ("a map with a value", valued, Value(first_op)),
        ("bytes as an answer", put("place", Scalar::Bytes(vec![7; 8]), &[]), Value(first_op)),
        ("a text one byte too long", put("place", text(&long), &[]), Value(first_op)),
        ("a put beside what is visible", put("title", text("x"), &[]), Replaces(first_op)),
        ("a put over another's value", put("title", text("x"), &[content]), Replaces(first_op)),
        ("a put over a foreign value", put("title", text("x"), &[foreign]), Replaces(first_op)),
        ("a put over what was overwritten", put("title", text("x"), &[victim.made("title")]), Replaces(first_op)),
        ("one place twice", twice, Twice(first_op + 1)),
        ("a character in a map", victim.next().insert(map, Key::Head, "x"), Operation(first_op)),
        ("a map key that is inserted", victim.next().insert(map, key("place"), "x"), Operation(first_op)),
    ];
    let mut cases: Vec<Case> =
        cases.map(|(name, next, error)| Case::misplaced(sender, victim, name, &next.0, error)).into();
    for (name, depth) in [("maps one too deep", 8), ("maps ten thousand deep", 10_000)] {
        cases.push(Case::misplaced(sender, victim, name, &nested(victim, depth).0, "lies too deep"));
    }
    cases
}

fn made(id: OpId) -> ObjectId {
    ObjectId::Made(id)
}

/// Maps in maps below the answers.
fn nested(victim: &Victim, depth: u64) -> Next {
    let mut next = victim.next();
    for level in 0..depth {
        let object = if level == 0 { answers(victim) } else { made(next.own(level - 1)) };
        next = next.op(object, key("sau"), Action::MakeMap, Scalar::Null, &[]);
    }
    next
}
