//! The name of a host, checked before it becomes part of a URL.

use url::Host;

/// The host in lower case.
///
/// # Errors
/// What is wrong with it, as the end of a sentence that begins with "it".
pub(super) fn checked(host: &str) -> Result<String, &'static str> {
    if host.len() > 253 {
        return Err("is longer than a host name can be");
    }
    if !host.is_ascii() {
        return Err("has letters outside ASCII: write it in its `xn--` form");
    }
    let labels = host.split('.').collect::<Vec<_>>();
    if !labels.iter().all(|label| is_label(label)) {
        return Err("is not a host name");
    }
    match labels.as_slice() {
        [_] => Err("has no dot"),
        // A last label that is a number, such as `0x1`, makes an address or nothing of the whole, and what follows `xn--`
        // may stand for no letters (URL Standard, section 3.5).
        [.., last] if is_number(last) => Err("is an address, not a host name"),
        _ if Host::parse(host).is_err() => Err("is not a host name"),
        _ => Ok(host.to_ascii_lowercase()),
    }
}

fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    label.bytes().all(|byte| byte.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_taken_in_lower_case_or_refused_with_the_reason() {
        let label = |length| "a".repeat(length);
        let of_253 = [label(63), label(63), label(63), label(61)].join(".");
        for (host, expected) in [
            ("Acme.EU.auth0.com", Ok("acme.eu.auth0.com")),
            ("a-1.b2", Ok("a-1.b2")),
            ("1.2.3.4a", Ok("1.2.3.4a")),
            ("1.2.3.4", Err("is an address, not a host name")),
            ("a.0x1F", Err("is an address, not a host name")),
            ("a.0x", Err("is an address, not a host name")),
            ("a.0x1g", Ok("a.0x1g")),
            ("xn--spt-qla.example.com", Ok("xn--spt-qla.example.com")),
            ("xn--a.xn--b", Err("is not a host name")),
            ("acme", Err("has no dot")),
            ("späť.example.com", Err("has letters outside ASCII: write it in its `xn--` form")),
            ("-a.example.com", Err("is not a host name")),
            ("a-.example.com", Err("is not a host name")),
            ("a..example.com", Err("is not a host name")),
            ("a_b.example.com", Err("is not a host name")),
            ("a.example.com.", Err("is not a host name")),
            (&format!("{}.b", label(63)), Ok(&format!("{}.b", label(63)))),
            (&format!("{}.b", label(64)), Err("is not a host name")),
            (&of_253, Ok(&of_253)),
            (&format!("{of_253}a"), Err("is longer than a host name can be")),
            (&format!("{of_253}{}", label(50)), Err("is longer than a host name can be")),
        ] {
            assert_eq!(checked(host), expected.map(str::to_owned), "{host}");
        }
    }
}
