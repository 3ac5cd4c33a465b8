//! A Unix socket in the file system: made so that nobody but its owner (or a group that the host names) can ever open
//! it, and removed with the value.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{UnixListener, UnixStream};

use super::environment::{Environment, SOCKET_DIRECTORY, SOCKET_GROUP};
use super::listener::ListenError;

/// Connections that may wait to be accepted. A host opens one.
const BACKLOG: i32 = 128;

/// Where the socket goes, and who may open it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnixPlace {
    directory: PathBuf,
    group: Option<String>,
}

impl UnixPlace {
    /// The place that the host's variables ask for: the system's directory for temporary files where they name none.
    pub(super) fn asked_for(environment: &Environment) -> Self {
        Self {
            directory: environment.value(SOCKET_DIRECTORY).map_or_else(std::env::temp_dir, PathBuf::from),
            group: environment.value(SOCKET_GROUP).map(ToOwned::to_owned),
        }
    }
}

/// A socket that listens. Dropping it removes its file.
pub(super) struct UnixSocket {
    listener: UnixListener,
    file: SocketFile,
}

impl UnixSocket {
    /// Makes the socket, sets who may open it, and only then listens: a connection before that is refused, so there
    /// is no moment at which a stranger gets in. Needs a Tokio runtime.
    pub(super) fn bind(place: &UnixPlace) -> Result<Self, ListenError> {
        let path = path_in(&place.directory)?;
        let group = place.group.as_deref().map(group_id).transpose()?;
        let bound = || -> io::Result<Self> {
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            socket.bind(&SockAddr::unix(&path)?)?;
            let file = SocketFile(path.clone());
            restrict(&path, group)?;
            socket.listen(BACKLOG)?;
            socket.set_nonblocking(true)?;
            Ok(Self { listener: UnixListener::from_std(socket.into())?, file })
        };
        bound().map_err(|source| ListenError::UnixSocket { path: path.clone(), source })
    }

    /// The socket's path.
    pub(super) fn path(&self) -> &str {
        &self.file.0
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

/// A name that no other process has: a system keeps names short (108 bytes on Linux, 104 on macOS), so it is brief.
fn path_in(directory: &Path) -> Result<String, ListenError> {
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    let path = directory.join(format!("plugin-{}-{nanoseconds:x}", std::process::id()));
    match path.into_os_string().into_string() {
        Ok(path) if !path.contains(['|', '\n', '\r']) => Ok(path),
        Ok(path) => Err(ListenError::UnspeakablePath { path: path.into() }),
        Err(path) => Err(ListenError::UnspeakablePath { path: path.into() }),
    }
}

/// A group by number or by name, in this order, as hosts read the variable.
fn group_id(group: &str) -> Result<u32, ListenError> {
    let by_name = || nix::unistd::Group::from_name(group).ok().flatten().map(|found| found.gid.as_raw());
    group.parse().ok().or_else(by_name).ok_or_else(|| ListenError::NoSuchGroup { group: group.to_owned() })
}

fn restrict(path: &str, group: Option<u32>) -> io::Result<()> {
    let mode = match group {
        Some(group) => {
            chown(path, None, Some(group))?;
            0o660
        }
        None => 0o600,
    };
    fs::set_permissions(path, Permissions::from_mode(mode))
}

struct SocketFile(String);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // The host may have removed the whole directory already; what is left is a file of no use, and no one to tell.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    fn place(directory: &Path, group: Option<&str>) -> UnixPlace {
        UnixPlace { directory: directory.to_owned(), group: group.map(ToOwned::to_owned) }
    }

    #[test]
    fn the_host_names_directory_and_group() {
        let environment = Environment::from_iter([(SOCKET_DIRECTORY, "/run/host"), (SOCKET_GROUP, "staff")]);

        assert_eq!(UnixPlace::asked_for(&environment), place(Path::new("/run/host"), Some("staff")));
        assert_eq!(UnixPlace::asked_for(&Environment::default()), place(&std::env::temp_dir(), None));
    }

    #[tokio::test]
    async fn only_the_owner_may_open_the_socket() {
        let directory = tempfile::tempdir().unwrap();

        let socket = UnixSocket::bind(&place(directory.path(), None)).unwrap();

        assert_eq!(fs::metadata(socket.path()).unwrap().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_group_that_the_host_names_may_open_the_socket() {
        let directory = tempfile::tempdir().unwrap();
        let own = nix::unistd::getegid();
        let name = nix::unistd::Group::from_gid(own).unwrap().expect("the test's group has a name").name;

        for group in [own.to_string(), name] {
            let socket = UnixSocket::bind(&place(directory.path(), Some(&group))).unwrap();

            let file = fs::metadata(socket.path()).unwrap();
            assert_eq!((file.mode() & 0o777, file.gid()), (0o660, own.as_raw()), "{group}");
        }
    }

    #[tokio::test]
    async fn an_unknown_group_is_named_and_leaves_no_socket() {
        let directory = tempfile::tempdir().unwrap();

        let Err(error) = UnixSocket::bind(&place(directory.path(), Some("no-such-group"))) else {
            panic!("the group does not exist")
        };

        assert_eq!(error.to_string(), "the group \"no-such-group\" of the plugin's socket is not known");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn the_file_goes_with_the_socket() {
        let directory = tempfile::tempdir().unwrap();
        let socket = UnixSocket::bind(&place(directory.path(), None)).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);

        drop(socket);

        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_path_that_would_break_the_handshake_line_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a|b", "a\nb"] {
            let odd = directory.path().join(name);
            fs::create_dir(&odd).unwrap();

            let outcome = UnixSocket::bind(&place(&odd, None));

            assert!(matches!(outcome, Err(ListenError::UnspeakablePath { .. })), "{name:?}");
        }
    }

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_is_an_error_that_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("d".repeat(120));
        fs::create_dir(&deep).unwrap();

        let Err(error) = UnixSocket::bind(&place(&deep, None)) else { panic!("the path is too long") };

        assert!(error.to_string().contains(&"d".repeat(120)), "{error}");
    }
}
