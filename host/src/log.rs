//! The lines that a provider writes to stderr. A host reads them as JSON and panics where the keys that begin
//! with `@` are anything but strings.

use serde_json::Value as Json;

/// The longest line that a host takes in one piece, in bytes.
const LONGEST: usize = 64 * 1024;

/// What a host could not read, or would show as plain text, in a line without its newline.
pub(crate) fn problem(line: &str) -> Option<String> {
    read(line).err().map(|problem| format!("{problem}: {line}"))
}

fn read(line: &str) -> Result<(), String> {
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
    let (level, timestamp) = (text("@level")?, text("@timestamp")?);
    text("@message")?;
    text("@module")?;
    if !["trace", "debug", "info", "warn", "error"].contains(&level.as_str()) {
        return Err(format!("@level is {level:?}"));
    }
    if !is_timestamp(&timestamp) {
        return Err(format!("@timestamp is {timestamp:?}"));
    }
    match fields.iter().find(|(_, field)| field.is_object() || field.is_array()) {
        Some((key, _)) => Err(format!("{key} is nested")),
        None => Ok(()),
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
    fn a_sound_line_has_no_problem_and_an_offset_is_as_good_as_z() {
        assert_eq!(problem(SOUND), None);
        assert_eq!(problem(&SOUND.replace("000123Z", "000123+02:00")), None);
    }

    #[test]
    fn other_lines_are_refused_with_the_reason() {
        for (line, expected) in [
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
            let problem = problem(&line).unwrap();
            assert!(problem.contains(expected), "{problem}");
        }
    }
}
