//! One line of the host's log format: a JSON object whose keys with `@` are strings and whose other keys are flat.
//! Pure, except that it reads the clock.

use std::fmt;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tracing::Level;

/// Hosts read lines of less than 64 KiB; a longer one is cut up and printed as plain text. This leaves room to spare.
const LINE_LIMIT: usize = 60 << 10;

/// The most that one value takes before it is cut. JSON may write a byte as two, and a message still must fit.
const VALUE_LIMIT: usize = 8 << 10;

/// What a line says. Its `Display` is the line, without a newline at its end or anywhere else.
pub(super) struct LogLine<'a> {
    pub(super) level: Level,
    pub(super) target: &'a str,
    pub(super) message: &'a str,
    pub(super) source_address: &'a str,
    /// In the order of their names, those that don't fit are left out and counted.
    pub(super) fields: &'a Map<String, Value>,
}

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Map::new();
        line.insert("@level".to_owned(), self.level.as_str().to_lowercase().into());
        line.insert("@message".to_owned(), cut(self.message).into());
        line.insert("@module".to_owned(), cut(&self.target.replace("::", ".")).into());
        line.insert("@timestamp".to_owned(), timestamp(OffsetDateTime::now_utc()).into());
        line.insert("tf_provider_addr".to_owned(), self.source_address.into());

        let mut length = line.iter().map(|(name, value)| length_of(name, value)).sum::<usize>();
        let mut left_out = 0_u64;
        // A host crashes where a key with `@` is not a string: no field may take one's place.
        for (name, value) in self.fields.iter().filter(|(name, _)| !name.starts_with('@')) {
            let value = value.as_str().map_or_else(|| value.clone(), |text| cut(text).into());
            let longer = length + length_of(name, &value);
            if longer > LINE_LIMIT {
                left_out += 1;
            } else {
                length = longer;
                line.insert(name.clone(), value);
            }
        }
        if left_out > 0 {
            line.insert("fields_left_out".to_owned(), left_out.into());
        }
        write!(f, "{}", Value::Object(line))
    }
}

/// The bytes of a key and its value in JSON, with quotes, colon and comma.
fn length_of(name: &str, value: &Value) -> usize {
    Value::from(name).to_string().len() + value.to_string().len() + 2
}

/// Hosts print what they read, so nothing is in it that a terminal would obey.
fn cut(text: &str) -> String {
    let text = &*excerpt::lines(text, usize::MAX);
    if text.len() <= VALUE_LIMIT {
        return text.to_owned();
    }
    let end = (0..=VALUE_LIMIT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let kept = &text[..end];
    format!("{kept}… ({} bytes more)", text.len() - kept.len())
}

/// The one layout that hosts parse: microseconds, in UTC.
fn timestamp(now: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        now.microsecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(message: &str, fields: &[(&str, Value)]) -> (String, Value) {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let line = LogLine {
            level: Level::WARN,
            target: "a::b",
            message,
            source_address: "someone/example",
            fields: &fields,
        }
        .to_string();
        let parsed = serde_json::from_str(&line).unwrap();
        (line, parsed)
    }

    #[test]
    fn a_timestamp_has_the_layout_of_the_host() {
        let noon = OffsetDateTime::from_unix_timestamp(1_785_585_600).unwrap();

        assert_eq!(timestamp(noon + time::Duration::microseconds(70)), "2026-08-01T12:00:00.000070Z");
    }

    #[test]
    fn a_line_holds_no_line_break() {
        let (line, parsed) = written("two\nlines", &[("detail", "and\r\nmore".into())]);

        assert!(!line.contains(['\n', '\r']));
        assert_eq!(parsed["@message"], "two\nlines");
        assert_eq!(parsed["detail"], "and\\r\nmore");
    }

    #[test]
    fn a_field_cannot_take_the_place_of_the_hosts_keys() {
        let (_, parsed) = written("m", &[("@level", 7.into()), ("@message", Value::Null), ("n", 7.into())]);

        assert_eq!(
            (&parsed["@level"], &parsed["@message"], &parsed["n"]),
            (&"warn".into(), &"m".into(), &7.into())
        );
    }

    #[test]
    fn long_values_are_cut_at_a_character_and_say_so() {
        let (_, parsed) = written(&"ü".repeat(VALUE_LIMIT), &[]);

        let message = parsed["@message"].as_str().unwrap();
        assert!(message.starts_with("üüü"));
        assert!(message.ends_with("ü… (8192 bytes more)"), "{}", &message[VALUE_LIMIT..]);
    }

    #[test]
    fn a_line_stays_under_the_limit_whatever_it_is_given() {
        let worst = "\u{1}".repeat(VALUE_LIMIT * 2);
        let names: Vec<String> = (0..40).map(|n| format!("field_{n}")).collect();
        let fields: Vec<(&str, Value)> =
            names.iter().map(|name| (name.as_str(), worst.as_str().into())).collect();

        let (line, parsed) = written(&worst, &fields);

        assert!(line.len() < 64 << 10, "{}", line.len());
        assert_eq!(parsed["fields_left_out"], 35);
    }
}
