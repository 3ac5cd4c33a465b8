//! A look before the leap: where Turso is to rely on a JWKS document that it did not rely on before, the plan fetches
//! the document and judges it. Otherwise a wrong URL would show weeks later, as a 401 that explains nothing.
//!
//! Hosts plan a change once more right before they apply it, and nothing in the protocol tells the two apart. So the
//! look is taken again then, and is the first one where the URL was not known before.

mod advice;

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::OnceCell;

use super::url as jwks_url;
use crate::report;
pub(crate) use advice::not_fetched;
use framework::{AttributePath, Complaint, Diagnostic, Diagnostics, Field};
use jwks::fetch::{FetchError, Fetcher};
use jwks::{self, Problem, Severity};

/// What a plan does about a document that Turso can't use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It warns.
    #[default]
    Warn,
    /// It fails.
    Error,
    /// It does not look.
    Off,
}

/// Why a word is no [`Mode`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of \"warn\", \"error\" and \"off\"")]
pub(crate) struct UnknownMode(String);

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "warn" => Ok(Self::Warn),
            "error" => Ok(Self::Error),
            "off" => Ok(Self::Off),
            other => Err(UnknownMode(other.to_owned())),
        }
    }
}

/// Looks at documents, each URL once for a configuration of the provider: a replacement is planned twice, and many
/// endpoints may share a URL. Different URLs do not wait for each other.
#[derive(Debug)]
pub(crate) struct Preflight {
    fetcher: Fetcher,
    default_mode: RwLock<Mode>,
    looks: Mutex<HashMap<String, Arc<OnceCell<Vec<Finding>>>>>,
}

/// Something wrong with a document, or with the way to it.
#[derive(Debug, Clone)]
struct Finding {
    severity: Severity,
    complaint: Complaint,
}

impl Preflight {
    /// A preflight that fetches documents as `user_agent`. Costs nothing until the first look.
    pub(crate) fn new(user_agent: &str) -> Self {
        Self { fetcher: Fetcher::new(user_agent), default_mode: RwLock::default(), looks: Mutex::default() }
    }

    /// Takes the provider block's mode, for resources that have none of their own, and forgets earlier looks.
    pub(crate) fn configure(&self, mode: Mode) {
        *self.default_mode.write().unwrap_or_else(PoisonError::into_inner) = mode;
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What is wrong with the document at `url`, by the resource's own mode, else the provider's.
    pub(crate) async fn look(&self, mode: &Field<String>, url: &str) -> Diagnostics {
        let mode = match mode {
            Field::Known(word) => word.parse().unwrap_or_default(),
            Field::Null | Field::Unknown => *self.default_mode.read().unwrap_or_else(PoisonError::into_inner),
        };
        if mode == Mode::Off {
            return Diagnostics::none();
        }
        let look = {
            let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(looks.entry(url.to_owned()).or_default())
        };
        let findings = look.get_or_init(|| self.examine(url)).await;
        findings.iter().map(|finding| finding.diagnostic(mode)).collect()
    }

    /// The fetcher, for whoever looks at documents on other occasions.
    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    async fn examine(&self, url: &str) -> Vec<Finding> {
        // What is wrong with the URL itself was said when it was validated.
        let Ok(url) = jwks_url::parse(url) else { return Vec::new() };
        match self.fetcher.fetch(&url).await {
            Ok(document) => jwks::judge(&document).iter().map(Finding::of_keys).collect(),
            Err(error) => vec![Finding::of_the_way(&error)],
        }
    }
}

impl Finding {
    fn of_keys(problem: &Problem) -> Self {
        Self { severity: problem.severity(), complaint: advice::unfit(problem) }
    }

    fn of_the_way(error: &FetchError) -> Self {
        let Complaint { summary, detail } = not_fetched(error);
        let detail = format!("{detail} If the trouble is with this machine alone, set preflight = \"off\".");
        Self { severity: Severity::Error, complaint: Complaint { summary, detail } }
    }

    fn diagnostic(&self, mode: Mode) -> Diagnostic {
        let Complaint { summary, detail } = &self.complaint;
        let diagnostic = match (mode, self.severity) {
            (Mode::Error, Severity::Error) => Diagnostic::error(
                summary,
                format!("{detail}\n\nThis stops the plan because of preflight = \"error\"."),
            ),
            _ => Diagnostic::warning(summary, detail),
        };
        diagnostic.at(AttributePath::root("url"))
    }
}

/// Complains where a word is no mode.
pub(crate) fn check_mode(word: &str) -> Result<(), Complaint> {
    report::check::<Mode>(word, INVALID)
}

pub(crate) const INVALID: &str = "Invalid preflight";

#[cfg(test)]
mod tests {
    use framework::Severity as Weight;

    use super::*;

    fn severities(diagnostics: Diagnostics) -> Vec<Weight> {
        diagnostics.into_iter().map(|diagnostic| diagnostic.severity).collect()
    }

    #[test]
    fn a_mode_is_one_of_three_words() {
        for (word, mode) in [("warn", Mode::Warn), ("error", Mode::Error), ("off", Mode::Off)] {
            assert_eq!(word.parse(), Ok(mode));
        }
        let complaint = check_mode("On").unwrap_err();
        assert_eq!(complaint.detail, "\"On\" is not one of \"warn\", \"error\" and \"off\".");
    }

    #[test]
    fn only_the_mode_error_makes_errors_and_only_of_grave_findings() {
        let finding = |severity| Finding { severity, complaint: Complaint::new("s", "d.") };
        for (mode, severity, weight) in [
            (Mode::Warn, Severity::Error, Weight::Warning),
            (Mode::Warn, Severity::Warning, Weight::Warning),
            (Mode::Error, Severity::Error, Weight::Error),
            (Mode::Error, Severity::Warning, Weight::Warning),
        ] {
            let diagnostic = finding(severity).diagnostic(mode);
            assert_eq!(diagnostic.severity, weight);
            assert_eq!(diagnostic.path, Some(AttributePath::root("url")));
        }
    }

    #[tokio::test]
    async fn a_resource_that_says_off_is_not_looked_at() {
        let preflight = Preflight::new("test/1");
        let looked = preflight.look(&Field::Known("off".to_owned()), "https://localhost:1/").await;
        assert_eq!(looked, Diagnostics::none());
        assert!(preflight.looks.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_provider_decides_for_a_resource_that_says_nothing() {
        let preflight = Preflight::new("test/1");
        preflight.configure(Mode::Off);
        assert_eq!(severities(preflight.look(&Field::Null, "https://localhost:1/").await), []);
        preflight.configure(Mode::Error);
        assert_eq!(severities(preflight.look(&Field::Null, "https://localhost:1/").await), [Weight::Error]);
        let own = preflight.look(&Field::Known("warn".to_owned()), "https://localhost:1/").await;
        assert_eq!(severities(own), [Weight::Warning]);
        assert_eq!(preflight.looks.lock().unwrap().len(), 1);
    }
}
