//! `cargo run -p install`: builds the provider and puts it into the implied local mirrors, where Terraform and OpenTofu
//! look without any configuration
//! (<https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories>).

use std::env::consts::{ARCH, EXE_SUFFIX, OS};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

const USAGE: &str = "\
Usage: cargo run -p install [-- OPTION]

  (no option)      build the provider for release and install it
  --binary FILE    install this binary, which is built already
  --remove         take every version out again
  --help           this text
";

const NAME: &str = "terraform-provider-turso";
const SOURCE: [&str; 2] = ["turso-community", "turso"];
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Each engine looks for `turso-community/turso` under its own.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(done) => {
            print(&done);
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("install: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the arguments ask for, and tells what was done.
fn run(arguments: &[OsString]) -> Result<String, String> {
    let words: Vec<_> = arguments.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    match words[..] {
        [] => install(&build()?, &mirror()?),
        ["--binary", _] => install(Path::new(&arguments[1]), &mirror()?),
        ["--remove"] => remove(&mirror()?),
        ["--help"] => Ok(USAGE.to_owned()),
        _ => Err(format!("these arguments are not known: {}\n\n{USAGE}", words.join(" "))),
    }
}

fn install(binary: &Path, mirror: &Path) -> Result<String, String> {
    let mut done = String::new();
    for registry in REGISTRIES {
        let folder = provider(mirror, registry).join(VERSION).join(platform());
        let place = folder.join(format!("{NAME}_v{VERSION}{EXE_SUFFIX}"));
        put(binary, &folder, &place).map_err(|error| format!("can't write {}: {error}", place.display()))?;
        done += &format!("installed {}\n", place.display());
    }
    Ok(format!(
        "{done}\n`terraform init` and `tofu init` take version {VERSION} from there now, unless a CLI configuration with a\n\
         `provider_installation` block says otherwise. Where a lock file knows {VERSION} from another build, take the\n\
         block of this provider out of .terraform.lock.hcl first. To remove: cargo run -p install -- --remove\n"
    ))
}

/// Replaces the file in one step: one that runs can't be written to.
fn put(binary: &Path, folder: &Path, place: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let new = folder.join("new");
    fs::copy(binary, &new)?;
    fs::rename(&new, place)
}

fn remove(mirror: &Path) -> Result<String, String> {
    let mut done = String::new();
    for registry in REGISTRIES {
        let folder = provider(mirror, registry);
        match fs::remove_dir_all(&folder) {
            Ok(()) => done += &format!("removed {}\n", folder.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("can't remove {}: {error}", folder.display())),
        }
        // The folders that held nothing else. One that is not empty is not removed.
        for parent in folder.ancestors().skip(1).take(2) {
            let _ = fs::remove_dir(parent);
        }
    }
    Ok(if done.is_empty() { format!("nothing is installed in {}\n", mirror.display()) } else { done })
}

fn provider(mirror: &Path, registry: &str) -> PathBuf {
    mirror.join(registry).join(SOURCE[0]).join(SOURCE[1])
}

fn build() -> Result<PathBuf, String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let build = ["build", "--release", "--locked", "--package", NAME];
    let status = Command::new(&cargo).args(build).current_dir(workspace).status();
    let status = status.map_err(|error| format!("can't run {}: {error}", cargo.display()))?;
    if !status.success() {
        return Err(format!("cargo could not build the provider: {status}"));
    }
    // This program lies beside it, in the folder of another profile.
    let own = env::current_exe().map_err(|error| format!("can't find this program: {error}"))?;
    let target = own.ancestors().nth(2).ok_or("this program lies in no target folder of cargo")?;
    Ok(target.join("release").join(format!("{NAME}{EXE_SUFFIX}")))
}

fn mirror() -> Result<PathBuf, String> {
    let variable = if cfg!(windows) { "APPDATA" } else { "HOME" };
    let home = env::var_os(variable).filter(|home| !home.is_empty());
    let home = home.ok_or_else(|| format!("{variable} is not set, so there is no folder to install into"))?;
    Ok(mirror_in(Path::new(&home)))
}

/// The implied mirror that all systems have: in `%APPDATA%` on Windows, else in the home folder.
fn mirror_in(home: &Path) -> PathBuf {
    home.join(if cfg!(windows) { "terraform.d" } else { ".terraform.d" }).join("plugins")
}

/// This platform by the names that Go has for it.
fn platform() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    let processor = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{processor}")
}

#[expect(clippy::print_stdout, reason = "a program for a terminal: its output is for people")]
fn print(text: &str) {
    print!("{text}");
}
