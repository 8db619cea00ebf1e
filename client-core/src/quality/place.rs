//! Where a record was made, and how far apart two places are.

use serde_json::Value;

use crate::{
    campaign::{FieldKind, Form},
    record::Row,
};

/// The mean radius of the Earth (IUGG), metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A point on the Earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    lat: f64,
    lon: f64,
}

impl Place {
    /// The first geopoint of the form that a row answers, `lat lon alt accuracy`.
    pub(super) fn of(form: &Form, row: &Row) -> Option<Self> {
        let mut points = form.fields.iter().filter(|field| matches!(field.kind, FieldKind::Geopoint));
        points.find_map(|field| Self::read(row.answers.get(&field.id).and_then(Value::as_str)?))
    }

    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ').map(str::parse::<f64>);
        let (Some(Ok(lat)), Some(Ok(lon))) = (numbers.next(), numbers.next()) else { return None };
        (lat.abs() <= 90.0 && lon.abs() <= 180.0).then_some(Self { lat, lon })
    }

    /// The distance along a great circle in metres, by the haversine formula.
    pub(super) fn distance_m(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let (d_lat, d_lon) = (lat_b - lat_a, (other.lon - self.lon).to_radians());
        let h = (d_lat / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * (d_lon / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_map() {
        let check = |a: &str, b: &str, metres: f64| {
            let distance = Place::read(a).unwrap().distance_m(Place::read(b).unwrap());
            assert!((distance - metres).abs() <= metres / 100.0, "{distance}");
        };
        // Vũng Tàu lighthouse to the town hall of Bà Rịa; a degree of latitude; around the date line; the same place.
        check("10.3340 107.0776 0 5", "10.4963 107.1688 0 5", 20_600.0);
        check("10 107 0 5", "11 107 0 5", 111_195.0);
        check("0 179.999 0 5", "0 -179.999 0 5", 222.4);
        check("10.3340 107.0776 0 5", "10.3340 107.0776 0 5", 0.0);
        for wrong in ["", "10", "91 0 0 0", "0 181 0 0", "x y", "NaN 0 0 0"] {
            assert_eq!(Place::read(wrong), None, "{wrong}");
        }
    }
}
