//! What a panic leaves behind: one line for the host, which shows it to the person whose run it broke.

use std::io::{self, Write as _};
use std::panic::PanicHookInfo;

use super::Plugin;

/// Reports panics on stderr from now on.
pub(super) fn report(plugin: &Plugin) {
    let Plugin { name, version, .. } = *plugin;
    std::panic::set_hook(Box::new(move |info| {
        let line = format!("{}\n", describe(name, version, info));
        // There is no one left to tell where stderr is closed.
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }));
}

/// Hosts keep a line that starts with `panic: ` and show it after a failed run.
///
/// A message that was put together at run time may hold a value, and a value may be a secret: only one that stands in
/// the source is shown.
fn describe(name: &str, version: &str, info: &PanicHookInfo<'_>) -> String {
    let message =
        info.payload().downcast_ref::<&'static str>().unwrap_or(&"with a message that may hold values");
    let place =
        info.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    format!("panic: {name} {version}: {message}{place}. This is a bug in the provider, please report it.")
}
