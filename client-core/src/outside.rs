//! What the core does not have of itself: the time and randomness. They are arguments.

/// A source of random bytes: the system's, or a seeded one in tests.
pub trait Entropy {
    /// Fills `bytes` with randomness.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Entropy for F {
    fn fill(&mut self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// The moment an operation happens at: the device's clock and randomness.
pub struct Moment<'a> {
    /// Milliseconds since the Unix epoch, by the device's clock.
    pub now_ms: i64,
    /// Randomness.
    pub entropy: &'a mut dyn Entropy,
}

impl<'a> Moment<'a> {
    /// A moment.
    pub fn new(now_ms: i64, entropy: &'a mut dyn Entropy) -> Self {
        Self { now_ms, entropy }
    }

    /// Random bytes.
    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A random UUID (version 4) as text.
    pub fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.random()).into_uuid().hyphenated().to_string()
    }
}
