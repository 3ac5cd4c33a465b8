//! An HTTP answer before it is written: status, headers, body. Both planes speak in these.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) flow: Flow,
}

/// How a body is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Flow {
    /// At once.
    #[default]
    Whole,
    /// Half of it, then the connection is closed.
    Cut,
    /// In two halves, with this pause between them.
    Slow(Duration),
}

impl Answer {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("our answers have string keys and no failing serializer");
        Self::with_type(status, "application/json", body)
    }

    /// Turso's error body, `{"error":"…"}`.
    pub(crate) fn error(status: u16, text: &str) -> Self {
        Self::json(status, &serde_json::json!({ "error": text }))
    }

    /// A body that is not JSON.
    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::with_type(status, "text/plain; charset=utf-8", body.as_bytes().to_vec())
    }

    fn with_type(status: u16, media_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type", Cow::Borrowed(media_type))], body, flow: Flow::Whole }
    }

    pub(crate) fn flowing(self, flow: Flow) -> Self {
        Self { flow, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
