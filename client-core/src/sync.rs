//! Synchronising with a hub: the messages of protocol.md section 3, and the invitation link.

mod invitation;
mod message;

pub use invitation::{Invitation, InvitationError};
pub use message::{
    Admitted, FeedItem, JoinAnswer, JoinRequest, MessageError, Nonce, PROTOCOL_VERSION, Pair, Problem, RecordCode,
    Refused, SessionAnswer, SessionRequest, SyncRequest, SyncResponse, join_proof, session_proof,
};
