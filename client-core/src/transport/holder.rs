//! Who lends the driver a replica, one step at a time.

use std::{future::Future, future::ready, ops::DerefMut};

use super::TransportError;
use crate::{replica::Replica, store::Store};

/// Lends a replica for one step of work on it. The driver gives it back before it waits for the network or for its next
/// try, so that an app saves while a request hangs on a weak line. Whatever is done in between goes out with the next
/// request, and an answer is held against the replica as it is when the answer arrives.
///
/// A holder that has nothing to lend any more says [`TransportError::Paused`]: the sync ends, what it did is kept.
pub trait Holder {
    /// The replica's store.
    type Store: Store;
    /// The loan; dropping it gives the replica back.
    type Guard<'a>: DerefMut<Target = Replica<Self::Store>>
    where
        Self: 'a;

    /// Waits until the replica is free and lends it. It is the same replica each time.
    fn hold(&mut self) -> impl Future<Output = Result<Self::Guard<'_>, TransportError>>;
}

/// A replica that nobody else uses meanwhile.
impl<S: Store> Holder for Replica<S> {
    type Store = S;
    type Guard<'a>
        = &'a mut Self
    where
        S: 'a;

    fn hold(&mut self) -> impl Future<Output = Result<Self::Guard<'_>, TransportError>> {
        ready(Ok(self))
    }
}
