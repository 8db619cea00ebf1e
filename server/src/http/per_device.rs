//! How much of one kind each device has under way, so that none takes what is meant for all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use dongbo_core::DeviceId;

/// Places for each device.
#[derive(Clone)]
pub(super) struct PerDevice {
    places_max: usize,
    taken: Arc<Mutex<HashMap<DeviceId, usize>>>,
}

/// One place; free again when it is dropped.
pub(super) struct Place {
    pub(super) device: DeviceId,
    all: PerDevice,
}

impl PerDevice {
    pub(super) fn new(places_max: usize) -> Self {
        Self { places_max, taken: Arc::default() }
    }

    /// A place, unless this device has all of its own.
    pub(super) fn take(&self, device: DeviceId) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(device).or_default();
        if *count >= self.places_max {
            return None;
        }
        *count += 1;
        Some(Place { device, all: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.all.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.device);
            }
        }
    }
}
