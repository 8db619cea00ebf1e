//! `dongbo-web-bindgen MODULE FOLDER`: writes what a page loads of a compiled module: JavaScript, types, the module itself.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let (module, folder) = args.next().zip(args.next()).context("usage: dongbo-web-bindgen MODULE FOLDER")?;
    let mut bindgen = Bindgen::new();
    // Names of functions and compilers help nobody who downloads them.
    bindgen.input_path(module).web(true)?.omit_default_module_path(false).typescript(true);
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.generate(folder)
}
