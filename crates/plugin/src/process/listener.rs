//! Where the plugin listens: a Unix socket that only its owner may open, or a TCP port of the loopback address where
//! there are no Unix sockets. The socket's file goes when the listener does.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::environment::{Environment, HIGHEST_PORT, LOWEST_PORT};
#[cfg(unix)]
use super::unix_socket::{UnixPlace, UnixSocket, UnixSocketError};

/// Where a host wants the plugin to listen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    #[cfg(unix)]
    Unix(UnixPlace),
    /// The first free of these ports, on 127.0.0.1. Port 0 is any port that the system picks.
    #[cfg_attr(
        all(unix, not(test)),
        expect(dead_code, reason = "hosts want TCP on Windows only; the tests use it everywhere")
    )]
    Tcp(RangeInclusive<u16>),
}

/// The address as the host reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// The path of a Unix socket: without `|`, a line's end, or anything that is not UTF-8, since it goes into the
    /// handshake line.
    #[cfg_attr(all(windows, not(test)), expect(dead_code, reason = "no host there opens Unix sockets"))]
    Unix(String),
    Tcp(SocketAddr),
}

/// A bound address that accepts connections.
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(UnixSocket),
    Tcp(TcpListener),
}

/// A connection of either kind.
pub(super) enum Stream {
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
    Tcp(TcpStream),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum ListenError {
    #[error("{variable} is {value:?}, which is not a port number")]
    NotAPort { variable: &'static str, value: String },
    #[error("no port of 127.0.0.1 from {} to {} can be bound", ports.start(), ports.end())]
    NoFreePort { ports: RangeInclusive<u16>, source: io::Error },
    #[cfg(unix)]
    #[error(transparent)]
    Unix(#[from] UnixSocketError),
}

impl Place {
    /// The place that the host's variables ask for.
    #[cfg(unix)]
    pub(super) fn asked_for(environment: &Environment) -> Result<Self, ListenError> {
        Ok(Self::Unix(UnixPlace::asked_for(environment)))
    }

    /// The place that the host's variables ask for.
    #[cfg(not(unix))]
    pub(super) fn asked_for(environment: &Environment) -> Result<Self, ListenError> {
        ports_asked_for(environment).map(Self::Tcp)
    }
}

#[cfg_attr(
    all(unix, not(test)),
    expect(dead_code, reason = "hosts want TCP on Windows only; the tests use it everywhere")
)]
fn ports_asked_for(environment: &Environment) -> Result<RangeInclusive<u16>, ListenError> {
    let port = |variable: &'static str| match environment.value(variable) {
        None => Ok(0),
        Some(value) => value.parse().map_err(|_| ListenError::NotAPort { variable, value: value.to_owned() }),
    };
    Ok(port(LOWEST_PORT)?..=port(HIGHEST_PORT)?)
}

impl Listener {
    /// Binds and listens. Needs a Tokio runtime.
    pub(super) fn bind(place: Place) -> Result<Self, ListenError> {
        match place {
            #[cfg(unix)]
            Place::Unix(place) => Ok(Self::Unix(UnixSocket::bind(&place)?)),
            Place::Tcp(ports) => bind_first_free(ports).map(Self::Tcp),
        }
    }

    /// The address that a host connects to.
    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Address::Unix(socket.path().to_owned())),
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => socket.accept().await.map(Stream::Unix),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // With Nagle's algorithm each call waits 40 ms for the acknowledgement of its first packet.
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
        }
    }
}

fn bind_first_free(ports: RangeInclusive<u16>) -> Result<TcpListener, ListenError> {
    let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for port in ports.clone() {
        let bound = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|listener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        });
        match bound {
            Ok(listener) => return Ok(listener),
            Err(error) => last_error = error,
        }
    }
    Err(ListenError::NoFreePort { ports, source: last_error })
}

impl Address {
    /// The network's name as Go has it.
    pub(super) fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => f.write_str(path),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

/// Calls the same method of whichever stream there is.
macro_rules! either {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            #[cfg(unix)]
            Stream::Unix($inner) => $call,
            Stream::Tcp($inner) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self.get_mut(), inner => Pin::new(inner).poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        either!(self.get_mut(), inner => Pin::new(inner).poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self.get_mut(), inner => Pin::new(inner).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self.get_mut(), inner => Pin::new(inner).poll_shutdown(context))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self.get_mut(), inner => Pin::new(inner).poll_write_vectored(context, buffers))
    }

    fn is_write_vectored(&self) -> bool {
        either!(self, inner => inner.is_write_vectored())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_the_environment_and_default_to_any() {
        let of = |variables: &[(&str, &str)]| ports_asked_for(&variables.iter().copied().collect());

        assert_eq!(of(&[]).unwrap(), 0..=0);
        assert_eq!(of(&[(LOWEST_PORT, "10000"), (HIGHEST_PORT, "25000")]).unwrap(), 10_000..=25_000);
    }

    #[test]
    fn a_port_that_is_no_number_is_named_with_its_variable() {
        for value in ["http", "-1", "65536"] {
            let error = ports_asked_for(&Environment::from_iter([(HIGHEST_PORT, value)])).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("PLUGIN_MAX_PORT is {value:?}, which is not a port number")
            );
        }
    }

    #[tokio::test]
    async fn tcp_takes_the_first_free_port_of_the_range() {
        let (taken, ports) = a_taken_port_with_room_above();

        let listener = Listener::bind(Place::Tcp(ports)).unwrap();

        let Address::Tcp(address) = listener.address().unwrap() else { panic!("TCP was asked for") };
        assert!(address.ip().is_loopback());
        assert!(address.port() > taken.local_addr().unwrap().port());
    }

    #[tokio::test]
    async fn a_range_without_a_free_port_is_an_error_that_names_it() {
        let (taken, _) = a_taken_port_with_room_above();
        let port = taken.local_addr().unwrap().port();

        let Err(error) = Listener::bind(Place::Tcp(port..=port)) else { panic!("the port is taken") };

        assert_eq!(error.to_string(), format!("no port of 127.0.0.1 from {port} to {port} can be bound"));
    }

    #[tokio::test]
    async fn tcp_connections_do_not_wait_for_acknowledgements() {
        let listener = Listener::bind(Place::Tcp(0..=0)).unwrap();
        let Address::Tcp(address) = listener.address().unwrap() else { panic!("TCP was asked for") };

        let (accepted, _client) = tokio::join!(listener.accept(), TcpStream::connect(address));

        let Ok(Stream::Tcp(stream)) = accepted else { panic!("a TCP stream was to be accepted") };
        assert!(stream.nodelay().unwrap());
    }

    /// Keeps a port busy and gives a range that starts with it.
    fn a_taken_port_with_room_above() -> (std::net::TcpListener, RangeInclusive<u16>) {
        loop {
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            if let Some(end) = port.checked_add(100) {
                return (listener, port..=end);
            }
        }
    }
}
