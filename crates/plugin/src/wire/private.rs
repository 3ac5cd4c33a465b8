//! The private data that a host keeps beside a state, as JSON.

use std::collections::BTreeMap;

use framework::Private;

/// The notes in private data. What another provider put there, before a move or under an earlier version, holds none.
pub(super) fn decode(sent: &[u8]) -> Private {
    let notes: BTreeMap<String, String> = serde_json::from_slice(sent).unwrap_or_default();
    notes.into_iter().collect()
}

/// The notes as private data; no notes are no bytes.
pub(super) fn encode(private: &Private) -> Vec<u8> {
    let notes: serde_json::Map<_, _> =
        private.iter().map(|(name, note)| (name.to_owned(), note.into())).collect();
    if notes.is_empty() { Vec::new() } else { serde_json::Value::Object(notes).to_string().into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_come_back_as_they_were_left() {
        let mut private = Private::default();
        assert_eq!(encode(&private), b"");
        private.set("mark", "a \"b\"");
        assert_eq!(decode(&encode(&private)), private);
    }

    #[test]
    fn what_others_left_holds_no_notes() {
        for bytes in [&b""[..], b"\xff", b"[]", br#"{"schema_version":1}"#] {
            assert_eq!(decode(bytes), Private::default());
        }
    }
}
