//! The way to a server: the HTTP clients of this workspace are built here, so that all of them use the network as
//! Terraform does, and what went wrong on the way is told here, as far as it can be without reading an error's text.

mod client;
mod proxy;
mod redirect;
mod retry_after;
#[cfg(all(unix, not(target_vendor = "apple")))]
mod roots;

use std::error::Error;
use std::io;

pub use client::{Obstacle, SetupError, https, loopback};
pub use redirect::redirect_target;
pub use retry_after::retry_after;

/// Whether TLS refused the connection: a certificate that is not trusted, or another peer than the one that was named.
pub fn is_tls(error: &reqwest::Error) -> bool {
    error.is_connect() && innermost(error).downcast_ref().is_some_and(is_of_tls)
}

/// The first cause of an error.
pub fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost
}

/// rustls speaks through an `io::Error` of this kind, which a connection that is refused or lost never has.
/// It is wrapped in another, and `source` passes over an `io::Error` within an `io::Error`.
fn is_of_tls(error: &io::Error) -> bool {
    let wrapped = || error.get_ref()?.downcast_ref::<io::Error>();
    error.kind() == io::ErrorKind::InvalidData || wrapped().is_some_and(is_of_tls)
}
