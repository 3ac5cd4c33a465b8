//! What a database lets the holder of a token do, seen by asking it for five things.

use serde_json::{Value, json};

use super::{ORGANIZATION, Project};

pub(crate) const READ: &str = "SELECT text FROM posts";
pub(crate) const COMMENT: &str = "INSERT INTO comments VALUES ('well')";
pub(crate) const POST: &str = "INSERT INTO posts VALUES ('second')";
pub(crate) const DELETE: &str = "DELETE FROM posts";
pub(crate) const DROP: &str = "DROP TABLE posts";

/// All of them. What deletes or drops comes last.
pub(crate) const DEEDS: [&str; 5] = [READ, COMMENT, POST, DELETE, DROP];

const SEED: &str = "
    DROP TABLE IF EXISTS posts; CREATE TABLE posts (text); INSERT INTO posts VALUES ('first');
    DROP TABLE IF EXISTS comments; CREATE TABLE comments (text);
";

/// Adds a database to ask.
pub(crate) fn database(project: &Project, name: &str, group: &str) {
    project.turso().add_database(ORGANIZATION, name, group).expect("the organization is there");
}

/// Which of the [`DEEDS`] a database lets the holder of a token do, from a new start. `None` where it turns the token
/// away.
#[track_caller]
pub(crate) fn allowed(project: &Project, database: &str, token: &str) -> Option<Vec<&'static str>> {
    project.turso().execute_sql(ORGANIZATION, database, SEED).expect("the seed is SQL");
    let url = project.turso().database(ORGANIZATION, database).expect("the database is there").url;
    let statement = |sql| json!({"type": "execute", "stmt": {"sql": sql}});
    let requests: Vec<Value> = DEEDS.into_iter().map(statement).chain([json!({"type": "close"})]).collect();
    let (status, body) = post(&format!("{url}/v2/pipeline"), token, &json!({ "requests": requests }));
    if status == 401 {
        return None;
    }
    let results = body["results"].as_array().unwrap_or_else(|| panic!("{status}: {body}"));
    for error in results.iter().filter(|result| result["type"] != "ok") {
        assert!(
            error["error"]["message"].as_str().is_some_and(|said| said.contains("not authorized")),
            "{error}"
        );
    }
    let outcomes = DEEDS.into_iter().zip(results);
    Some(outcomes.filter(|(_, result)| result["type"] == "ok").map(|(sql, _)| sql).collect())
}

fn post(url: &str, token: &str, body: &Value) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("this machine has threads").block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(url).bearer_auth(token).header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
    })
}
