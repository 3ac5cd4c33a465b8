//! A pinned Terraform from its maker.
//!
//! The archive is compared with the list of checksums that the maker publishes beside it, fetched over https from the
//! same server. That finds a download that broke or was cut short. It is no more than TLS is worth against a server
//! that lies, since the list's OpenPGP signature is not checked.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

/// The release that a machine without an engine gets.
pub(super) const VERSION: &str = "1.14.9";

/// How long a file may take: the archive has some 30 MB.
const PATIENCE: Duration = Duration::from_secs(300);

const RELEASES: &str = "https://releases.hashicorp.com/terraform";

/// The binary in `folder`, downloaded unless it is there already.
pub(super) fn terraform(folder: &Path) -> Result<PathBuf> {
    let binary = folder.join(format!("terraform-{VERSION}{}", std::env::consts::EXE_SUFFIX));
    if !binary.exists() {
        let archive = format!("terraform_{VERSION}_{}.zip", platform()?);
        let zip = fetch(&archive)?;
        let sums = fetch(&format!("terraform_{VERSION}_SHA256SUMS"))?;
        check(&archive, &zip, &String::from_utf8_lossy(&sums))?;
        fs::create_dir_all(folder)?;
        store(&zip, &binary)?;
    }
    Ok(binary)
}

/// The machine in the words of the releases.
fn platform() -> Result<String> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let system = match os {
        "linux" | "windows" | "freebsd" => os,
        "macos" => "darwin",
        _ => bail!("there is no release for {os} on {arch}"),
    };
    match arch {
        "x86_64" => Ok(format!("{system}_amd64")),
        "aarch64" => Ok(format!("{system}_arm64")),
        _ => bail!("there is no release for {os} on {arch}"),
    }
}

fn fetch(file: &str) -> Result<Vec<u8>> {
    let url = format!("{RELEASES}/{VERSION}/{file}");
    let get = || {
        let client = reqwest::blocking::Client::builder().https_only(true).timeout(PATIENCE).build()?;
        client.get(&url).send()?.error_for_status()?.bytes()
    };
    // In a thread of its own: a client that blocks panics within a runtime, and the caller may be in one.
    let got = std::thread::scope(|scope| {
        scope.spawn(get).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let got = got.map_err(reqwest::Error::without_url).with_context(|| format!("{url} can't be fetched"))?;
    Ok(got.into())
}

/// Compares an archive with the list of checksums: one a line, in hexadecimal, before the name of its file.
fn check(archive: &str, zip: &[u8], sums: &str) -> Result<()> {
    let of_archive = |line: &str| {
        let (sum, file) = line.split_once(char::is_whitespace)?;
        (file.trim_start().trim_start_matches('*') == archive).then(|| sum.to_ascii_lowercase())
    };
    let published = sums.lines().find_map(of_archive);
    let published = published.with_context(|| format!("the list of checksums does not name {archive}"))?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, zip);
    let found: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(found == published, "{archive} does not have the checksum that is published for it");
    Ok(())
}

/// Unpacks the binary beside its place, then moves it there at once: others may be doing the same.
fn store(zip: &[u8], binary: &Path) -> Result<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).context("the archive can't be unpacked")?;
    let mut packed = archive.by_name(&format!("terraform{}", std::env::consts::EXE_SUFFIX))?;
    let mut unpacked = tempfile::NamedTempFile::new_in(binary.parent().unwrap_or(Path::new(".")))?;
    io::copy(&mut packed, &mut unpacked)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(unpacked.path(), fs::Permissions::from_mode(0o755))?;
    }
    // Closed first: a file that is open for writing can't be run.
    unpacked.into_temp_path().persist(binary).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// The SHA-256 of `abc` (FIPS 180-2, appendix B.1).
    const SUM_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn an_archive_must_have_the_checksum_that_is_published_for_it() {
        let sums = format!("{}  other.zip\n{SUM_OF_ABC}  terraform.zip\n", "0".repeat(64));
        check("terraform.zip", b"abc", &sums).unwrap();
        check("terraform.zip", b"abc", &sums.replace("  ", " *")).unwrap();
        for (archive, zip, problem) in [
            ("terraform.zip", b"abcd".as_slice(), "does not have the checksum"),
            ("other.zip", b"abc", "does not have the checksum"),
            ("raform.zip", b"abc", "does not name raform.zip"),
        ] {
            let error = check(archive, zip, &sums).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn the_binary_of_an_archive_is_stored_so_that_it_runs() {
        let name = format!("terraform{}", std::env::consts::EXE_SUFFIX);
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(&*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(b"#!/bin/sh\nexit 7\n").unwrap();
        let zip = writer.finish().unwrap().into_inner();

        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("terraform-0");
        store(&zip, &binary).unwrap();
        store(&zip, &binary).unwrap();
        #[cfg(unix)]
        assert_eq!(std::process::Command::new(&binary).status().unwrap().code(), Some(7));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_archive_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = store(b"not a zip", &folder.path().join("terraform-0")).unwrap_err();
        assert_eq!(refused.to_string(), "the archive can't be unpacked");
    }
}
