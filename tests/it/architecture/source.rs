//! What the sources of a crate name: its module tree, walked from the root as the compiler does, and each path in it,
//! in macros, too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Item, ItemMod};

use crate::files::read;

/// A crate's root file, and the name by which the file calls the crate's library from outside, if it does.
#[derive(Clone, Copy)]
pub(super) struct Root<'a> {
    pub(super) file: &'a Path,
    pub(super) library: Option<&'a str>,
}

/// Everything that a walk came across.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) mentions: Vec<Mention>,
    /// Every file of the module tree.
    pub(super) files: BTreeSet<PathBuf>,
    /// The modules that the root file declares.
    pub(super) root_modules: BTreeSet<String>,
    /// Attributes and macros that the house does not have, each with its place.
    pub(super) forbidden: Vec<String>,
}

/// A path of two segments or more, or an import of one, in a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) file: PathBuf,
    pub(super) line: usize,
    /// The module it is in.
    pub(super) module: Vec<String>,
    pub(super) named: Named,
    /// Whether it is compiled for tests only.
    pub(super) in_test: bool,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// Something of this crate, from its root.
    Ours(Vec<String>),
    /// Something outside or local, by its first segment.
    Other(String),
}

impl Sources {
    /// Walks a crate.
    pub(super) fn walk(root: Root) -> Self {
        let mut sources = Self::default();
        let folder = root.file.parent().expect("a file is in a folder");
        let place = Place { folder: Some(folder.to_owned()), ..Place::of(root) };
        sources.root_modules = sources.add_file(&place, &read(root.file));
        sources
    }

    /// Reads one file. The modules that it declares in other files are not looked for.
    pub(super) fn of_file(file: &Path) -> Self {
        let mut sources = Self::default();
        sources.add_file(&Place::of(Root { file, library: None }), &read(file));
        sources
    }

    /// Reads a text as if it were the given module of a crate.
    pub(super) fn of_text(module: &[&str], text: &str) -> Self {
        let mut sources = Self::default();
        let root = Root { file: Path::new("sample.rs"), library: Some("the_library") };
        let module = module.iter().map(|&segment| segment.to_owned()).collect();
        sources.add_file(&Place { module, ..Place::of(root) }, text);
        sources
    }

    /// Returns the modules that the file declares.
    fn add_file(&mut self, place: &Place, text: &str) -> BTreeSet<String> {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{:?}: {error}", place.file));
        assert!(self.files.insert(place.file.to_owned()), "{:?} is two modules", place.file);
        let place = Place { in_test: place.in_test || is_for_tests(&file.attrs), ..place.clone() };
        self.add_attributes(&place, &file.attrs);
        self.add_items(&place, &file.items)
    }

    fn add_items(&mut self, place: &Place, items: &[Item]) -> BTreeSet<String> {
        let modules = items.iter().filter_map(|item| match item {
            Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        });
        let modules: BTreeSet<String> = modules.collect();
        for item in items {
            match item {
                Item::Mod(module) => self.add_module(place, module),
                item => {
                    let in_test = place.in_test || is_for_tests(attributes(item));
                    let scan = Scan { place: &Place { in_test, ..place.clone() }, modules: &modules };
                    scan.tokens(self, item.to_token_stream());
                }
            }
        }
        modules
    }

    fn add_module(&mut self, place: &Place, module: &ItemMod) {
        if !is_generated(module) {
            self.add_attributes(place, &module.attrs);
        }
        let inner = place.inside(module);
        match &module.content {
            Some((_, items)) => {
                self.add_items(&inner, items);
            }
            None => {
                if let Some(file) = inner.module_file() {
                    self.add_file(&Place { file: &file, ..inner.clone() }, &read(&file));
                }
            }
        }
    }

    fn add_attributes(&mut self, place: &Place, attributes: &[Attribute]) {
        let scan = Scan { place, modules: &BTreeSet::new() };
        for attribute in attributes {
            scan.tokens(self, attribute.to_token_stream());
        }
    }

    fn forbid(&mut self, place: &Place, line: usize, what: &str) {
        self.forbidden.push(format!("{}:{line}: {what}", place.file.display()));
    }
}

/// Where in a crate the walk is.
#[derive(Clone)]
struct Place<'a> {
    root: Root<'a>,
    file: &'a Path,
    module: Vec<String>,
    /// Where the files of child modules are, if they are looked for.
    folder: Option<PathBuf>,
    in_test: bool,
}

impl<'a> Place<'a> {
    fn of(root: Root<'a>) -> Self {
        Self { root, file: root.file, module: Vec::new(), folder: None, in_test: false }
    }

    fn inside(&self, module: &ItemMod) -> Self {
        let name = module.ident.to_string();
        Self {
            module: [self.module.as_slice(), std::slice::from_ref(&name)].concat(),
            folder: self.folder.as_ref().map(|folder| folder.join(name)),
            in_test: self.in_test || is_for_tests(&module.attrs),
            ..self.clone()
        }
    }

    /// `a/b.rs` or `a/b/mod.rs`; its own modules are in `a/b/` either way.
    fn module_file(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let beside = folder.with_extension("rs");
        Some(if beside.exists() { beside } else { folder.join("mod.rs") })
    }
}

/// What a path never begins with, and what may stand before one that begins with `::`.
const KEYWORDS: [&str; 12] =
    ["as", "break", "dyn", "else", "extern", "for", "if", "impl", "in", "match", "return", "use"];

/// A search of an item's tokens for paths.
struct Scan<'a> {
    place: &'a Place<'a>,
    /// The modules declared beside the item, which hide crates of the same name.
    modules: &'a BTreeSet<String>,
}

impl Scan<'_> {
    fn tokens(&self, sources: &mut Sources, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => {
                    self.attribute(sources, &tokens[..at], group);
                    self.tokens(sources, group.stream());
                    at += 1;
                }
                TokenTree::Ident(first) => {
                    self.banned_macro(sources, first, tokens.get(at + 1));
                    if KEYWORDS.iter().any(|word| first == word) {
                        at += 1;
                        continue;
                    }
                    let is_import =
                        at > 0 && ["use", "crate"].iter().any(|word| is_word(&tokens[at - 1], word));
                    let (segments, next) = path_at(&tokens, at);
                    if is_import || segments.len() > 1 || next_is_tree(&tokens, next) {
                        self.path(sources, first, &segments, &tokens, next);
                    }
                    at = next;
                }
                _ => at += 1,
            }
        }
    }

    /// A path, or a tree of them: `a::{b, c::d}` names both.
    fn path(
        &self,
        sources: &mut Sources,
        first: &Ident,
        segments: &[String],
        tokens: &[TokenTree],
        next: usize,
    ) {
        let branches = match tree_at(tokens, next) {
            Some(group) => branches(group),
            None => vec![Vec::new()],
        };
        for branch in branches {
            sources.mentions.push(Mention {
                file: self.place.file.to_owned(),
                line: first.span().start().line,
                module: self.place.module.clone(),
                named: self.resolve(&[segments, &branch].concat()),
                in_test: self.place.in_test,
            });
        }
    }

    fn resolve(&self, path: &[String]) -> Named {
        let first = path[0].as_str();
        let supers = path.iter().take_while(|segment| *segment == "super").count();
        let module = &self.place.module;
        match first {
            "crate" => Named::Ours(path[1..].to_vec()),
            "self" if path.get(1).is_some_and(|segment| segment == "super") => self.resolve(&path[1..]),
            "self" => Named::Ours([module, &path[1..]].concat()),
            "super" => {
                let above = module.len().saturating_sub(supers);
                Named::Ours([&module[..above], &path[supers..]].concat())
            }
            _ if Some(first) == self.place.root.library => Named::Ours(path[1..].to_vec()),
            _ if self.modules.contains(first) => Named::Ours([module, path].concat()),
            _ => Named::Other(first.to_owned()),
        }
    }

    fn attribute(&self, sources: &mut Sources, before: &[TokenTree], group: &Group) {
        let is_attribute = match before {
            [.., hash, bang] if is_mark(bang, '!') => is_mark(hash, '#'),
            [.., hash] => is_mark(hash, '#'),
            [] => false,
        };
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        if is_attribute && let [word, ..] = inner.as_slice() {
            for name in ["allow", "ignore", "path"].into_iter().filter(|name| is_word(word, name)) {
                sources.forbid(self.place, word.span().start().line, &format!("#[{name}]"));
            }
        }
    }

    fn banned_macro(&self, sources: &mut Sources, name: &Ident, next: Option<&TokenTree>) {
        let is_banned = ["todo", "unimplemented"].iter().any(|banned| name == banned);
        if is_banned && next.is_some_and(|next| is_mark(next, '!')) {
            sources.forbid(self.place, name.span().start().line, &format!("{name}!"));
        }
    }
}

/// The segments of the path that begins at an index, and the index after them and a `::` that a tree or `*` follows.
fn path_at(tokens: &[TokenTree], start: usize) -> (Vec<String>, usize) {
    let mut segments = vec![tokens[start].to_string()];
    let mut at = start + 1;
    while let [first, second, rest, ..] = &tokens[at..]
        && is_mark(first, ':')
        && is_mark(second, ':')
    {
        match rest {
            TokenTree::Ident(segment) => {
                segments.push(segment.to_string());
                at += 3;
            }
            rest if is_mark(rest, '*') => {
                segments.push("*".to_owned());
                return (segments, at + 3);
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return (segments, at + 2),
            _ => break,
        }
    }
    (segments, at)
}

/// The braces of `a::{b, c}`, where they come at the index.
fn tree_at(tokens: &[TokenTree], at: usize) -> Option<&Group> {
    match tokens.get(at)? {
        TokenTree::Group(group)
            if group.delimiter() == Delimiter::Brace && at > 0 && is_mark(&tokens[at - 1], ':') =>
        {
            Some(group)
        }
        _ => None,
    }
}

fn next_is_tree(tokens: &[TokenTree], at: usize) -> bool {
    tree_at(tokens, at).is_some()
}

/// The paths in the braces of a tree.
fn branches(group: &Group) -> Vec<Vec<String>> {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let branches = tokens.split(|token| is_mark(token, ',')).filter(|branch| !branch.is_empty());
    branches
        .flat_map(|branch| {
            if is_mark(&branch[0], '*') {
                return vec![vec!["*".to_owned()]];
            }
            let (segments, next) = path_at(branch, 0);
            match tree_at(branch, next) {
                Some(tree) => branches_under(&segments, tree),
                None => vec![segments],
            }
        })
        .collect()
}

fn branches_under(segments: &[String], tree: &Group) -> Vec<Vec<String>> {
    branches(tree).into_iter().map(|branch| [segments, &branch].concat()).collect()
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// `#[cfg(test)]`, alone or as a part of `all(…)`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let Ok(list) = attribute.meta.require_list() else { return false };
        let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
        match tokens.as_slice() {
            [word] => is_word(word, "test"),
            [all, TokenTree::Group(group)] if is_word(all, "all") => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                inner
                    .split(|token| is_mark(token, ','))
                    .any(|part| matches!(part, [word] if is_word(word, "test")))
            }
            _ => false,
        }
    })
}

/// A module with nothing in it but what build.rs generated from `proto/`.
fn is_generated(module: &ItemMod) -> bool {
    let items = module.content.as_ref().map(|(_, items)| items.as_slice());
    matches!(items, Some([Item::Macro(item)]) if item.mac.path.segments.last().is_some_and(|last| last.ident == "include_proto"))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        // An item that is not listed counts as compiled always, which is the stricter way.
        _ => &[],
    }
}
