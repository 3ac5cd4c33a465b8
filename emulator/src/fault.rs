//! Faults that a test switches on: which call fails, how often, and how.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use crate::lock::lock;

/// A fault. It strikes requests that the emulator knows and whose token it accepts. Others are refused as
/// without it, so that a fault can't hide a wrong request.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What it strikes.
    pub call: Call,
    /// How often, `None` for every time. It counts as unused until the last time, or until the first of every.
    pub times: Option<u32>,
    /// What it does.
    pub effect: Effect,
}

impl Fault {
    /// Strikes the next such call.
    pub fn once(call: Call, effect: Effect) -> Self {
        Self { call, times: Some(1), effect }
    }

    /// Strikes the next `count` such calls.
    pub fn times(count: u32, call: Call, effect: Effect) -> Self {
        Self { call, times: Some(count), effect }
    }

    /// Strikes every such call until [`crate::Emulator::clear_faults`].
    pub fn always(call: Call, effect: Effect) -> Self {
        Self { call, times: None, effect }
    }
}

/// The calls that faults can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// List the endpoints.
    List,
    /// Save an endpoint.
    Save,
    /// Remove an endpoint.
    Remove,
    /// Ask for a template.
    Template,
    /// Look at databases or groups: list them, or ask for one.
    Look,
    /// Any call, those above and the rest.
    Any,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Does nothing, and answers this.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body, as JSON.
        body: Value,
    },
    /// Does nothing, and answers a body that is not JSON.
    Text {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// Does what was asked, and answers this in place of success.
    ProceedThenAnswer {
        /// The HTTP status.
        status: u16,
        /// The body, as JSON.
        body: Value,
    },
    /// Waits, then proceeds.
    Delay(Duration),
    /// Does what was asked, and closes the connection without an answer.
    LoseAnswer,
    /// Does what was asked, and closes the connection in the middle of the answer's body.
    CutAnswer,
    /// Does what was asked, and waits so long in the middle of the answer's body.
    SlowAnswer(Duration),
    /// Closes the connection and does nothing.
    CloseConnection,
    /// Answers 429 with this `Retry-After`, seconds or a date.
    TooManyRequests {
        /// The header's value.
        retry_after: String,
    },
    /// Answers 200 with this as the template. Strikes templates only.
    Template(Value),
    /// The fault known of Turso: while an organization has more endpoints than its limit, removing one fails with
    /// 500 `internal server error`. Strikes removals only, and only then.
    OverLimit,
}

impl Effect {
    /// A status with Turso's error body.
    pub fn error(status: u16, text: &str) -> Self {
        Self::Answer { status, body: serde_json::json!({ "error": text }) }
    }
}

/// The faults that are switched on, with what is left of each.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Armed>>);

#[derive(Debug)]
struct Armed {
    fault: Fault,
    struck: bool,
}

impl Faults {
    pub(crate) fn inject(&self, fault: Fault) {
        lock(&self.0).push(Armed { fault, struck: false });
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// Faults that have not struck as often as they should have, each with what is left of it.
    pub(crate) fn unused(&self) -> Vec<Fault> {
        let left = |armed: &&Armed| match armed.fault.times {
            Some(count) => count > 0,
            None => !armed.struck,
        };
        lock(&self.0).iter().filter(left).map(|armed| armed.fault.clone()).collect()
    }

    /// The effect of the first fault that strikes this call, and one use of it gone.
    pub(crate) fn strike(&self, call: Call, over_limit: bool) -> Option<Effect> {
        let mut faults = lock(&self.0);
        let armed = faults.iter_mut().find(|armed| armed.fault.strikes(call, over_limit))?;
        armed.struck = true;
        if let Some(count) = &mut armed.fault.times {
            *count -= 1;
        }
        Some(armed.fault.effect.clone())
    }
}

impl Fault {
    fn strikes(&self, call: Call, over_limit: bool) -> bool {
        let applicable = match self.effect {
            Effect::Template(_) => call == Call::Template,
            Effect::OverLimit => call == Call::Remove && over_limit,
            _ => true,
        };
        applicable && self.times != Some(0) && (self.call == Call::Any || self.call == call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_call_as_often_as_it_says() {
        let faults = Faults::default();
        faults.inject(Fault::times(2, Call::Save, Effect::CloseConnection));
        assert_eq!(faults.strike(Call::List, false), None);
        assert_eq!(faults.strike(Call::Save, false), Some(Effect::CloseConnection));
        assert_eq!(faults.unused(), [Fault::once(Call::Save, Effect::CloseConnection)]);
        assert_eq!(faults.strike(Call::Save, false), Some(Effect::CloseConnection));
        assert_eq!(faults.strike(Call::Save, false), None);
        assert_eq!(faults.unused(), []);
    }

    #[test]
    fn a_standing_fault_is_unused_until_it_strikes() {
        let faults = Faults::default();
        let fault = Fault::always(Call::Any, Effect::OverLimit);
        faults.inject(fault.clone());
        assert_eq!(faults.strike(Call::Remove, false), None);
        assert_eq!(faults.strike(Call::Save, true), None);
        assert_eq!(faults.unused(), [fault]);
        assert_eq!(faults.strike(Call::Remove, true), Some(Effect::OverLimit));
        assert_eq!(faults.unused(), []);
    }
}
