//! What a checking proxy saw, in a file: one JSON object a line, appended by every process of a command.
//!
//! Each line is written whole and at once, so nothing is lost where a host kills the process.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::rules::Violation;

/// The variable that names the file.
pub const REPORT: &str = "PLUGIN_HOST_REPORT";

/// All that was seen by all the processes that wrote into one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many answers were judged, by RPC
    pub checked: BTreeMap<String, usize>,
    /// How many answers there are no rules for, by RPC
    pub unchecked: BTreeMap<String, usize>,
    /// Every rule that was broken
    pub violations: Vec<Violation>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) rpc: String,
    pub(crate) checked: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) faults: Vec<String>,
}

/// A report being written.
#[derive(Debug)]
pub(crate) struct ReportFile(File);

impl Report {
    /// Reads a report.
    ///
    /// # Errors
    ///
    /// Where there is no such file, which means that no proxy ran, or a line of it is not one of a report.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut report = Self::default();
        for line in std::fs::read_to_string(path)?.lines() {
            let Entry { rpc, checked, faults } = serde_json::from_str(line)?;
            let counts = if checked { &mut report.checked } else { &mut report.unchecked };
            *counts.entry(rpc.clone()).or_default() += 1;
            report.violations.extend(faults.into_iter().map(|text| Violation { rpc: rpc.clone(), text }));
        }
        Ok(report)
    }
}

impl ReportFile {
    pub(crate) fn append(path: &Path) -> io::Result<Self> {
        OpenOptions::new().create(true).append(true).open(path).map(Self)
    }

    pub(crate) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entries_of_several_processes_add_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let entry = |rpc: &str, checked, faults: &[&str]| Entry {
            rpc: rpc.to_owned(),
            checked,
            faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
        };
        ReportFile::append(&path).unwrap().write(&entry("ReadResource", true, &[])).unwrap();
        let mut second = ReportFile::append(&path).unwrap();
        second.write(&entry("ReadResource", true, &["late"])).unwrap();
        second.write(&entry("PlanAction", false, &[])).unwrap();

        let report = Report::read(&path).unwrap();
        assert_eq!(report.checked, [("ReadResource".to_owned(), 2)].into());
        assert_eq!(report.unchecked, [("PlanAction".to_owned(), 1)].into());
        let late = Violation { rpc: "ReadResource".to_owned(), text: "late".to_owned() };
        assert_eq!(report.violations, [late]);
    }

    #[test]
    fn a_report_that_nobody_wrote_is_an_error() {
        assert!(Report::read(Path::new("/nonexistent/report")).is_err());
    }
}
