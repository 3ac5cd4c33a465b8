//! List resources: a stream of events, judged as a whole.

use std::collections::BTreeSet;

use super::{Case, Exchange};
use crate::schema::Schema;
use crate::wire::tfplugin6 as wire;
use wire::list_resource::Event;

impl Exchange for wire::list_resource::Request {
    type Response = Vec<Event>;
    const RPC: &'static str = "ListResource";

    fn judge(&self, events: &Self::Response, case: &mut Case<'_>) {
        let schemas = case.schemas;
        let diagnostics: Vec<_> = events.iter().flat_map(|event| event.diagnostic.iter().cloned()).collect();
        let Some((list, failed)) = case.schema_of(&schemas.list_resources, &self.type_name, &diagnostics)
        else {
            return;
        };
        case.asked("configuration", self.config.as_ref(), &list.ty(), failed);
        let Some(resource) = schemas.resources.get(&self.type_name) else {
            case.fault(format!("{:?} can be listed, and there is no such resource", self.type_name));
            return;
        };
        let found: Vec<_> = events.iter().filter(|event| is_result(event)).collect();
        if usize::try_from(self.limit).is_ok_and(|limit| limit > 0 && found.len() > limit) {
            case.fault(format!("{} objects were listed, and the limit was {}", found.len(), self.limit));
        }
        let mut identities = BTreeSet::new();
        for event in found {
            case.listed(self, resource, event);
            let identity = case.asked_identity(&self.type_name, event.identity.as_ref());
            if !identity.is_null() && !identities.insert(identity.clone()) {
                case.fault(format!("{identity} was listed twice"));
            }
        }
    }
}

impl Case<'_> {
    fn listed(&mut self, request: &wire::list_resource::Request, resource: &Schema, event: &Event) {
        if event.display_name.is_empty() {
            self.fault("a listed object has no display name");
        }
        match self.identity(&request.type_name, event.identity.as_ref()) {
            Some(identity) if identity.is_null() => self.fault("a listed object has no identity"),
            Some(identity) => self.known("identity", &identity),
            None => {}
        }
        match (&event.resource_object, request.include_resource_object) {
            (None, true) => self.fault(format!("{} was listed without the object", event.display_name)),
            (Some(_), false) => {
                self.fault(format!("{} was listed with an object that nobody asked for", event.display_name));
            }
            (Some(object), true) => {
                self.answered_known("listed object", Some(object), &resource.ty());
            }
            (None, false) => {}
        }
    }
}

/// An event that is no more than a diagnostic tells of the listing, not of an object.
fn is_result(event: &Event) -> bool {
    event.diagnostic.is_empty() || event.identity.is_some() || event.resource_object.is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::fixture::{
        THING, error, faults, garbage, identity, packed, reports_each, sent, stored, thing,
    };
    use crate::types::Type;
    use crate::values::unknown;
    use crate::wire::tfplugin6::list_resource::Request;

    fn event(name: &str) -> Event {
        Event {
            identity: identity(&json!(name)),
            display_name: name.to_owned(),
            resource_object: stored!("name": name),
            diagnostic: Vec::new(),
        }
    }

    fn listing() -> (Request, Vec<Event>) {
        let request = Request {
            type_name: THING.to_owned(),
            config: packed(&json!({}), &Type::Object([].into())),
            include_resource_object: true,
            limit: 2,
        };
        (request, vec![event("a"), event("b")])
    }

    #[test]
    fn each_fault_of_a_listing_is_reported() {
        reports_each!(listing, |request, events| {
            events.push(event("c")) => "3 objects were listed, and the limit was 2";
            events[1] = event("a") => "was listed twice";
            events[0].identity = None => "a listed object has no identity";
            events[0].identity = identity(&unknown()) => "identity is not wholly known";
            events[0].display_name.clear() => "no display name";
            events[0].resource_object = None => "a was listed without the object";
            events[0].resource_object = garbage() => "does not conform to the schema";
            request.include_resource_object = false => "nobody asked for";
            request.config = garbage() => "the configuration does not have its type";
            request.type_name = "test_look".to_owned() => "no such type";
        });
    }

    #[test]
    fn an_event_that_only_reports_an_error_is_no_object() {
        let (request, _) = listing();
        let refused = Event { diagnostic: error(""), ..Default::default() };
        assert_eq!(faults(&request, &vec![refused]), Vec::<String>::new());
    }
}
