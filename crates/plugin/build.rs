//! Compiles the workspace's `proto/` into Rust with protox, so that nobody needs `protoc`.
//!
//! Beside the code it writes `descriptors.bin`, the compiled FileDescriptorSet, which `tests/descriptors.rs` compares
//! with the facts of the wire.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use protox::prost::Message as _;
use protox::prost_reflect::prost_types::FileDescriptorSet;

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
        .compile_fds(descriptors.clone())?;
    expect_name_spaces_unused(&descriptors, &out)?;
    Ok(())
}

/// A message without fields that holds others is a name space, and nobody makes one. prost gives an attribute of a message
/// to those within it as well, so this one is written into what it has generated.
fn expect_name_spaces_unused(descriptors: &FileDescriptorSet, out: &Path) -> io::Result<()> {
    for file in descriptors.file.iter().filter(|file| FILES.contains(&file.name())) {
        let path = out.join(format!("{}.rs", file.package()));
        let mut code = std::fs::read_to_string(&path)?;
        for message in
            file.message_type.iter().filter(|one| one.field.is_empty() && !one.nested_type.is_empty())
        {
            let declaration = format!("pub struct {} {{}}", message.name());
            let expected = format!("#[expect(dead_code, reason = \"a name space\")]\n{declaration}");
            code = code.replace(&declaration, &expected);
        }
        std::fs::write(path, code)?;
    }
    Ok(())
}
