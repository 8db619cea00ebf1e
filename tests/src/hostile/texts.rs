//! Operations that do not fit a text.

use dongbo_core::{
    change::{Action, Key, ObjectId, OpId, Scalar},
    record::StructureError,
};

use super::{
    Case, Sender, Victim,
    victim::{Next, key},
};

pub(super) fn cases(sender: &Sender, victim: &Victim) -> Vec<Case> {
    use StructureError::{Container, Operation, Replaces, Value};
    let first_op = victim.third.change.start_op;
    let content = ObjectId::Made(victim.made("content"));
    let character = victim.character();
    let nowhere = OpId { counter: 9_999, actor: victim.third.change.actor };
    let next = || victim.next();
    let on = |at: OpId, action, value, replaces: &[_]| next().op(content, Key::Element(at), action, value, replaces);
    let delete = |at, value, replaces: &[_]| on(at, Action::Delete, value, replaces);
    let foreign_text = next().insert(ObjectId::Made(victim.made("result")), Key::Element(character), "x");
    let number = {
        let mut next = next().insert(content, Key::Head, "x");
        next.0.ops[0].value = Scalar::Int(1);
        next
    };
    let replacing = {
        let mut next = next().insert(content, Key::Head, "x");
        next.0.ops[0].replaces = vec![character];
        next
    };
    let list: [(&str, Next, StructureError); 12] = [
        ("two characters at once", next().insert(content, Key::Head, "ab"), Value(first_op)),
        ("no character", next().insert(content, Key::Head, ""), Value(first_op)),
        ("a number as a character", number, Value(first_op)),
        ("an insertion that replaces", replacing, Replaces(first_op)),
        ("a character after nothing", next().insert(content, Key::Element(nowhere), "x"), Operation(first_op)),
        ("a character after another text's", foreign_text, Operation(first_op)),
        (
            "a character overwritten",
            on(character, Action::Put, Scalar::Text("x".into()), &[character]),
            Operation(first_op),
        ),
        ("a map in a text", on(character, Action::MakeMap, Scalar::Null, &[]), Operation(first_op)),
        ("a key in a text", next().op(content, key("x"), Action::Put, Scalar::Int(1), &[]), Operation(first_op)),
        ("a deletion of nothing", delete(nowhere, Scalar::Null, &[nowhere]), Replaces(first_op)),
        ("a deletion with a value", delete(character, Scalar::Int(1), &[character]), Value(first_op)),
        ("a character as a text", next().insert(ObjectId::Made(character), Key::Head, "x"), Container(first_op)),
    ];
    list.map(|(name, next, error)| Case::misplaced(sender, victim, name, &next.0, error)).into()
}
