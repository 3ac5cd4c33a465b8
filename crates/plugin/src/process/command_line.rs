//! The flags of the binary, and what it says of itself to a person. Pure: it takes the arguments and returns text.

use super::Plugin;
use crate::wire::PROTOCOL_VERSION;

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// No flag: serve the host that started the process.
    Serve,
    /// Serve every host that is pointed here by `TF_REATTACH_PROVIDERS`, as under a debugger.
    Debug,
    Version,
    Help,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown argument {0:?}")]
pub(super) struct UnknownArgument(pub(super) String);

/// Reads the arguments that follow the program's name. The last flag wins; one dash or two are the same, as in Go's
/// programs.
pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, UnknownArgument> {
    arguments.into_iter().try_fold(Command::Serve, |_, argument| match argument.as_str() {
        "-debug" | "--debug" => Ok(Command::Debug),
        "-version" | "--version" => Ok(Command::Version),
        "-help" | "--help" | "-h" => Ok(Command::Help),
        _ => Err(UnknownArgument(argument)),
    })
}

/// One line: name, version, protocol, build.
pub(super) fn version(plugin: &Plugin) -> String {
    let Plugin { name, version, build, .. } = plugin;
    format!("{name} {version} (plugin protocol {PROTOCOL_VERSION}, {build})")
}

pub(super) fn help(plugin: &Plugin) -> String {
    let Plugin { name, source_address, .. } = plugin;
    let version = version(plugin);
    format!(
        "{version}

This is a provider plugin. Terraform and OpenTofu start it by themselves; there is nothing to run by hand.
To use it, name it in a configuration and run `terraform init` or `tofu init`:

    terraform {{
      required_providers {{
        {label} = {{
          source = \"{source_address}\"
        }}
      }}
    }}

Usage: {name} [flag]
    -debug      serve without TLS until interrupted, and print the variable that points Terraform here
    -version    print the version
    -help       print this
",
        label = plugin.label(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLUGIN: Plugin = Plugin {
        name: "terraform-provider-example",
        source_address: "someone/example",
        version: "1.2.3",
        build: "x86_64-example",
        log_targets: &[],
    };

    #[test]
    fn flags_are_read_with_one_dash_or_two() {
        let cases: [(&[&str], Command); 7] = [
            (&[], Command::Serve),
            (&["-debug"], Command::Debug),
            (&["--debug"], Command::Debug),
            (&["-version"], Command::Version),
            (&["--version"], Command::Version),
            (&["-h"], Command::Help),
            (&["--help"], Command::Help),
        ];
        for (arguments, command) in cases {
            assert_eq!(parse(arguments.iter().map(ToString::to_string)), Ok(command), "{arguments:?}");
        }
    }

    #[test]
    fn an_unknown_argument_is_named() {
        for argument in ["-verbose", "serve", ""] {
            let outcome = parse(["-debug".to_owned(), argument.to_owned()]);
            assert_eq!(outcome, Err(UnknownArgument(argument.to_owned())));
        }
    }

    #[test]
    fn help_shows_how_a_configuration_names_the_provider() {
        let text = help(&PLUGIN);

        assert!(
            text.starts_with("terraform-provider-example 1.2.3 (plugin protocol 6.11, x86_64-example)\n")
        );
        assert!(text.contains("        example = {\n          source = \"someone/example\"\n"));
    }
}
