//! JWKS documents whose keys sign for everyone who has an account at a service, so that no endpoint may name them.

use framework::Complaint;

use super::url;

/// Complains where the keys at a URL sign tokens for strangers, too.
///
/// It is for plans, not for validation: that runs for a destroy as well, and what exists must be removable.
pub(crate) fn check(url: &str) -> Result<(), Complaint> {
    let url = url::parse(url)?;
    // With a dot at its end it is the same host.
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let Some((_, service)) = SERVICES.iter().find(|(hosts, _)| hosts.contains(&host)) else { return Ok(()) };
    Err(Complaint::new(
        "Keys that sign for everyone",
        format!(
            "The keys at {host} are those of {service}, which signs tokens for everyone who uses it with them, \
             whatever the path in the URL. Turso reads a token without claims as access to every database of the \
             organization, so a stranger with an account there could open them all. Use an identity provider that \
             signs with keys of your own, such as an instance of Clerk or a tenant of Auth0."
        ),
    ))
}

/// Whole hosts: a tenant's own path publishes the keys that all tenants share. From the services' documentation of
/// OpenID Connect; Microsoft's are the aliases of its sign-in, national clouds among them.
const SERVICES: [(&[&str], &str); 13] = [
    (&["www.googleapis.com"], "Google and Firebase"),
    (
        &[
            "login.microsoftonline.com",
            "login.windows.net",
            "login.microsoft.com",
            "sts.windows.net",
            "login.microsoftonline.us",
            "login-us.microsoftonline.com",
            "login.usgovcloudapi.net",
            "login.partner.microsoftonline.cn",
            "login.chinacloudapi.cn",
            "login.microsoftonline.de",
        ],
        "Microsoft Entra",
    ),
    (&["token.actions.githubusercontent.com"], "GitHub Actions"),
    (&["app.terraform.io"], "HCP Terraform"),
    (&["agent.buildkite.com"], "Buildkite"),
    (&["oidc.circleci.com"], "CircleCI"),
    (&["slack.com"], "Slack"),
    (&["appleid.apple.com"], "Apple"),
    (&["gitlab.com"], "GitLab"),
    (&["api.bitbucket.org"], "Bitbucket"),
    (&["www.facebook.com"], "Facebook"),
    (&["id.twitch.tv"], "Twitch"),
    (&["kubernetes.default.svc", "kubernetes.default.svc.cluster.local"], "a Kubernetes cluster"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_whose_keys_sign_for_everyone_are_refused_at_any_path_and_spelling() {
        for url in [
            "https://www.googleapis.com/oauth2/v3/certs",
            "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
            "https://login.microsoftonline.com/common/discovery/v2.0/keys",
            "https://login.microsoftonline.com/8c6f4a5e-0000-4000-8000-000000000000/discovery/v2.0/keys",
            "https://LOGIN.microsoftonline.US/organizations/discovery/v2.0/keys",
            "https://login.partner.microsoftonline.cn./common/discovery/v2.0/keys",
            "https://token.actions.githubusercontent.com:443/my-enterprise/.well-known/jwks",
            "https://app.terraform.io/.well-known/jwks",
            "https://agent.buildkite.com/.well-known/jwks",
            "https://oidc.circleci.com/org/1/.well-known/jwks-pub.json",
            "https://slack.com/openid/connect/keys",
            "https://appleid.apple.com/auth/keys",
            "https://gitlab.com/oauth/discovery/keys",
            "https://api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc/keys.json",
            "https://www.facebook.com/.well-known/oauth/openid/jwks",
            "https://id.twitch.tv/oauth2/keys",
            "https://kubernetes.default.svc/openid/v1/jwks",
        ] {
            assert_eq!(check(url).unwrap_err().summary, "Keys that sign for everyone", "{url}");
        }
    }

    #[test]
    fn hosts_of_one_instance_or_tenant_are_accepted() {
        for url in [
            "https://clerk.example.com/.well-known/jwks.json",
            "https://acme.eu.auth0.com/.well-known/jwks.json",
            "https://gitlab.example.com/oauth/discovery/keys",
            "https://acme.slack.com/keys",
            "https://example.com/www.googleapis.com",
            "https://[2001:db8::1]/jwks.json",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }
}
