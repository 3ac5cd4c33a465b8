//! What Auth0 makes of the claims that Actions set. Pure.
//!
//! The rules and the list of names are those of Auth0's page "Create Custom Claims" (August 2026).

use serde_json::{Map, Value};

/// Bytes of JSON that the custom claims of one token may have. Auth0 says 100KB.
pub(super) const PAYLOAD_LIMIT: usize = 100_000;

/// Claims that Auth0 keeps for itself. Setting one fails silently.
const RESTRICTED: &str = "
    acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest
    entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf
    nonce object_id org_id org_name orig origid permissions roles rph s_hash sid sip_callid sip_cseq_num sip_date
    sip_from_tag sip_via_branch sub sub_jwk toe txn typ uuid vot vtm x5t#S256
";

/// Whose API a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// The customer's own.
    Custom,
    /// One of Auth0's, such as the Management API: names that are no URL are dropped, silently.
    Auth0,
}

/// The claims that reach the token: of two with one name, the later.
///
/// # Errors
/// Where they are too long together; the error is their length in bytes.
pub(super) fn accept(custom: Vec<(String, Value)>, audience: Audience) -> Result<Map<String, Value>, usize> {
    let accepted: Map<_, _> = custom.into_iter().filter(|(name, _)| is_accepted(name, audience)).collect();
    let length = Value::from(accepted.clone()).to_string().len();
    if length > PAYLOAD_LIMIT { Err(length) } else { Ok(accepted) }
}

fn is_accepted(name: &str, audience: Audience) -> bool {
    let restricted = RESTRICTED.split_whitespace().any(|restricted| restricted == name);
    let namespaced = name.starts_with("https://") || name.starts_with("http://");
    !restricted && (namespaced || audience == Audience::Custom)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn accepted(names: &[&str], audience: Audience) -> Vec<String> {
        let custom = names.iter().map(|name| ((*name).to_owned(), json!(1))).collect();
        accept(custom, audience).unwrap().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn restricted_names_are_dropped() {
        assert_eq!(RESTRICTED.split_whitespace().count(), 60);
        let restricted: Vec<&str> = RESTRICTED.split_whitespace().collect();
        assert!(accepted(&restricted, Audience::Custom).is_empty());
    }

    #[test]
    fn the_names_turso_reads_are_kept() {
        let names = ["a", "gid", "id", "p", "perm", "rid"];
        assert_eq!(accepted(&names, Audience::Custom), names);
    }

    #[test]
    fn only_namespaced_names_reach_a_token_for_auth0s_own_api() {
        let names = ["https://example.com/perm", "http://example.com/a", "perm", "https:perm"];
        assert_eq!(accepted(&names, Audience::Auth0), ["http://example.com/a", "https://example.com/perm"]);
    }

    #[test]
    fn a_name_is_restricted_in_its_own_case_only() {
        assert_eq!(accepted(&["EXP", "exp ", "Roles"], Audience::Custom), ["EXP", "Roles", "exp "]);
    }

    #[test]
    fn the_later_of_two_claims_with_one_name_counts() {
        let custom = vec![("a".to_owned(), json!("rw")), ("a".to_owned(), json!("ro"))];
        assert_eq!(Value::from(accept(custom, Audience::Custom).unwrap()), json!({"a": "ro"}));
    }

    #[test]
    fn the_payload_is_held_to_its_limit_to_the_byte() {
        let claims = |length: usize| vec![("x".to_owned(), Value::from("y".repeat(length)))];
        let frame = r#"{"x":""}"#.len();
        assert!(accept(claims(PAYLOAD_LIMIT - frame), Audience::Custom).is_ok());
        assert_eq!(accept(claims(PAYLOAD_LIMIT - frame + 1), Audience::Custom), Err(PAYLOAD_LIMIT + 1));
    }

    #[test]
    fn dropped_claims_do_not_count_against_the_limit() {
        let custom = vec![("roles".to_owned(), Value::from("y".repeat(PAYLOAD_LIMIT)))];
        assert_eq!(accept(custom, Audience::Custom), Ok(Map::new()));
    }
}
