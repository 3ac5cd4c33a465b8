//! Reading a small file that anyone may have put there: what it is, how long it is and how long it takes has bounds,
//! so that a named pipe, a device or a dead network folder can't hang the process.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// The longest file that is read, in bytes. Turso's CLI writes a few hundred, and a cache of its own beside them.
pub(super) const LONGEST: u64 = 1024 * 1024;

/// How long a file may take. Folders on a network are slow at the worst, and never answer once it is gone.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Reads a whole file, as [`read`] does.
pub(super) type ReadFile = fn(&Path) -> io::Result<Vec<u8>>;

/// Has `path` read on a thread of its own: the one thread that serves the host must not wait for a disk.
///
/// # Errors
/// Those of `read`, and [`io::ErrorKind::TimedOut`] after ten seconds.
pub(super) async fn read_aside(read: ReadFile, path: &Path) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    match timeout(TIME_LIMIT, spawn_blocking(move || read(&path))).await {
        Ok(Ok(read)) => read,
        Ok(Err(panicked)) => Err(io::Error::other(panicked)),
        Err(_) => {
            let problem = format!("it could not be read within {} seconds", TIME_LIMIT.as_secs());
            Err(io::Error::new(io::ErrorKind::TimedOut, problem))
        }
    }
}

/// Whether people other than the owner may read the file, by its mode. A look that takes longer than a second tells
/// nothing: a folder on a network may never answer.
#[cfg(unix)]
pub(super) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    const LOOK_LIMIT: Duration = Duration::from_secs(1);

    let (path, (tell, told)) = (path.to_owned(), std::sync::mpsc::channel());
    std::thread::spawn(move || {
        let is_open =
            path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o044 != 0);
        // Nobody waits for it any more where it took too long.
        let _ = tell.send(is_open);
    });
    told.recv_timeout(LOOK_LIMIT).unwrap_or(false)
}

/// Who may read a file is not told by a mode here.
#[cfg(not(unix))]
pub(super) fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Reads a whole file, if it is a regular one of at most [`LONGEST`] bytes.
///
/// What it is, is asked of the file that was opened: another may be at the path a moment later.
///
/// # Errors
/// Those of the system, and [`io::ErrorKind::InvalidInput`] with words for a person.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(not_regular(metadata.file_type()));
    }
    let mut bytes = Vec::new();
    // Files of the kernel are longer than they say.
    if metadata.len() > LONGEST || file.take(LONGEST + 1).read_to_end(&mut bytes)? as u64 > LONGEST {
        return Err(refused(format!("it is longer than {LONGEST} bytes")));
    }
    Ok(bytes)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // To open a named pipe would wait for someone who writes to it, and to open a terminal might take it over.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        nix::libc::O_NONBLOCK | nix::libc::O_NOCTTY,
    );
    // A socket can't be opened at all, nor can a folder on Windows, and the system's words for it mislead.
    options.open(path).map_err(|error| match path.metadata() {
        Ok(metadata) if !metadata.is_file() => not_regular(metadata.file_type()),
        _ => error,
    })
}

fn not_regular(file_type: FileType) -> io::Error {
    refused(format!("it is {}, not a regular file", kind(file_type)))
}

#[cfg(unix)]
fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;

    match file_type {
        _ if file_type.is_dir() => "a folder",
        _ if file_type.is_fifo() => "a named pipe",
        _ if file_type.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() { "a folder" } else { "a device" }
}

fn refused(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(path: &Path) -> String {
        read(path).unwrap_err().to_string()
    }

    #[test]
    fn a_regular_file_is_read_whole_also_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let longest = vec![b' '; LONGEST as usize];
        std::fs::write(&path, &longest).unwrap();
        assert!(read(&path).unwrap() == longest);
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            assert!(read(&link).unwrap() == longest);
        }
    }

    #[test]
    fn a_file_that_is_absent_is_so() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("no")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_file_that_is_too_long_is_not_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        File::create(&path).unwrap().set_len(64 * LONGEST).unwrap();
        assert_eq!(problem(&path), "it is longer than 1048576 bytes");
        std::fs::write(&path, vec![b' '; LONGEST as usize + 1]).unwrap();
        assert_eq!(problem(&path), "it is longer than 1048576 bytes");
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(problem(folder.path()), "it is a folder, not a regular file");
    }

    #[cfg(unix)]
    #[test]
    fn what_would_never_end_is_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let (sender, said) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(problem(&pipe)));
        let said = said.recv_timeout(Duration::from_secs(10)).expect("to open a pipe waits for nobody");
        assert_eq!(said, "it is a named pipe, not a regular file");
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(problem(&socket), "it is a socket, not a regular file");
        assert_eq!(problem(Path::new("/dev/zero")), "it is a device, not a regular file");
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_does_not_answer_is_given_up() {
        // Time goes on for a runtime that waits for a thread only where a test moves it.
        let reading = tokio::spawn(read_aside(
            |_| {
                std::thread::sleep(Duration::from_millis(500));
                Ok(vec![])
            },
            Path::new("settings.json"),
        ));
        tokio::task::yield_now().await;
        tokio::time::advance(TIME_LIMIT).await;
        let error = reading.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "it could not be read within 10 seconds");
    }
}
