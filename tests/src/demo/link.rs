//! The link between phones and hub: a TCP relay on loopback that can be cut, at once or in mid-transfer.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    thread,
};

/// No cut planned.
const NEVER: i64 = i64::MAX;

/// A relay to the hub.
pub struct Link {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    hub: SocketAddr,
    up: AtomicBool,
    /// Bytes that may still pass towards the hub before the link is cut.
    to_hub: AtomicI64,
    /// Bytes that may still pass towards the phones before the link is cut.
    from_hub: AtomicI64,
    cuts: AtomicU64,
    bytes_to_hub: AtomicU64,
    bytes_from_hub: AtomicU64,
}

impl Link {
    /// A relay on a free port.
    pub fn open(hub: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let state = Arc::new(State {
            hub,
            up: AtomicBool::new(true),
            to_hub: AtomicI64::new(NEVER),
            from_hub: AtomicI64::new(NEVER),
            cuts: AtomicU64::new(0),
            bytes_to_hub: AtomicU64::new(0),
            bytes_from_hub: AtomicU64::new(0),
        });
        let link = Self { address: listener.local_addr()?, state: state.clone() };
        thread::spawn(move || {
            for phone in listener.incoming().flatten() {
                let state = state.clone();
                thread::spawn(move || relay(phone, &state));
            }
        });
        Ok(link)
    }

    /// Where phones find the hub.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts the link up, whole, or down.
    pub fn set_up(&self, up: bool) {
        self.state.to_hub.store(NEVER, Ordering::SeqCst);
        self.state.from_hub.store(NEVER, Ordering::SeqCst);
        self.state.up.store(up, Ordering::SeqCst);
    }

    /// The link goes down after so many more bytes towards the hub.
    pub fn cut_after_sending(&self, bytes: i64) {
        self.state.to_hub.store(bytes, Ordering::SeqCst);
    }

    /// The link goes down after so many more bytes towards the phones.
    pub fn cut_after_receiving(&self, bytes: i64) {
        self.state.from_hub.store(bytes, Ordering::SeqCst);
    }

    /// How often the link was cut in mid-transfer.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Bytes that have passed towards the hub.
    pub fn bytes_to_hub(&self) -> u64 {
        self.state.bytes_to_hub.load(Ordering::SeqCst)
    }

    /// Bytes that have passed towards the phones.
    pub fn bytes_from_hub(&self) -> u64 {
        self.state.bytes_from_hub.load(Ordering::SeqCst)
    }
}

fn relay(phone: TcpStream, state: &Arc<State>) {
    if !state.up.load(Ordering::SeqCst) {
        return;
    }
    let Ok(hub) = TcpStream::connect(state.hub) else { return };
    let (Ok(phone_in), Ok(hub_out)) = (phone.try_clone(), hub.try_clone()) else { return };
    let up = state.clone();
    let sending = thread::spawn(move || pump(phone_in, hub_out, &up, true));
    pump(hub, phone, state, false);
    let _ = sending.join();
}

/// Moves bytes until an end closes or the link is cut.
fn pump(mut from: TcpStream, mut to: TcpStream, state: &State, towards_hub: bool) {
    let budget = if towards_hub { &state.to_hub } else { &state.from_hub };
    let mut buffer = [0; 16_384];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 || !state.up.load(Ordering::SeqCst) {
            break;
        }
        let planned = budget.load(Ordering::SeqCst) != NEVER;
        let left = if planned { budget.fetch_sub(count as i64, Ordering::SeqCst) - count as i64 } else { NEVER };
        let passed = if left < 0 { (count as i64 + left).max(0) as usize } else { count };
        let counted = if towards_hub { &state.bytes_to_hub } else { &state.bytes_from_hub };
        counted.fetch_add(passed as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..passed]).is_err() {
            break;
        }
        if left < 0 {
            state.cuts.fetch_add(1, Ordering::SeqCst);
            state.up.store(false, Ordering::SeqCst);
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
