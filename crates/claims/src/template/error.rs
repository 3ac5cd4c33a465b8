//! Why claims of a template are refused, in words that say what such claims would do.

use serde_json::Value;
use strict_json::JsonError;
use thiserror::Error;

use super::TargetId;
use crate::{Action, Rule, Scope, Target};

/// Why claims were refused. Each message says what such claims would do, because the danger is not apparent:
/// a token with less in it can do more.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// The text is not JSON.
    #[error("the template is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON that means one thing to one reader and another to the next.
    #[error("the template can't be judged: {0}")]
    Ambiguous(JsonError),
    /// A claim that is none of Turso's.
    #[error(
        "the template has {} that is none of Turso's, which are `a`, `gid`, `id`, `perm` and `rid`: take it out. If Turso \
         itself put it there, this version of the provider does not know it yet", of_name(.claim)
    )]
    Foreign {
        /// The claim's name.
        claim: String,
    },
    /// Some other JSON than an object.
    #[error("the template is not a JSON object of claims but {found}")]
    NotAnObject {
        /// What it is, cut to a readable length.
        found: String,
    },
    /// A claim that limits access is absent.
    #[error("the claim `{claim}` is missing. Turso reads missing claims as access to everything: {}", missing(.claim))]
    Missing {
        /// The absent claim: `a`, `perm`, or `id` where both `id` and `gid` are absent.
        claim: &'static str,
    },
    /// A claim that limits access has a value that Turso may not understand, and so not apply.
    #[error(
        "the claim `{claim}` must be {expected}, and is {found}. A limit that Turso can't read may not limit at all"
    )]
    Malformed {
        /// Where in the claims, such as `perm[0].t`.
        claim: String,
        /// What belongs there.
        expected: String,
        /// What is there, cut to a readable length.
        found: String,
    },
    /// A claim that could override the ones that were checked.
    #[error("the claim {} is refused: {reason}", excerpt::name(.claim))]
    Treacherous {
        /// The claim's name.
        claim: String,
        /// What it could do.
        reason: &'static str,
    },
    /// Read-only claims whose rules allow writing: which of the two Turso follows is not known.
    #[error("the claims contradict each other: `a` is \"ro\", but `perm[{rule}]` allows {action}")]
    WriteInReadOnly {
        /// The position of the rule in `perm`, from 0.
        rule: usize,
        /// The first action in it that writes.
        action: Action,
    },
    /// Claims for something else than was asked for.
    #[error("asked for a template of {asked}{}, Turso answered with claims for {}. {danger}", in_brackets(.id), of_id(.found))]
    OtherTarget {
        /// The target of the request.
        asked: Target,
        /// Its UUID, where the request had it.
        id: Option<String>,
        /// The target of the claims.
        found: TargetId,
        /// What a token with these claims would do.
        danger: &'static str,
    },
    /// Claims of another scope than was asked for.
    #[error("asked for a {asked} template, Turso answered with {found} claims{}", if *.found == Scope::FullAccess {
        ": a token with them could write"
    } else {
        ""
    })]
    OtherScope {
        /// The scope of the request.
        asked: Scope,
        /// The scope of the claims.
        found: Scope,
    },
    /// Claims with other rules than were asked for.
    #[error("its permissions are not the ones asked for: {}", difference(.absent, .added, *.unlimited))]
    OtherRules {
        /// The rules that were asked for and are not in the answer.
        absent: Vec<Rule>,
        /// The rules in the answer that nobody asked for.
        added: Vec<Rule>,
        /// Whether the answer has no rule at all, which means no limit.
        unlimited: bool,
    },
}

impl TemplateError {
    pub(super) fn malformed(claim: &str, expected: &str, found: &Value) -> Self {
        Self::Malformed { claim: claim.to_owned(), expected: expected.to_owned(), found: excerpt(found) }
    }
}

/// A name that is not well known may be a secret that was pasted into the wrong place, and is not told.
fn of_name(claim: &str) -> String {
    const WELL_KNOWN: [&str; 11] =
        ["aud", "azp", "constructor", "exp", "iat", "iss", "jti", "kid", "nbf", "sub", "__proto__"];

    if WELL_KNOWN.contains(&claim) { format!("the claim `{claim}`") } else { "a claim".to_owned() }
}

fn of_id(found: &TargetId) -> String {
    excerpt::line(&found.to_string(), 100)
}

fn in_brackets(id: &Option<String>) -> String {
    id.as_ref().map(|id| format!(" ({})", excerpt::line(id, 100))).unwrap_or_default()
}

fn missing(claim: &str) -> &'static str {
    match claim {
        "a" => "a token without it can write",
        "perm" => "a token without it has no limit by table or action",
        _ => "a token without `id` or `gid` opens every database of the organization",
    }
}

fn difference(absent: &[Rule], added: &[Rule], unlimited: bool) -> String {
    if unlimited {
        return "there are none, and a token without any has no limit by table or action".to_owned();
    }
    let told = |verb: &str, rules: &[Rule]| {
        const LISTED: usize = 10;
        const READABLE: usize = 200;

        let told = rules.iter().map(|rule| format!("`{}`", excerpt::line(&rule.to_string(), READABLE)));
        (!rules.is_empty()).then(|| format!("{verb} {}", excerpt::list(told, LISTED)))
    };
    let parts = [told("lack", absent), told("add", added)];
    format!("they {}", parts.into_iter().flatten().collect::<Vec<_>>().join(" and "))
}

/// JSON short enough to be read in a message.
pub(super) fn excerpt(value: &Value) -> String {
    const READABLE: usize = 80;

    excerpt::line(&value.to_string(), READABLE)
}
