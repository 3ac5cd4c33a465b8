//! Whatever may hold a secret shows its shape in debug output, and no content.

use framework::{
    Applied, Change, Field, ImportRequest, ImportTarget, Listed, Object, Opened, Plan, PlanRequest,
    PlanResponse, Private, Secret, StateResponse, Type, Value,
};

framework::model! {
    struct Login, PlannedLogin {
        key: Secret = required(),
        spare_keys: Option<Vec<Secret>> = optional(),
    }
}

#[test]
fn nothing_shows_what_it_holds() {
    let object = || {
        Object::new()
            .with("key", "hush")
            .with("pin", Value::Number(4711_i64.into()))
            .with("any", Value::dynamic(Type::String, "hush".into()))
            .with("list", Value::strings(["hush"]))
    };
    let mut private = Private::default();
    private.set("note", "hush");
    let secret = || Secret::new("hush");
    let login = || Login { key: secret(), spare_keys: Some(vec![secret()]) };
    let planned = || PlannedLogin {
        key: Field::Known(secret()),
        spare_keys: Field::Known(vec![Field::Known(secret())]),
    };
    let change = || Change::Update { prior: object(), planned: object() };
    let shown = [
        format!("{:?}", secret()),
        format!("{:?}", Value::from(object())),
        format!("{:?}", object()),
        format!("{private:?}"),
        format!("{:?}", Change::Create { planned: object() }),
        format!("{:?}", change()),
        format!("{:?}", Change::Delete { prior: object() }),
        format!(
            "{:?}",
            PlanRequest {
                change: change(),
                config: Some(object()),
                identity: Some(object()),
                private: private.clone(),
            }
        ),
        format!(
            "{:?}",
            PlanResponse {
                planned: Some(object()),
                requires_replace: Vec::new(),
                identity: Some(object()),
                private: private.clone(),
                diagnostics: framework::Diagnostics::none(),
            }
        ),
        format!(
            "{:?}",
            StateResponse {
                state: Some(object()),
                identity: None,
                private: private.clone(),
                diagnostics: framework::Diagnostics::none(),
            }
        ),
        format!("{:?}", ImportRequest::Identity(object())),
        format!("{:?}", ImportTarget::<Login>::Identity(planned())),
        format!("{:?}", Listed { display_name: "a".to_owned(), state: object() }),
        format!("{:?}", login()),
        format!("{:?}", planned()),
        format!("{:?}", Opened::new(login())),
        format!("{:?}", Applied::done(login())),
        format!(
            "{:?}",
            Plan { prior: Some(login()), config: planned(), planned: planned(), private: private.clone() }
        ),
    ];
    for text in &shown {
        for secret in ["hush", "4711"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.contains('…') || text.contains("note"), "this shows no shape either: {text}");
    }
}

#[test]
fn notes_show_their_names() {
    let mut private = Private::default();
    private.set("mark", "hush");
    assert_eq!(format!("{private:?}"), r#"{"mark"}"#);
    assert_eq!(private.get("mark"), Some("hush"));
    assert_eq!(private.iter().collect::<Vec<_>>(), [("mark", "hush")]);
    private.set("mark", "again");
    assert_eq!(private.get("mark"), Some("again"));
    private.remove("mark");
    assert_eq!(private, Private::default());
    assert_eq!(private.get("mark"), None);
}

#[test]
fn a_secret_is_told_to_whoever_asks_for_it() {
    assert_eq!(Secret::new("hush").expose(), "hush");
}
