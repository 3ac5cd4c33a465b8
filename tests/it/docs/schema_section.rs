//! The section on a block's attributes: who sets them, and what they mean, in the order of the schema.

use std::fmt::Write as _;

use framework::{Attribute, AttributeKind, Nesting, Presence, Schema};

use super::type_name;

/// The whole section.
pub(super) fn render(schema: &Schema) -> String {
    let mut text = "## Schema".to_owned();
    let mut nested = Vec::new();
    for group in Group::ALL {
        write_group(&mut text, &mut nested, &format!("### {}", group.title()), group, &schema.attributes, "");
    }
    write_nested(&mut text, nested);
    text
}

/// Who sets the attributes of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Required,
    Optional,
    ReadOnly,
}

/// An attribute whose attributes come further down.
struct Nested<'a> {
    /// Its path: `grants`, or `a.b`.
    path: String,
    attributes: &'a [Attribute],
}

impl Group {
    const ALL: [Self; 3] = [Self::Required, Self::Optional, Self::ReadOnly];

    fn of(attribute: &Attribute) -> Self {
        match attribute.presence {
            Presence::Required => Self::Required,
            Presence::Optional | Presence::OptionalComputed => Self::Optional,
            Presence::Computed => Self::ReadOnly,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Required => "Required",
            Self::Optional => "Optional",
            Self::ReadOnly => "Read-Only",
        }
    }
}

fn write_group<'a>(
    text: &mut String,
    nested: &mut Vec<Nested<'a>>,
    title: &str,
    group: Group,
    attributes: &'a [Attribute],
    prefix: &str,
) {
    let mut attributes = attributes.iter().filter(|attribute| Group::of(attribute) == group).peekable();
    if attributes.peek().is_some() {
        let _ = write!(text, "\n\n{title}\n");
    }
    for attribute in attributes {
        let description = attribute.description.replace("\n\n", "\n\n  ");
        let _ = write!(text, "\n- `{}` ({}) {description}", attribute.name, characteristics(attribute));
        if let AttributeKind::Nested(_, attributes) = &attribute.kind {
            let path = format!("{prefix}{}", attribute.name);
            let _ = write!(text, " (see [below for nested schema](#{}))", anchor(&path));
            nested.push(Nested { path, attributes });
        }
    }
}

fn write_nested(text: &mut String, nested: Vec<Nested>) {
    for Nested { path, attributes } in nested {
        let _ = write!(text, "\n\n<a id=\"{}\"></a>\n### Nested Schema for `{path}`", anchor(&path));
        let mut further = Vec::new();
        for group in Group::ALL {
            let title = format!("{}:", group.title());
            write_group(text, &mut further, &title, group, attributes, &format!("{path}."));
        }
        write_nested(text, further);
    }
}

fn characteristics(attribute: &Attribute) -> String {
    let ty = match &attribute.kind {
        AttributeKind::Plain(ty) => type_name::in_docs(ty),
        AttributeKind::Nested(Nesting::Single, _) => "Attributes".to_owned(),
        AttributeKind::Nested(Nesting::List, _) => "Attributes List".to_owned(),
        AttributeKind::Nested(Nesting::Set, _) => "Attributes Set".to_owned(),
        AttributeKind::Nested(Nesting::Map, _) => "Attributes Map".to_owned(),
    };
    if attribute.sensitive { format!("{ty}, Sensitive") } else { ty }
}

fn anchor(path: &str) -> String {
    format!("nestedatt--{}", path.replace('.', "--"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use framework::Secret;

    use super::*;

    framework::model! {
        /// A key.
        struct Key {
            /// Its name.
            kid: String = computed(),
        }
    }

    framework::model! {
        /// A set of keys.
        struct Keys {
            /// The keys.
            keys: BTreeMap<String, Key> = computed(),
        }
    }

    framework::model! {
        /// A sample.
        struct Sample {
            /// The ID.
            id: String = computed(),
            /// A token.
            ///
            /// A secret.
            token: Option<Secret> = optional(),
            /// The tables.
            tables: Vec<String> = required(),
            /// The sets.
            sets: Vec<Keys> = computed(),
        }
    }

    #[test]
    fn attributes_stand_under_who_sets_them_and_nested_ones_below() {
        let schema = Schema::of::<Sample>();
        let expected = r#"## Schema

### Required

- `tables` (List of String) The tables.

### Optional

- `token` (String, Sensitive) A token.

  A secret.

### Read-Only

- `id` (String) The ID.
- `sets` (Attributes List) The sets. (see [below for nested schema](#nestedatt--sets))

<a id="nestedatt--sets"></a>
### Nested Schema for `sets`

Read-Only:

- `keys` (Attributes Map) The keys. (see [below for nested schema](#nestedatt--sets--keys))

<a id="nestedatt--sets--keys"></a>
### Nested Schema for `sets.keys`

Read-Only:

- `kid` (String) Its name."#;
        assert_eq!(render(&schema), expected);
    }
}
