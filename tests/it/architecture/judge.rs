//! What sources break of the rules.

use super::document::{Places, Rules};
use super::source::{Mention, Named, Sources};

/// The imports that a room may not make, each as a line to read. `outside` is the room of what is in no module.
pub(super) fn forbidden_imports(rules: &Rules, sources: &Sources, outside: &str) -> Vec<String> {
    let import = |mention: &Mention| {
        let Named::Ours(path) = &mention.named else { return None };
        let room = room_of(mention, outside);
        let target = path.first().map_or("the root of the crate", String::as_str);
        let may =
            target == room || rules.rooms.get(room).is_some_and(|room| room.may_import.contains(target));
        (!may).then(|| format!("{}: {room} may not import {target} ({})", place(mention), path.join("::")))
    };
    sources.mentions.iter().filter_map(import).collect()
}

/// The crates that a module may not name, each as a line to read.
pub(super) fn forbidden_crates(rules: &Rules, sources: &Sources, outside: &str) -> Vec<String> {
    let judged = crates_named(sources).filter_map(|(mention, name)| {
        let (written, places) = rules.crates.iter().find(|(written, _)| written.replace('-', "_") == name)?;
        let may = match places {
            Places::AnyRoom => true,
            Places::GeneratedCode => false,
            Places::Only(places) => places.iter().any(|place| is_in(mention, outside, place)),
        };
        (!may).then(|| format!("{}: {} may not name {written}", place(mention), module(mention, outside)))
    });
    judged.collect()
}

/// The places of the table where a crate may be named and is not.
pub(super) fn unused_places(rules: &Rules, sources: &[(&Sources, &str)]) -> Vec<String> {
    let is_used = |written: &str, place: Option<&str>| {
        sources.iter().any(|(sources, outside)| {
            crates_named(sources).any(|(mention, name)| {
                written.replace('-', "_") == name && place.is_none_or(|place| is_in(mention, outside, place))
            })
        })
    };
    let mut unused = Vec::new();
    for (written, places) in &rules.crates {
        match places {
            Places::AnyRoom if !is_used(written, None) => unused.push(format!("no room names {written}")),
            Places::AnyRoom | Places::GeneratedCode => {}
            Places::Only(places) => {
                let idle = places.iter().filter(|place| !is_used(written, Some(place)));
                unused.extend(idle.map(|place| format!("{place} does not name {written}")));
            }
        }
    }
    unused
}

/// The names in code that is not compiled for tests only, that may be those of crates.
fn crates_named(sources: &Sources) -> impl Iterator<Item = (&Mention, &str)> {
    sources.mentions.iter().filter(|mention| !mention.in_test).filter_map(|mention| match &mention.named {
        Named::Other(name) => Some((mention, name.as_str())),
        Named::Ours(_) => None,
    })
}

fn is_in(mention: &Mention, outside: &str, place: &str) -> bool {
    let module = module(mention, outside);
    module == place || module.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'))
}

fn module(mention: &Mention, outside: &str) -> String {
    if mention.module.is_empty() { outside.to_owned() } else { mention.module.join("/") }
}

fn room_of<'a>(mention: &'a Mention, outside: &'a str) -> &'a str {
    mention.module.first().map_or(outside, String::as_str)
}

fn place(mention: &Mention) -> String {
    format!("{}:{}", mention.file.display(), mention.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "
## Rooms

| room | where | may import |
|---|---|---|
| `upper` | `src/upper/` | `lower` |
| `lower` | `src/lower/` | nothing |
| `main` | `src/main.rs` | `upper` |

## Words

| words | never in |
|---|---|
| `secret` | `lower` |

## Crates

| crate | what for | named in |
|---|---|---|
| `a-crate` | samples | `lower/deep` |
| `common` | samples | any room |
| `wire` | samples | generated code |
";

    fn imports(module: &[&str], text: &str) -> Vec<String> {
        forbidden_imports(&Rules::parse(DOCUMENT), &Sources::of_text(module, text), "main")
    }

    fn crates(module: &[&str], text: &str) -> Vec<String> {
        forbidden_crates(&Rules::parse(DOCUMENT), &Sources::of_text(module, text), "main")
    }

    #[test]
    fn an_import_of_a_room_that_is_not_in_the_table_is_found_however_it_is_written() {
        for text in [
            "use crate::upper::Thing;",
            "use crate::{lower::Own, upper::Thing};",
            "use super::super::upper::{self, Thing};",
            "use self::super::super::upper::Thing;",
            "pub use crate::upper as other;",
            "fn f() { let _ = crate::upper::thing(); }",
            "fn f() { println!(\"{}\", vec![crate::upper::THING].len()); }",
            "macro_rules! m { () => { $crate::upper::thing() } }",
            "impl crate::upper::Trait for Own {}",
            "fn f(_: &dyn Fn(crate::upper::A) -> u8) {}",
            "#[derive(crate::upper::Derive)] struct S;",
            "mod inner { use super::super::super::upper::Thing; }",
            "#[cfg(test)] mod tests { use crate::upper::Thing; }",
            "fn f() { use crate::upper::Thing; }",
            "use the_library::upper::Thing;",
        ] {
            let found = imports(&["lower", "deep"], text);
            assert!(!found.is_empty(), "{text}");
            for found in found {
                assert!(found.contains("lower may not import upper"), "{text}: {found}");
            }
        }
    }

    #[test]
    fn the_root_of_the_crate_is_no_way_round_the_table() {
        for text in ["use crate::*;", "use super::super::*;", "use crate::Thing;", "use super::super::Thing;"]
        {
            assert_eq!(imports(&["lower", "deep"], text).len(), 1, "{text}");
        }
    }

    #[test]
    fn an_import_that_the_table_has_or_that_stays_in_the_room_is_fine() {
        for text in [
            "use crate::lower::{self, deep::Thing};",
            "use super::{Thing, other::Thing as Other};",
            "use std::fmt; use super::*;",
            "fn f() { self::g(); Vec::<u8>::new(); <u8 as Into<u16>>::into(1); }",
            "/// crate::other::Thing\nfn f() -> &'static str { \"crate::other::Thing\" }",
        ] {
            assert_eq!(imports(&["upper", "deep"], text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_binary_is_a_room_that_imports_by_the_name_of_the_library() {
        assert!(imports(&[], "use the_library::upper::{self, Thing};").is_empty());
        assert_eq!(imports(&[], "use the_library::lower;").len(), 1);
    }

    #[test]
    fn a_crate_outside_its_places_is_found_however_it_is_named() {
        for text in [
            "use a_crate::Thing;",
            "use a_crate;",
            "use a_crate as other;",
            "use {std::fmt, a_crate::Thing};",
            "use ::a_crate::Thing;",
            "extern crate a_crate;",
            "fn f() -> ::a_crate::Thing { a_crate::thing() }",
            "fn f() { assert!(matches!(x, a_crate::X)); }",
            "#[cfg(unix)] fn f() { a_crate::f() }",
            "#[cfg(not(test))] fn f() { a_crate::f() }",
        ] {
            assert!(!crates(&["lower"], text).is_empty(), "{text}");
            assert!(crates(&["lower", "deep", "down"], text).is_empty(), "{text}");
        }
    }

    #[test]
    fn generated_code_has_crates_that_nobody_else_names() {
        assert_eq!(crates(&["lower", "deep"], "use wire::Message;").len(), 1);
    }

    #[test]
    fn code_for_tests_only_may_name_any_crate() {
        for text in [
            "#[cfg(test)] mod tests { use a_crate::Thing; }",
            "#[cfg(all(unix, test))] mod tests { mod inner { use a_crate::Thing; } }",
            "#[cfg(test)] fn f() { a_crate::f() }",
            "#![cfg(test)] use a_crate::Thing;",
        ] {
            assert_eq!(crates(&["lower"], text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_module_hides_a_crate_of_its_name() {
        assert!(crates(&["lower"], "mod a_crate { } use a_crate::Thing;").is_empty());
    }

    #[test]
    fn a_place_that_names_nothing_is_told() {
        let sources = Sources::of_text(&["lower", "deep"], "use a_crate::Thing;");
        let unused = unused_places(&Rules::parse(DOCUMENT), &[(&sources, "main")]);
        assert_eq!(unused, ["no room names common"]);
        let sources = Sources::of_text(&["lower"], "use common::Thing;");
        let unused = unused_places(&Rules::parse(DOCUMENT), &[(&sources, "main")]);
        assert_eq!(unused, ["lower/deep does not name a-crate"]);
    }

    #[test]
    fn lints_are_not_allowed_and_nothing_is_left_to_do_or_ignored() {
        for (text, what) in [
            ("#[allow(dead_code)] fn f() {}", "#[allow]"),
            ("#![allow(dead_code)]", "#[allow]"),
            ("fn f() { #[allow(unused)] let x = 1; }", "#[allow]"),
            ("#[allow(dead_code)] mod inner { fn f() {} }", "#[allow]"),
            ("fn f() { todo!() }", "todo!"),
            ("fn f() { g(unimplemented!()) }", "unimplemented!"),
            ("#[test] #[ignore] fn f() {}", "#[ignore]"),
            ("#[test] #[ignore = \"slow\"] fn f() {}", "#[ignore]"),
            ("#[path = \"other.rs\"] mod inner {}", "#[path]"),
        ] {
            let found = Sources::of_text(&["lower"], text).forbidden;
            assert!(found.iter().any(|found| found.ends_with(what)), "{text}: {found:?}");
        }
    }

    #[test]
    fn only_a_module_of_generated_code_and_nothing_else_may_allow_a_lint() {
        let generated = "#[allow(dead_code)] mod proto { tonic::include_proto!(\"p\"); }";
        assert!(Sources::of_text(&["lower"], generated).forbidden.is_empty());
        let more = "#[allow(dead_code)] mod proto { tonic::include_proto!(\"p\"); fn f() {} }";
        assert_eq!(Sources::of_text(&["lower"], more).forbidden.len(), 1);
    }
}
