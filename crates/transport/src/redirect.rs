//! The `Location` of an answer, for people.

use reqwest::Url;

/// Where an answer redirects to, for a message, as its `Location` says: without a user name, a password, the query and the
/// fragment, which may be secret.
pub fn redirect_target(location: &str) -> String {
    let Ok(mut url) = Url::parse(location) else {
        // Relative, as `/login` is, or as `//user:password@host`.
        let path = location.split(['?', '#']).next().unwrap_or_default();
        return path.rsplit_once('@').map_or_else(|| path.to_owned(), |(_, after)| format!("…@{after}"));
    };
    // These fail for URLs that can have none.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_redirect_leads_is_told_without_what_may_be_secret() {
        for (location, told) in [
            ("https://u:s3cr3t@a.example/b?code=s3cr3t", "https://a.example/b"),
            ("https://s3cr3t@a.example", "https://a.example/"),
            ("https://a.example/#s3cr3t", "https://a.example/"),
            ("/login?code=s3cr3t", "/login"),
            ("/login#s3cr3t", "/login"),
            ("//a.example/b", "//a.example/b"),
            ("https://u:s3cr3t@[/x", "…@[/x"),
            ("//u:s3cr3t@a.example/b", "…@a.example/b"),
        ] {
            assert_eq!(redirect_target(location), told);
        }
    }
}
