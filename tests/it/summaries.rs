//! The guide "When something is wrong" has a heading for each summary of a diagnostic in the source, and no other.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprCall, FnArg, ItemConst, ItemFn, ItemImpl, ItemMod, Lit, Local, Macro, Pat,
    Signature, Type,
};

use crate::files::{read, repository, under};

const GUIDE: &str = "docs/guides/when-something-is-wrong.md";

#[test]
fn the_guide_to_errors_has_each_summary_of_the_source_and_no_other() {
    let guide = read(&repository().join(GUIDE));
    let told: BTreeSet<_> = guide.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let source = Source::read();
    let said = source.summaries();
    assert!(said.len() > 60, "the scan finds too little: {said:#?}");
    let missing: Vec<_> = said.iter().filter(|summary| !told.contains(summary.as_str())).collect();
    let idle: Vec<_> = told.iter().filter(|heading| !said.contains(**heading)).collect();
    assert!(missing.is_empty() && idle.is_empty(), "{GUIDE} lacks {missing:#?}, and has nothing's {idle:#?}");
}

/// What the source holds that summaries come from.
#[derive(Default)]
struct Source {
    constants: BTreeMap<String, BTreeSet<String>>,
    /// What functions that make a summary may return: every text in them.
    texts: BTreeMap<String, BTreeSet<String>>,
    /// At which argument functions and closures take a summary.
    takers: BTreeMap<String, usize>,
    calls: Vec<ExprCall>,
    in_macros: BTreeSet<String>,
    function: Vec<String>,
    implemented: Option<String>,
}

impl Source {
    fn read() -> Self {
        let known = [("Diagnostic::error", 0), ("Diagnostic::warning", 0), ("Complaint::new", 0)];
        let takers = known.map(|(name, position)| (name.to_owned(), position)).into();
        let mut source = Self { takers, ..Self::default() };
        for folder in ["src", "crates/framework/src", "crates/plugin/src/wire"] {
            for file in under(&repository().join(folder)) {
                if file.extension().is_some_and(|end| end == "rs") && !file.ends_with("tests.rs") {
                    source.visit_file(&syn::parse_file(&read(&file)).expect("the source compiles"));
                }
            }
        }
        source
    }

    fn summaries(&self) -> BTreeSet<String> {
        let summaries = |call: &ExprCall| {
            let Expr::Path(function) = &*call.func else { return BTreeSet::new() };
            let mut segments = function.path.segments.iter().rev().map(|segment| segment.ident.to_string());
            let function = segments.next().expect("a path has a segment");
            let name = match segments.next().filter(|segment| segment.starts_with(char::is_uppercase)) {
                Some(of_type) => format!("{of_type}::{function}"),
                None => function,
            };
            let argument = self.takers.get(&name).and_then(|position| call.args.get(*position));
            argument.map(|argument| self.texts_of(argument)).unwrap_or_default()
        };
        self.calls.iter().flat_map(summaries).chain(self.in_macros.clone()).collect()
    }

    /// The texts that an argument can be.
    fn texts_of(&self, argument: &Expr) -> BTreeSet<String> {
        match argument {
            Expr::Lit(literal) => text(&literal.lit).into_iter().collect(),
            Expr::Path(path) => {
                let name = path.path.segments.last().expect("a path has a segment").ident.to_string();
                // What is passed on in a variable was found where it was passed first.
                let is_constant = name.starts_with(char::is_uppercase);
                if is_constant { self.constants[&name].clone() } else { BTreeSet::new() }
            }
            // One that has no text in it is called where a closure shares its name with what takes a summary.
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => {
                    let name = path.path.segments.last().expect("a path has a segment").ident.to_string();
                    self.texts.get(&name).cloned().unwrap_or_default()
                }
                other => panic!("no summary is known of {other:?}"),
            },
            Expr::Field(_) => BTreeSet::new(),
            Expr::Reference(reference) => self.texts_of(&reference.expr),
            other => panic!("no summary is known of {other:?}"),
        }
    }

    fn takes(&mut self, name: String, parameters: impl Iterator<Item = Option<String>>) {
        for (position, parameter) in parameters.enumerate() {
            if parameter.as_deref() == Some("summary") {
                self.takers.insert(name.clone(), position);
            }
        }
    }

    fn found(&mut self, text: String) {
        if let Some(function) = self.function.last() {
            self.texts.entry(function.clone()).or_default().insert(text);
        }
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_const(&mut self, constant: &'ast ItemConst) {
        if let Expr::Lit(literal) = &*constant.expr {
            self.constants.entry(constant.ident.to_string()).or_default().extend(text(&literal.lit));
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Type::Path(path) = &*item.self_ty {
            self.implemented = path.path.segments.last().map(|segment| segment.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.implemented = None;
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.function.push(function.sig.ident.to_string());
        visit::visit_item_fn(self, function);
        self.function.pop();
    }

    fn visit_signature(&mut self, signature: &'ast Signature) {
        let parameters = signature.inputs.iter().map(|input| match input {
            FnArg::Typed(typed) => name(&typed.pat),
            FnArg::Receiver(_) => None,
        });
        let name = match &self.implemented {
            Some(of_type) => format!("{of_type}::{}", signature.ident),
            None => signature.ident.to_string(),
        };
        self.takes(name, parameters.collect::<Vec<_>>().into_iter());
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if let (Some(name_of_it), Some(init)) = (name(&local.pat), &local.init)
            && let Expr::Closure(closure) = &*init.expr
        {
            self.takes(name_of_it, closure.inputs.iter().map(name));
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        self.calls.push(call.clone());
        visit::visit_expr_call(self, call);
    }

    fn visit_lit(&mut self, literal: &'ast Lit) {
        text(literal).into_iter().for_each(|text| self.found(text));
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let tokens = call.tokens.to_string();
        let constructed = tokens.split("Diagnostic :: error (\"").skip(1);
        self.in_macros.extend(constructed.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        let literals =
            call.tokens.clone().into_iter().filter_map(|token| syn::parse2::<Lit>(token.into()).ok());
        literals.filter_map(|literal| text(&literal)).for_each(|text| self.found(text));
    }
}

fn name(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(ident) => Some(ident.ident.to_string()),
        Pat::Type(typed) => name(&typed.pat),
        _ => None,
    }
}

/// A text, with an ellipsis for what is put into it.
fn text(literal: &Lit) -> Option<String> {
    let Lit::Str(text) = literal else { return None };
    let text = text.value();
    Some(match (text.find('{'), text.find('}')) {
        (Some(from), Some(to)) => format!("{}…{}", &text[..from], &text[to + 1..]),
        _ => text,
    })
}
