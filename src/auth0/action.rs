//! `auth0_action` and `auth0_credentials_action`: the code of the Actions that put the claims into Auth0's tokens.

use std::collections::BTreeMap;

use crate::function::{self, refused};
use crate::report;
use claims::Template;
use claims::auth0::{self, Templates, Trigger};
use framework::{DynamicValue, Function, FunctionError, Object, Value};

/// The function for logins.
#[derive(Debug)]
pub(crate) struct Auth0Action;

/// The function for machines.
#[derive(Debug)]
pub(crate) struct Auth0CredentialsAction;

framework::model! {
    /// Returns the code of an Action for Auth0's trigger `post-login`, which puts the claims of a
    /// `turso_jwt_template` into the tokens of everyone who logs in.
    ///
    /// With one template, each login gets its claims. With a map of role to template, a user gets the claims of the
    /// role that they have. A user with none of the roles is denied the login, and so is one with several of them,
    /// since claims can't be added up: no token leaves without claims. The ID token gets them too, because Turso
    /// accepts any token that the tenant signs.
    ///
    /// The code is JavaScript in which no table or role name can be anything but data. It is an error where it would
    /// be longer than Auth0 accepts, or a template has a claim that Auth0 would drop.
    pub struct LoginArguments {
        /// The `json` of a `turso_jwt_template`, or a map of such, by the name of the role.
        templates: DynamicValue = required(),
    }
}

impl Function for Auth0Action {
    type Arguments = LoginArguments;
    type Result = String;

    fn name(&self) -> &'static str {
        "auth0_action"
    }

    fn summary(&self) -> &'static str {
        "The code of an Auth0 Action for logins"
    }

    fn call(&self, arguments: LoginArguments) -> Result<String, FunctionError> {
        code(Trigger::PostLogin, arguments.templates)
    }
}

framework::model! {
    /// Returns the code of an Action for Auth0's trigger `credentials-exchange`, which puts the claims of a
    /// `turso_jwt_template` into the tokens of machine-to-machine applications (the client credentials grant).
    ///
    /// With one template, every application's token gets its claims. With a map of client ID to template, an
    /// application that is not in the map is denied a token. Tokens for Auth0's own APIs pass without claims, since
    /// Auth0 drops them there: an application that may ask for one can change the tenant as it likes.
    pub struct MachineArguments {
        /// The `json` of a `turso_jwt_template`, or a map of such, by the client ID of the application.
        templates: DynamicValue = required(),
    }
}

impl Function for Auth0CredentialsAction {
    type Arguments = MachineArguments;
    type Result = String;

    fn name(&self) -> &'static str {
        "auth0_credentials_action"
    }

    fn summary(&self) -> &'static str {
        "The code of an Auth0 Action for machines"
    }

    fn call(&self, arguments: MachineArguments) -> Result<String, FunctionError> {
        code(Trigger::CredentialsExchange, arguments.templates)
    }
}

fn code(trigger: Trigger, templates: DynamicValue) -> Result<String, FunctionError> {
    auth0::action(trigger, &read_templates(&templates)?).map_err(|error| refused(&error))
}

/// No type of Terraform says "a string or a map of strings".
fn read_templates(templates: &DynamicValue) -> Result<Templates, FunctionError> {
    const EXPECTED: &str = "it must be the json of a turso_jwt_template, or a map of such";

    match &templates.value {
        Value::String(json) => function::template(json).map(Templates::One),
        Value::Object(entries) => read_map(entries).map(Templates::ByName),
        _ => Err(FunctionError::argument(0, EXPECTED)),
    }
}

fn read_map(entries: &Object) -> Result<BTreeMap<String, Template>, FunctionError> {
    if entries.iter().any(|(name, value)| name == "perm" && !matches!(value, Value::String(_))) {
        let text =
            "these are the claims of a turso_jwt_template as an object: use its attribute json instead";
        return Err(FunctionError::argument(0, text));
    }
    entries.iter().map(|(name, value)| Ok((name.clone(), read_entry(name, value)?))).collect()
}

fn read_entry(name: &str, value: &Value) -> Result<Template, FunctionError> {
    let Value::String(json) = value else {
        let text = format!("the entry {name:?} must be the json of a turso_jwt_template");
        return Err(FunctionError::argument(0, text));
    };
    Template::parse(json).map_err(|error| {
        FunctionError::argument(0, format!("in the entry {name:?}, {}", report::with_causes(&error)))
    })
}

#[cfg(test)]
mod tests {
    use framework::Type;

    use super::*;

    const READER: &str = r#"{"a":"ro","id":"33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f","perm":[]}"#;

    #[test]
    fn one_template_or_a_map_of_them_becomes_code() {
        let map = || Object::new().with("reader", READER);
        let object_type = Type::object([("reader", Type::String)]);
        for (argument, excerpt) in [
            (dynamic(Type::String, READER.into()), "const CLAIMS = JSON.parse("),
            (dynamic(Type::map(Type::String), map().into()), "['reader', JSON.parse("),
            (dynamic(object_type, map().into()), "['reader', JSON.parse("),
        ] {
            let login = Auth0Action.call(LoginArguments { templates: argument.clone() }).unwrap();
            assert!(login.contains(excerpt) && login.contains("onExecutePostLogin"), "{login}");
            let machine = Auth0CredentialsAction.call(MachineArguments { templates: argument }).unwrap();
            assert!(
                machine.contains(excerpt) && machine.contains("onExecuteCredentialsExchange"),
                "{machine}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_to_give() {
        let entry = |name: &str, value: Value| {
            let ty = Type::object([(name, Type::Dynamic)]);
            dynamic(ty, Object::new().with(name, value).into())
        };
        for (argument, reason) in [
            (dynamic(Type::Bool, Value::Bool(true)), "it must be the json"),
            (dynamic(Type::Tuple(vec![Type::String]), Value::strings([READER])), "or a map of such"),
            (dynamic(Type::map(Type::String), Object::new().into()), "is empty"),
            (entry("reader", Value::Null), r#"the entry "reader" must be the json"#),
            (entry("perm", Value::List(vec![])), "use its attribute json instead"),
            (entry("reader", "{}".into()), r#"in the entry "reader", the claim `id` is missing"#),
            (entry(" reader", READER.into()), "has white space around it"),
        ] {
            let error = Auth0Action.call(LoginArguments { templates: argument }).unwrap_err();
            assert_eq!(error.argument, Some(0));
            assert!(error.text.contains(reason), "{error}");
        }
    }

    fn dynamic(ty: Type, value: Value) -> DynamicValue {
        DynamicValue { ty, value }
    }
}
