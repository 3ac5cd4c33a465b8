//! Faults by chance. None of them is a lie of success: a Turso that answers a complete 200 which is not true can't be
//! told from one whose endpoints are gone.

use std::time::Duration;

use fastrand::Rng;
use serde_json::json;
use turso_emulator::{Call, Effect, Fault};

/// No write is done later than this after it was sent.
pub(super) const LONGEST_DELAY: Duration = Duration::from_millis(30);

/// A few faults, or none.
pub(super) fn some(rng: &mut Rng) -> Vec<Fault> {
    (0..rng.usize(0..4)).map(|_| one(rng)).collect()
}

fn one(rng: &mut Rng) -> Fault {
    let call = [Call::List, Call::List, Call::Save, Call::Save, Call::Remove, Call::Any][rng.usize(0..6)];
    let effect = effect(rng);
    // Every time is rare: the provider then pauses to the end of its tries. After a 429 that is the end of its 180 s.
    let is_bounded = matches!(effect, Effect::TooManyRequests { .. }) || rng.u8(0..40) > 0;
    Fault { call, times: is_bounded.then(|| rng.u32(1..3)), effect }
}

fn effect(rng: &mut Rng) -> Effect {
    let mut among = |statuses: &[u16]| statuses[rng.usize(0..statuses.len())];
    let refusal = among(&[400, 401, 403, 404, 409, 422]);
    let failure = among(&[500, 502, 503, 504]);
    let page = among(&[200, 403, 404, 502]);
    let pause = LONGEST_DELAY.mul_f64(rng.f64());
    match rng.u8(0..13) {
        0 => Effect::error(refusal, "refused"),
        1 => Effect::error(failure, "internal server error"),
        2 => Effect::Text { status: page, body: "<html><h1>A gateway</h1></html>".to_owned() },
        3 => Effect::Text { status: 200, body: r#"{"jwks":[{"jwks_na"#.to_owned() },
        4 => Effect::Answer { status: 206, body: json!({ "jwks": [] }) },
        5 => Effect::ProceedThenAnswer { status: failure, body: json!({ "error": "internal server error" }) },
        6 => Effect::ProceedThenAnswer { status: page, body: json!({ "message": "blocked by a gateway" }) },
        7 => Effect::Delay(pause),
        8 | 9 => Effect::LoseAnswer,
        10 => Effect::CloseConnection,
        11 => Effect::TooManyRequests { retry_after: "0".to_owned() },
        _ if rng.bool() => Effect::CutAnswer,
        _ => Effect::SlowAnswer(pause),
    }
}
