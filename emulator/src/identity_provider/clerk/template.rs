//! A JWT template: what Clerk takes, what it refuses, and what it shows.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::ClerkError;

/// Claims that Clerk itself adds to every token ("default claims").
const AUTOMATIC: [&str; 7] = ["azp", "exp", "iat", "iss", "jti", "nbf", "sub"];

/// Claims of session tokens, which a template can't have.
const SESSION_ONLY: [&str; 4] = ["fea", "pla", "sid", "v"];

const LIFETIME: Limits = Limits { parameter: "lifetime", least: 30, most: 315_360_000, default: 60 };
const CLOCK_SKEW: Limits = Limits { parameter: "allowed_clock_skew", least: 0, most: 300, default: 5 };

/// What a caller asks a template to be.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateRequest {
    /// The name that tokens are asked for by.
    pub name: String,
    /// The claims: a JSON object, whose strings can hold shortcodes.
    pub claims: Value,
    /// Seconds until a token expires: 30 to 315 360 000, or 60 where it is `None`.
    pub lifetime: Option<u64>,
    /// Seconds by which `nbf` lies before `iat`: 0 to 300, or 5 where it is `None`.
    pub allowed_clock_skew: Option<u64>,
}

impl TemplateRequest {
    /// A request that leaves all but name and claims to Clerk.
    pub fn new(name: impl Into<String>, claims: Value) -> Self {
        Self { name: name.into(), claims, lifetime: None, allowed_clock_skew: None }
    }

    /// The same request with this lifetime in seconds.
    #[must_use]
    pub fn with_lifetime(self, seconds: u64) -> Self {
        Self { lifetime: Some(seconds), ..self }
    }

    /// Reads the body of a request.
    ///
    /// # Errors
    /// Where a parameter is missing, unknown, of the wrong type, or not offered here.
    pub fn parse(body: &Value) -> Result<Self, ClerkError> {
        let parameters = body.as_object().ok_or(ClerkError::MalformedBody)?;
        for name in parameters.keys() {
            check_parameter(name, &parameters[name])?;
        }
        Ok(Self {
            name: required_text(parameters, "name")?,
            claims: present(parameters, "claims").cloned().ok_or(ClerkError::MissingParameter("claims"))?,
            lifetime: optional_seconds(parameters, LIFETIME.parameter)?,
            allowed_clock_skew: optional_seconds(parameters, CLOCK_SKEW.parameter)?,
        })
    }
}

/// A template as Clerk keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct JwtTemplate {
    /// As `jtmp_…`.
    pub id: String,
    /// The name that tokens are asked for by.
    pub name: String,
    /// A JSON object, shortcodes and all.
    pub claims: Value,
    /// Seconds until a token expires.
    pub lifetime: u64,
    /// Seconds by which `nbf` lies before `iat`.
    pub allowed_clock_skew: u64,
    created_at: u64,
    updated_at: u64,
}

impl JwtTemplate {
    pub(super) fn create(request: TemplateRequest) -> Result<Self, ClerkError> {
        let now = milliseconds();
        let blank = Self {
            id: format!("jtmp_{}", uuid::Uuid::new_v4().simple()),
            name: String::new(),
            claims: json!({}),
            lifetime: LIFETIME.default,
            allowed_clock_skew: CLOCK_SKEW.default,
            created_at: now,
            updated_at: now,
        };
        blank.update(request)
    }

    pub(super) fn update(&self, request: TemplateRequest) -> Result<Self, ClerkError> {
        if request.name.is_empty() {
            return Err(ClerkError::MissingParameter("name"));
        }
        check_claims(&request.claims)?;
        Ok(Self {
            id: self.id.clone(),
            name: request.name,
            claims: request.claims,
            lifetime: LIFETIME.check(request.lifetime.unwrap_or(self.lifetime))?,
            allowed_clock_skew: CLOCK_SKEW
                .check(request.allowed_clock_skew.unwrap_or(self.allowed_clock_skew))?,
            created_at: self.created_at,
            updated_at: milliseconds(),
        })
    }

    /// The template as the Backend API shows it.
    pub fn to_json(&self) -> Value {
        json!({
            "object": "jwt_template",
            "id": self.id,
            "name": self.name,
            "claims": self.claims,
            "lifetime": self.lifetime,
            "allowed_clock_skew": self.allowed_clock_skew,
            "custom_signing_key": false,
            "signing_algorithm": "RS256",
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}

struct Limits {
    parameter: &'static str,
    least: u64,
    most: u64,
    default: u64,
}

impl Limits {
    fn check(&self, seconds: u64) -> Result<u64, ClerkError> {
        let Self { parameter, least, most, .. } = *self;
        if (least..=most).contains(&seconds) {
            Ok(seconds)
        } else {
            Err(ClerkError::OutOfRange { parameter, least, most })
        }
    }
}

fn check_parameter(name: &str, value: &Value) -> Result<(), ClerkError> {
    let custom = |parameter, expected: Value| {
        if value.is_null() || *value == expected { Ok(()) } else { Err(ClerkError::CustomSigning(parameter)) }
    };
    match name {
        "name" | "claims" | "lifetime" | "allowed_clock_skew" => Ok(()),
        "custom_signing_key" => custom("custom_signing_key", Value::from(false)),
        "signing_algorithm" => custom("signing_algorithm", Value::from("RS256")),
        "signing_key" => custom("signing_key", Value::Null),
        _ => Err(ClerkError::UnknownParameter(name.to_owned())),
    }
}

fn check_claims(claims: &Value) -> Result<(), ClerkError> {
    let claims =
        claims.as_object().ok_or(ClerkError::WrongType { parameter: "claims", expected: "object" })?;
    let mut reserved = AUTOMATIC.iter().chain(&SESSION_ONLY);
    match reserved.find(|name| claims.contains_key(**name)) {
        Some(name) => Err(ClerkError::ReservedClaim((*name).to_owned())),
        None => Ok(()),
    }
}

fn required_text(parameters: &Map<String, Value>, name: &'static str) -> Result<String, ClerkError> {
    let value = present(parameters, name).ok_or(ClerkError::MissingParameter(name))?;
    let text = value.as_str().ok_or(ClerkError::WrongType { parameter: name, expected: "string" })?;
    Ok(text.to_owned())
}

fn optional_seconds(parameters: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, ClerkError> {
    let wrong = ClerkError::WrongType { parameter: name, expected: "integer" };
    present(parameters, name).map(|value| value.as_u64().ok_or(wrong)).transpose()
}

/// Clerk's own SDK sends null for what a caller leaves out.
fn present<'a>(parameters: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    parameters.get(name).filter(|value| !value.is_null())
}

fn milliseconds() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: Value) -> ClerkError {
        TemplateRequest::parse(&body).and_then(JwtTemplate::create).unwrap_err()
    }

    #[test]
    fn a_template_takes_clerks_defaults() {
        let template = JwtTemplate::create(TemplateRequest::new("turso", json!({"a": "ro"}))).unwrap();
        assert_eq!((template.lifetime, template.allowed_clock_skew), (60, 5));
        let shown = template.to_json();
        assert_eq!(shown["claims"], json!({"a": "ro"}));
        assert_eq!(shown["custom_signing_key"], json!(false));
        assert_eq!(shown["signing_algorithm"], json!("RS256"));
    }

    #[test]
    fn every_claim_that_clerk_keeps_for_itself_is_refused() {
        for name in AUTOMATIC.iter().chain(&SESSION_ONLY) {
            let error = refusal(json!({"name": "turso", "claims": {"a": "ro", *name: 1}}));
            assert_eq!(error, ClerkError::ReservedClaim((*name).to_owned()));
            assert_eq!(error.status(), 400);
        }
    }

    #[test]
    fn the_claims_turso_reads_are_free_and_so_is_a_reserved_name_deeper_down() {
        for claims in [
            json!({"a": "ro", "deep": {"exp": 1}}),
            json!({"a": "rw", "id": "1", "gid": "2", "rid": "3", "perm": [], "p": {}}),
        ] {
            assert!(JwtTemplate::create(TemplateRequest::new("turso", claims)).is_ok());
        }
    }

    #[test]
    fn numbers_are_held_to_their_ranges() {
        for (parameter, value, accepted) in [
            ("lifetime", 29, false),
            ("lifetime", 30, true),
            ("lifetime", 315_360_000, true),
            ("lifetime", 315_360_001, false),
            ("allowed_clock_skew", 0, true),
            ("allowed_clock_skew", 300, true),
            ("allowed_clock_skew", 301, false),
        ] {
            let body = json!({"name": "turso", "claims": {}, parameter: value});
            let request = TemplateRequest::parse(&body).unwrap();
            assert_eq!(JwtTemplate::create(request).is_ok(), accepted, "{parameter} = {value}");
        }
    }

    #[test]
    fn bad_requests_are_refused_with_clerks_code() {
        for (body, status, code) in [
            (json!([]), 400, "request_body_invalid"),
            (json!({"claims": {}}), 422, "form_param_missing"),
            (json!({"name": "", "claims": {}}), 422, "form_param_missing"),
            (json!({"name": "turso"}), 422, "form_param_missing"),
            (json!({"name": "turso", "claims": null}), 422, "form_param_missing"),
            (json!({"name": 7, "claims": {}}), 422, "form_param_type_invalid"),
            (json!({"name": "turso", "claims": "{}"}), 422, "form_param_type_invalid"),
            (json!({"name": "turso", "claims": []}), 422, "form_param_type_invalid"),
            (json!({"name": "turso", "claims": {}, "lifetime": "60"}), 422, "form_param_type_invalid"),
            (json!({"name": "turso", "claims": {}, "lifetime": -60}), 422, "form_param_type_invalid"),
            (json!({"name": "turso", "claims": {}, "lifetimes": 60}), 422, "form_param_unknown"),
            (json!({"name": "t", "claims": {}, "custom_signing_key": true}), 422, "form_param_value_invalid"),
            (
                json!({"name": "t", "claims": {}, "signing_algorithm": "HS256"}),
                422,
                "form_param_value_invalid",
            ),
            (json!({"name": "t", "claims": {}, "signing_key": "k"}), 422, "form_param_value_invalid"),
        ] {
            let error = refusal(body.clone());
            assert_eq!((error.status(), error.code()), (status, code), "{body}");
        }
    }

    #[test]
    fn nulls_that_clerks_sdk_sends_mean_the_default() {
        let body = json!({
            "name": "turso", "claims": {}, "lifetime": null, "allowed_clock_skew": null,
            "custom_signing_key": false, "signing_algorithm": null, "signing_key": null,
        });
        assert_eq!(TemplateRequest::parse(&body).unwrap(), TemplateRequest::new("turso", json!({})));
    }

    #[test]
    fn a_refusal_has_the_shape_of_clerks_error_body() {
        assert_eq!(
            refusal(json!({"name": "turso", "claims": {"sub": "x"}})).body(),
            json!({"errors": [{
                "message": "reserved claim used",
                "long_message": "You can't use the reserved claim: 'sub'",
                "code": "jwt_template_reserved_claim",
                "meta": {"param_name": "claims"},
            }]})
        );
    }
}
