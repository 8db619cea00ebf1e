//! What Automerge writes otherwise than the structure rules want it.
//!
//! A change of an actor that wrote before names that actor's last change beside the heads, although the heads build
//! on it: [`lean`] takes it out, for a dependency may not be an ancestor of another.
//!
//! A conflict can be settled by the value that wins already. Automerge writes such a put as a deletion of the other values, which the structure rules do not have (nothing is
//! ever deleted in a map). This turns it back into what was meant: a put of the value that replaces all of them.

use automerge::{
    Automerge, Change, ObjId, ReadDoc as _,
    legacy::{self, Key, OpType},
};

/// The change with exactly these heads as dependencies.
pub(super) fn lean(heads: &[crate::ChangeHash], change: Change) -> Change {
    if change.deps().len() == heads.len() {
        return change;
    }
    let mut expanded = change.decode();
    expanded.deps.retain(|dep| heads.iter().any(|head| head.0 == dep.0));
    Change::from(expanded)
}

/// The change with every deletion in a map turned into a put of the value that wins at `base`.
pub(super) fn put_winners(base: &Automerge, change: Change) -> Change {
    let mut expanded = change.decode();
    let mut turned = false;
    for op in &mut expanded.operations {
        let (OpType::Delete, Key::Map(key)) = (&op.action, &op.key) else { continue };
        let object = match &op.obj {
            legacy::ObjectId::Root => ObjId::Root,
            legacy::ObjectId::Id(id) => ObjId::Id(id.0, id.1.clone(), 0),
        };
        let Ok(Some((winner, ObjId::Id(counter, actor, _)))) = base.get(&object, key.as_str()) else { continue };
        let Ok(value) = winner.into_scalar() else { continue };
        op.action = OpType::Put(value);
        op.pred = op.pred.iter().cloned().chain([legacy::OpId(counter, actor)]).collect();
        turned = true;
    }
    if turned { Change::from(expanded) } else { change }
}
