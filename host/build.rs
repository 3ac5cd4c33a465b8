//! Compiles the workspace's `proto/` into a client of our own with protox, so that nobody needs `protoc`.

use std::error::Error;

const FILES: [&str; 3] = ["tfplugin6.proto", "go_plugin.proto", "health.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../proto");
    let descriptors = protox::compile(FILES, ["../proto"])?;
    tonic_prost_build::configure()
        .build_server(false)
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}
