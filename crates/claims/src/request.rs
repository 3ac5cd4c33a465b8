//! What is asked of Turso when a JWT template is requested.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Action, DatabaseName, GroupName, Rule};

/// A request for the claims of a JWT template, in itself consistent. Access without limits is asked for by name, with
/// [`TemplateRequest::unlimited`]: no list of permissions that came out empty leads to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TemplateRequest {
    target: Target,
    scope: Scope,
    permissions: Vec<Rule>,
    target_id: Option<String>,
}

impl TemplateRequest {
    /// A request for access to every table of `target`, to do whatever `scope` allows.
    pub fn unlimited(target: Target, scope: Scope) -> Self {
        Self { target, scope, permissions: Vec::new(), target_id: None }
    }

    /// A request for access to `target` as far as one of `permissions` and `scope` allow it.
    ///
    /// # Errors
    /// No permission at all, which Turso takes for no limit. A read-only scope with a permission to write: what Turso
    /// makes of it is not known.
    pub fn limited(target: Target, scope: Scope, permissions: Vec<Rule>) -> Result<Self, RequestError> {
        if permissions.is_empty() {
            return Err(RequestError::NoPermission);
        }
        match (scope, first_write(&permissions)) {
            (Scope::ReadOnly, Some((permission, action))) => {
                Err(RequestError::WriteInReadOnly { permission, action })
            }
            _ => Ok(Self { target, scope, permissions, target_id: None }),
        }
    }

    /// The same request, by someone who already knows the UUID of the database or group: the claims that are
    /// answered must be for that one.
    pub fn with_target_id(self, id: impl Into<String>) -> Self {
        Self { target_id: Some(id.into()), ..self }
    }

    /// What the token will give access to.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How far the access goes.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The rules that limit it, as they were written. Empty only after [`TemplateRequest::unlimited`].
    pub fn permissions(&self) -> &[Rule] {
        &self.permissions
    }

    /// The UUID of the target, where it is known beforehand.
    pub(super) fn target_id(&self) -> Option<&str> {
        self.target_id.as_deref()
    }
}

/// What a template gives access to.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Target {
    /// One database.
    Database(DatabaseName),
    /// Every database of a group.
    Group(GroupName),
}

impl Target {
    /// The name of the database or group.
    pub fn name(&self) -> &str {
        match self {
            Self::Database(name) => name.as_str(),
            Self::Group(name) => name.as_str(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(name) => write!(f, "database {name:?}", name = name.as_str()),
            Self::Group(name) => write!(f, "group {name:?}", name = name.as_str()),
        }
    }
}

/// How far the access of a template goes. There is no default, so that nobody gets full access who did not ask for it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scope {
    /// Reading and writing.
    FullAccess,
    /// Reading.
    ReadOnly,
}

impl Scope {
    /// The word in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullAccess => "full-access",
            Self::ReadOnly => "read-only",
        }
    }

    /// The value of the claim `a`.
    pub fn claim(self) -> &'static str {
        match self {
            Self::FullAccess => "rw",
            Self::ReadOnly => "ro",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        let known = [Self::FullAccess, Self::ReadOnly].into_iter().find(|scope| scope.as_str() == word);
        known.ok_or_else(|| UnknownScope(word.to_owned()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no scope.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{} is not a scope; the scopes are \"full-access\" and \"read-only\"", excerpt::name(.0))]
pub struct UnknownScope(String);

/// Why a request for limited access is none, or contradicts itself.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum RequestError {
    /// A list of permissions without any in it.
    #[error("the list is empty, and claims without any permission have no limit by table or action")]
    NoPermission,
    /// A read-only scope with a permission to write.
    #[error("the scope is read-only, but this permission asks for {action}")]
    WriteInReadOnly {
        /// The position of the first such permission, from 0.
        permission: usize,
        /// The first action in it that writes.
        action: Action,
    },
}

/// The first permission that writes, by its position, and the action that does.
pub(super) fn first_write(permissions: &[Rule]) -> Option<(usize, Action)> {
    let first = |rule: &Rule| rule.actions().iter().copied().find(|action| action.writes());
    permissions.iter().enumerate().find_map(|(position, rule)| Some((position, first(rule)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_only_with_a_writing_action_is_refused_at_its_position() {
        let rules = rules(&["all:data_read", "comments:data_read,schema_add"]);
        assert_eq!(
            TemplateRequest::limited(database(), Scope::ReadOnly, rules),
            Err(RequestError::WriteInReadOnly { permission: 1, action: Action::SchemaAdd })
        );
    }

    #[test]
    fn read_only_with_reading_and_full_access_with_anything_are_accepted() {
        let reading = rules(&["all:data_read"]);
        let writing = rules(&["comments:data_delete"]);
        assert!(TemplateRequest::limited(database(), Scope::ReadOnly, reading).is_ok());
        assert!(TemplateRequest::limited(database(), Scope::FullAccess, writing).is_ok());
    }

    #[test]
    fn access_without_limits_is_asked_for_by_name_and_never_by_an_empty_list() {
        for scope in [Scope::FullAccess, Scope::ReadOnly] {
            let limited = TemplateRequest::limited(database(), scope, vec![]);
            assert_eq!(limited, Err(RequestError::NoPermission), "{scope}");
            let unlimited = TemplateRequest::unlimited(database(), scope);
            assert_eq!((unlimited.scope(), unlimited.permissions()), (scope, &[][..]));
        }
    }

    #[test]
    fn what_access_is_asked_for_to_is_named_by_its_kind() {
        let database = Target::Database("app".parse().unwrap());
        assert_eq!(database.to_string(), "database \"app\"");
        assert_eq!(Target::Group("default".parse().unwrap()).to_string(), "group \"default\"");
    }

    #[test]
    fn a_scope_is_read_from_its_word_only() {
        assert_eq!("read-only".parse(), Ok(Scope::ReadOnly));
        assert_eq!("full-access".parse(), Ok(Scope::FullAccess));
        for word in ["", "ro", "Read-Only", "readonly"] {
            assert_eq!(word.parse::<Scope>(), Err(UnknownScope(word.to_owned())));
        }
    }

    fn database() -> Target {
        Target::Database("app".parse().unwrap())
    }

    fn rules(texts: &[&str]) -> Vec<Rule> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }
}
