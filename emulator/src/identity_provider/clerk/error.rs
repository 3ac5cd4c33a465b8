//! What Clerk refuses, in its words: its SDK's error reference, and its Backend API's documented answers. Where
//! neither is known (see each variant), the wording is ours and only the shape is Clerk's.

use serde_json::{Value, json};

/// A refusal. It displays as Clerk's `long_message`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClerkError {
    /// No user of this id.
    #[error("No user was found with id {0}")]
    UserNotFound(String),
    /// No session of this id.
    #[error("No session was found with id {0}")]
    SessionNotFound(String),
    /// No template of this name.
    #[error("No JWT template exists with name: {0}")]
    TemplateNotFound(String),
    /// No template of this id.
    #[error("No JWT template exists with id: {0}")]
    TemplateIdNotFound(String),
    /// No such route. The wording is ours.
    #[error("The requested resource does not exist")]
    RouteNotFound,
    /// A claim that Clerk adds itself, or that belongs to session tokens.
    #[error("You can't use the reserved claim: '{0}'")]
    ReservedClaim(String),
    /// A required parameter is absent, null or empty.
    #[error("{0} must be included.")]
    MissingParameter(&'static str),
    /// A parameter that the route doesn't have.
    #[error("{0} is not a valid parameter for this request.")]
    UnknownParameter(String),
    /// A parameter of the wrong JSON type.
    #[error("`{parameter}` must be a `{expected}`.")]
    WrongType {
        /// The parameter.
        parameter: &'static str,
        /// The type's name.
        expected: &'static str,
    },
    /// A number out of its documented range. The wording is ours.
    #[error("{parameter} must be between {least} and {most}.")]
    OutOfRange {
        /// The parameter.
        parameter: &'static str,
        /// The least value allowed.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A custom signing key, or an algorithm other than RS256. Clerk has them; this service doesn't, because tokens
    /// signed with them don't verify against the JWKS document. The wording is ours.
    #[error("{0} is not offered by this emulator: such tokens don't verify against the JWKS document.")]
    CustomSigning(&'static str),
    /// Another template has the name. The wording is ours.
    #[error("A JWT template named {0} already exists")]
    NameTaken(String),
    /// The body is not JSON, or not an object.
    #[error("The request body is not a JSON object")]
    MalformedBody,
    /// No `Authorization: Bearer …`.
    #[error("Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'")]
    MalformedAuthorization,
    /// Another key than the instance's.
    #[error("The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.")]
    WrongSecretKey,
}

impl ClerkError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.answer().0
    }

    /// Clerk's name of the error, as `jwt_template_reserved_claim`.
    pub fn code(&self) -> &'static str {
        self.answer().1
    }

    /// The body: `{"errors":[{"message","long_message","code"}]}`, with `meta` where a parameter is at fault.
    pub fn body(&self) -> Value {
        let (_, code, message, parameter) = self.answer();
        let mut error = json!({"message": message, "long_message": self.to_string(), "code": code});
        if let Some(parameter) = parameter {
            error["meta"] = json!({"param_name": parameter});
        }
        json!({"errors": [error]})
    }

    /// The status, the code, the short message, and the parameter at fault.
    fn answer(&self) -> (u16, &'static str, &'static str, Option<&str>) {
        match self {
            Self::UserNotFound(_) | Self::RouteNotFound => (404, "resource_not_found", "not found", None),
            Self::SessionNotFound(_) => (404, "resource_not_found", "Session not found", None),
            Self::TemplateNotFound(_) | Self::TemplateIdNotFound(_) => {
                (404, "resource_not_found", "JWT template not found", None)
            }
            Self::ReservedClaim(_) => {
                (400, "jwt_template_reserved_claim", "reserved claim used", Some("claims"))
            }
            Self::MissingParameter(name) => (422, "form_param_missing", "is missing", Some(name)),
            Self::UnknownParameter(name) => (422, "form_param_unknown", "is unknown", Some(name)),
            Self::WrongType { parameter, .. } => {
                (422, "form_param_type_invalid", "is invalid", Some(parameter))
            }
            Self::OutOfRange { parameter, .. } | Self::CustomSigning(parameter) => {
                (422, "form_param_value_invalid", "is invalid", Some(parameter))
            }
            Self::NameTaken(_) => (422, "form_identifier_exists", "already exists", Some("name")),
            Self::MalformedBody => (400, "request_body_invalid", "Request body invalid", None),
            Self::MalformedAuthorization => {
                (401, "authorization_header_format_invalid", "Invalid Authorization header format", None)
            }
            Self::WrongSecretKey => (
                401,
                "clerk_key_invalid",
                "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.",
                None,
            ),
        }
    }
}
