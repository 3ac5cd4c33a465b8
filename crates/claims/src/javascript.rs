//! Text as JavaScript, written so that no text can end the literal, the line or the script it stands in.

/// A string literal in single quotes, in which JSON stays readable. Only ASCII comes out: U+2028 and U+2029
/// end a line, U+202E and its like reorder one before a reviewer's eyes, and `<` could begin `</script>` or
/// `<!--`.
pub(super) fn string_literal(text: &str) -> String {
    let mut literal = String::from("'");
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(b'\\') => literal.push_str(r"\\"),
            Ok(b'\'') => literal.push_str(r"\'"),
            Ok(byte @ b' '..=b'~') if byte != b'<' => literal.push(char::from(byte)),
            _ => literal.push_str(&format!("\\u{unit:04x}")),
        }
    }
    literal.push('\'');
    literal
}

/// A call that gives back the value of `json`, also where a literal would not: in an object literal,
/// `__proto__` is not a name but a setter.
pub(super) fn json_parse(json: &str) -> String {
    format!("JSON.parse({})", string_literal(json))
}

/// A comment to the end of the line, on one line whatever is in it.
pub(super) fn line_comment(text: &str) -> String {
    let mut comment = String::from("// ");
    for char in text.chars() {
        if matches!(char, ' '..='~' | '…') && char != '<' {
            comment.push(char);
        } else {
            comment.extend(char.escape_unicode());
        }
    }
    comment
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_end_a_literal_is_escaped() {
        for (text, literal) in [
            (r#"{"a":"rw"}"#, r#"'{"a":"rw"}'"#),
            ("it's", r"'it\'s'"),
            (r"back\slash", r"'back\\slash'"),
            ("</script><!--", r"'\u003c/script>\u003c!--'"),
            ("\u{2028}\u{2029}\n", r"'\u2028\u2029\u000a'"),
            ("\u{202e}späth 🦀", r"'\u202esp\u00e4th \ud83e\udd80'"),
            ("`${x}`", "'`${x}`'"),
        ] {
            assert_eq!(string_literal(text), literal);
        }
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        assert_eq!(line_comment("a\u{2028}b\rc</d…"), r"// a\u{2028}b\u{d}c\u{3c}/d…");
    }

    proptest! {
        #[test]
        fn a_literal_reads_back_as_its_text(text in any::<String>()) {
            prop_assert_eq!(read_back(&string_literal(&text)), text);
        }
    }

    /// Reads a literal as ECMAScript does, and panics where it ends early.
    fn read_back(literal: &str) -> String {
        let inner = literal.strip_prefix('\'').unwrap().strip_suffix('\'').unwrap();
        let mut chars = inner.chars();
        let mut units = vec![];
        while let Some(char) = chars.next() {
            assert!((' '..='~').contains(&char) && char != '\'' && char != '<', "{literal}");
            units.push(match char {
                '\\' => match chars.next().unwrap() {
                    'u' => u16::from_str_radix(&chars.by_ref().take(4).collect::<String>(), 16).unwrap(),
                    escaped => u16::try_from(u32::from(escaped)).unwrap(),
                },
                plain => u16::try_from(u32::from(plain)).unwrap(),
            });
        }
        String::from_utf16(&units).unwrap()
    }
}
