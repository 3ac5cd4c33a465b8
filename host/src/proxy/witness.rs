//! Judges copies of the calls in a task of its own, so that the host waits for the provider only.

use std::io;
use std::path::Path;

use tokio::sync::{mpsc, oneshot};
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::framing::messages;
use crate::report::{Entry, ReportFile};
use crate::rules::{Checker, Violation};
use crate::schema::Schemas;
use crate::wire::tfplugin6 as wire;
use wire::provider_client::ProviderClient;

/// A call that has come to its end, with the bodies of its request and answer.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) rpc: String,
    pub(super) request: Vec<u8>,
    pub(super) answer: Vec<u8>,
    pub(super) status: Status,
}

/// Sends what happened to the task that judges it.
#[derive(Clone, Debug)]
pub(super) struct Witness(mpsc::UnboundedSender<Seen>);

#[derive(Debug)]
enum Seen {
    Call(Call),
    Process(Vec<String>, oneshot::Sender<()>),
}

impl Witness {
    /// Begins to write a report of a provider.
    pub(super) fn begin(channel: Channel, report: &Path) -> io::Result<Self> {
        let report = ReportFile::append(report)?;
        let (sender, seen) = mpsc::unbounded_channel();
        tokio::spawn(watch(channel, report, seen));
        Ok(Self(sender))
    }

    /// Tells of a call, without waiting.
    pub(super) fn saw(&self, call: Call) {
        // The watcher is gone only where the report can't be written, of which it has complained.
        let _ = self.0.send(Seen::Call(call));
    }

    /// Tells what is wrong with the process, if anything, and waits until all that was told is in the report.
    pub(super) async fn tell(&self, problems: Vec<String>) {
        let (written, done) = oneshot::channel();
        if self.0.send(Seen::Process(problems, written)).is_ok() {
            // As in `saw`.
            let _ = done.await;
        }
    }
}

async fn watch(channel: Channel, mut report: ReportFile, mut seen: mpsc::UnboundedReceiver<Seen>) {
    let (mut checker, problem) = match schemas(channel).await {
        Ok(schemas) => (Checker::new(schemas), None),
        Err(problem) => (Checker::default(), Some(problem)),
    };
    let mut failed = problem.map_or(Ok(()), |problem| report.write(&process_entry(vec![problem])));
    while let Some(seen) = seen.recv().await {
        failed = failed.and_then(|()| match &seen {
            Seen::Call(call) => report.write(&judge(&mut checker, call)),
            Seen::Process(problems, _) if problems.is_empty() => Ok(()),
            Seen::Process(problems, _) => report.write(&process_entry(problems.clone())),
        });
        if let Seen::Process(_, written) = seen {
            // Whoever asked may have stopped waiting.
            let _ = written.send(());
        }
    }
    if let Err(error) = failed {
        eprintln!("checking-proxy: the report can't be written: {error}");
    }
}

/// A host may have kept the schemas from an earlier process, so the witness asks for them itself.
async fn schemas(channel: Channel) -> Result<Schemas, String> {
    let mut client = ProviderClient::new(channel).max_decoding_message_size(usize::MAX);
    let refused = |status: Status| format!("the schema can't be had: {status}");
    let schemas = client.get_provider_schema(wire::get_provider_schema::Request {}).await.map_err(refused)?;
    let request = wire::get_resource_identity_schemas::Request {};
    let identities = match client.get_resource_identity_schemas(request).await {
        Ok(identities) => identities.into_inner(),
        Err(status) if status.code() == Code::Unimplemented => Default::default(),
        Err(status) => return Err(refused(status)),
    };
    Schemas::parse(&schemas.into_inner(), &identities).map_err(|error| error.to_string())
}

fn judge(checker: &mut Checker, call: &Call) -> Entry {
    let Call { rpc, request, answer, status } = call;
    let entry = |checked, faults: Vec<Violation>| Entry {
        rpc: rpc.clone(),
        checked,
        faults: faults.into_iter().map(|violation| violation.text).collect(),
    };
    if status.code() != Code::Ok {
        return entry(true, checker.check_status(rpc, status).into_iter().collect());
    }
    let (Some(request), Some(answers)) = (messages(request), messages(answer)) else {
        let text = "the body of the call is not whole".to_owned();
        return entry(true, vec![Violation { rpc: rpc.clone(), text }]);
    };
    let [request] = request.as_slice() else {
        return entry(false, Vec::new());
    };
    match checker.check_messages(rpc, request, &answers) {
        Some(violations) => entry(true, violations),
        None => entry(false, Vec::new()),
    }
}

fn process_entry(faults: Vec<String>) -> Entry {
    Entry { rpc: "process".to_owned(), checked: true, faults }
}
