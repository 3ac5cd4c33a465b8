use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;
use crate::scripted_server::{Answer, Server, acme, json as answer};

const DATABASES: &str = "/v1/organizations/acme/databases";
const GROUPS: &str = "/v1/organizations/acme/groups";

fn entry(name: &str) -> Value {
    json!({
        "Name": name,
        "DbId": format!("id-of-{name}"),
        "Hostname": format!("{name}-acme.turso.io"),
        "group": "default",
        "primaryRegion": "lhr",
        "parent": null,
    })
}

fn page(names: &[&str], next: Option<&str>) -> Answer {
    let databases: Vec<_> = names.iter().map(|name| entry(name)).collect();
    let body = match next {
        Some(next) => json!({ "databases": databases, "pagination": { "next": next } }),
        None => json!({ "databases": databases }),
    };
    answer(200, &body.to_string())
}

fn one(name: &str) -> Answer {
    answer(200, &json!({ "database": entry(name) }).to_string())
}

fn absent() -> Answer {
    answer(404, r#"{"error":"could not find database with name [x]: record not found"}"#)
}

fn name(name: &str) -> DatabaseName {
    name.parse().unwrap()
}

fn names(databases: &[Database]) -> Vec<&str> {
    databases.iter().map(|database| database.name.as_str()).collect()
}

#[tokio::test]
async fn a_database_is_asked_for_by_its_name_once() {
    let server = Server::answering([one("app")]).await;
    let client = server.client();
    let expected = Database {
        name: "app".to_owned(),
        id: "id-of-app".to_owned(),
        group: "default".to_owned(),
        hostname: "app-acme.turso.io".to_owned(),
    };
    for _ in 0..2 {
        assert_eq!(client.find_database(&acme(), &name("app")).await.unwrap(), Some(expected.clone()));
    }
    assert_eq!(server.lines(), [format!("GET {DATABASES}/app")]);
}

#[tokio::test]
async fn all_who_ask_for_a_name_at_once_share_one_call() {
    let server = Server::answering([one("app")]).await;
    let client = Arc::new(server.client());
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let client = Arc::clone(&client);
        callers.spawn(async move { client.find_database(&acme(), &name("app")).await.unwrap().is_some() });
    }
    assert_eq!(callers.join_all().await, [true; 20]);
}

#[tokio::test]
async fn above_a_few_names_the_list_answers_for_all_others() {
    let all = ["a", "b", "c", "d", "e", "f"];
    let server = Server::answering([one("a"), one("b"), one("c"), page(&all, None)]).await;
    let client = server.client();
    for each in all.iter().chain(&all) {
        let found = client.find_database(&acme(), &name(each)).await.unwrap().unwrap();
        assert_eq!(found.id, format!("id-of-{each}"));
    }
    let by_name = ["a", "b", "c"].map(|each| format!("GET {DATABASES}/{each}"));
    assert_eq!(server.lines(), [&by_name[..], &[format!("GET {DATABASES}")]].concat());
}

#[tokio::test]
async fn what_the_list_does_not_show_is_asked_for_by_name() {
    let server =
        Server::answering([one("a"), one("b"), one("c"), page(&["a", "b", "c"], None), one("d"), absent()])
            .await;
    let client = server.client();
    for (each, there) in [("a", true), ("b", true), ("c", true), ("d", true), ("e", false)] {
        assert_eq!(client.find_database(&acme(), &name(each)).await.unwrap().is_some(), there, "{each}");
    }
}

#[tokio::test]
async fn absence_is_not_remembered() {
    let server = Server::answering([absent(), one("app")]).await;
    let client = server.client();
    assert_eq!(client.find_database(&acme(), &name("app")).await.unwrap(), None);
    assert!(client.find_database(&acme(), &name("app")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_fresh_look_is_a_call_and_what_it_shows_is_what_others_get() {
    let replaced = json!({ "database": { "Name": "d", "DbId": "new", "Hostname": "h", "group": "g" } });
    let server = Server::answering([
        one("a"),
        one("b"),
        one("c"),
        page(&["d"], None),
        answer(200, &replaced.to_string()),
    ])
    .await;
    let client = server.client();
    for each in ["a", "b", "c", "d"] {
        client.find_database(&acme(), &name(each)).await.unwrap();
    }
    let fresh = client.find_database_afresh(&acme(), &name("d")).await.unwrap();
    assert_eq!(fresh.unwrap().id, "new");
    assert_eq!(client.find_database(&acme(), &name("d")).await.unwrap().unwrap().id, "new");
}

#[tokio::test]
async fn pages_are_followed_to_their_end() {
    for end in [page(&["c"], None), page(&["c"], Some(""))] {
        let server = Server::answering([page(&["a", "b"], Some("c/1")), end]).await;
        let client = server.client();
        for _ in 0..2 {
            let all = client.list_databases(&acme(), None).await.unwrap();
            assert_eq!(names(&all), ["a", "b", "c"]);
        }
        assert_eq!(server.lines(), [format!("GET {DATABASES}"), format!("GET {DATABASES}?cursor=c%2F1")]);
    }
}

#[tokio::test]
async fn a_list_without_an_end_is_an_error_and_names_are_asked_for_one_by_one() {
    let server = Server::answering([page(&["a"], Some("more")).always()]).await;
    let client = server.client();
    let error = client.list_databases(&acme(), None).await.unwrap_err();
    assert!(matches!(error, Error::TooLong { pages: MOST_PAGES, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "could not list the databases in organization \"acme\": the list goes on after 100 pages, and no more of \
         them are read"
    );
    assert_eq!(server.requests().len(), 100);
    for each in ["a", "b", "c", "d"] {
        // A page is no answer about one database, which is all that matters here.
        let error = client.find_database(&acme(), &name(each)).await.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
    let by_name = ["a", "b", "c", "d"].map(|each| format!("GET {DATABASES}/{each}"));
    assert_eq!(server.lines()[100..], by_name);
}

#[tokio::test]
async fn the_databases_of_a_group_are_of_no_other_whatever_the_server_makes_of_the_parameter() {
    let other = json!({ "Name": "b", "DbId": "2", "Hostname": "h", "group": "eu" });
    let both = json!({ "databases": [entry("a"), other] }).to_string();
    let server = Server::answering([answer(200, &both)]).await;
    let group = "default".parse().unwrap();
    let found = server.client().list_databases(&acme(), Some(&group)).await.unwrap();
    assert_eq!(names(&found), ["a"]);
    assert_eq!(server.lines(), [format!("GET {DATABASES}?group=default")]);
}

#[tokio::test]
async fn groups_are_listed_and_found_by_name() {
    let group = json!({ "name": "eu", "uuid": "u-1", "primary": "fra", "delete_protection": false });
    let server = Server::answering([
        answer(200, &json!({ "groups": [group] }).to_string()),
        answer(200, &json!({ "group": group }).to_string()),
        answer(404, r#"{"error":"group not found"}"#),
    ])
    .await;
    let client = server.client();
    let expected = Group { name: "eu".to_owned(), id: "u-1".to_owned() };
    assert_eq!(client.list_groups(&acme()).await.unwrap().first(), Some(&expected));
    assert_eq!(client.find_group(&acme(), &"eu".parse().unwrap()).await.unwrap(), Some(expected));
    assert_eq!(client.find_group(&acme(), &"us".parse().unwrap()).await.unwrap(), None);
    assert_eq!(
        server.lines(),
        [format!("GET {GROUPS}"), format!("GET {GROUPS}/eu"), format!("GET {GROUPS}/us")]
    );
}

#[tokio::test]
async fn only_a_whole_answer_of_200_says_what_there_is() {
    for (refused, is_conclusive) in [
        (page(&[], None), true),
        (answer(200, r#"{"databases":null}"#), true),
        (answer(200, r#"{"databases":[null]}"#), false),
        (answer(200, r#"{"databases":[{"Name":"a","DbId":"","Hostname":"h","group":"g"}]}"#), false),
        (answer(200, r#"{"databases":[{"Name":"a","Hostname":"h","group":"g"}]}"#), false),
        (answer(200, "{}"), false),
        (answer(200, "[]"), false),
        (answer(203, r#"{"databases":[]}"#), false),
        (answer(206, r#"{"databases":[]}"#), false),
        (answer(404, r#"{"error":"organization not found"}"#), false),
        (answer(404, "not here"), false),
        (answer(403, r#"{"error":"no"}"#), false),
    ] {
        let server = Server::answering([refused]).await;
        assert_eq!(server.client().list_databases(&acme(), None).await.is_ok(), is_conclusive);
    }
}

#[tokio::test]
async fn only_the_apis_own_404_says_that_a_database_is_missing() {
    type Is = fn(&Error) -> bool;
    let cases: [(Answer, Is); 4] = [
        (answer(404, r#"{"error":"organization not found"}"#), |error| {
            error.refusal() == Some(&RefusalKind::OrganizationNotFound)
        }),
        (answer(404, "404 page not found"), |error| error.refusal() == Some(&RefusalKind::Other)),
        (answer(204, ""), |error| matches!(error, Error::NotConclusive { status: 204, .. })),
        (one("other"), |error| matches!(error, Error::Malformed { .. })),
    ];
    for (refused, is) in cases {
        let server = Server::answering([refused]).await;
        let error = server.client().find_database(&acme(), &name("app")).await.unwrap_err();
        assert!(is(&error), "{error:?}");
        assert!(error.to_string().contains("look at database \"app\" in organization \"acme\""), "{error}");
    }
}

#[tokio::test]
async fn a_group_that_the_api_does_not_know_is_told_from_an_organization_that_it_does_not_know() {
    for (message, expected) in [
        ("group not found", RefusalKind::TargetNotFound),
        ("organization not found", RefusalKind::OrganizationNotFound),
    ] {
        let server = Server::answering([answer(404, &json!({ "error": message }).to_string())]).await;
        let group = "eu".parse().unwrap();
        let error = server.client().list_databases(&acme(), Some(&group)).await.unwrap_err();
        assert_eq!(error.refusal(), Some(&expected));
    }
}
