//! What a model makes of its declarations: schema, text, names, paths and identity.

use framework::{
    Attribute, AttributeKind, Field, ImportPresence, Model, Nesting, Object, Presence, Schema, Secret, Type,
    Value, path,
};

framework::model! {
    /// A pin.
    struct Pin, PlannedPin {
        /// Its colour.
        colour: String = required().replaces(),
        /// Who may pull it.
        key: Option<Secret> = optional(),
    }
}

framework::model! {
    /// A note on
    /// a board.
    ///
    /// It stays
    /// until it falls.
    struct Note, PlannedNote {
        /// The board.
        board: String = required().replaces().identity("Name of the board."),
        /// What it says,
        /// in a few words.
        text: Option<String> = optional(),
        /// Its number.
        id: String = computed().keeps_prior().optional_identity("Number of the note."),
        /// Who wrote it.
        author: String = optional_computed(),
        /// What holds it.
        pin: Option<Pin> = optional(),
        pins: Option<Vec<Pin>> = optional(),
        pin_set: Option<std::collections::BTreeSet<Pin>> = optional(),
        pin_map: Option<std::collections::BTreeMap<String, Pin>> = optional(),
        pin_table: Option<Vec<Vec<Pin>>> = optional(),
        blocks: Option<Vec<Pin>> = optional().plain(),
        keys: Option<Vec<Secret>> = optional(),
        r#use: Option<bool> = optional(),
    }
}

framework::model! {
    /// What a list looks for.
    struct Alone {
        /// A word.
        word: Option<String> = optional(),
    }
}

fn attribute(name: &str) -> Attribute {
    Note::attributes().into_iter().find(|attribute| attribute.name == name).unwrap()
}

#[test]
fn a_schema_says_what_was_declared_in_that_order() {
    let schema = Schema::of::<Note>();
    assert_eq!(schema.version, 0);
    assert_eq!(schema.description, "A note on a board.\n\nIt stays until it falls.");
    let names: Vec<_> = schema.attributes.iter().map(|attribute| attribute.name).collect();
    assert_eq!(
        names,
        [
            "board",
            "text",
            "id",
            "author",
            "pin",
            "pins",
            "pin_set",
            "pin_map",
            "pin_table",
            "blocks",
            "keys",
            "use"
        ]
    );
    assert_eq!(attribute("text").description, "What it says, in a few words.");
    assert_eq!(attribute("pins").description, "");
}

#[test]
fn an_attribute_is_set_by_whom_its_declaration_says() {
    for (name, presence, is_computed, is_configurable) in [
        ("board", Presence::Required, false, true),
        ("text", Presence::Optional, false, true),
        ("id", Presence::Computed, true, false),
        ("author", Presence::OptionalComputed, true, true),
    ] {
        let attribute = attribute(name);
        assert_eq!(attribute.presence, presence, "{name}");
        assert_eq!(attribute.is_computed(), is_computed, "{name}");
        assert_eq!(attribute.is_configurable(), is_configurable, "{name}");
        assert_eq!(attribute.replaces, name == "board");
        assert_eq!(attribute.keeps_prior, name == "id");
    }
}

#[test]
fn objects_are_nested_with_their_own_descriptions_one_level_down() {
    let pin = Type::object([("colour", Type::String), ("key", Type::String)]);
    for (name, nesting, ty) in [
        ("pin", Some(Nesting::Single), pin.clone()),
        ("pins", Some(Nesting::List), Type::list(pin.clone())),
        ("pin_set", Some(Nesting::Set), Type::set(pin.clone())),
        ("pin_map", Some(Nesting::Map), Type::map(pin.clone())),
        ("pin_table", None, Type::list(Type::list(pin.clone()))),
        ("blocks", None, Type::list(pin)),
        ("text", None, Type::String),
    ] {
        let attribute = attribute(name);
        assert_eq!(attribute.ty(), ty, "{name}");
        match (attribute.kind, nesting) {
            (AttributeKind::Nested(found, attributes), Some(nesting)) => {
                assert_eq!(found, nesting, "{name}");
                assert_eq!(attributes.len(), 2, "{name}");
                assert_eq!(attributes[0].description, "Its colour.", "{name}");
                assert!(attributes[0].replaces, "{name}");
            }
            (AttributeKind::Plain(found), None) => assert_eq!(found, ty, "{name}"),
            (kind, nesting) => panic!("{name} is {kind:?}, not {nesting:?}"),
        }
    }
}

/// Where attributes have descriptions of their own, each says for itself.
#[test]
fn whatever_holds_a_secret_is_hidden() {
    for name in ["keys", "pin_table", "blocks"] {
        assert!(attribute(name).sensitive, "{name}");
    }
    for name in ["board", "text", "pin", "pins", "pin_set", "pin_map"] {
        let attribute = attribute(name);
        assert!(!attribute.sensitive, "{name}");
        if let AttributeKind::Nested(_, attributes) = attribute.kind {
            let sensitive: Vec<_> = attributes.iter().map(|attribute| attribute.sensitive).collect();
            assert_eq!(sensitive, [false, true], "{name}");
        }
    }
}

#[test]
fn the_type_of_an_object_is_that_of_its_attributes() {
    let Type::Object(attributes) = Schema::of::<Note>().object_type() else { panic!("no object") };
    assert_eq!(attributes.len(), 12);
    for attribute in Note::attributes() {
        assert_eq!(attributes[attribute.name], attribute.ty(), "{}", attribute.name);
    }
}

#[test]
fn an_identity_is_made_of_the_attributes_with_a_part_in_it() {
    let identity = Schema::of::<Note>().identity().unwrap();
    let attributes: Vec<_> =
        identity.attributes.iter().map(|one| (one.name, one.description, one.import)).collect();
    assert_eq!(
        attributes,
        [
            ("board", "Name of the board.", ImportPresence::Required),
            ("id", "Number of the note.", ImportPresence::Optional),
        ]
    );
    assert_eq!(identity.version, 0);
    assert_eq!(identity.object_type(), Type::object([("board", Type::String), ("id", Type::String)]));
    let note = Object::new().with("board", "b").with("id", Value::Unknown).with("text", "t");
    assert_eq!(identity.identity_of(&note), Object::new().with("board", "b").with("id", Value::Unknown));

    assert_eq!(Schema::of::<Pin>().identity(), None);
}

#[test]
fn an_attribute_shows_that_it_has_a_rule() {
    assert!(format!("{:?}", attribute("text")).contains("Rule(…)"));
}

#[test]
fn a_path_is_that_of_the_attribute_in_hcl() {
    assert_eq!(path!(Note.text).to_string(), "text");
    assert_eq!(path!(Note.r#use).to_string(), "use");
}

#[test]
fn a_model_without_a_second_name_is_configured_as_an_object() {
    let configured: <Alone as Model>::Planned = Object::new().with("word", Value::Unknown);
    assert_eq!(Schema::of::<Alone>().object_type(), Type::object([("word", Type::String)]));
    assert!(Alone::settled(configured).is_err(), "an unknown word is no state");
    let word = Some("w".to_owned());
    assert_eq!(Alone::settled(Object::new().with("word", "w")), Ok(Alone { word }));
}

#[test]
fn a_plan_is_a_state_once_nothing_in_it_is_unknown() {
    let planned = |colour| PlannedPin { colour, key: Field::Null };
    let pin = Pin { colour: "red".to_owned(), key: None };
    assert_eq!(Pin::settled(planned(Field::Known("red".to_owned()))), Ok(pin));
    let errors = Pin::settled(planned(Field::Unknown)).unwrap_err();
    let details: Vec<_> = errors.into_iter().map(|one| one.detail).collect();
    assert_eq!(
        details,
        [
            "A plan is to be applied, and attribute \"colour\" is not a known string. This is a bug in the provider, please \
         report it."
        ]
    );
}

#[test]
fn a_field_that_is_not_settled_is_told_by_its_name() {
    assert_eq!(Field::Known(1).settled("count"), Ok(1));
    for field in [Field::<i64>::Null, Field::Unknown] {
        let errors = field.settled("count").unwrap_err();
        let details: Vec<_> = errors.into_iter().map(|one| one.detail).collect();
        assert_eq!(details.len(), 1);
        assert!(details[0].contains("while \"count\" is not known"), "{details:?}");
    }
}
