//! The rules, as the tables of `ARCHITECTURE.md` state them.

use std::collections::{BTreeMap, BTreeSet};

/// The three tables.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) rooms: BTreeMap<String, Room>,
    /// Words, and the rooms that never say them.
    pub(super) words: Vec<(BTreeSet<String>, BTreeSet<String>)>,
    /// By the crate's name in Cargo.toml.
    pub(super) crates: BTreeMap<String, Places>,
}

/// A row of the rooms.
#[derive(Debug)]
pub(super) struct Room {
    /// A file or folder, from the root of the repository.
    pub(super) place: String,
    pub(super) may_import: BTreeSet<String>,
}

/// Who may name a crate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Places {
    AnyRoom,
    GeneratedCode,
    /// Rooms, or modules in them: `jwks/fetch`.
    Only(BTreeSet<String>),
}

impl Rules {
    /// Reads the tables under the headings Rooms, Words and Crates.
    pub(super) fn parse(document: &str) -> Self {
        let rooms = rows(document, "Rooms").map(|row| {
            let [name, place, may_import] = cells(&row);
            (only_code(name), Room { place: only_code(place), may_import: code(may_import) })
        });
        let words = rows(document, "Words").map(|row| {
            let [words, rooms] = cells(&row);
            (code(words), code(rooms))
        });
        let crates = rows(document, "Crates").map(|row| {
            let [name, _, places] = cells(&row);
            (only_code(name), Places::parse(places))
        });
        Self { rooms: unique(rooms), words: words.collect(), crates: unique(crates) }
    }
}

impl Places {
    fn parse(cell: &str) -> Self {
        match cell {
            "any room" => Self::AnyRoom,
            "generated code" => Self::GeneratedCode,
            places => Self::Only(code(places)),
        }
    }
}

/// The rows of the table under a heading, without its two head rows.
fn rows<'a>(document: &'a str, heading: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let (_, section) = document
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("ARCHITECTURE.md has no heading {heading:?}"));
    let lines: Vec<&str> = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .collect();
    assert!(!lines.is_empty(), "the table under {heading:?} is empty");
    lines.into_iter().map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

fn cells<'a, const N: usize>(row: &[&'a str]) -> [&'a str; N] {
    row.try_into().unwrap_or_else(|_| panic!("a row of ARCHITECTURE.md has not {N} cells: {row:?}"))
}

/// What a cell quotes as code: `` `a`, `b` ``. The word "nothing" stands for none.
fn code(cell: &str) -> BTreeSet<String> {
    let quoted: BTreeSet<String> = cell.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect();
    assert!(cell == "nothing" || !quoted.is_empty(), "a cell of ARCHITECTURE.md quotes nothing: {cell:?}");
    quoted
}

fn only_code(cell: &str) -> String {
    let mut quoted = code(cell).into_iter();
    match (quoted.next(), quoted.next()) {
        (Some(one), None) => one,
        _ => panic!("a cell of ARCHITECTURE.md does not quote one name: {cell:?}"),
    }
}

fn unique<T>(rows: impl Iterator<Item = (String, T)>) -> BTreeMap<String, T> {
    let mut map = BTreeMap::new();
    for (name, value) in rows {
        assert!(map.insert(name.clone(), value).is_none(), "ARCHITECTURE.md has two rows {name:?}");
    }
    map
}
