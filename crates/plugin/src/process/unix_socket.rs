//! A Unix socket in the file system: made so that nobody but its owner (or a group that the host names) can ever open
//! it, and removed with the value.
//!
//! The directory may be someone else's, who can put a link where the socket was a moment ago. So nothing is changed by a
//! path: the socket has its mode before it has a name, and a group is let in through a handle of what was found there.

use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use nix::fcntl::{AtFlags, OFlag};
use nix::sys::stat::{Mode, SFlag};
use nix::unistd::Gid;
use socket2::{Domain, SockAddr, Socket, Type};
use tempfile::{TempDir, TempPath};
use tokio::net::{UnixListener, UnixStream};

use super::environment::{Environment, SOCKET_DIRECTORY, SOCKET_GROUP};

/// Connections that may wait to be accepted. A host opens one.
const BACKLOG: i32 = 128;

/// A socket's name is this and [`RANDOM_CHARACTERS`]: 16 bytes, as long as that of a provider in Go, so that what is
/// short enough a `TMPDIR` for those is so here. A whole path has 107 bytes on Linux, and 103 on macOS.
const NAME_PREFIX: &str = "plugin";
const RANDOM_CHARACTERS: usize = 10;

const OWNER_ONLY: Mode = Mode::S_IRUSR.union(Mode::S_IWUSR);
const GROUP_TOO: Mode = OWNER_ONLY.union(Mode::S_IRGRP).union(Mode::S_IWGRP);

/// The system's own directory for temporary files, wherever `TMPDIR` points.
const SYSTEM_TEMPORARY: &str = "/tmp";

/// Where the socket goes, and who may open it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnixPlace {
    directory: Directory,
    group: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Directory {
    /// The host named it, and looks for the socket nowhere else.
    Named(PathBuf),
    /// For temporary files. Where it can't hold the socket, a new one under [`SYSTEM_TEMPORARY`] does.
    Temporary(PathBuf),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum UnixSocketError {
    #[error("the group {group:?} of the plugin's socket is not known")]
    NoSuchGroup { group: String },
    #[error("cannot make a Unix socket in {directory:?}")]
    Directory { directory: PathBuf, source: io::Error },
    #[error(
        "cannot make a Unix socket in the temporary directory {directory:?} ({reason}) nor in a new one in {parent:?} \
         ({parent_reason}): set TMPDIR to a directory with a short path that can be written to"
    )]
    Temporary { directory: PathBuf, reason: io::Error, parent: PathBuf, parent_reason: io::Error },
}

impl UnixPlace {
    /// The place that the host's variables ask for: the directory for temporary files where they name none.
    pub(super) fn asked_for(environment: &Environment) -> Self {
        let named = environment.value(SOCKET_DIRECTORY).map(|named| Directory::Named(named.into()));
        Self {
            directory: named.unwrap_or_else(|| Directory::Temporary(temporary_directory())),
            group: environment.value(SOCKET_GROUP).map(ToOwned::to_owned),
        }
    }
}

/// `TMPDIR`; an empty one counts as absent, as in Go. (The standard library would take it for the working directory.)
fn temporary_directory() -> PathBuf {
    Some(std::env::temp_dir())
        .filter(|directory| !directory.as_os_str().is_empty())
        .unwrap_or_else(|| SYSTEM_TEMPORARY.into())
}

/// A socket that listens. Dropping it removes its file, and the directory that was made for it.
pub(super) struct UnixSocket {
    listener: UnixListener,
    path: String,
    // Fields are dropped in this order: a directory can be removed once it is empty.
    _file: TempPath,
    _directory: Option<TempDir>,
}

impl UnixSocket {
    /// Makes the socket and listens. Needs a Tokio runtime.
    pub(super) fn bind(place: &UnixPlace) -> Result<Self, UnixSocketError> {
        let group = place.group.as_deref().map(group_id).transpose()?;
        match &place.directory {
            Directory::Named(directory) => bind_in(directory, group)
                .map_err(|source| UnixSocketError::Directory { directory: directory.clone(), source }),
            Directory::Temporary(directory) => bind_in_either(directory, SYSTEM_TEMPORARY.as_ref(), group),
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

/// Makes a socket in `directory`, or in a new directory in `parent`.
fn bind_in_either(
    directory: &Path,
    parent: &Path,
    group: Option<Gid>,
) -> Result<UnixSocket, UnixSocketError> {
    let reason = match bind_in(directory, group) {
        Ok(socket) => return Ok(socket),
        Err(reason) => reason,
    };
    tracing::warn!(error = %reason, ?directory, "TMPDIR can't hold the socket");
    bind_in_new_directory(parent, group).map_err(|parent_reason| UnixSocketError::Temporary {
        directory: directory.to_owned(),
        reason,
        parent: parent.to_owned(),
        parent_reason,
    })
}

/// Makes a socket that its owner alone may open, lets the group in, and only then listens: a connection before that is
/// refused, so there is no moment at which a stranger gets in.
fn bind_in(directory: &Path, group: Option<Gid>) -> io::Result<UnixSocket> {
    let bound = tempfile::Builder::new().prefix(NAME_PREFIX).rand_bytes(RANDOM_CHARACTERS).make_in(
        directory,
        |path| {
            let text = in_handshake_line(path)?;
            let address =
                SockAddr::unix(path).map_err(|_| unfit("the path is too long for a Unix socket"))?;
            Ok((bind_for_owner(&address)?, text))
        },
    )?;
    let ((socket, path), file) = bound.into_parts();
    if let Some(group) = group {
        admit(group, &file)?;
    }
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(UnixSocket { listener: UnixListener::from_std(socket.into())?, path, _file: file, _directory: None })
}

/// Makes a directory that only its owner may enter, since anyone may write to `parent`, and a socket in it.
fn bind_in_new_directory(parent: &Path, group: Option<Gid>) -> io::Result<UnixSocket> {
    let directory = tempfile::Builder::new()
        .prefix(NAME_PREFIX)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(parent)?;
    if let Some(group) = group {
        let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        let handle = OpenOptions::new().read(true).custom_flags(flags.bits()).open(directory.path())?;
        fchown(&handle, None, Some(group.as_raw()))?;
        handle.set_permissions(Permissions::from_mode(0o710))?;
    }
    let socket = bind_in(directory.path(), group)?;
    Ok(UnixSocket { _directory: Some(directory), ..socket })
}

/// A bound socket with the mode 600 from the first moment of its name: on Linux the name takes the mode of the socket.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_for_owner(address: &SockAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    nix::sys::stat::fchmod(&socket, OWNER_ONLY)?;
    socket.bind(address)?;
    Ok(socket)
}

/// A bound socket with the mode 600 from the first moment of its name, which only the mask of the process can give it
/// here. Nothing else makes files while a plugin starts, on its one thread.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bind_for_owner(address: &SockAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    let usual = nix::sys::stat::umask(OWNER_ONLY.complement() & Mode::all());
    let bound = socket.bind(address);
    nix::sys::stat::umask(usual);
    bound.map(|()| socket)
}

/// Lets a group open the socket: through a handle of it, since another thing may be at the path by the next call.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn admit(group: Gid, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;

    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let node = nix::fcntl::open(path, flags, Mode::empty())?;
    refuse_other(nix::sys::stat::fstat(&node)?)?;
    nix::unistd::fchownat(&node, "", None, Some(group), AtFlags::AT_EMPTY_PATH)?;
    // A handle of this kind has no fchmod. Its entry in /proc is no path: it leads to the handle.
    std::fs::set_permissions(
        format!("/proc/self/fd/{}", node.as_raw_fd()),
        Permissions::from_mode(GROUP_TOO.bits()),
    )
}

/// Lets a group open the socket. There are no handles of sockets here; a link in its place is not followed.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn admit(group: Gid, path: &Path) -> io::Result<()> {
    use nix::fcntl::AT_FDCWD;
    use nix::sys::stat::FchmodatFlags;

    refuse_other(nix::sys::stat::lstat(path)?)?;
    nix::unistd::fchownat(AT_FDCWD, path, None, Some(group), AtFlags::AT_SYMLINK_NOFOLLOW)?;
    nix::sys::stat::fchmodat(AT_FDCWD, path, GROUP_TOO, FchmodatFlags::NoFollowSymlink)?;
    Ok(())
}

fn refuse_other(found: nix::libc::stat) -> io::Result<()> {
    match SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFSOCK => Ok(()),
        _ => Err(unfit("someone else replaced the socket in this directory")),
    }
}

/// The path as it goes into the handshake line, which is UTF-8, and ends a field at `|`.
fn in_handshake_line(path: &Path) -> io::Result<String> {
    path.to_str()
        .filter(|path| !path.contains(['|', '\n', '\r']))
        .map(ToOwned::to_owned)
        .ok_or_else(|| unfit("the path can't be written in a handshake line"))
}

fn unfit(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

/// A group by number or by name, in this order, as hosts read the variable.
fn group_id(group: &str) -> Result<Gid, UnixSocketError> {
    let by_name = || nix::unistd::Group::from_name(group).ok().flatten().map(|found| found.gid);
    group
        .parse()
        .map(Gid::from_raw)
        .ok()
        .or_else(by_name)
        .ok_or_else(|| UnixSocketError::NoSuchGroup { group: group.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, symlink};
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::with_causes;
    use super::*;

    fn named(directory: &Path, group: Option<&str>) -> UnixPlace {
        UnixPlace { directory: Directory::Named(directory.into()), group: group.map(ToOwned::to_owned) }
    }

    fn temporary(directory: &Path) -> UnixPlace {
        UnixPlace { directory: Directory::Temporary(directory.into()), group: None }
    }

    /// The failure of a bind that was to fail, as a person reads it.
    #[track_caller]
    fn failure(place: &UnixPlace) -> String {
        match UnixSocket::bind(place) {
            Ok(socket) => panic!("{} was made", socket.path()),
            Err(error) => with_causes(&error),
        }
    }

    /// A new directory whose path has so many bytes.
    fn directory_of_length(length: usize) -> (TempDir, PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let name_length = length - parent.path().as_os_str().len() - 1;
        let directory = parent.path().join("d".repeat(name_length));
        fs::create_dir(&directory).unwrap();
        (parent, directory)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn the_host_names_directory_and_group() {
        let environment = Environment::from_iter([(SOCKET_DIRECTORY, "/run/host"), (SOCKET_GROUP, "staff")]);

        assert_eq!(UnixPlace::asked_for(&environment), named(Path::new("/run/host"), Some("staff")));
        assert_eq!(UnixPlace::asked_for(&Environment::default()), temporary(&std::env::temp_dir()));
    }

    #[tokio::test]
    async fn only_the_owner_may_open_the_socket() {
        let directory = tempfile::tempdir().unwrap();

        let socket = UnixSocket::bind(&named(directory.path(), None)).unwrap();

        assert_eq!(mode(socket.path().as_ref()), 0o600);
    }

    #[tokio::test]
    async fn a_group_that_the_host_names_may_open_the_socket() {
        let directory = tempfile::tempdir().unwrap();
        let own = nix::unistd::getegid();
        let name = nix::unistd::Group::from_gid(own).unwrap().expect("the test's group has a name").name;

        for group in [own.to_string(), name] {
            let socket = UnixSocket::bind(&named(directory.path(), Some(&group))).unwrap();

            let file = fs::metadata(socket.path()).unwrap();
            assert_eq!((file.mode() & 0o777, file.gid()), (0o660, own.as_raw()), "{group}");
        }
    }

    #[tokio::test]
    async fn an_unknown_group_is_named_and_leaves_no_socket() {
        let directory = tempfile::tempdir().unwrap();

        let failure = failure(&named(directory.path(), Some("no-such-group")));

        assert_eq!(failure, "the group \"no-such-group\" of the plugin's socket is not known");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn the_file_goes_with_the_socket() {
        let directory = tempfile::tempdir().unwrap();
        let socket = UnixSocket::bind(&named(directory.path(), None)).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);

        drop(socket);

        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn the_name_of_a_socket_has_16_bytes_and_is_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let sockets = [(); 3].map(|()| UnixSocket::bind(&temporary(directory.path())).unwrap());

        for socket in &sockets {
            let path = Path::new(socket.path());
            assert_eq!(path.parent(), Some(directory.path()));
            assert_eq!(path.file_name().unwrap().len(), 16);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), sockets.len());
    }

    /// The longest that serves providers in Go.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_temporary_directory_of_90_bytes_holds_the_socket() {
        let (_parent, directory) = directory_of_length(90);

        let socket = UnixSocket::bind(&temporary(&directory)).unwrap();

        assert!(Path::new(socket.path()).starts_with(&directory), "{}", socket.path());
        UnixStream::connect(socket.path()).await.unwrap();
    }

    #[tokio::test]
    async fn where_the_temporary_directory_can_not_serve_a_private_one_does() {
        let (_parent, too_long) = directory_of_length(120);
        let parent = tempfile::tempdir().unwrap();
        let (odd, file) = (parent.path().join("a|b"), parent.path().join("file"));
        fs::create_dir(&odd).unwrap();
        fs::write(&file, "").unwrap();
        let absent = parent.path().join("absent");

        for temporary_directory in [&too_long, &odd, &file, &absent] {
            let socket = UnixSocket::bind(&temporary(temporary_directory)).unwrap();

            let directory = Path::new(socket.path()).parent().unwrap().to_owned();
            assert_eq!(directory.parent(), Some(Path::new(SYSTEM_TEMPORARY)), "{temporary_directory:?}");
            assert_eq!((mode(&directory), mode(socket.path().as_ref())), (0o700, 0o600));
            UnixStream::connect(socket.path()).await.unwrap();
            drop(socket);
            assert!(!directory.exists(), "{} is left", directory.display());
        }
        assert_eq!(fs::read_dir(&odd).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn where_no_directory_serves_each_is_named_with_what_to_do() {
        let parent = tempfile::tempdir().unwrap();
        let (temporary, system) = (parent.path().join("absent"), parent.path().join("file"));
        fs::write(&system, "").unwrap();

        let Err(error) = bind_in_either(&temporary, &system, None) else {
            panic!("neither can hold a socket")
        };

        let text = with_causes(&error);
        assert!(text.contains(&format!("{temporary:?} (No such file or directory (os error 2))")), "{text}");
        assert!(text.contains(&format!("{system:?} (Not a directory (os error 20)")), "{text}");
        assert!(
            text.ends_with("set TMPDIR to a directory with a short path that can be written to"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_group_reaches_the_socket_in_a_private_directory() {
        let group = nix::unistd::getegid();

        let socket = bind_in_new_directory(Path::new(SYSTEM_TEMPORARY), Some(group)).unwrap();

        let path = Path::new(socket.path());
        let directory = path.parent().unwrap();
        assert_eq!((mode(directory), mode(path)), (0o710, 0o660));
        assert_eq!(fs::metadata(directory).unwrap().gid(), group.as_raw());
    }

    #[tokio::test]
    async fn a_directory_that_the_host_named_has_no_substitute() {
        let (_parent, too_long) = directory_of_length(120);
        let parent = tempfile::tempdir().unwrap();
        let (odd, absent) = (parent.path().join("a\nb"), parent.path().join("absent"));
        fs::create_dir(&odd).unwrap();

        for (directory, reason) in [
            (&too_long, "the path is too long for a Unix socket"),
            (&odd, "the path can't be written in a handshake line"),
            (&absent, "No such file or directory (os error 2)"),
        ] {
            let expected = format!("cannot make a Unix socket in {directory:?}: {reason}");
            assert_eq!(failure(&named(directory, None)), expected);
        }
    }

    /// Puts a link to `victim` in the place of whatever appears in the directory, as fast as it can.
    fn swap_for_links(directory: &Path, victim: &Path, ended: &AtomicBool) {
        while !ended.load(Ordering::Relaxed) {
            for entry in fs::read_dir(directory).unwrap().flatten().map(|entry| entry.path()) {
                if fs::remove_file(&entry).is_ok() {
                    let _ = symlink(victim, &entry);
                }
            }
        }
    }

    #[tokio::test]
    async fn in_a_directory_of_someone_else_no_other_file_is_changed() {
        const STARTS: usize = 1000;
        let (directory, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let victim = elsewhere.path().join("victim");
        fs::write(&victim, "").unwrap();
        fs::set_permissions(&victim, Permissions::from_mode(0o640)).unwrap();
        let before = fs::metadata(&victim).unwrap();
        let group = nix::unistd::getegid().to_string();
        let ended = AtomicBool::new(false);

        std::thread::scope(|scope| {
            scope.spawn(|| swap_for_links(directory.path(), &victim, &ended));
            for start in 0..STARTS {
                let group = (start % 2 == 0).then_some(group.as_str());
                let _ = UnixSocket::bind(&named(directory.path(), group));
            }
            ended.store(true, Ordering::Relaxed);
        });

        // The time of the last change of owner, group or mode tells of one that changed nothing.
        let after = fs::metadata(&victim).unwrap();
        let told = |file: &fs::Metadata| (file.mode(), file.gid(), file.ctime(), file.ctime_nsec());
        assert_eq!(told(&after), told(&before));
    }

    #[tokio::test]
    async fn the_socket_has_its_mode_before_it_has_a_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");

        let _socket = bind_for_owner(&SockAddr::unix(&path).unwrap()).unwrap();

        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_group_is_let_into_nothing_but_a_socket() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&file, "").unwrap();
        symlink(&file, &link).unwrap();
        let before = mode(&file);

        for path in [&file, &link] {
            let error = admit(nix::unistd::getegid(), path).unwrap_err();
            assert_eq!(error.to_string(), "someone else replaced the socket in this directory");
        }
        assert_eq!(mode(&file), before);
    }
}
