//! What a provider says that it manages, in the form in which a host works with it.

use std::collections::BTreeMap;

use crate::path::{Path, Step};
use crate::types::{Type, TypeError};
use crate::values::Value;
use crate::wire::tfplugin6 as wire;
use wire::schema::nested_block::NestingMode as BlockNesting;
use wire::schema::object::NestingMode as ObjectNesting;

/// Every schema of a provider, by type name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schemas {
    pub provider: Schema,
    pub resources: BTreeMap<String, Schema>,
    pub data_sources: BTreeMap<String, Schema>,
    pub list_resources: BTreeMap<String, Schema>,
    pub ephemeral_resources: BTreeMap<String, Schema>,
    /// Identities, by the type name of the managed resource
    pub identities: BTreeMap<String, IdentitySchema>,
    pub functions: BTreeMap<String, Function>,
    /// Whether the provider asks for `PlanResourceChange` on destroys, too
    pub plans_destroy: bool,
}

/// The schema of one block, with the version that states are stored under.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub version: i64,
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub attributes: BTreeMap<String, Attribute>,
    pub blocks: BTreeMap<String, NestedBlock>,
}

/// A block in a block.
#[derive(Clone, Debug)]
pub(crate) struct NestedBlock {
    pub nesting: Nesting,
    pub block: Block,
}

#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub kind: AttributeKind,
    /// A person must write it
    pub required: bool,
    /// A person may write it
    pub optional: bool,
    /// The provider may set it
    pub computed: bool,
    /// It is never stored
    pub write_only: bool,
    /// It should no longer be written
    pub deprecated: bool,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub(crate) enum AttributeKind {
    Plain(Type),
    /// An object or several, whose attributes have a schema of their own
    Nested(Nesting, BTreeMap<String, Attribute>),
}

/// How many objects there are in one place, and how they are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nesting {
    /// One at most
    Single,
    /// Exactly one, with nulls where none is written
    Group,
    /// By position
    List,
    /// By what they hold
    Set,
    /// By key
    Map,
}

/// What names an object of a resource.
#[derive(Clone, Debug)]
pub(crate) struct IdentitySchema {
    pub version: i64,
    pub ty: Type,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub parameters: Vec<Parameter>,
    /// For all further arguments
    pub variadic: Option<Parameter>,
    pub returns: Type,
}

#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub ty: Type,
    /// Whether null reaches the function
    pub allows_null: bool,
    /// Whether unknown values reach the function
    pub allows_unknown: bool,
}

/// Why a provider's answer is not a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SchemaError {
    /// A type is not one
    #[error("{0} has no usable type")]
    Type(String, #[source] TypeError),
    /// A nesting mode does not exist, or a block or a return type is missing
    #[error("{0} is incomplete")]
    Incomplete(String),
}

impl Schemas {
    /// Reads the two answers that describe a provider, as far as a host has to tell the type of every value.
    pub(crate) fn parse(
        schemas: &wire::get_provider_schema::Response,
        identities: &wire::get_resource_identity_schemas::Response,
    ) -> Result<Self, SchemaError> {
        Ok(Self {
            provider: match &schemas.provider {
                Some(schema) => Schema::parse("provider", schema)?,
                None => Schema::default(),
            },
            resources: each(&schemas.resource_schemas, Schema::parse)?,
            data_sources: each(&schemas.data_source_schemas, Schema::parse)?,
            list_resources: each(&schemas.list_resource_schemas, Schema::parse)?,
            ephemeral_resources: each(&schemas.ephemeral_resource_schemas, Schema::parse)?,
            identities: each(&identities.identity_schemas, IdentitySchema::parse)?,
            functions: each(&schemas.functions, Function::parse)?,
            plans_destroy: schemas.server_capabilities.is_some_and(|capabilities| capabilities.plan_destroy),
        })
    }
}

fn each<W, T>(
    named: &BTreeMap<String, W>,
    parse: impl Fn(&str, &W) -> Result<T, SchemaError>,
) -> Result<BTreeMap<String, T>, SchemaError> {
    named.iter().map(|(name, wire)| Ok((name.clone(), parse(name, wire)?))).collect()
}

fn parse_type(place: String, notation: &[u8]) -> Result<Type, SchemaError> {
    Type::parse(notation).map_err(|error| SchemaError::Type(place, error))
}

impl Schema {
    fn parse(name: &str, schema: &wire::Schema) -> Result<Self, SchemaError> {
        let block = schema.block.as_ref().ok_or_else(|| SchemaError::Incomplete(name.to_owned()))?;
        Ok(Self { version: schema.version, block: Block::parse(name, block)? })
    }

    pub(crate) fn ty(&self) -> Type {
        self.block.ty()
    }
}

impl Block {
    fn parse(place: &str, block: &wire::schema::Block) -> Result<Self, SchemaError> {
        let blocks = block.block_types.iter().map(|nested| {
            let place = format!("{place}.{}", nested.type_name);
            let nesting = match nested.nesting() {
                BlockNesting::Invalid => return Err(SchemaError::Incomplete(place)),
                BlockNesting::Single => Nesting::Single,
                BlockNesting::Group => Nesting::Group,
                BlockNesting::List => Nesting::List,
                BlockNesting::Set => Nesting::Set,
                BlockNesting::Map => Nesting::Map,
            };
            let block = nested.block.as_ref().ok_or_else(|| SchemaError::Incomplete(place.clone()))?;
            Ok((nested.type_name.clone(), NestedBlock { nesting, block: Self::parse(&place, block)? }))
        });
        Ok(Self {
            attributes: parse_attributes(place, &block.attributes)?,
            blocks: blocks.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty()));
        let blocks =
            self.blocks.iter().map(|(name, nested)| (name.clone(), nested.nesting.of(nested.block.ty())));
        Type::Object(attributes.chain(blocks).collect())
    }

    /// Whether the path leads to something that a value of the block can hold.
    pub(crate) fn has(&self, path: &Path) -> bool {
        !path.steps().is_empty() && path.steps().iter().try_fold(self.ty(), within).is_some()
    }
}

impl Attribute {
    pub(crate) fn ty(&self) -> Type {
        match &self.kind {
            AttributeKind::Plain(ty) => ty.clone(),
            AttributeKind::Nested(nesting, attributes) => nesting.of(attributes_type(attributes)),
        }
    }

    /// Whether only the provider sets it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.computed && !self.optional && !self.required
    }
}

impl Nesting {
    /// Where the objects are in a value of this nesting. Those of a set have no places.
    pub(crate) fn places(self, value: &Value) -> Vec<Path> {
        let places = |steps: Vec<Step>| steps.into_iter().map(|step| Path::from(vec![step])).collect();
        match (self, value) {
            (Self::Single | Self::Group, Value::Map(_)) => vec![Path::default()],
            (Self::List, Value::Sequence(elements)) => {
                places((0..).zip(elements).map(|(index, _)| Step::Index(index)).collect())
            }
            (Self::Map, Value::Map(entries)) => places(entries.keys().cloned().map(Step::Key).collect()),
            _ => Vec::new(),
        }
    }

    fn of(self, object: Type) -> Type {
        match self {
            Self::Single | Self::Group => object,
            Self::List => Type::List(Box::new(object)),
            Self::Set => Type::Set(Box::new(object)),
            Self::Map => Type::Map(Box::new(object)),
        }
    }
}

impl IdentitySchema {
    fn parse(name: &str, schema: &wire::ResourceIdentitySchema) -> Result<Self, SchemaError> {
        let attributes = schema.identity_attributes.iter().map(|attribute| {
            let place = format!("identity of {name}.{}", attribute.name);
            Ok((attribute.name.clone(), parse_type(place, &attribute.r#type)?))
        });
        Ok(Self { version: schema.version, ty: Type::Object(attributes.collect::<Result<_, _>>()?) })
    }
}

impl Function {
    pub(crate) fn parse(name: &str, function: &wire::Function) -> Result<Self, SchemaError> {
        let returns = function.r#return.as_ref().ok_or_else(|| SchemaError::Incomplete(name.to_owned()))?;
        let parameter = |parameter: &wire::function::Parameter| {
            Ok(Parameter {
                ty: parse_type(format!("parameter {} of {name}", parameter.name), &parameter.r#type)?,
                allows_null: parameter.allow_null_value,
                allows_unknown: parameter.allow_unknown_values,
            })
        };
        Ok(Self {
            parameters: function.parameters.iter().map(parameter).collect::<Result<_, _>>()?,
            variadic: function.variadic_parameter.as_ref().map(parameter).transpose()?,
            returns: parse_type(format!("return of {name}"), &returns.r#type)?,
        })
    }

    /// The parameter that takes the argument at this position.
    pub(crate) fn parameter(&self, position: usize) -> Option<&Parameter> {
        self.parameters.get(position).or(self.variadic.as_ref())
    }
}

fn parse_attributes(
    place: &str,
    attributes: &[wire::schema::Attribute],
) -> Result<BTreeMap<String, Attribute>, SchemaError> {
    attributes
        .iter()
        .map(|attribute| {
            let place = format!("{place}.{}", attribute.name);
            let kind = match &attribute.nested_type {
                Some(object) => parse_object(&place, object)?,
                None => AttributeKind::Plain(parse_type(place, &attribute.r#type)?),
            };
            let parsed = Attribute {
                kind,
                required: attribute.required,
                optional: attribute.optional,
                computed: attribute.computed,
                write_only: attribute.write_only,
                deprecated: attribute.deprecated,
            };
            Ok((attribute.name.clone(), parsed))
        })
        .collect()
}

fn parse_object(place: &str, object: &wire::schema::Object) -> Result<AttributeKind, SchemaError> {
    let nesting = match object.nesting() {
        ObjectNesting::Invalid => return Err(SchemaError::Incomplete(place.to_owned())),
        ObjectNesting::Single => Nesting::Single,
        ObjectNesting::List => Nesting::List,
        ObjectNesting::Set => Nesting::Set,
        ObjectNesting::Map => Nesting::Map,
    };
    Ok(AttributeKind::Nested(nesting, parse_attributes(place, &object.attributes)?))
}

fn attributes_type(attributes: &BTreeMap<String, Attribute>) -> Type {
    Type::Object(attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty())).collect())
}

fn within(ty: Type, step: &Step) -> Option<Type> {
    match (ty, step) {
        (Type::Object(mut attributes), Step::Attribute(name)) => attributes.remove(name),
        (Type::Map(element), Step::Key(_)) => Some(*element),
        (Type::List(element), Step::Index(index)) if *index >= 0 => Some(*element),
        (Type::Tuple(mut elements), Step::Index(index)) => {
            let index = usize::try_from(*index).ok().filter(|index| *index < elements.len())?;
            Some(elements.swap_remove(index))
        }
        // What it holds is not known before there is a value.
        (Type::Dynamic, _) => Some(Type::Dynamic),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, ty: &str) -> wire::schema::Attribute {
        wire::schema::Attribute {
            name: name.to_owned(),
            r#type: ty.as_bytes().to_vec(),
            ..wire::schema::Attribute::default()
        }
    }

    fn nested(name: &str, nesting: ObjectNesting) -> wire::schema::Attribute {
        let object = wire::schema::Object {
            attributes: vec![attribute("inner", r#""string""#)],
            nesting: nesting.into(),
            ..wire::schema::Object::default()
        };
        wire::schema::Attribute { nested_type: Some(object), ..attribute(name, "") }
    }

    fn block() -> Block {
        let wire = wire::schema::Block {
            attributes: vec![
                attribute("name", r#""string""#),
                attribute("tags", r#"["map","string"]"#),
                attribute("any", r#""dynamic""#),
                nested("rules", ObjectNesting::List),
                nested("kinds", ObjectNesting::Set),
            ],
            block_types: vec![wire::schema::NestedBlock {
                type_name: "timeouts".to_owned(),
                block: Some(wire::schema::Block {
                    attributes: vec![attribute("create", r#""string""#)],
                    ..wire::schema::Block::default()
                }),
                nesting: BlockNesting::Single.into(),
                ..wire::schema::NestedBlock::default()
            }],
            ..wire::schema::Block::default()
        };
        Block::parse("thing", &wire).unwrap()
    }

    #[test]
    fn attributes_and_blocks_make_one_object_type() {
        let expected = r#"["object",{"any":"dynamic","kinds":["set",["object",{"inner":"string"}]],"name":"string","rules":["list",["object",{"inner":"string"}]],"tags":["map","string"],"timeouts":["object",{"create":"string"}]}]"#;
        assert_eq!(block().ty().to_string(), expected);
    }

    #[test]
    fn a_path_exists_where_the_type_has_a_place_for_it() {
        let attribute = |name: &str| Step::Attribute(name.to_owned());
        for (steps, exists) in [
            (vec![attribute("name")], true),
            (vec![attribute("nmae")], false),
            (vec![attribute("name"), attribute("x")], false),
            (vec![attribute("tags"), Step::Key("a".to_owned())], true),
            (vec![attribute("tags"), attribute("a")], false),
            (vec![attribute("rules"), Step::Index(0), attribute("inner")], true),
            (vec![attribute("rules"), Step::Index(-1)], false),
            (vec![attribute("kinds"), Step::Index(0)], false),
            (vec![attribute("any"), attribute("a"), Step::Index(3)], true),
            (vec![attribute("timeouts"), attribute("create")], true),
            (vec![], false),
        ] {
            let path = Path::from(steps);
            assert_eq!(block().has(&path), exists, "{path}");
        }
    }

    #[test]
    fn a_schema_with_a_type_that_is_none_is_refused() {
        let schema = wire::Schema {
            block: Some(wire::schema::Block {
                attributes: vec![attribute("name", "text")],
                ..wire::schema::Block::default()
            }),
            ..wire::Schema::default()
        };
        let error = Schema::parse("thing", &schema).unwrap_err();
        assert_eq!(error.to_string(), "thing.name has no usable type");
        let error = Schema::parse("thing", &wire::Schema::default()).unwrap_err();
        assert_eq!(error.to_string(), "thing is incomplete");
    }
}
