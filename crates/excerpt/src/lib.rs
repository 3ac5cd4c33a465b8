//! Text from outside, made fit for a message: cut to what a person reads, on one line, and with nothing in it that a
//! terminal would obey or that would show other text than it holds (control and format characters, text direction).

use std::fmt::Display;
use std::path::Path;

/// The text on one line: runs of white space are one space, and a character that can't be printed is escaped. What is
/// longer than `longest` characters is cut, and ends in `…`.
pub fn line(text: &str, longest: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    let (start, cut) = start(&line, longest);
    let printable: String = start.chars().flat_map(printable).collect();
    format!("{printable}{}", if cut { "…" } else { "" })
}

/// The text as a quoted string, with escapes as Rust and HCL write them. What is longer than `longest` characters is
/// cut, and `…` follows the quote.
pub fn quoted(text: &str, longest: usize) -> String {
    let (start, cut) = start(text, longest);
    let quoted: String = format!("{start:?}").chars().map(visible).collect();
    format!("{quoted}{}", if cut { "…" } else { "" })
}

/// A name or a URL from outside as a quoted string of a readable length.
pub fn name(text: &str) -> String {
    const READABLE: usize = 200;

    quoted(text, READABLE)
}

/// A path, as it is but for what can't be printed.
pub fn path(path: &Path) -> String {
    lines(&path.to_string_lossy(), usize::MAX).replace('\n', "\\n")
}

/// The text with its line breaks; every other character that can't be printed is escaped. What is longer than `longest`
/// characters is cut, and ends in `…`.
pub fn lines(text: &str, longest: usize) -> String {
    let (start, cut) = start(text, longest);
    let shown = start.split('\n').map(|line| line.chars().flat_map(printable).collect::<String>());
    format!("{}{}", shown.collect::<Vec<_>>().join("\n"), if cut { "…" } else { "" })
}

/// The first of a list with commas between them, and how many more there are. At most `most` items are written, so each
/// has to be of a readable length itself.
pub fn list(items: impl IntoIterator<Item = impl Display>, most: usize) -> String {
    joined(items, ", ", most)
}

/// As [`list`], with something else between the items.
pub fn joined(items: impl IntoIterator<Item = impl Display>, separator: &str, most: usize) -> String {
    let mut items = items.into_iter();
    let listed: Vec<_> = items.by_ref().take(most).map(|item| item.to_string()).collect();
    let listed = listed.join(separator);
    match items.count() {
        0 => listed,
        more => format!("{listed}{separator}and {more} more"),
    }
}

/// Whether the text can be shown as it is: at most `longest` characters, and none that a message would escape.
pub fn is_plain(text: &str, longest: usize) -> bool {
    !start(text, longest).1 && text.chars().all(|c| printable(c).eq([c]))
}

/// The first characters, and whether there are more.
fn start(text: &str, longest: usize) -> (&str, bool) {
    match text.char_indices().nth(longest) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    }
}

/// The character, or its escape.
fn printable(c: char) -> impl Iterator<Item = char> {
    let (is_ascii, is_filler) = (matches!(c, ' '..='~'), is_filler(c));
    let escape = (!is_ascii && !is_filler).then(|| c.escape_debug());
    let code = is_filler.then(|| c.escape_unicode());
    is_ascii.then_some(c).into_iter().chain(escape.into_iter().flatten()).chain(code.into_iter().flatten())
}

fn visible(c: char) -> String {
    if is_filler(c) { c.escape_unicode().to_string() } else { c.to_string() }
}

/// Letters of Hangul that nothing is shown for (`Default_Ignorable_Code_Point` of Unicode), which the standard library's
/// escapes leave as they are.
fn is_filler(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_of_a_readable_length() {
        for (text, expected) in [
            ("not\r\n  found\t", "not found"),
            ("a \"b\" \\ 'c' ä €", "a \"b\" \\ 'c' ä €"),
            ("0123456789012345678", "0123456789012345678"),
            ("01234567890123456789", "0123456789012345678…"),
            ("", ""),
        ] {
            assert_eq!(line(text, 19), expected);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_or_hide_is_escaped() {
        for c in [
            '\u{202e}',
            '\u{2066}',
            '\u{200b}',
            '\u{ad}',
            '\u{feff}',
            '\u{e0041}',
            '\u{9b}',
            '\u{3164}',
            '\u{115f}',
        ] {
            for text in [line(&format!("a{c}b"), 20), quoted(&format!("a{c}b"), 20)] {
                assert!(!text.contains(c), "{text:?}");
            }
        }
        assert_eq!(line("\u{1b}[31mred", 20), "[31mred");
        assert_eq!(quoted("\u{1b}\"\r", 20), "\"\\u{1b}\\\"\\r\"");
    }

    #[test]
    fn a_quoted_text_is_cut_before_it_is_escaped() {
        assert_eq!(quoted("ab\u{202e}c", 2), "\"ab\"…");
        assert_eq!(quoted("ab", 2), "\"ab\"");
    }

    #[test]
    fn lines_keep_their_breaks_and_nothing_else_that_moves_a_cursor() {
        assert_eq!(
            lines("a\n\tb\r\n\u{1b}[2J\u{202e}\u{2066}", 40),
            "a\n\\tb\\r\n\\u{1b}[2J\\u{202e}\\u{2066}"
        );
        assert_eq!(lines("ab\ncd", 4), "ab\nc…");
    }

    #[test]
    fn a_path_is_shown_as_it_is_but_for_what_can_not_be_printed() {
        assert_eq!(path(Path::new("/home/a b/ä")), "/home/a b/ä");
        assert_eq!(path(Path::new("/a\n\u{1b}[2J\u{202e}")), "/a\\n\\u{1b}[2J\\u{202e}");
    }

    #[test]
    fn a_list_is_cut_and_says_how_much_is_missing() {
        for (count, expected) in [
            (0, ""),
            (1, "1"),
            (3, "1, 2, 3"),
            (4, "1, 2, 3, and 1 more"),
            (22_000, "1, 2, 3, and 21997 more"),
        ] {
            assert_eq!(list(1..=count, 3), expected);
        }
    }

    #[test]
    fn plain_is_what_is_short_and_needs_no_escape() {
        for (text, expected) in [("", true), ("a \"b\" \\ 'c' ä €", true), ("12345678901234567890", true)]
        {
            assert_eq!(is_plain(text, 20), expected, "{text}");
        }
        for text in [
            "123456789012345678901",
            "a\n",
            "\u{1b}",
            "\u{202e}",
            "\u{e000}",
            "\u{2028}",
            "a\u{fe0f}",
            "\u{3164}",
        ] {
            assert!(!is_plain(text, 20), "{text:?}");
        }
    }
}
