//! What an engine is too old for: the guide to engines has it, and each page whose HCL uses it says so.

use plugin_host::engine::{Feature, Product};

use crate::files::{read, repository, under};
use crate::markdown::code_blocks;

const GUIDE: &str = "docs/guides/engines.md";

/// What HCL that uses a feature holds, with single spaces.
const MARKS: [(&str, Feature); 13] = [
    ("moved {", Feature::MovedBlocks),
    ("lifecycle { precondition {", Feature::Preconditions),
    ("check \"", Feature::CheckBlocks),
    ("import {", Feature::ImportBlocks),
    ("-generate-config-out", Feature::GeneratedConfiguration),
    ("import { for_each", Feature::ForEachImports),
    ("removed {", Feature::RemovedBlocks),
    ("lifecycle { destroy", Feature::RemovedLifecycles),
    ("provider::turso::", Feature::Functions),
    ("ephemeral \"", Feature::EphemeralResources),
    ("ephemeral = true", Feature::EphemeralVariables),
    ("identity = {", Feature::Identity),
    ("list \"", Feature::Query),
];

#[test]
fn the_guide_to_engines_has_each_feature_with_what_an_older_engine_says() {
    let guide = read(&repository().join(GUIDE)).replace('`', "");
    let missing: Vec<_> =
        Feature::ALL.into_iter().map(row).filter(|row| !guide.lines().any(|line| line == row)).collect();
    assert!(missing.is_empty(), "{GUIDE} lacks {missing:#?}");
}

#[test]
fn each_page_that_uses_a_feature_says_what_an_older_engine_says_or_leads_to_where_that_is() {
    let marked: Vec<_> = MARKS.iter().map(|(_, feature)| *feature).collect();
    assert_eq!(marked, Feature::ALL);
    let mut silent = Vec::new();
    for page in under(&repository().join("docs")) {
        if page.ends_with(GUIDE) || page.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let text = read(&page);
        let code: Vec<_> = code_blocks(&text).into_iter().map(|block| block.text).collect();
        let unsaid = used(&code.join("\n"))
            .filter(|feature| !spaced(&text).contains(feature.refusal().trim_end_matches('.')));
        if !text.contains("engines.md#what-an-engine-that-is-too-old-says") {
            silent.extend(unsaid.map(|feature| format!("{}: {feature}", page.display())));
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

/// What a piece of HCL, or a command, asks of an engine.
pub(crate) fn used(code: &str) -> impl Iterator<Item = Feature> + use<> {
    let code = spaced(code);
    MARKS.into_iter().filter(move |(mark, _)| code.contains(mark)).map(|(_, feature)| feature)
}

/// A row of the guide, without marks of code.
fn row(feature: Feature) -> String {
    let since = |product| {
        feature
            .since(product)
            .map_or_else(|| "none".to_owned(), |version| format!("{}.{}", version.major, version.minor))
    };
    let (terraform, tofu) = (since(Product::Terraform), since(Product::OpenTofu));
    format!("| {feature} | {terraform} | {tofu} | {} |", feature.refusal())
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
