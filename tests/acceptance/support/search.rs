//! The search for the token in all that the engine and the provider leave behind, with everything logged: a mode of the
//! whole suite. `TRACE_SEARCH=report.txt cargo test --test acceptance` logs at TRACE, searches every byte in every form
//! that the token may have, and leaves the number of them in the report.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::API_TOKEN;

/// What was searched so far, by all tests.
#[derive(Debug, Default)]
struct Searched {
    runs: u64,
    files: u64,
    bytes: u64,
}

static SEARCHED: Mutex<Searched> = Mutex::new(Searched { runs: 0, files: 0, bytes: 0 });

/// Whether the suite runs in this mode.
pub(crate) fn is_on() -> bool {
    report().is_some()
}

/// Searches what one run said.
#[track_caller]
pub(crate) fn search_run(output: &str) {
    assert_clean("a run", output.as_bytes());
    count(|searched| searched.runs += 1);
}

/// Searches every file below a folder: logs, state, plans and what is packed in them. Not what a person wrote there.
#[track_caller]
pub(crate) fn search_folder(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder of a test can be read").flatten() {
        let path = entry.path();
        let kind = entry.file_type().expect("the file is there");
        if kind.is_dir() {
            search_folder(&path);
        } else if kind.is_file() && !is_written_by_a_person(&path) {
            search_file(&path);
        }
    }
}

#[track_caller]
fn search_file(path: &Path) {
    let bytes = fs::read(path).unwrap_or_default();
    let name = path.display().to_string();
    assert_clean(&name, &bytes);
    count(|searched| searched.files += 1);
    for (part, bytes) in parts_of_plan(path) {
        assert_clean(&format!("{part} in {name}"), &bytes);
    }
}

/// What a saved plan holds, which is a ZIP, but for its copy of the configuration. Nothing, where a file is no plan.
pub(crate) fn parts_of_plan(path: &Path) -> Vec<(String, Vec<u8>)> {
    let file = File::open(path).expect("the file is there");
    let Ok(mut packed) = zip::ZipArchive::new(file) else { return vec![] };
    let mut parts = Vec::new();
    for index in 0..packed.len() {
        let mut part = packed.by_index(index).expect("the engine packs well");
        let name = part.name().expect("the engine packs well").into_owned();
        if !name.starts_with("tfconfig") {
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).expect("the engine packs well");
            parts.push((name, bytes));
        }
    }
    parts
}

/// Configuration, and the settings of Turso's CLI.
fn is_written_by_a_person(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".tf") || name.ends_with(".tfvars") || name == "settings.json"
}

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in forms() {
        assert!(!text.contains(form), "{what} holds the token as {form:?}");
    }
    count(|searched| searched.bytes += bytes.len() as u64);
}

/// The token plain, in hexadecimal digits, and in base64 at any place of a longer text.
fn forms() -> &'static [String] {
    static FORMS: OnceLock<Vec<String>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let hex: String = API_TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = API_TOKEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut forms = vec![API_TOKEN.to_owned(), hex.to_uppercase(), hex, percent.to_lowercase(), percent];
        for (before, unsure) in [("", 0), (" ", 2), ("  ", 3)] {
            for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let letters = alphabet.encode(format!("{before}{API_TOKEN}"));
                forms.push(letters[unsure..letters.len() - 1].to_owned());
            }
        }
        forms
    })
}

fn count(change: impl FnOnce(&mut Searched)) {
    let Some(report) = report() else { return };
    let mut searched = SEARCHED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    change(&mut searched);
    let Searched { runs, files, bytes } = *searched;
    let text = format!("{runs} runs, {files} files and {bytes} bytes searched\n");
    fs::write(report, text).expect("the report can be written");
}

fn report() -> Option<PathBuf> {
    std::env::var_os("TRACE_SEARCH").filter(|path| !path.is_empty()).map(PathBuf::from)
}

#[test]
fn the_search_finds_the_token_in_any_form() {
    for form in [
        API_TOKEN.to_owned(),
        STANDARD_NO_PAD.encode(format!("Bearer {API_TOKEN}!")),
        URL_SAFE_NO_PAD.encode(format!("x{API_TOKEN}")),
    ] {
        assert!(std::panic::catch_unwind(|| assert_clean("this", form.as_bytes())).is_err(), "{form}");
    }
}
