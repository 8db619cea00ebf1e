//! How long a served hub waits for those who talk to it, and how much it does at once.

use std::time::Duration;

/// Waiting times and numbers of a served hub; tests take shorter ones.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A request's head must be there after this long. Counts from the end of the request before.
    pub head: Duration,
    /// A body may pause for this long.
    pub pause: Duration,
    /// A body must be there as a whole after this long: longer than an app waits, which on a weak line needs minutes.
    pub body: Duration,
    /// A request may take this long in all.
    pub request: Duration,
    /// A connection on which nothing moves is closed after this long; more than a request may take.
    pub idle: Duration,
    /// Requests under way at once, of those with a session; more are shed.
    pub requests_max: usize,
    /// Syncs of one device under way at once. More than one: on a bad network a phone tries again while the hub
    /// still waits for the rest of what broke off.
    pub device_syncs_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            head: seconds(30),
            pause: seconds(20),
            body: seconds(300),
            request: seconds(360),
            idle: seconds(390),
            requests_max: 512,
            device_syncs_max: 8,
        }
    }
}
