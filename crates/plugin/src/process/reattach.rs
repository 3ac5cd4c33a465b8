//! The variable that points a host at a plugin that runs already. Pure.

use super::handshake::PROTOCOL_VERSION;
use super::listener::Address;

/// The variable as a line for a shell. With it a host uses the process that listens at `address` as the provider
/// `source_address`, and leaves it running.
pub(super) fn variable(source_address: &str, process: u32, address: &Address) -> String {
    let plugin = serde_json::json!({
        source_address: {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL_VERSION,
            "Pid": process,
            "Test": true,
            "Addr": { "Network": address.network(), "String": address.to_string() },
        }
    });
    let quoted = plugin.to_string().replace('\'', r"'\''");
    format!("TF_REATTACH_PROVIDERS='{quoted}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_says_who_serves_where() {
        let address = Address::Unix("/tmp/plugin-7".to_owned());

        assert_eq!(
            variable("someone/example", 7, &address),
            "TF_REATTACH_PROVIDERS='{\"someone/example\":{\
             \"Addr\":{\"Network\":\"unix\",\"String\":\"/tmp/plugin-7\"},\
             \"Pid\":7,\"Protocol\":\"grpc\",\"ProtocolVersion\":6,\"Test\":true}}'"
        );
    }

    #[test]
    fn a_quote_in_the_path_does_not_end_the_shells_string() {
        let line = variable("someone/example", 7, &Address::Unix("/it's".to_owned()));

        assert!(line.contains(r"/it'\''s"), "{line}");
    }
}
