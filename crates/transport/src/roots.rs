//! The root certificates of this machine, found where Terraform finds them (Go's `crypto/x509`): the first file of a
//! list, and every certificate in some directories. `SSL_CERT_FILE` and `SSL_CERT_DIR` stand for the one or the other
//! only, so that a company's own authority in a file comes beside the public ones in the directories. On macOS and
//! Windows the system itself decides.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Of Debian and Arch, Fedora, openSUSE, RHEL, and Alpine and the BSDs.
const FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];
const DIRECTORIES: &[&str] = &["/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/local/share/certs"];

/// Where certificates are looked for.
#[derive(Debug)]
pub(crate) struct Places {
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
}

impl Places {
    pub(crate) fn of_environment() -> Self {
        Self::read(|name| std::env::var_os(name))
    }

    fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let given = |name| variable(name).filter(|value| !value.is_empty());
        let usual = |paths: &[&str]| paths.iter().map(PathBuf::from).collect();
        Self {
            files: given("SSL_CERT_FILE").map_or_else(|| usual(FILES), |file| vec![file.into()]),
            directories: given("SSL_CERT_DIR")
                .map_or_else(|| usual(DIRECTORIES), |list| std::env::split_paths(&list).collect()),
        }
    }

    /// The certificates. What can't be read, or is none, is passed over.
    pub(crate) fn certificates(&self) -> RootCertStore {
        let file = self.files.iter().find_map(|file| read(file));
        let entries = self
            .directories
            .iter()
            .flat_map(|directory| fs::read_dir(directory).into_iter().flatten().flatten());
        // Beside each certificate such a directory has a link to it, named by its hash.
        let entries = entries.map(|entry| entry.path()).filter(|path| !is_link_to_neighbour(path));
        let mut seen = HashSet::new();
        let mut roots = RootCertStore::empty();
        for bytes in file.into_iter().chain(entries.filter_map(|path| read(&path))) {
            let new = CertificateDer::pem_slice_iter(&bytes).flatten().filter(|der| seen.insert(der.clone()));
            roots.add_parsable_certificates(new);
        }
        roots
    }
}

/// Regular files only: a pipe would never end.
fn read(path: &Path) -> Option<Vec<u8>> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    fs::read(path).ok()
}

fn is_link_to_neighbour(path: &Path) -> bool {
    fs::read_link(path).is_ok_and(|target| target.components().count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> String {
        rcgen::generate_simple_self_signed(["authority.example".to_owned()]).unwrap().cert.pem()
    }

    #[test]
    fn a_file_of_ones_own_comes_beside_the_directories_and_a_directory_beside_the_files() {
        let places = |name: &'static str| Places::read(move |asked| (asked == name).then(|| "/own".into()));

        let usual = places("none");
        assert_eq!((usual.files.len(), usual.directories.len()), (FILES.len(), DIRECTORIES.len()));
        let own_file = places("SSL_CERT_FILE");
        assert_eq!((own_file.files, own_file.directories), (vec!["/own".into()], usual.directories));
        let own_directory = places("SSL_CERT_DIR");
        assert_eq!((own_directory.files, own_directory.directories), (usual.files, vec!["/own".into()]));
    }

    #[test]
    fn all_certificates_of_the_file_and_the_directories_are_read_each_once_and_rubbish_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (first, second, third) = (authority(), authority(), authority());
        fs::create_dir(path("certs")).unwrap();
        fs::write(
            path("bundle.pem"),
            format!("{first}{second}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        )
        .unwrap();
        fs::write(path("certs/own.crt"), &third).unwrap();
        fs::write(path("certs/again.pem"), &second).unwrap();
        fs::write(path("certs/README"), "no certificate").unwrap();
        std::os::unix::fs::symlink("own.crt", path("certs/0a1b2c3d.0")).unwrap();

        let places = Places {
            files: vec![path("absent"), path("bundle.pem")],
            directories: vec![path("certs"), path("no")],
        };

        assert_eq!(places.certificates().len(), 3);
        assert_eq!(Places { files: vec![], directories: vec![path("no")] }.certificates().len(), 0);
    }
}
