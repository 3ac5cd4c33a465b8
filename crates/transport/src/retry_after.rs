//! How long a server asks to wait.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// Nobody waits longer, and it can be added to any time without an overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The header `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3), which is read by the clock of the server where
/// the answer tells it. More than a year counts as a year; what is neither is none.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    let wait = if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that are no number are too many of them.
        Duration::from_secs(asked.parse().unwrap_or(u64::MAX))
    } else {
        let until = httpdate::parse_http_date(asked).ok()?;
        let now = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        until.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(asked: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let given = date.map(|date| (DATE, date)).into_iter().chain([(RETRY_AFTER, asked)]);
        retry_after(&given.map(|(name, value)| (name, value.parse().unwrap())).collect())
    }

    #[test]
    fn it_is_seconds_or_a_date_by_the_servers_clock_and_never_longer_than_can_be_reckoned_with() {
        const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        const YEAR: u64 = 31_536_000;
        for (asked, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(YEAR)),
            ("18446744073709551615", Some(YEAR)),
            ("99999999999999999999999", Some(YEAR)),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(wait(asked, Some(NOW)), seconds.map(Duration::from_secs), "{asked}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn a_date_is_read_by_the_clock_of_this_machine_where_the_server_tells_none() {
        for date in [None, Some("today")] {
            assert_eq!(wait("Sun, 06 Nov 1994 08:49:40 GMT", date), Some(Duration::ZERO));
            assert!(wait("Fri, 31 Dec 9999 23:59:59 GMT", date) > Some(Duration::from_secs(60)));
        }
    }
}
