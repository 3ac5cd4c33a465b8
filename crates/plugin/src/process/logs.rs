//! The process's log: what the crate traces goes to stderr as lines in the host's format, at the level that the
//! person asked for. Where nobody asked, nothing is set up, and tracing costs one comparison.

use std::fmt;
use std::io::{self, Write as _};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::Plugin;
use super::environment::Environment;
use super::log_line::LogLine;

/// Sends what is traced from now on to stderr, if the environment asks for any of it.
pub(super) fn start(plugin: &Plugin, environment: &Environment) {
    let level = level_asked_for(environment, plugin.label());
    if level == LevelFilter::OFF {
        return;
    }
    let log = HostLog {
        level,
        targets: [&[env!("CARGO_CRATE_NAME")], plugin.log_targets].concat(),
        source_address: plugin.source_address,
        // One write a line, so that lines never mix. Where the host has closed the pipe there is no one left to tell.
        sink: |line: &str| drop(io::stderr().lock().write_all(line.as_bytes())),
    };
    // Only fails where something else set a subscriber before, which then does the logging.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log));
}

/// The level by the most specific of the three variables that is set. What a variable says is read as Terraform reads
/// it: `JSON`, and any word that is no level, asks for everything.
fn level_asked_for(environment: &Environment, label: &str) -> LevelFilter {
    let specific = format!("TF_LOG_PROVIDER_{}", label.to_uppercase().replace('-', "_"));
    let asked =
        [specific.as_str(), "TF_LOG_PROVIDER", "TF_LOG"].into_iter().find_map(|name| environment.value(name));
    match asked.map(str::to_uppercase).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    }
}

/// Writes events as lines, with the fields of the spans that they are in.
struct HostLog<W> {
    level: LevelFilter,
    /// This crate, and those of [`Plugin::log_targets`].
    targets: Vec<&'static str>,
    source_address: &'static str,
    sink: W,
}

/// The fields of a span, kept with it until it closes.
struct SpanFields(Fields);

impl<S, W> Layer<S> for HostLog<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&str) + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= self.level && self.targets.iter().any(|root| is_within(root, metadata.target()))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(SpanFields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(SpanFields(fields)) = span.extensions_mut().get_mut()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(SpanFields(outer)) = span.extensions().get() {
                fields.add_outer(outer);
            }
        }
        let line = LogLine {
            level: *event.metadata().level(),
            target: event.metadata().target(),
            message: &fields.message,
            source_address: self.source_address,
            fields: &fields.others,
        };
        (self.sink)(&format!("{line}\n"));
    }
}

fn is_within(root: &str, target: &str) -> bool {
    target.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What an event or a span says, as JSON.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    /// Adds what a surrounding span says, where nothing nearer says it.
    fn add_outer(&mut self, outer: &Self) {
        for (name, value) in &outer.others {
            if !self.others.contains_key(name) {
                self.others.insert(name.clone(), value.clone());
            }
        }
    }

    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.others.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "message" => self.message = text,
            _ => self.insert(field, text),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            _ => self.insert(field, value),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.insert(field, super::with_causes(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const ROOT: &str = module_path!();

    /// The lines that `traced` leaves at `level`, parsed.
    fn logged(level: LevelFilter, traced: impl FnOnce()) -> Vec<Value> {
        let written = Arc::new(Mutex::new(String::new()));
        let sink = {
            let written = Arc::clone(&written);
            move |line: &str| written.lock().unwrap().push_str(line)
        };
        let log = HostLog { level, targets: vec![ROOT], source_address: "someone/example", sink };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(log), traced);
        let written = written.lock().unwrap();
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn the_most_specific_variable_wins() {
        let (all, provider, own) = ("TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_MY_EXAMPLE");
        let cases: [(&[(&str, &str)], LevelFilter); 9] = [
            (&[], LevelFilter::OFF),
            (&[(all, "")], LevelFilter::OFF),
            (&[(all, "info")], LevelFilter::INFO),
            (&[(all, "JSON")], LevelFilter::TRACE),
            (&[(all, "1")], LevelFilter::TRACE),
            (&[(all, "TRACE"), (provider, "WARN")], LevelFilter::WARN),
            (&[(all, "TRACE"), (provider, "off")], LevelFilter::OFF),
            (&[(all, "ERROR"), (provider, "WARN"), (own, "DEBUG")], LevelFilter::DEBUG),
            (&[(provider, "ERROR"), (own, "")], LevelFilter::ERROR),
        ];
        for (variables, level) in cases {
            let environment = variables.iter().copied().collect();
            assert_eq!(level_asked_for(&environment, "my-example"), level, "{variables:?}");
        }
    }

    #[test]
    fn an_event_becomes_one_line_with_the_hosts_keys() {
        let lines =
            logged(LevelFilter::INFO, || tracing::info!(tf_resource_type = "example_thing", "read it"));

        let [line] = lines.as_slice() else { panic!("one line was to be written: {lines:?}") };
        assert_eq!(line["@level"], "info");
        assert_eq!(line["@message"], "read it");
        assert_eq!(line["@module"], ROOT.replace("::", "."));
        assert_eq!(line["tf_provider_addr"], "someone/example");
        assert_eq!(line["tf_resource_type"], "example_thing");
    }

    #[test]
    fn spans_give_their_fields_and_the_nearest_wins() {
        let lines = logged(LevelFilter::TRACE, || {
            let _outer = tracing::info_span!("rpc", tf_rpc = "ReadResource", attempt = 1).entered();
            let inner = tracing::info_span!("request", attempt = 2, status = tracing::field::Empty).entered();
            inner.record("status", 200);
            tracing::debug!(elapsed_ms = 3.5, ok = true, "answered");
        });

        let line = &lines[0];
        assert_eq!(line["tf_rpc"], "ReadResource");
        assert_eq!(line["attempt"], 2);
        assert_eq!(line["status"], 200);
        assert_eq!(line["elapsed_ms"], 3.5);
        assert_eq!(line["ok"], true);
    }

    #[test]
    fn an_error_is_logged_with_its_causes() {
        let cause = io::Error::other("the cause");
        let error = super::super::ServeError::Announce(cause);
        let error: &(dyn std::error::Error + 'static) = &error;

        let lines = logged(LevelFilter::WARN, || tracing::warn!(error, "it failed"));

        assert_eq!(lines[0]["error"], "cannot tell the host where to connect: the cause");
    }

    #[test]
    fn what_is_below_the_level_or_from_a_library_is_left_out() {
        let lines = logged(LevelFilter::INFO, || {
            tracing::debug!("too fine");
            tracing::info!(target: "hyper", "authorization: Bearer secret");
            tracing::info!(target: concat!(module_path!(), "_other"), "a namesake");
            tracing::info!("ours");
        });

        assert_eq!(lines.iter().map(|line| &line["@message"]).collect::<Vec<_>>(), ["ours"]);
    }
}
