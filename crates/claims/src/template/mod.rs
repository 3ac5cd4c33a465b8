//! The claims of a JWT template, checked: the one place that decides whether claims are safe to hand on.

use std::fmt;

use serde_json::{Map, Value};
use strict_json::JsonError;

use super::request::first_write;
use super::{Rule, Scope, TableName, Tables, Target, TemplateRequest};
pub use error::TemplateError;
use error::excerpt;
use grants::Grants;

mod error;
mod grants;
mod read;

/// Claims that give access to one database or one group, to a known extent. There is no other way to build
/// one than to pass the checks of [`Template::check`] or [`Template::parse`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
    target: TargetId,
    access: Scope,
    rules: Vec<Rule>,
    claims: Map<String, Value>,
}

impl Template {
    /// Checks what Turso answered to `request`: the target of the kind asked for, the scope asked for, and rules
    /// that allow what was asked for, no more and no less, however they are merged, split and ordered. The rules
    /// are kept as in the request, so that the same claims in another form make no difference.
    ///
    /// # Errors
    /// Claims that are malformed, wider or narrower than the request.
    pub fn check(request: &TemplateRequest, answer: Value) -> Result<Self, TemplateError> {
        let template = Self::from_value(answer)?;
        let target = confirmed_target(request, &template.target)?;
        if template.access != request.scope() {
            return Err(TemplateError::OtherScope { asked: request.scope(), found: template.access });
        }
        let rules = confirmed_rules(request.permissions(), &template.rules)?;
        Ok(Self::assemble(target, template.access, rules, template.claims))
    }

    /// Reads the JSON of a template that is to be rendered for an identity provider, by the same rules but with
    /// no request to compare, and with Turso's claims alone: any other may mean something to whoever signs or
    /// reads the token, such as `exp` or `sub`.
    ///
    /// # Errors
    /// Claims that are malformed, that are none of Turso's, or that Turso may read as access to everything.
    pub fn parse(json: &str) -> Result<Self, TemplateError> {
        let claims = strict_json::parse(json.as_bytes()).map_err(|error| match error {
            JsonError::NotJson(error) => TemplateError::NotJson(error),
            error => TemplateError::Ambiguous(error),
        })?;
        let template = Self::from_value(claims)?;
        read::refuse_foreign_names(&template.claims)?;
        Ok(template)
    }

    /// Claims of any name beside Turso's, which [`Template::parse`] refuses.
    #[cfg(test)]
    pub(crate) fn with_any_claims(claims: Value) -> Self {
        Self::from_value(claims).expect("the claims of a test are in order")
    }

    /// The database or group, by its UUID.
    pub fn target_id(&self) -> &TargetId {
        &self.target
    }

    /// Whether the claims allow writing at all.
    pub fn access(&self) -> Scope {
        self.access
    }

    /// The rules that limit the access by table and action. They add up; none at all means no limit.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What the rules allow, as one rule for each table, every table first. `None` where nothing is limited.
    pub fn grants(&self) -> Option<Vec<Rule>> {
        (!self.rules.is_empty()).then(|| Grants::of(&self.rules).beyond(&Grants::of(&[])))
    }

    /// The claims, the ones that this crate doesn't know among them.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claims as compact JSON with sorted keys: the same claims are always the same text.
    pub fn to_canonical_json(&self) -> String {
        canonical(Value::Object(self.claims.clone())).to_string()
    }

    /// Reads the claims of a token, which has others besides Turso's: those are dropped.
    ///
    /// # Errors
    /// Claims that are malformed, or that Turso may read as access to everything.
    pub(crate) fn of_token(claims: Map<String, Value>) -> Result<Self, TemplateError> {
        let mut template = Self::from_value(Value::Object(claims))?;
        template.claims.retain(|name, _| read::is_of_turso(name));
        Ok(template)
    }

    fn from_value(claims: Value) -> Result<Self, TemplateError> {
        let Value::Object(claims) = claims else {
            return Err(TemplateError::NotAnObject { found: excerpt(&claims) });
        };
        read::refuse_treacherous_names(&claims)?;
        let target = read::target(&claims)?;
        let access = read::access(&claims)?;
        let rules = read::rules(&claims)?;
        match (access, first_write(&rules)) {
            (Scope::ReadOnly, Some((rule, action))) => Err(TemplateError::WriteInReadOnly { rule, action }),
            _ => Ok(Self::assemble(target, access, rules, claims)),
        }
    }

    fn assemble(target: TargetId, access: Scope, rules: Vec<Rule>, mut claims: Map<String, Value>) -> Self {
        claims.insert("perm".to_owned(), rules.iter().map(rule_claim).collect());
        Self { target, access, rules, claims }
    }
}

/// What claims give access to, by UUID.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TargetId {
    /// One database.
    Database(String),
    /// Every database of a group.
    Group(String),
}

impl TargetId {
    /// The UUID alone.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Database(id) | Self::Group(id) => id,
        }
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(id) => write!(f, "database {id}"),
            Self::Group(id) => write!(f, "group {id}"),
        }
    }
}

fn rule_claim(rule: &Rule) -> Value {
    let tables = match rule.tables() {
        Tables::All => Value::Null,
        Tables::Named(names) => names.iter().map(TableName::as_str).collect(),
    };
    let actions = rule.actions().iter().map(|action| action.as_str()).collect::<Value>();
    Value::Object(Map::from_iter([("a".to_owned(), actions), ("t".to_owned(), tables)]))
}

/// The target of the claims, where it is the one asked for. A group is named by `gid`; `id` is accepted for
/// it only where it is known to be the group's UUID.
fn confirmed_target(request: &TemplateRequest, found: &TargetId) -> Result<TargetId, TemplateError> {
    let is_known = request.target_id().map(|known| known.eq_ignore_ascii_case(found.as_str()));
    let danger = match (request.target(), found, is_known) {
        (_, _, Some(false)) => "A token with them would open another one",
        (Target::Database(_), TargetId::Database(_), _) | (Target::Group(_), TargetId::Group(_), _) => {
            return Ok(found.clone());
        }
        (Target::Group(_), TargetId::Database(id), Some(true)) => return Ok(TargetId::Group(id.clone())),
        (Target::Database(_), TargetId::Group(_), _) => {
            "A token with them would open every database of that group"
        }
        (Target::Group(_), TargetId::Database(_), None) => {
            "It can't be told what a token with them would open"
        }
    };
    let id = request.target_id().map(str::to_owned);
    Err(TemplateError::OtherTarget { asked: request.target().clone(), id, found: found.clone(), danger })
}

fn confirmed_rules(asked: &[Rule], found: &[Rule]) -> Result<Vec<Rule>, TemplateError> {
    let (asked_grants, found_grants) = (Grants::of(asked), Grants::of(found));
    let absent = asked_grants.beyond(&found_grants);
    let added = found_grants.beyond(&asked_grants);
    if absent.is_empty() && added.is_empty() {
        return Ok(asked.to_vec());
    }
    Err(TemplateError::OtherRules { absent, added, unlimited: found.is_empty() })
}

/// Sorts the keys at every depth, which `serde_json` does by itself only while no crate of the build turns
/// its feature `preserve_order` on.
fn canonical(mut claims: Value) -> Value {
    claims.sort_all_objects();
    claims
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, subsequence};
    use serde_json::json;

    use super::*;
    use crate::Action;

    const ID: &str = "33057661-2f0c-4d3c-9f0b-0a1b2c3d4e5f";

    #[test]
    fn the_answer_asked_for_is_accepted_and_written_canonically() {
        let answer = json!({"rid": "b2043790", "perm": [], "id": ID, "a": "rw"});
        let template = Template::check(&request(Scope::FullAccess, &[]), answer).unwrap();
        assert_eq!(template.target_id(), &TargetId::Database(ID.to_owned()));
        assert_eq!(
            template.to_canonical_json(),
            format!(r#"{{"a":"rw","id":"{ID}","perm":[],"rid":"b2043790"}}"#)
        );
    }

    #[test]
    fn what_claims_give_access_to_is_named_by_its_kind() {
        for (target, named) in [
            (TargetId::Database(ID.to_owned()), format!("database {ID}")),
            (TargetId::Group(ID.to_owned()), format!("group {ID}")),
        ] {
            assert_eq!((target.as_str(), target.to_string()), (ID, named));
        }
    }

    #[test]
    fn rules_are_compared_by_what_they_allow_and_kept_as_in_the_request() {
        let request = request(Scope::FullAccess, &["comments:data_update,data_add", "all:data_read"]);
        let answer = claims(json!([
            {"t": null, "a": ["data_read", "data_read"]},
            {"t": ["comments", "comments"], "a": ["data_update"]},
            {"t": ["comments"], "a": ["data_read", "data_add"]},
            {"a": ["data_read"]},
        ]));
        let template = Template::check(&request, answer).unwrap();
        assert_eq!(
            template.claims()["perm"],
            json!([{"t": ["comments"], "a": ["data_add", "data_update"]}, {"t": null, "a": ["data_read"]}])
        );
    }

    #[test]
    fn claims_that_turso_may_read_as_access_to_everything_are_refused() {
        for (answer, message) in [
            (json!(null), "not a JSON object of claims but null"),
            (json!([]), "not a JSON object of claims but []"),
            (json!({"a": "rw", "perm": []}), "opens every database of the organization"),
            (json!({"id": ID, "perm": []}), "a token without it can write"),
            (json!({"a": "rw", "id": ID}), "no limit by table or action"),
            (json!({"a": "rw", "id": null, "perm": []}), "the claim `id` must be a UUID, and is null"),
            (json!({"a": "rw", "id": "", "perm": []}), "the claim `id` must be a UUID, and is \"\""),
            (json!({"a": "rw", "id": "*", "perm": []}), "the claim `id` must be a UUID"),
            (json!({"a": "rw", "gid": [ID], "perm": []}), "the claim `gid` must be a UUID"),
            (json!({"a": ["rw"], "id": ID, "perm": []}), "the claim `a` must be \"rw\" or \"ro\""),
            (json!({"a": "RO", "id": ID, "perm": []}), "the claim `a` must be \"rw\" or \"ro\""),
            (
                json!({"a": "rw", "id": ID, "gid": ID, "perm": []}),
                "a whole group where one database was meant",
            ),
            (json!({"a": "rw", "id": ID, "perm": [], "p": {}}), "Turso's server may follow it in place of"),
            (json!({"a": "rw", "id": ID, "perm": [], "Perm": []}), "taken for the claim of that name"),
            (claims(json!(null)), "the claim `perm` must be an array of rules, and is null"),
            (claims(json!({})), "the claim `perm` must be an array of rules, and is {}"),
            (claims(json!(["all:data_read"])), "the claim `perm[0]` must be an object"),
            (claims(json!([{"t": null}])), "the claim `perm[0].a` must be an array"),
            (claims(json!([{"t": null, "a": []}])), "the claim `perm[0].a` must be an array"),
            (claims(json!([{"t": null, "a": [""]}])), "the claim `perm[0].a` must be an array"),
            (claims(json!([{"t": null, "a": ["data_insert"]}])), "the claim `perm[0].a` must be an array"),
            (claims(json!([{"t": null, "a": "data_read"}])), "the claim `perm[0].a` must be an array"),
            (claims(json!([{"t": [], "a": ["data_read"]}])), "the claim `perm[0].t` must be null"),
            (claims(json!([{"t": [""], "a": ["data_read"]}])), "the claim `perm[0].t` must be null"),
            (claims(json!([{"t": [null], "a": ["data_read"]}])), "the claim `perm[0].t` must be null"),
            (claims(json!([{"t": "all", "a": ["data_read"]}])), "the claim `perm[0].t` must be null"),
            (claims(json!([{"t": null, "a": ["data_read"], "w": "x"}])), "an object of only `t`"),
            (json!({"a": "ro", "id": ID, "perm": [{"a": ["data_add"]}]}), "the claims contradict each other"),
        ] {
            let error = Template::parse(&answer.to_string()).unwrap_err().to_string();
            assert!(error.contains(message), "{answer}\n{error}");
        }
    }

    #[test]
    fn a_template_with_a_key_twice_is_refused() {
        for json in [
            format!(r#"{{"a":"ro","id":"{ID}","perm":[],"a":"rw"}}"#),
            format!(r#"{{"a":"ro","id":"{ID}","perm":[{{"t":["comments"],"a":["data_read"],"t":null}}]}}"#),
        ] {
            let error = Template::parse(&json).unwrap_err();
            assert!(
                error.to_string().contains("can't be judged: an object has the same key twice"),
                "{error}"
            );
        }
    }

    #[test]
    fn claims_that_are_none_of_tursos_are_not_rendered() {
        for (name, told) in [
            ("exp", "the template has the claim `exp`"),
            ("iss", "the template has the claim `iss`"),
            ("sub", "the template has the claim `sub`"),
            ("aud", "the template has the claim `aud`"),
            ("kid", "the template has the claim `kid`"),
            ("__proto__", "the template has the claim `__proto__`"),
            ("hush", "the template has a claim"),
            ("", "the template has a claim"),
        ] {
            let answer = json!({"a": "ro", "id": ID, "perm": [], "rid": "b2", name: {}});
            assert!(Template::check(&request(Scope::ReadOnly, &[]), answer.clone()).is_ok(), "{name}");
            let error = Template::parse(&answer.to_string()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{told} that is none of Turso's")), "{error}");
            assert!(!error.contains("hush"));
        }
    }

    #[test]
    fn text_that_is_not_json_is_refused_with_its_cause() {
        let error = Template::parse("{").unwrap_err();
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(error.to_string(), "the template is not JSON");
    }

    #[test]
    fn claims_for_another_target_are_refused() {
        let (database, group) =
            (Target::Database("app".parse().unwrap()), Target::Group("eu".parse().unwrap()));
        for (target, known, claim, accepted) in [
            (&database, None, "id", true),
            (&database, Some(ID.to_uppercase()), "id", true),
            (&database, Some("other".to_owned()), "id", false),
            (&database, None, "gid", false),
            (&group, None, "gid", true),
            (&group, Some("other".to_owned()), "gid", false),
            (&group, None, "id", false),
            (&group, Some("other".to_owned()), "id", false),
            (&group, Some(ID.to_owned()), "id", true),
        ] {
            let request = TemplateRequest::unlimited(target.clone(), Scope::FullAccess);
            let request = known.iter().fold(request, |request, id| request.with_target_id(id.clone()));
            let answer = json!({"a": "rw", claim: ID, "perm": []});
            assert_eq!(Template::check(&request, answer).is_ok(), accepted, "{target} {known:?} {claim}");
        }
    }

    #[test]
    fn a_group_named_by_its_id_is_still_a_group() {
        let target = Target::Group("eu".parse().unwrap());
        let request = TemplateRequest::unlimited(target, Scope::FullAccess).with_target_id(ID);
        let template = Template::check(&request, claims(json!([]))).unwrap();
        assert_eq!(template.target_id(), &TargetId::Group(ID.to_owned()));
    }

    #[test]
    fn another_scope_or_other_rules_are_refused_with_the_difference() {
        let reading = || request(Scope::ReadOnly, &["all:data_read"]);
        let read_all = json!([{"t": null, "a": ["data_read"]}]);
        for (request, answer, message) in [
            (
                reading(),
                json!({"a": "rw", "id": ID, "perm": read_all}),
                "asked for a read-only template, Turso answered with full-access claims: a token with them could write",
            ),
            (
                reading(),
                json!({"a": "ro", "id": ID, "perm": []}),
                "its permissions are not the ones asked for: there are none, and a token without any has no limit by table \
                 or action",
            ),
            (
                reading(),
                json!({"a": "ro", "id": ID, "perm": [{"t": ["posts"], "a": ["data_read"]}]}),
                "its permissions are not the ones asked for: they lack `all:data_read`",
            ),
            (
                request(Scope::FullAccess, &["posts:data_read,data_add"]),
                claims(
                    json!([{"t": null, "a": ["data_read"]}, {"t": ["log"], "a": ["data_delete", "data_add"]}]),
                ),
                "its permissions are not the ones asked for: they lack `posts:data_add` and add `all:data_read`, \
                 `log:data_add,data_delete`",
            ),
            (
                request(Scope::FullAccess, &[]),
                claims(json!([{"t": null, "a": Action::ALL.map(Action::as_str)}])),
                "its permissions are not the ones asked for: they add `all:data_read,data_add,data_update,data_delete,\
                 schema_add,schema_update,schema_delete`",
            ),
        ] {
            assert_eq!(Template::check(&request, answer).unwrap_err().to_string(), message);
        }
    }

    proptest! {
        #[test]
        fn an_answer_in_any_order_is_accepted(rules in any_rules(0..6), rotation: Index) {
            let request = full_access(rules.clone());
            let mut answered = rules.clone();
            answered.rotate_left(if rules.is_empty() { 0 } else { rotation.index(rules.len()) });
            answered.extend(rules.first().cloned());
            let template = Template::check(&request, answer(&answered)).unwrap();
            prop_assert_eq!(template.rules(), &rules[..]);
            prop_assert_eq!(Template::parse(&template.to_canonical_json()).unwrap(), template);
        }

        #[test]
        fn an_answer_is_accepted_exactly_where_it_allows_what_was_asked_for(
            rules in any_rules(0..5), change in any_change(), which: Index, other in any_rule(),
        ) {
            let mut changed = rules.clone();
            let which = which.index(rules.len() + 1);
            match (change, which < rules.len()) {
                (Change::Replace, true) => changed[which] = other,
                (Change::Remove, true) => drop(changed.remove(which)),
                _ => changed.insert(which, other),
            }
            let is_accepted = Template::check(&full_access(rules.clone()), answer(&changed)).is_ok();
            prop_assert_eq!(is_accepted, allowed(&rules) == allowed(&changed));
        }

        #[test]
        fn an_answer_split_into_pairs_is_accepted(rules in any_rules(1..6)) {
            let pairs = rules.iter().flat_map(|rule| {
                rule.actions().iter().rev().map(|action| Rule::new(rule.tables().clone(), [*action]).unwrap())
            });
            let pairs = pairs.collect::<Vec<_>>();
            let template = Template::check(&full_access(rules.clone()), answer(&pairs)).unwrap();
            prop_assert_eq!(template.rules(), &rules[..]);
        }

        #[test]
        fn any_json_for_perm_is_refused_or_read_back_the_same(perm in any_json()) {
            if let Ok(template) = Template::parse(&claims(perm.clone()).to_string()) {
                prop_assert_eq!(template.rules().len(), perm.as_array().unwrap().len());
            }
        }
    }

    fn request(scope: Scope, permissions: &[&str]) -> TemplateRequest {
        asking_for(scope, permissions.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn full_access(rules: Vec<Rule>) -> TemplateRequest {
        asking_for(Scope::FullAccess, rules)
    }

    /// Without rules, a request without limits.
    fn asking_for(scope: Scope, rules: Vec<Rule>) -> TemplateRequest {
        let target = Target::Database("app".parse().unwrap());
        if rules.is_empty() {
            TemplateRequest::unlimited(target, scope)
        } else {
            TemplateRequest::limited(target, scope, rules).unwrap()
        }
    }

    fn claims(perm: Value) -> Value {
        json!({"a": "rw", "id": ID, "perm": perm})
    }

    /// Written by hand in the shape of the facts, so that a mistake in [`rule_claim`] can't agree with
    /// itself.
    fn answer(rules: &[Rule]) -> Value {
        claims(
            rules
                .iter()
                .map(|rule| match rule.to_string().split_once(':') {
                    Some(("all", actions)) => json!({"t": null, "a": actions.split(',').collect::<Vec<_>>()}),
                    Some((table, actions)) => {
                        json!({"t": [table], "a": actions.split(',').collect::<Vec<_>>()})
                    }
                    None => Value::Null,
                })
                .collect(),
        )
    }

    #[derive(Clone, Copy, Debug)]
    enum Change {
        Replace,
        Remove,
        Insert,
    }

    fn any_change() -> impl Strategy<Value = Change> {
        proptest::sample::select(vec![Change::Replace, Change::Remove, Change::Insert])
    }

    /// Every statement that rules let through, on the tables that [`any_rule`] names and on one more, as SQLite
    /// would ask them one by one; `None` where nothing limits.
    fn allowed(rules: &[Rule]) -> Option<Vec<(&'static str, Action)>> {
        let is_allowed = |table: &str, action: &Action| {
            rules.iter().any(|rule| {
                let text = rule.to_string();
                let (tables, _) = text.rsplit_once(':').unwrap();
                (tables == "all" || tables == table) && rule.actions().contains(action)
            })
        };
        let tables = TABLES.into_iter().chain(["one that no rule names"]);
        let pairs = tables.flat_map(|table| Action::ALL.map(|action| (table, action)));
        (!rules.is_empty()).then(|| pairs.filter(|(table, action)| is_allowed(table, action)).collect())
    }

    const TABLES: [&str; 4] = ["comments", "posts", "Posts", "it's \"odd\" </script>"];

    fn any_rules(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Rule>> {
        proptest::collection::vec(any_rule(), count)
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        let tables = proptest::sample::select([&["all"], &TABLES[..]].concat());
        (tables, subsequence(Action::ALL.to_vec(), 1..=7)).prop_map(|(table, actions)| {
            let actions = actions.into_iter().map(Action::as_str).collect::<Vec<_>>().join(",");
            format!("{table}:{actions}").parse().unwrap()
        })
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let word = proptest::sample::select(vec!["t", "a", "all", "comments", "data_read", "schema_add", ""]);
        let leaf = prop_oneof![
            Just(Value::Null),
            word.clone().prop_map(Value::from),
            any::<i64>().prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
