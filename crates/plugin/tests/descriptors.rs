//! The wire, held to its facts: what `proto/` compiles to is exactly what the fixtures list, in both directions.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    ServiceDescriptorProto,
};

const TFPLUGIN6: &str = include_str!("fixtures/tfplugin6.tsv");
const GO_PLUGIN: &str = include_str!("fixtures/go_plugin.tsv");
const HEALTH: &str = include_str!("fixtures/health.tsv");

/// The part of protocol 6 that this provider leaves out, all of it about state stores: a row goes where its owner or
/// its name starts with one of these.
const STATE_STORE_OWNERS: [&str; 15] = [
    "ConfigureStateStore.",
    "DeleteState.",
    "GetMetadata.StateStoreMetadata",
    "GetStates.",
    "LockState.",
    "ReadStateBytes.",
    "RequestChunkMeta",
    "StateRange",
    "StateStoreClientCapabilities",
    "StateStoreServerCapabilities",
    "UnlockState.",
    "ValidateStateStore.",
    "WriteStateBytes.",
    "GetMetadata.Response\t8\tstate_stores",
    "GetProviderSchema.Response\t10\tstate_store_schemas",
];
const STATE_STORE_RPCS: [&str; 8] = [
    "ConfigureStateStore",
    "DeleteState",
    "GetStates",
    "LockState",
    "ReadStateBytes",
    "UnlockState",
    "ValidateStateStoreConfig",
    "WriteStateBytes",
];

#[test]
fn tfplugin6_has_every_row_of_the_facts_but_state_stores_and_no_other() {
    let facts: BTreeSet<String> = rows_of(TFPLUGIN6).into_iter().filter(|row| !is_state_store(row)).collect();
    assert_same(&facts, &compiled_rows("tfplugin6"));
}

#[test]
fn each_left_out_name_stands_for_a_row_of_the_facts() {
    let facts = rows_of(TFPLUGIN6);
    for owner in STATE_STORE_OWNERS {
        assert!(
            facts.iter().any(|row| owner_and_rest(row).starts_with(owner)),
            "no row starts with {owner:?}"
        );
    }
    for rpc in STATE_STORE_RPCS {
        assert!(facts.iter().any(|row| rpc_name(row) == Some(rpc)), "no RPC is named {rpc:?}");
    }
}

#[test]
fn go_plugin_services_have_every_row_of_the_facts_and_no_other() {
    assert_same(&rows_of(GO_PLUGIN), &compiled_rows("plugin"));
}

#[test]
fn health_has_every_row_of_the_facts_and_no_other() {
    assert_same(&rows_of(HEALTH), &compiled_rows("grpc.health.v1"));
}

/// A message without fields has no row, so a stray one would pass the comparison of rows.
#[test]
fn every_message_is_named_by_a_field_an_enum_or_an_rpc() {
    for package in ["tfplugin6", "plugin", "grpc.health.v1"] {
        let named: BTreeSet<String> =
            compiled_rows(package).iter().flat_map(|row| messages_in(row)).collect();
        let mut declared = BTreeSet::new();
        for message in &compiled(package).message_type {
            collect_names("", message, &mut declared);
        }
        let stray: Vec<_> = declared.difference(&named).collect();
        assert!(stray.is_empty(), "{package} declares messages that nothing names: {stray:?}");
    }
}

fn assert_same(facts: &BTreeSet<String>, compiled: &BTreeSet<String>) {
    let missing: Vec<_> = facts.difference(compiled).collect();
    let extra: Vec<_> = compiled.difference(facts).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing from proto/: {missing:#?}\nin proto/, but not in the facts: {extra:#?}"
    );
}

fn rows_of(fixture: &str) -> BTreeSet<String> {
    let rows: Vec<String> =
        fixture.lines().filter(|line| !line.starts_with('#')).map(ToOwned::to_owned).collect();
    assert!(!rows.is_empty(), "a fixture without rows proves nothing");
    rows.into_iter().collect()
}

fn is_state_store(row: &str) -> bool {
    match rpc_name(row) {
        Some(name) => STATE_STORE_RPCS.contains(&name),
        None => STATE_STORE_OWNERS.iter().any(|owner| owner_and_rest(row).starts_with(owner)),
    }
}

fn owner_and_rest(row: &str) -> &str {
    row.split_once('\t').map_or(row, |(_, rest)| rest)
}

fn rpc_name(row: &str) -> Option<&str> {
    row.strip_prefix("rpc\t").and_then(|rest| rest.split('\t').nth(2))
}

/// Every message that a row names, with the messages that these are nested in.
fn messages_in(row: &str) -> Vec<String> {
    let columns: Vec<&str> = row.split('\t').collect();
    let full_names = match columns[0] {
        "rpc" => vec![columns[4], columns[5]],
        _ => vec![columns[1]],
    };
    full_names
        .into_iter()
        .flat_map(|name| {
            let name = name.strip_prefix("stream ").unwrap_or(name);
            let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
            ends.map(|end| name[..end].to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

fn collect_names(prefix: &str, message: &DescriptorProto, names: &mut BTreeSet<String>) {
    let name = format!("{prefix}{}", message.name());
    for nested in message.nested_type.iter().filter(|nested| !is_map_entry(nested)) {
        collect_names(&format!("{name}."), nested, names);
    }
    names.insert(name);
}

fn compiled(package: &str) -> FileDescriptorProto {
    let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    let set = FileDescriptorSet::decode(bytes.as_slice()).expect("build.rs writes a descriptor set");
    set.file.into_iter().find(|file| file.package() == package).expect("the package is compiled")
}

/// The compiled descriptors of a package, in the fixtures' columns.
fn compiled_rows(package: &str) -> BTreeSet<String> {
    let file = compiled(package);
    let mut rows = Rows { package: format!(".{package}."), rows: BTreeSet::new() };
    file.enum_type.iter().for_each(|one| rows.enumeration("", one));
    file.message_type.iter().for_each(|one| rows.message("", one));
    file.service.iter().for_each(|one| rows.service(one));
    rows.rows
}

struct Rows {
    package: String,
    rows: BTreeSet<String>,
}

impl Rows {
    fn message(&mut self, prefix: &str, message: &DescriptorProto) {
        let owner = format!("{prefix}{}", message.name());
        for field in &message.field {
            let (label, kind) = self.label_and_type(message, field);
            let oneof = self.oneof(message, field);
            self.rows.insert(format!(
                "field\t{owner}\t{}\t{}\t{label}\t{kind}\t{oneof}",
                field.number(),
                field.name()
            ));
        }
        let nested_prefix = format!("{owner}.");
        message.enum_type.iter().for_each(|one| self.enumeration(&nested_prefix, one));
        for nested in message.nested_type.iter().filter(|nested| !is_map_entry(nested)) {
            self.message(&nested_prefix, nested);
        }
    }

    fn enumeration(&mut self, prefix: &str, enumeration: &EnumDescriptorProto) {
        for value in &enumeration.value {
            let (number, name) = (value.number(), value.name());
            self.rows.insert(format!("enum\t{prefix}{}\t{number}\t{name}\t\t\t", enumeration.name()));
        }
    }

    fn service(&mut self, service: &ServiceDescriptorProto) {
        for method in &service.method {
            let stream = |streaming| if streaming { "stream " } else { "" };
            self.rows.insert(format!(
                "rpc\t{}\t\t{}\t{}{}\t{}{}\t",
                service.name(),
                method.name(),
                stream(method.client_streaming()),
                self.relative(method.input_type()),
                stream(method.server_streaming()),
                self.relative(method.output_type()),
            ));
        }
    }

    fn label_and_type(
        &self,
        message: &DescriptorProto,
        field: &FieldDescriptorProto,
    ) -> (&'static str, String) {
        let entry = message.nested_type.iter().find(|nested| {
            is_map_entry(nested) && field.type_name().ends_with(&format!(".{}", nested.name()))
        });
        if let Some(entry) = entry {
            let [key, value] = entry.field.as_slice() else { panic!("a map entry has a key and a value") };
            return ("", format!("map<{},{}>", self.type_of(key), self.type_of(value)));
        }
        let label = match field.label() {
            Label::Repeated => "repeated",
            Label::Required => "required",
            Label::Optional if field.proto3_optional() => "optional",
            Label::Optional => "",
        };
        (label, self.type_of(field))
    }

    fn type_of(&self, field: &FieldDescriptorProto) -> String {
        match field.r#type() {
            Type::Message | Type::Enum => self.relative(field.type_name()),
            scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
        }
    }

    /// The oneof that was written: `optional` makes one of its own, which nobody wrote.
    fn oneof(&self, message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
        match field.oneof_index {
            Some(index) if !field.proto3_optional() => {
                let index = usize::try_from(index).expect("an index is not negative");
                message.oneof_decl[index].name().to_owned()
            }
            _ => String::new(),
        }
    }

    fn relative(&self, full_name: &str) -> String {
        full_name.strip_prefix(&self.package).unwrap_or(full_name.trim_start_matches('.')).to_owned()
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|options| options.map_entry())
}
