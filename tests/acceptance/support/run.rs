//! One run of the engine: how it ended and what it said.

/// How a command ended and what it said. Each check returns the run again, so that checks read as one sentence.
#[derive(Debug)]
pub(crate) struct Run {
    command: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    pub(crate) fn new(command: String, code: Option<i32>, stdout: String, stderr: String) -> Self {
        Self { command, code, stdout, stderr }
    }

    /// The command did what it was for. A plan with changes did so too.
    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Self {
        assert!(matches!(self.code, Some(0 | 2)), "this failed: {self}");
        self
    }

    /// The command ended with an error.
    #[track_caller]
    pub(crate) fn fails(&self) -> &Self {
        assert_eq!(self.code, Some(1), "this should have failed: {self}");
        self
    }

    /// A plan that finds everything as it should be.
    #[track_caller]
    pub(crate) fn finds_no_changes(&self) -> &Self {
        assert_eq!(self.code, Some(0), "this should have found no changes: {self}");
        self.says("No changes.")
    }

    /// A plan of so many changes. A replacement adds one and destroys one.
    #[track_caller]
    pub(crate) fn plans(&self, add: usize, change: usize, destroy: usize) -> &Self {
        assert_eq!(self.code, Some(2), "this should have found changes: {self}");
        self.says(&format!("Plan: {add} to add, {change} to change, {destroy} to destroy."))
    }

    /// An apply that made so many changes.
    #[track_caller]
    pub(crate) fn applied(&self, added: usize, changed: usize, destroyed: usize) -> &Self {
        self.succeeds().says(&format!("{added} added, {changed} changed, {destroyed} destroyed"))
    }

    /// A person can read this in the output, wherever the lines break.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.text().contains(&words(text)), "this does not say {:?}: {self}", words(text));
        self
    }

    /// A person can't read this in the output.
    #[track_caller]
    pub(crate) fn does_not_say(&self, text: &str) -> &Self {
        assert!(!self.text().contains(&words(text)), "this says {:?}: {self}", words(text));
        self
    }

    /// All that it said, in one line without the frames of boxes.
    pub(crate) fn text(&self) -> String {
        words(&format!("{}\n{}", self.stdout, self.stderr))
    }

    /// All that it said, as it was.
    pub(crate) fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code.map_or_else(|| "a signal".to_owned(), |code| format!("code {code}"));
        write!(f, "{}, which ended with {code}\n{}{}", self.command, self.stdout, self.stderr)
    }
}

/// A text with single spaces, and without the frames that the engine draws around a diagnostic.
fn words(text: &str) -> String {
    let unframed = text.replace(['╷', '│', '╵'], " ");
    unframed.split_whitespace().collect::<Vec<_>>().join(" ")
}
