//! Shortcodes, as `{{user.public_metadata.plan || 'free'}}`, and what a token gets in their place. Pure.
//!
//! The rules are those of Clerk's guide: a shortcode that is a whole string keeps the value's type, one inside of a
//! longer string becomes text, and what can't be resolved is null. Clerk doesn't say how an object or array looks
//! inside of a longer string, nor what an unclosed `{{` is: here they are compact JSON, and plain text.

use serde_json::Value;

/// Replaces every shortcode in the strings of a template's claims, at any depth. Names of members stay as they are,
/// and a value that comes out of a shortcode isn't looked at again.
pub(super) fn render(claims: &Value, scope: &Value) -> Value {
    match claims {
        Value::String(text) => render_text(text, scope),
        Value::Array(items) => items.iter().map(|item| render(item, scope)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), render(member, scope))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => claims.clone(),
    }
}

enum Piece<'a> {
    Text(&'a str),
    Shortcode(&'a str),
}

fn render_text(text: &str, scope: &Value) -> Value {
    match pieces(text).as_slice() {
        [Piece::Shortcode(expression)] => evaluate(expression, scope),
        pieces => pieces.iter().map(|piece| interpolate(piece, scope)).collect::<String>().into(),
    }
}

fn interpolate(piece: &Piece<'_>, scope: &Value) -> String {
    match piece {
        Piece::Text(text) => (*text).to_owned(),
        Piece::Shortcode(expression) => match evaluate(expression, scope) {
            Value::String(text) => text,
            other => other.to_string(),
        },
    }
}

fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some((before, expression, after)) = next_shortcode(text) {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Shortcode(expression));
        text = after;
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

fn next_shortcode(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (expression, after) = split_unquoted(rest, "}}")?;
    Some((before, expression, after))
}

/// The first operand that is neither null nor false, or else the last one, whatever it is.
fn evaluate(mut expression: &str, scope: &Value) -> Value {
    while let Some((operand, rest)) = split_unquoted(expression, "||") {
        let value = resolve(operand.trim(), scope);
        if !matches!(value, Value::Null | Value::Bool(false)) {
            return value;
        }
        expression = rest;
    }
    resolve(expression.trim(), scope)
}

fn resolve(operand: &str, scope: &Value) -> Value {
    literal(operand).unwrap_or_else(|| {
        operand
            .split('.')
            .try_fold(scope, |value, name| value.as_object()?.get(name))
            .cloned()
            .unwrap_or_default()
    })
}

/// Only text in single quotes, booleans and numbers can be written out; there is no array and no object.
fn literal(operand: &str) -> Option<Value> {
    if let Some(text) = operand.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some(Value::from(text));
    }
    serde_json::from_str(operand).ok().filter(|value: &Value| value.is_boolean() || value.is_number())
}

/// Splits at the first separator that isn't between single quotes.
fn split_unquoted<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let mut quoted = false;
    let (at, _) = text.char_indices().find(|(at, character)| {
        quoted ^= *character == '\'';
        !quoted && text[*at..].starts_with(separator)
    })?;
    Some((&text[..at], &text[at + separator.len()..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(template: &str) -> Value {
        let scope = json!({"user": {
            "id": "user_1",
            "first_name": "Ada",
            "last_name": null,
            "public_metadata": {
                "perm": [{"t": ["comments"], "a": ["data_read"]}],
                "age": 36,
                "admin": false,
                "zero": 0,
                "empty": "",
                "nested": {"deep": {"er": true}},
                "hostile": "{{user.id}}",
            },
        }});
        render(&json!({"claim": template}), &scope)["claim"].take()
    }

    #[test]
    fn a_shortcode_alone_keeps_the_type() {
        for (template, expected) in [
            ("{{user.id}}", json!("user_1")),
            ("{{ user.id }}", json!("user_1")),
            ("{{user.last_name}}", json!(null)),
            ("{{user.public_metadata.age}}", json!(36)),
            ("{{user.public_metadata.admin}}", json!(false)),
            ("{{user.public_metadata.perm}}", json!([{"t": ["comments"], "a": ["data_read"]}])),
            ("{{user.public_metadata.nested}}", json!({"deep": {"er": true}})),
            ("{{user.public_metadata.nested.deep.er}}", json!(true)),
        ] {
            assert_eq!(rendered(template), expected, "{template}");
        }
    }

    #[test]
    fn what_cannot_be_resolved_is_null() {
        for template in [
            "{{user.public_metadata.missing}}",
            "{{user.public_metadata.age.deeper}}",
            "{{user.nobody}}",
            "{{org.permissions}}",
            "{{user.}}",
            "{{}}",
            "{{[]}}",
            "{{null}}",
            "{{\"double\"}}",
            "{{user.public_metadata.missing || []}}",
        ] {
            assert_eq!(rendered(template), Value::Null, "{template}");
        }
    }

    #[test]
    fn a_shortcode_in_a_longer_text_becomes_text() {
        for (template, expected) in [
            ("{{user.last_name}} {{user.first_name}}", "null Ada"),
            ("age: {{user.public_metadata.age}}", "age: 36"),
            (" {{user.id}}", " user_1"),
            ("{{user.public_metadata.perm}}!", r#"[{"a":["data_read"],"t":["comments"]}]!"#),
        ] {
            assert_eq!(rendered(template), json!(expected), "{template}");
        }
    }

    #[test]
    fn a_fallback_takes_the_first_operand_that_is_neither_null_nor_false() {
        for (template, expected) in [
            ("{{user.last_name || user.first_name}}", json!("Ada")),
            ("{{user.first_name || user.last_name}}", json!("Ada")),
            ("{{user.last_name||'Lovelace'}}", json!("Lovelace")),
            ("{{user.last_name || user.public_metadata.missing || 30 }}", json!(30)),
            ("{{user.public_metadata.admin || true}}", json!(true)),
            ("{{user.last_name || -1.5}}", json!(-1.5)),
            ("{{user.public_metadata.zero || 7}}", json!(0)),
            ("{{user.public_metadata.empty || 'full'}}", json!("")),
            ("{{user.last_name || false}}", json!(false)),
            ("{{false || user.last_name}}", json!(null)),
            ("Hi {{user.last_name || 'you'}}", json!("Hi you")),
        ] {
            assert_eq!(rendered(template), expected, "{template}");
        }
    }

    #[test]
    fn separators_between_quotes_are_text() {
        for (template, expected) in [
            ("{{user.last_name || 'a||b'}}", "a||b"),
            ("{{user.last_name || '}}'}}", "}}"),
            ("{{'{{'}}", "{{"),
        ] {
            assert_eq!(rendered(template), json!(expected), "{template}");
        }
    }

    #[test]
    fn text_without_a_whole_shortcode_stays_as_it_is() {
        for text in
            ["", "plain", "{user.id}", "{{user.id", "user.id}}", "}}{{", "{{'}}", "{ {user.id}}", "ünï 🦀"]
        {
            assert_eq!(rendered(text), json!(text));
        }
    }

    #[test]
    fn a_users_own_shortcode_is_not_run() {
        assert_eq!(rendered("{{user.public_metadata.hostile}}"), json!("{{user.id}}"));
        assert_eq!(rendered("x{{user.public_metadata.hostile}}"), json!("x{{user.id}}"));
    }

    #[test]
    fn shortcodes_are_found_at_any_depth_but_not_in_names() {
        let template =
            json!({"list": ["{{user.id}}", 7, null, true], "{{user.id}}": {"deep": "{{user.id}}"}});
        assert_eq!(
            render(&template, &json!({"user": {"id": "u"}})),
            json!({"list": ["u", 7, null, true], "{{user.id}}": {"deep": "u"}})
        );
    }
}
