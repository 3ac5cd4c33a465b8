//! The corpus of the fuzz targets, replayed: what a fuzzer once found stays found, with any Rust.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::files::{read, repository, under};

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the binaries of the fuzz targets use it as a crate")]
mod targets;

use targets::TARGETS;

#[test]
fn every_file_of_the_corpus_passes_its_target() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let files = under(&folder("corpus").join(name));
        assert!(!files.is_empty(), "the target {name} has no corpus");
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            if std::panic::catch_unwind(|| target(&bytes)).is_err() {
                broken.push(file);
            }
        }
    }
    assert!(broken.is_empty(), "promises of targets are broken, as told above, by {broken:#?}");
}

#[test]
fn no_target_and_no_corpus_is_forgotten() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let corpora = std::fs::read_dir(folder("corpus")).unwrap().map(|entry| stem(entry.unwrap().path()));
    let binaries = under(&folder("fuzz_targets")).into_iter().map(stem);
    assert_eq!(corpora.collect::<BTreeSet<_>>(), targets);
    assert_eq!(binaries.collect::<BTreeSet<_>>(), targets);
    let manifest = read(&repository().join("tests/fuzz/Cargo.toml"));
    let named = manifest.split("[[bin]]\nname = \"").skip(1).filter_map(|rest| rest.split('"').next());
    assert_eq!(named.map(str::to_owned).collect::<BTreeSet<_>>(), targets);
}

fn folder(name: &str) -> PathBuf {
    repository().join("tests/fuzz").join(name)
}

fn stem(path: PathBuf) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}
