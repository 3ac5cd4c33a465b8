//! The report of a panic: one line on stderr, which the host shows.

use std::any::Any;
use std::io::{self, Write as _};
use std::panic::Location;

use super::Plugin;

/// Reports panics on stderr from now on.
pub(super) fn report(plugin: &Plugin) {
    let Plugin { name, version, .. } = *plugin;
    std::panic::set_hook(Box::new(move |info| {
        let what = describe(info.payload(), info.location());
        let line =
            format!("panic: {name} {version}: {what}. This is a bug in the provider, please report it.\n");
        // There is no one left to tell where stderr is closed. (Hosts keep a line that starts with `panic: `.)
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }));
}

/// A message that was put together at run time may hold a value, and a value may be a secret: only one that stands in
/// the source is shown.
fn describe(payload: &dyn Any, place: Option<&Location<'_>>) -> String {
    let message = payload.downcast_ref::<&'static str>().unwrap_or(&"with a message that may hold values");
    place.map_or_else(
        || (*message).to_owned(),
        |place| format!("{message} at {}:{}", place.file(), place.line()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_stands_in_the_source_is_shown_with_its_place() {
        let place = Location::caller();

        assert_eq!(
            describe(&"the list is never empty", Some(place)),
            format!("the list is never empty at {}:{}", file!(), place.line())
        );
    }

    #[test]
    fn a_message_with_values_is_withheld() {
        let token = "secret";

        assert_eq!(describe(&format!("no such {token}"), None), "with a message that may hold values");
    }
}
