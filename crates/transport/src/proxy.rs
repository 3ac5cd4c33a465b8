//! The proxy that the environment names, as Terraform itself reads it (Go's `golang.org/x/net/http/httpproxy`):
//! `HTTPS_PROXY` and `NO_PROXY`, in capitals or not, and never `ALL_PROXY`. Unlike there, a proxy that can't be read is an
//! error: a direct connection is what a proxy was set to avoid. `HTTP_PROXY` is of no use here: plain http goes to this
//! machine only, and never through a proxy.

use std::net::IpAddr;

use reqwest::Url;

use crate::SetupError;

/// The proxy, and what goes past it.
#[derive(Clone, Debug)]
pub(crate) struct HttpsProxy {
    url: Url,
    exempt: String,
}

impl HttpsProxy {
    /// The proxy of this process's environment, if it names one.
    pub(crate) fn of_environment() -> Result<Option<Self>, SetupError> {
        Self::read(|name| {
            std::env::var_os(name).map(|value| value.into_string().unwrap_or_else(|_| "\0".to_owned()))
        })
    }

    /// A variable that is no text reads as one that no URL has.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, SetupError> {
        let either = |capitals: &'static str, small: &'static str| {
            [capitals, small]
                .into_iter()
                .find_map(|name| Some((name, variable(name).filter(|value| !value.is_empty())?)))
        };
        let Some((name, value)) = either("HTTPS_PROXY", "https_proxy") else { return Ok(None) };
        let exempt = either("NO_PROXY", "no_proxy").map(|(_, exempt)| exempt).unwrap_or_default();
        match parse(&value) {
            Ok(url) => Ok(Some(Self { url, exempt })),
            Err(reason) => Err(SetupError::Proxy { variable: name, reason }),
        }
    }

    /// The proxy that requests to `target` go through.
    pub(crate) fn for_target(&self, target: &Url) -> Option<Url> {
        (!is_exempt(&self.exempt, target)).then(|| self.url.clone())
    }
}

/// Reads the value. It may hold a password, so no part of it is in the reason.
fn parse(value: &str) -> Result<Url, &'static str> {
    let with_scheme = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let mut url = Url::parse(&with_scheme).map_err(|_| "it is not a URL")?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it has no host");
    }
    match url.scheme() {
        "http" | "https" | "socks5h" => Ok(url),
        // Go has the proxy look up names with either of the two.
        "socks5" => {
            let is_set = url.set_scheme("socks5h");
            is_set.map(|()| url).map_err(|()| "it is not a URL")
        }
        _ => Err("its scheme is none of http, https, socks5 and socks5h"),
    }
}

/// Whether a list like that of `NO_PROXY` names the target. This machine always counts as named.
fn is_exempt(list: &str, target: &Url) -> bool {
    let host = target.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>().ok();
    host == "localhost"
        || address.is_some_and(|address| address.is_loopback())
        || list.split(',').any(|entry| {
            let entry = entry.trim().to_lowercase();
            entry == "*" || covers(&entry, host, address, target.port_or_known_default())
        })
}

fn covers(entry: &str, host: &str, address: Option<IpAddr>, port: Option<u16>) -> bool {
    if let Some((network, bits)) = entry.split_once('/') {
        return address.is_some_and(|address| is_in(address, network, bits));
    }
    let (name, wanted) = match entry.rsplit_once(':') {
        Some((name, wanted)) if entry.parse::<IpAddr>().is_err() => (name, wanted),
        _ => (entry, ""),
    };
    let name = name.trim_matches(['[', ']']);
    // What is no number is no port, so that the entry names nothing.
    if name.is_empty() || !wanted.is_empty() && wanted.parse().ok() != port {
        return false;
    }
    if let Ok(named) = name.parse::<IpAddr>() {
        return address == Some(named);
    }
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    match name.strip_prefix('.') {
        Some(_) => host.ends_with(name),
        None => host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
    }
}

/// Whether an address is in a network such as `10.0.0.0/8`.
fn is_in(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    let (address, network, length) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (address.to_bits().into(), network.to_bits().into(), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let differing: u128 = address ^ network;
    bits <= length && differing.checked_shr(length - bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], target: &str) -> Result<Option<String>, String> {
        let variable = |name: &str| {
            variables.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned())
        };
        let proxy = HttpsProxy::read(variable).map_err(|error| error.to_string())?;
        let url = proxy.and_then(|proxy| proxy.for_target(&target.parse().unwrap()));
        Ok(url.map(|url| url.as_str().trim_end_matches('/').to_owned()))
    }

    #[test]
    fn the_proxy_is_the_one_that_terraform_takes() {
        for (variables, expected) in [
            (vec![], None),
            (vec![("HTTPS_PROXY", "http://a:1")], Some("http://a:1")),
            (vec![("https_proxy", "a:1")], Some("http://a:1")),
            (vec![("HTTPS_PROXY", ""), ("https_proxy", "https://a:1")], Some("https://a:1")),
            (vec![("HTTPS_PROXY", "socks5://a:1"), ("https_proxy", "b:1")], Some("socks5h://a:1")),
            (vec![("HTTPS_PROXY", "socks5h://u:p@a:1")], Some("socks5h://u:p@a:1")),
            (vec![("ALL_PROXY", "a:1"), ("all_proxy", "a:1"), ("HTTP_PROXY", "a:1")], None),
        ] {
            let found = proxy(&variables, "https://example.com/");
            assert_eq!(found, Ok(expected.map(str::to_owned)), "{variables:?}");
        }
    }

    #[test]
    fn a_proxy_that_can_not_be_used_is_an_error_that_shows_nothing_of_it() {
        for (value, reason) in [
            ("http://u:s3cr3t@[", "it is not a URL"),
            ("http://u:s3cr3t@a:99999", "it is not a URL"),
            ("\0", "it is not a URL"),
            ("ftp://u:s3cr3t@a", "its scheme is none of http, https, socks5 and socks5h"),
            ("socks4://a:1", "its scheme is none of http, https, socks5 and socks5h"),
            ("socks5://", "it has no host"),
        ] {
            let expected = format!("the proxy in HTTPS_PROXY can't be used: {reason}");
            assert_eq!(proxy(&[("HTTPS_PROXY", value)], "https://example.com/"), Err(expected), "{value}");
        }
    }

    #[test]
    fn no_proxy_exempts_what_it_exempts_for_terraform() {
        for (list, target, is_exempt) in [
            ("", "https://example.com/", false),
            ("*", "https://example.com/", true),
            ("a.com, Example.COM", "https://example.com/", true),
            ("example.com", "https://api.example.com/", true),
            ("example.com", "https://anexample.com/", false),
            (".example.com", "https://example.com/", false),
            (".example.com", "https://api.example.com/", true),
            ("*.example.com", "https://api.example.com/", true),
            ("example.com:443", "https://example.com/", true),
            ("example.com:8443", "https://example.com/", false),
            ("example.com:https", "https://example.com/", false),
            ("example.com:", "https://example.com/", true),
            ("10.0.0.0/8", "https://10.9.8.7/", true),
            ("10.0.0.0/8", "https://11.9.8.7/", false),
            ("0.0.0.0/0", "https://11.9.8.7/", true),
            ("10.0.0.0/33", "https://10.0.0.0/", false),
            ("2001:db8::/32", "https://[2001:db8::1]/", true),
            ("2001:db8::1", "https://[2001:db8::1]/", true),
            ("[2001:db8::1]:443", "https://[2001:db8::1]/", true),
            ("10.1.2.3:1", "https://10.1.2.3/", false),
            (",:443,/,", "https://example.com/", false),
            ("", "https://localhost:8443/", true),
            ("", "https://127.9.9.9/", true),
            ("", "https://[::1]/", true),
        ] {
            let variables = [("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", list)];
            assert_eq!(proxy(&variables, target).unwrap().is_none(), is_exempt, "{list:?} {target}");
        }
    }
}
