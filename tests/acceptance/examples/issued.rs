//! Every kind of token that Clerk and Auth0 sign with the keys that Turso trusts: what it opens before the guide's
//! configuration is in place and after. The guide on tokens without claims shows these tables.
//!
//! Nothing here says what a token opens: databases are asked, with the token.

use std::fs;
use std::path::Path;

use serde_json::{Map, json};
use turso_emulator::identity_provider::auth0::{Auth0User, LoginError};
use turso_emulator::identity_provider::clerk::{ClerkUser, TemplateRequest};
use turso_emulator::identity_provider::{Auth0Like, ClerkLike};

use super::{clerk_example, deploy, example, put_into_clerk};
use crate::support::deeds::{COMMENT, DEEDS, READ, allowed, database};
use crate::support::{Project, authority};

/// A kind of token. Where there are several of it, they have to come to the same.
struct Kind<P> {
    name: &'static str,
    issue: fn(&P) -> Vec<Result<String, LoginError>>,
    note: &'static str,
}

const ANN: &str = "ann";

const CLERK: [Kind<ClerkLike>; 8] = [
    Kind {
        name: "of the JWT template `turso`",
        issue: |clerk| vec![Ok(clerk.token(ANN, "turso").unwrap())],
        note: "`clerk_claims` of a template",
    },
    Kind {
        name: "of any other JWT template",
        issue: |clerk| vec![Ok(clerk.token(ANN, "api").unwrap())],
        note: "each needs `clerk_claims(provider::turso::no_access_claims())`",
    },
    Kind {
        name: "session token (`getToken()`, cookie `__session`)",
        issue: |clerk| vec![Ok(clerk.session_token(ANN).unwrap())],
        note: "`clerk_session_claims`: [step 3](clerk.md#3-give-claims-to-the-session-tokens-too)",
    },
    Kind {
        name: "handshake token (`__clerk_handshake`)",
        issue: |clerk| vec![Ok(clerk.handshake_token())],
        note: "takes no claims, has no expiry, and visitors who are signed out may be handed one: an organization that holds nothing else contains it",
    },
    Kind {
        name: "client token (cookie `__client`)",
        issue: |clerk| vec![Ok(clerk.client_token())],
        note: "takes no claims, and its `id` is not one of a database: the same",
    },
    Kind {
        name: "OAuth access token",
        issue: |clerk| vec![Ok(clerk.oauth_access_token(ANN, "app").unwrap())],
        note: "takes no claims: use no OAuth applications in this instance",
    },
    Kind {
        name: "OAuth ID token",
        issue: |clerk| vec![Ok(clerk.oauth_id_token(ANN, "app").unwrap())],
        note: "the same",
    },
    Kind {
        name: "machine token (M2M), where it is a JWT",
        issue: |clerk| vec![Ok(clerk.machine_token("mch_1", Map::new()))],
        note: "its claims are chosen by whoever holds the machine's key: use no machines in this instance",
    },
];

#[test]
fn what_each_token_of_clerk_opens_is_what_the_guide_shows() {
    let clerk = ClerkLike::start(authority()).unwrap();
    clerk.save_user(ClerkUser::new(ANN));
    for template in ["turso", "api"] {
        clerk.create_template(TemplateRequest::new(template, json!({"aud": "x"}))).unwrap();
    }
    let (project, kept) = clerk_example(&clerk);
    // What the guide says of other templates.
    project.write(
        "api.tf",
        r#"
        resource "clerk_jwt_template" "api" {
          name   = "api"
          claims = provider::turso::clerk_claims(provider::turso::no_access_claims(), { aud = "x" })
        }
        "#,
    );
    databases(&project);

    project.put_endpoint("clerk", &clerk.provider().jwks_url());
    let before = Seen::of(&CLERK, &clerk, &project);
    project.remove_endpoint("clerk");
    project.apply().applied(4, 0, 0);
    put_into_clerk(&clerk, &kept);
    assert_guide_shows(&table(&CLERK, &before, &Seen::of(&CLERK, &clerk, &project)));
    before.assert_still_opens_everything(&project);
}

const AUDIENCE: &str = "https://turso.tech/acme/app";
const SHOP: &str = "https://api.shop.example.com";
const OTHER: &str = "https://other.example.com";
const TENANT: fn(&Auth0Like) -> [String; 4] = |auth0| auth0.own_apis(&auth0.provider().domain());
const CUSTOM: fn(&Auth0Like) -> [String; 4] = |auth0| auth0.own_apis(&auth0.custom_domain());

/// Access tokens of a login.
fn logins(auth0: &Auth0Like, audiences: &[String]) -> Vec<Result<String, LoginError>> {
    audiences.iter().map(|audience| auth0.token(ANN, audience)).collect()
}

/// Access tokens of a machine.
fn machines(auth0: &Auth0Like, client: &str, audiences: &[String]) -> Vec<Result<String, LoginError>> {
    audiences.iter().map(|audience| auth0.machine_token(client, audience)).collect()
}

const AUTH0: [Kind<Auth0Like>; 14] = [
    Kind {
        name: "login, for an audience in `audiences`",
        issue: |auth0| logins(auth0, &[AUDIENCE.to_owned()]),
        note: "the rule that fits",
    },
    Kind {
        name: "login, for one in `no_access_audiences`",
        issue: |auth0| logins(auth0, &[SHOP.to_owned()]),
        note: "",
    },
    Kind {
        name: "login, for one in neither list",
        issue: |auth0| logins(auth0, &[OTHER.to_owned()]),
        note: "",
    },
    Kind {
        name: "login, for `/api/v2/`, `/me/`, `/mfa/`, `/my-org/` on the tenant's domain",
        issue: |auth0| logins(auth0, &TENANT(auth0)),
        note: "Auth0 drops the claims: denying the audience contains it",
    },
    Kind {
        name: "login, for the same on a custom domain",
        issue: |auth0| logins(auth0, &CUSTOM(auth0)),
        note: "the same",
    },
    Kind {
        name: "ID token, of a login with an audience",
        issue: |auth0| vec![auth0.id_token(ANN, Some(AUDIENCE))],
        note: "unless `id_token = true` gives it the claims of a rule",
    },
    Kind {
        name: "ID token, of a login without one",
        issue: |auth0| vec![auth0.id_token(ANN, None)],
        note: "the same",
    },
    Kind {
        name: "machine, for an audience in `audiences`",
        issue: |auth0| machines(auth0, "reports", &[AUDIENCE.to_owned()]),
        note: "the Action for `credentials-exchange`: [step 4](auth0.md#4-put-the-claims-into-the-tokens-of-machines)",
    },
    Kind {
        name: "machine, for one in `no_access_audiences`",
        issue: |auth0| machines(auth0, "reports", &[SHOP.to_owned()]),
        note: "",
    },
    Kind {
        name: "machine, for one in neither list",
        issue: |auth0| machines(auth0, "reports", &[OTHER.to_owned()]),
        note: "",
    },
    Kind {
        name: "machine, for Auth0's own APIs on the tenant's domain",
        issue: |auth0| machines(auth0, "reports", &TENANT(auth0)),
        note: "",
    },
    Kind {
        name: "machine, for the same on a custom domain",
        issue: |auth0| machines(auth0, "reports", &CUSTOM(auth0)),
        note: "",
    },
    Kind {
        name: "machine in `unrestricted_clients`, for Auth0's own APIs on either domain",
        issue: |auth0| machines(auth0, "terraform", &[TENANT(auth0), CUSTOM(auth0)].concat()),
        note: "Auth0 drops the claims, and this client needs the token: name as few as you can, in an organization that holds nothing else",
    },
    Kind {
        name: "logout token (back-channel logout)",
        issue: |auth0| vec![auth0.logout_token(ANN)],
        note: "no Action runs for it: do not use back-channel logout in this tenant",
    },
];

#[test]
fn what_each_token_of_auth0_opens_is_what_the_guide_shows() {
    let auth0 = Auth0Like::start(authority()).unwrap();
    auth0.check_node().unwrap();
    auth0.save_user(Auth0User::new(ANN));
    for api in [AUDIENCE, SHOP, OTHER] {
        auth0.create_api(api);
    }
    for client in ["reports", "terraform"] {
        auth0.create_machine_client(client);
    }
    let (project, kept) = example("auth0", "auth0", &auth0.provider().jwks_url());
    project.set_env("TF_VAR_database", "app");
    project.set_env("TF_VAR_unrestricted_clients", r#"["terraform"]"#);
    let also = |action| {
        format!("data \"turso_auth0_action\" {action:?} {{\n  no_access_audiences = [{SHOP:?}]\n}}\n")
    };
    project.write("shop_override.tf", &[also("login"), also("machines")].concat());
    databases(&project);

    project.put_endpoint("auth0", &auth0.provider().jwks_url());
    let before = Seen::of(&AUTH0, &auth0, &project);
    project.remove_endpoint("auth0");
    project.apply().applied(6, 0, 0);
    assert_eq!(project.output("audience"), AUDIENCE);
    deploy(&auth0, &kept, AUDIENCE);
    assert_guide_shows(&table(&AUTH0, &before, &Seen::of(&AUTH0, &auth0, &project)));
    before.assert_still_opens_everything(&project);
}

/// One that the tokens are for, its neighbour in the group, and one of another group.
const DATABASES: [(&str, &str); 3] = [("app", "default"), ("notes", "default"), ("archive", "cold")];

fn databases(project: &Project) {
    for (name, group) in DATABASES {
        database(project, name, group);
    }
}

/// The tokens of each kind at one time, and what they opened.
struct Seen {
    tokens: Vec<String>,
    opened: Vec<String>,
}

impl Seen {
    fn of<P>(kinds: &[Kind<P>], provider: &P, project: &Project) -> Self {
        let mut seen = Self { tokens: Vec::new(), opened: Vec::new() };
        for kind in kinds {
            let tokens = (kind.issue)(provider);
            let mut opened: Vec<_> = tokens.iter().map(|token| opens(project, token)).collect();
            opened.dedup();
            assert_eq!(opened.len(), 1, "{}: {opened:?}", kind.name);
            seen.opened.append(&mut opened);
            seen.tokens.extend(tokens.into_iter().flatten());
        }
        seen
    }

    /// The configuration changes what is issued, not what was: that ends with its own time, or with the key.
    fn assert_still_opens_everything(&self, project: &Project) {
        assert!(!self.tokens.is_empty());
        for token in &self.tokens {
            assert_eq!(opens(project, &Ok(token.clone())), EVERYTHING);
        }
    }
}

const EVERYTHING: &str = "**everything**";

/// What a token opens, in the words of the guide.
fn opens(project: &Project, token: &Result<String, LoginError>) -> String {
    let token = match token {
        Ok(token) => token,
        Err(LoginError::Denied { .. }) => return "denied: no token".to_owned(),
        Err(other) => panic!("{other}"),
    };
    let seen = DATABASES.map(|(name, _)| allowed(project, name, token));
    // What the template of both examples grants.
    let granted = Some(vec![READ, COMMENT]);
    if seen.iter().all(|seen| seen.as_deref() == Some(&DEEDS)) {
        EVERYTHING.to_owned()
    } else if seen == [None, None, None] {
        "nothing".to_owned()
    } else if seen == [granted, None, None] {
        "what its claims grant".to_owned()
    } else {
        format!("{seen:?}")
    }
}

fn table<P>(kinds: &[Kind<P>], before: &Seen, after: &Seen) -> String {
    let mut lines =
        vec!["| Token | Before | After | How, or what else |".to_owned(), "|---|---|---|---|".to_owned()];
    for (kind, (before, after)) in kinds.iter().zip(before.opened.iter().zip(&after.opened)) {
        lines.push(format!("| {} | {before} | {after} | {} |", kind.name, kind.note));
    }
    lines.join("\n").replace("|  |", "| |")
}

#[track_caller]
fn assert_guide_shows(table: &str) {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/tokens-without-claims.md");
    let guide = fs::read_to_string(guide).unwrap();
    assert!(guide.contains(&format!("\n\n{table}\n\n")), "the guide does not show what was seen:\n{table}");
}
