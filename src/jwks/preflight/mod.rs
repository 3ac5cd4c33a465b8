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
use jwks::Problem;
use jwks::fetch::{FetchError, Fetcher};

/// What a plan does about a document that Turso can't use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// It warns.
    #[default]
    Warn,
    /// It fails.
    Error,
    /// It does not look.
    Off,
}

/// Why a word is no [`Strictness`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of \"warn\", \"error\" and \"off\"")]
pub(crate) struct UnknownStrictness(String);

impl FromStr for Strictness {
    type Err = UnknownStrictness;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "warn" => Ok(Self::Warn),
            "error" => Ok(Self::Error),
            "off" => Ok(Self::Off),
            other => Err(UnknownStrictness(other.to_owned())),
        }
    }
}

/// Looks at documents, each URL once for a configuration of the provider: a replacement is planned twice, and many
/// endpoints may share a URL. Different URLs do not wait for each other.
#[derive(Debug)]
pub(crate) struct Preflight {
    fetcher: Fetcher,
    default: RwLock<Strictness>,
    looks: Mutex<HashMap<String, Arc<OnceCell<Vec<Finding>>>>>,
}

/// Something wrong with a document, or with the way to it.
#[derive(Debug, Clone)]
struct Finding {
    is_fatal: bool,
    complaint: Complaint,
}

impl Preflight {
    /// A preflight that fetches documents as `user_agent`. Costs nothing until the first look.
    pub(crate) fn new(user_agent: &str) -> Self {
        Self { fetcher: Fetcher::new(user_agent), default: RwLock::default(), looks: Mutex::default() }
    }

    /// Takes the provider block's word, for resources that have none of their own, and forgets earlier looks.
    pub(crate) fn configure(&self, strictness: Strictness) {
        *self.default.write().unwrap_or_else(PoisonError::into_inner) = strictness;
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What is wrong with the document at `url`, by the resource's `own` word, else the provider's.
    pub(crate) async fn look(&self, own: &Field<String>, url: &str) -> Diagnostics {
        let strictness = match own {
            Field::Known(word) => word.parse().unwrap_or_default(),
            Field::Null | Field::Unknown => *self.default.read().unwrap_or_else(PoisonError::into_inner),
        };
        if strictness == Strictness::Off {
            return Diagnostics::none();
        }
        let look = {
            let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(looks.entry(url.to_owned()).or_default())
        };
        let findings = look.get_or_init(|| self.examine(url)).await;
        findings.iter().map(|finding| finding.diagnostic(strictness)).collect()
    }

    /// The fetcher, for whoever looks at documents on other occasions.
    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    async fn examine(&self, url: &str) -> Vec<Finding> {
        // What is wrong with the URL itself was said when it was validated.
        let Ok(url) = jwks_url::parse(url) else { return Vec::new() };
        match self.fetcher.fetch(&url).await {
            Ok(document) => Finding::of_document(&jwks::judge(&document)),
            Err(error) => vec![Finding::of_the_way(&error)],
        }
    }
}

impl Finding {
    /// The first few of the problems, each on its own, and one that counts the others: a document comes from outside, and
    /// a person reads no hundred boxes. What is fatal stands first among problems, so none of it hides behind less.
    fn of_document(problems: &[Problem]) -> Vec<Self> {
        const TOLD: usize = 5;
        let (told, others) = problems.split_at(problems.len().min(TOLD));
        told.iter()
            .map(Self::of_keys)
            .chain(others.first().map(|first| Self::of_others(first, others.len())))
            .collect()
    }

    fn of_others(first: &Problem, count: usize) -> Self {
        let detail = format!(
            "The JWKS document has {count} more problems than are told one by one. Correct those, then plan again."
        );
        Self { is_fatal: first.is_fatal(), complaint: Complaint::new("More problems with JWKS keys", detail) }
    }

    fn of_keys(problem: &Problem) -> Self {
        Self { is_fatal: problem.is_fatal(), complaint: advice::unfit(problem) }
    }

    fn of_the_way(error: &FetchError) -> Self {
        let Complaint { summary, detail } = not_fetched(error);
        let detail = format!("{detail} If the trouble is with this machine alone, set preflight = \"off\".");
        Self { is_fatal: true, complaint: Complaint { summary, detail } }
    }

    fn diagnostic(&self, strictness: Strictness) -> Diagnostic {
        let Complaint { summary, detail } = &self.complaint;
        let diagnostic = match (strictness, self.is_fatal) {
            (Strictness::Error, true) => Diagnostic::error(
                summary,
                format!("{detail}\n\nThis stops the plan because of preflight = \"error\"."),
            ),
            _ => Diagnostic::warning(summary, detail),
        };
        diagnostic.at(AttributePath::root("url"))
    }
}

/// Complains where a word is none of the three.
pub(crate) fn check_word(word: &str) -> Result<(), Complaint> {
    report::check::<Strictness>(word, INVALID)
}

pub(crate) const INVALID: &str = "Invalid preflight";

#[cfg(test)]
mod tests {
    use framework::Severity;

    use super::*;

    fn severities(diagnostics: Diagnostics) -> Vec<Severity> {
        diagnostics.into_iter().map(|diagnostic| diagnostic.severity).collect()
    }

    #[test]
    fn a_mode_is_one_of_three_words() {
        for (word, mode) in
            [("warn", Strictness::Warn), ("error", Strictness::Error), ("off", Strictness::Off)]
        {
            assert_eq!(word.parse(), Ok(mode));
        }
        let complaint = check_word("On").unwrap_err();
        assert_eq!(complaint.detail, "\"On\" is not one of \"warn\", \"error\" and \"off\".");
    }

    #[test]
    fn only_the_mode_error_makes_errors_and_only_of_grave_findings() {
        let finding = |is_fatal| Finding { is_fatal, complaint: Complaint::new("s", "d.") };
        for (strictness, is_fatal, severity) in [
            (Strictness::Warn, true, Severity::Warning),
            (Strictness::Warn, false, Severity::Warning),
            (Strictness::Error, true, Severity::Error),
            (Strictness::Error, false, Severity::Warning),
        ] {
            let diagnostic = finding(is_fatal).diagnostic(strictness);
            assert_eq!(diagnostic.severity, severity);
            assert_eq!(diagnostic.path, Some(AttributePath::root("url")));
        }
    }

    #[test]
    fn many_problems_are_a_handful_of_findings_and_what_is_fatal_stays_so() {
        for (key, is_fatal) in
            [(r#"{"kty":"RSA","n":"?","e":"AQAB"}"#, true), (r#"{"kty":"EC","d":"x"}"#, true)]
        {
            let text = format!(
                r#"{{"keys":[{}]}}"#,
                (0..100)
                    .map(|n| key.replace('{', &format!("{{\"kid\":\"{n}\",")))
                    .collect::<Vec<_>>()
                    .join(",")
            );
            let document = jwks::Document::parse(text.as_bytes()).unwrap();
            let findings = Finding::of_document(&jwks::judge(&document));
            assert_eq!(findings.len(), 6);
            let last = findings.last().unwrap();
            assert!(last.complaint.detail.contains(" more problems than"), "{}", last.complaint.detail);
            assert_eq!(findings[0].is_fatal, is_fatal);
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
        preflight.configure(Strictness::Off);
        assert_eq!(severities(preflight.look(&Field::Null, "https://localhost:1/").await), []);
        preflight.configure(Strictness::Error);
        assert_eq!(severities(preflight.look(&Field::Null, "https://localhost:1/").await), [Severity::Error]);
        let own = preflight.look(&Field::Known("warn".to_owned()), "https://localhost:1/").await;
        assert_eq!(severities(own), [Severity::Warning]);
        assert_eq!(preflight.looks.lock().unwrap().len(), 1);
    }
}
