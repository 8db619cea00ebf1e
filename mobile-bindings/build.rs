//! Links what apps ship as small as it goes. Nothing else is built for size, so that other builds need no special linker.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let said = |name| std::env::var(name).unwrap_or_default();
    // The profile `mobile`, and no other.
    if said("OPT_LEVEL") != "z" {
        return;
    }
    // What the loader sets right, packed: Android reads its own form since 6.0. glibc asks for a mark beside that of Linux.
    let relocations = match &*said("CARGO_CFG_TARGET_OS") {
        "android" => "--pack-dyn-relocs=android",
        "linux" => "-z,pack-relative-relocs",
        // Apple's linker drops what is unused by itself, and an app's build does the linking.
        _ => return,
    };
    // Functions of the same code are one: generic code makes the same one for many types.
    for argument in ["--icf=all", relocations] {
        println!("cargo::rustc-link-arg-cdylib=-Wl,{argument}");
    }
}
