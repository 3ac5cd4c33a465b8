//! Compiles the workspace's `proto/` into Rust with protox, so that nobody needs `protoc`.
//!
//! Beside the code it writes `descriptors.bin`, the compiled FileDescriptorSet, which `tests/descriptors.rs` compares
//! with the facts of the wire.

use std::error::Error;
use std::path::PathBuf;

use protox::prost::Message as _;

const PROTO: &str = "../../proto";
const FILES: [&str; 3] = ["tfplugin6.proto", "go_plugin.proto", "health.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PROTO}");
    let descriptors = protox::compile(FILES, [PROTO])?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;

    tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        .emit_rerun_if_changed(false)
        // Maps in order, so that the same schema is always the same bytes.
        .btree_map(".")
        // State and configurations hold secrets: no generated type may print them.
        .skip_debug([".tfplugin6.DynamicValue", ".tfplugin6.RawState"])
        .compile_fds(descriptors)?;
    Ok(())
}
