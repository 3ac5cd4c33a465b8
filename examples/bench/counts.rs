//! The short form: what a plan and an apply ask of the provider and of the API, counted and judged. A count is the same on
//! every machine, and a time is not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::ensure;
use plugin_host::engine::workspace_binary;
use plugin_host::proxy::PROVIDER;
use plugin_host::report::{REPORT, Report};

use crate::growth;
use crate::project::{Project, Taken, emulator};
use crate::subject::Subject;

const ENDPOINTS: usize = 60;

/// What a command may take at most.
struct Limit {
    step: &'static str,
    run: fn(&Project<'_>) -> anyhow::Result<Taken>,
    calls: usize,
    starts: usize,
    schemas: usize,
    /// Answers of the provider for each endpoint.
    answers: usize,
}

/// A write is a call, and looks before and after that writes share. A plan shares one list. An engine starts the
/// provider to know its schema, to validate, and to work.
const LIMITS: [Limit; 3] = [
    Limit {
        step: "apply",
        run: |project| project.apply(),
        calls: ENDPOINTS * 3 / 2 + 2,
        starts: 4,
        schemas: 1,
        answers: 5,
    },
    Limit { step: "plan", run: |project| project.plan(), calls: 1, starts: 3, schemas: 1, answers: 4 },
    Limit {
        step: "destroy",
        run: |project| project.destroy(),
        calls: ENDPOINTS * 3 / 2 + 2,
        starts: 5,
        schemas: 1,
        answers: 8,
    },
];

/// Fails where a command takes more than it may, or where nothing was counted.
pub(crate) fn judge() -> anyhow::Result<()> {
    growth::judge()?;
    let subject = Subject::ours()?;
    let turso = emulator(ENDPOINTS)?;
    let folder = tempfile::tempdir()?;
    let (starts, report) = (folder.path().join("starts"), folder.path().join("report"));
    // Notes a start and becomes the proxy that counts the calls.
    let wrapper = folder.path().join("wrapper");
    let proxy = workspace_binary("checking-proxy")?;
    fs::write(&wrapper, format!("#!/bin/sh\necho >>{starts:?}\nexec {proxy:?}\n"))?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    let mut project = Project::new(&subject, &turso, ENDPOINTS, 0, Some(&wrapper))?;
    let program = subject.program().unwrap_or(&wrapper);
    project.set_env(PROVIDER, program.to_owned());
    project.set_env(REPORT, report.clone());

    let mut passed = 0;
    for Limit { step, run, calls, starts: most_starts, schemas, answers } in &LIMITS {
        for file in [&starts, &report] {
            fs::write(file, "")?;
        }
        let taken = run(&project)?;
        let seen = Report::read(&report)?;
        let started = fs::read_to_string(&starts)?.lines().count();
        let described = seen.checked.get("GetProviderSchema").copied().unwrap_or_default();
        let answered = seen.checked.values().sum::<usize>();
        println!(
            "{step:8} {:4} calls of the API   {started} starts   {described} schemas   {answered} answers",
            taken.calls
        );
        ensure!(started > 0 && answered > ENDPOINTS, "{step}: nothing was counted");
        ensure!(seen.violations.is_empty(), "{step}: {:?}", seen.violations);
        for (what, count, most) in [
            ("calls of the API", taken.calls.try_into()?, *calls),
            ("starts", started, *most_starts),
            ("schema requests", described, *schemas),
            ("answers", answered, answers * ENDPOINTS + 4 * most_starts),
        ] {
            ensure!(
                count <= most,
                "{step} of {ENDPOINTS} endpoints took {count} {what}, and {most} is the most"
            );
            passed += 1;
        }
    }
    println!("\n{passed} passed, 0 failed");
    Ok(())
}
