//! How long a token is good: while its key is published and its endpoint registered, and within its own time.

use serde_json::json;
use turso_emulator::identity_provider::OldKeys;

use super::stage::{ClerkStage, kind};

const READ: &str = "SELECT 1";

fn stage() -> ClerkStage {
    ClerkStage::new("", json!({"app": {"database": "app", "scope": "full-access"}}))
}

#[test]
fn a_key_that_is_still_published_is_good_and_the_new_one_is_fetched_when_it_is_first_seen() {
    let staged = stage();
    let stage = &staged.stage;
    let before = staged.token("app");
    assert_eq!(kind(&stage.run("app", &before, READ)), "done");
    let fetches = || stage.project.turso().jwks_fetches().len();
    assert_eq!(fetches(), 1);
    staged.clerk.provider().keys().rotate(OldKeys::Keep).expect("this machine can make keys");
    assert_eq!(kind(&stage.run("app", &staged.token("app"), READ)), "done");
    assert_eq!(kind(&stage.run("app", &before, READ)), "done");
    assert_eq!(fetches(), 2, "the unknown kid made Turso look once more, and nothing else did");
}

#[test]
fn a_key_that_is_no_longer_published_is_refused_once_turso_has_looked_again() {
    let staged = stage();
    let stage = &staged.stage;
    let before = staged.token("app");
    assert_eq!(kind(&stage.run("app", &before, READ)), "done");
    staged.clerk.provider().keys().rotate(OldKeys::Drop).expect("this machine can make keys");
    assert_eq!(kind(&stage.run("app", &before, READ)), "done", "Turso has no reason to look yet");
    assert_eq!(kind(&stage.run("app", &staged.token("app"), READ)), "done");
    assert_eq!(kind(&stage.run("app", &before, READ)), "unauthorized");
    assert!(stage.last_refusal().contains("can't be decoded with any of the existing keys"));
}

#[test]
fn a_destroyed_endpoint_takes_its_tokens_along() {
    let staged = stage();
    let stage = &staged.stage;
    let token = staged.token("app");
    assert_eq!(kind(&stage.run("app", &token, READ)), "done");
    stage.project.destroy().succeeds();
    assert_eq!(kind(&stage.run("app", &token, READ)), "unauthorized");
    assert!(stage.last_refusal().contains("can't be decoded with any of the existing keys"));
}

#[test]
fn a_token_is_good_from_nbf_until_exp() {
    let staged = stage();
    assert_eq!(kind(&staged.stage.run("app", &staged.token("app"), READ)), "done");
    for (seconds, reason) in [(-86_400, "the token has expired"), (86_400, "the token is not valid yet")] {
        let outcome = staged.stage.run("app", &staged.token_in("app", seconds), READ);
        assert_eq!(kind(&outcome), "unauthorized", "issued in {seconds} s: {outcome:?}");
        let told = staged.stage.last_refusal();
        assert!(told.contains(reason), "issued in {seconds} s: {told}");
    }
}
