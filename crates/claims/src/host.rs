//! The name of a host, checked before it becomes part of a URL.

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
        [.., last] if last.bytes().all(|byte| byte.is_ascii_digit()) => Err("is an address, not a host name"),
        _ => Ok(host.to_ascii_lowercase()),
    }
}

fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
