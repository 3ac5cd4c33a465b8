//! The lines that a provider writes to stderr. A host reads them as JSON and panics where the keys that begin
//! with `@` are anything but strings.

use serde_json::{Map, Value as Json};

/// The longest line that a host takes in one piece, in bytes.
const LONGEST: usize = 64 * 1024;

/// One line of a provider's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// `@level`: trace, debug, info, warn or error
    pub level: String,
    /// `@message`
    pub message: String,
    /// `@module`
    pub module: String,
    /// `@timestamp`
    pub timestamp: String,
    /// Everything else
    pub fields: Map<String, Json>,
}

/// Why a line of stderr is not a log line that a host can read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}: {line}")]
pub struct LogError {
    problem: String,
    line: String,
}

impl LogLine {
    /// Reads a line, without its newline.
    ///
    /// # Errors
    ///
    /// Where a host could not read it, or would show it as plain text.
    pub fn parse(line: &str) -> Result<Self, LogError> {
        Self::read(line).map_err(|problem| LogError { problem, line: line.to_owned() })
    }

    fn read(line: &str) -> Result<Self, String> {
        if line.len() >= LONGEST {
            return Err(format!("a log line of {} bytes", line.len()));
        }
        let Ok(Json::Object(mut fields)) = serde_json::from_str(line) else {
            return Err("not a JSON object".to_owned());
        };
        let mut text = |key: &str| match fields.remove(key) {
            Some(Json::String(text)) => Ok(text),
            Some(other) => Err(format!("{key} is {other}, which is not a string")),
            None => Err(format!("{key} is missing")),
        };
        let (level, message) = (text("@level")?, text("@message")?);
        let (module, timestamp) = (text("@module")?, text("@timestamp")?);
        if !["trace", "debug", "info", "warn", "error"].contains(&level.as_str()) {
            return Err(format!("@level is {level:?}"));
        }
        if !is_timestamp(&timestamp) {
            return Err(format!("@timestamp is {timestamp:?}"));
        }
        if let Some((key, _)) = fields.iter().find(|(_, field)| field.is_object() || field.is_array()) {
            return Err(format!("{key} is nested"));
        }
        Ok(Self { level, message, module, timestamp, fields })
    }
}

/// Whether the text has Go's layout `2006-01-02T15:04:05.000000Z07:00`: microseconds, and Z or an offset.
fn is_timestamp(text: &str) -> bool {
    const TIME: &str = "dddd-dd-ddTdd:dd:dd.dddddd";
    let fits = |part: &str, layout: &str| {
        part.len() == layout.len()
            && part.bytes().zip(layout.bytes()).all(|(byte, expected)| match expected {
                b'd' => byte.is_ascii_digit(),
                expected => byte == expected,
            })
    };
    text.split_at_checked(TIME.len()).is_some_and(|(time, zone)| {
        fits(time, TIME) && (zone == "Z" || fits(zone, "+dd:dd") || fits(zone, "-dd:dd"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"{"@level":"info","@message":"hello","@module":"provider","@timestamp":"2026-08-01T10:11:12.000123Z","tf_rpc":"ReadResource","n":1}"#;

    #[test]
    fn a_sound_line_is_read() {
        let line = LogLine::parse(SOUND).unwrap();
        assert_eq!((line.level.as_str(), line.message.as_str()), ("info", "hello"));
        assert_eq!(line.fields["tf_rpc"], "ReadResource");
    }

    #[test]
    fn an_offset_is_as_good_as_z() {
        LogLine::parse(&SOUND.replace("000123Z", "000123+02:00")).unwrap();
    }

    #[test]
    fn other_lines_are_refused_with_the_reason() {
        for (line, problem) in [
            ("thread 'main' panicked".to_owned(), "not a JSON object"),
            ("[]".to_owned(), "not a JSON object"),
            (SOUND.replace("\"@level\":\"info\",", ""), "@level is missing"),
            (SOUND.replace("\"hello\"", "7"), "@message is 7"),
            (SOUND.replace("info", "INFO"), "@level is"),
            (SOUND.replace("000123Z", "Z"), "@timestamp is"),
            (SOUND.replace("000123Z", "000123"), "@timestamp is"),
            (SOUND.replace("\"n\":1", "\"n\":{}"), "n is nested"),
            (SOUND.replace("hello", &"x".repeat(LONGEST)), "bytes"),
        ] {
            let error = LogLine::parse(&line).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
