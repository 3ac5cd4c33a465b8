//! What the binary says of itself: the target that it is built for, and the commit where a release names it.
//!
//! The commit comes from the environment and not from git, so that a commit by itself links nothing again.

/// Set by a release to the commit that it is built from.
const COMMIT: &str = "PROVIDER_COMMIT";

/// Set in `.cargo/config.toml`, which says why.
const NO_JITTER: &str = "AWS_LC_SYS_NO_JITTER_ENTROPY";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={COMMIT}");
    println!("cargo::rerun-if-env-changed={NO_JITTER}");
    if std::env::var_os(NO_JITTER).is_none() {
        println!("cargo::warning={NO_JITTER} is not set: each start of this binary will take 30 ms, not 2");
    }
    let target = std::env::var("TARGET").expect("cargo sets TARGET for build scripts");
    let build = match std::env::var(COMMIT) {
        Ok(commit) => format!("{target}, commit {commit}"),
        Err(_) => target,
    };
    println!("cargo::rustc-env=BUILD={build}");
}
