//! What known values are held to: told by the path of each, at every depth, and never where they are unknown.

use std::collections::{BTreeMap, BTreeSet};

use framework::{Complaint, Field, Model, Object, Schema, Secret, Value};

fn short(text: &str) -> Result<(), Complaint> {
    if text.len() <= 3 { Ok(()) } else { Err(Complaint::new("Long", "Write three characters at most.")) }
}

fn even(number: &i64) -> Result<(), Complaint> {
    if number % 2 == 0 { Ok(()) } else { Err(Complaint::new("Odd", "Write an even number.")) }
}

fn on(switch: &bool) -> Result<(), Complaint> {
    if *switch { Ok(()) } else { Err(Complaint::new("Off", "Switch it on.")) }
}

fn strong(secret: &Secret) -> Result<(), Complaint> {
    if secret.expose() == "strong" { Ok(()) } else { Err(Complaint::new("Weak", "Take another.")) }
}

fn not_empty(elements: &[Field<String>]) -> Result<(), Complaint> {
    if elements.is_empty() { Err(Complaint::new("Empty", "Write an element.")) } else { Ok(()) }
}

fn whole(part: &PlannedPart) -> Result<(), Complaint> {
    if part.name == Field::Null { Err(Complaint::new("Half", "Name it.")) } else { Ok(()) }
}

framework::model! {
    struct Part, PlannedPart {
        name: Option<String> = optional().check(short),
        sizes: Option<Vec<i64>> = optional().check_each(even),
    }
}

framework::model! {
    struct Thing, PlannedThing {
        text: Option<String> = optional().check(short),
        number: Option<i64> = optional().check(even),
        bytes: Option<u64> = optional(),
        switch: Option<bool> = optional().check(on),
        key: Option<Secret> = optional().check(strong),
        list: Option<Vec<String>> = optional().check(not_empty).check_each(short),
        set: Option<BTreeSet<String>> = optional().check_each(short),
        map: Option<BTreeMap<String, String>> = optional().check_each(short),
        holes: Option<Vec<Option<String>>> = optional().check_each(short),
        lists: Option<Vec<Vec<String>>> = optional(),
        integers: Option<BTreeMap<String, Vec<i64>>> = optional(),
        part: Option<Part> = optional().check(whole),
        part_list: Option<Vec<Part>> = optional().check_each(whole),
        part_set: Option<BTreeSet<Part>> = optional(),
        part_map: Option<BTreeMap<String, Part>> = optional(),
        blocks: Option<Vec<Part>> = optional().plain(),
    }
}

/// What is said of an object with one attribute: each summary with its path.
fn complaints(name: &str, value: impl Into<Value>) -> Vec<String> {
    let found = Schema::of::<Thing>().validate(&Object::new().with(name, value));
    found.into_iter().map(|one| format!("{} at {}", one.summary, one.path.unwrap())).collect()
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn part(name: impl Into<Value>, sizes: impl Into<Value>) -> Value {
    Object::new().with("name", name).with("sizes", sizes).into()
}

fn entry(value: impl Into<Value>) -> Value {
    Object::new().with("k", value).into()
}

#[test]
fn each_value_that_fails_a_check_is_told_at_its_path() {
    let odd = || Value::List(vec![number("2"), number("3")]);
    for (name, value, said) in [
        ("text", "long text".into(), vec!["Long at text"]),
        ("text", "abc".into(), vec![]),
        ("number", number("3"), vec!["Odd at number"]),
        ("switch", Value::Bool(false), vec!["Off at switch"]),
        ("key", "weak".into(), vec!["Weak at key"]),
        ("key", "strong".into(), vec![]),
        ("list", Value::List(vec![]), vec!["Empty at list"]),
        ("list", Value::strings(["a", "long", "longer"]), vec!["Long at list[1]", "Long at list[2]"]),
        ("set", Value::strings(["a", "long"]), vec!["Long at set"]),
        ("map", entry("long"), vec!["Long at map[\"k\"]"]),
        ("part", part(Value::Null, Value::Null), vec!["Half at part"]),
        ("part", part("long", odd()), vec!["Long at part.name", "Odd at part.sizes[1]"]),
        (
            "part_list",
            Value::List(vec![part("a", Value::Null), part("long", Value::Null), part(Value::Null, odd())]),
            vec!["Long at part_list[1].name", "Odd at part_list[2].sizes[1]", "Half at part_list[2]"],
        ),
        (
            "part_set",
            Value::List(vec![Object::new().with("name", "long").into()]),
            vec!["Long at part_set.name"],
        ),
        ("part_map", entry(part("long", Value::Null)), vec!["Long at part_map[\"k\"].name"]),
        ("blocks", Value::List(vec![part("long", Value::Null)]), vec!["Long at blocks[0].name"]),
    ] {
        assert_eq!(complaints(name, value.clone()), said, "{name}: {value:?}");
    }
}

#[test]
fn a_null_element_is_refused_where_the_type_has_none() {
    let null = || Value::List(vec!["a".into(), Value::Null]);
    for (name, value, said) in [
        ("list", null(), vec!["Null element at list[1]"]),
        ("set", null(), vec!["Null element at set"]),
        ("map", entry(Value::Null), vec!["Null element at map[\"k\"]"]),
        ("holes", null(), vec![]),
        (
            "lists",
            Value::List(vec![Value::Null, null()]),
            vec!["Null element at lists[0]", "Null element at lists[1][1]"],
        ),
        ("integers", entry(Value::List(vec![Value::Null])), vec!["Null element at integers[\"k\"][0]"]),
        ("part_list", Value::List(vec![Value::Null]), vec!["Null element at part_list[0]"]),
        ("part_map", entry(Value::Null), vec!["Null element at part_map[\"k\"]"]),
        ("part", part("a", Value::List(vec![Value::Null])), vec!["Null element at part.sizes[0]"]),
    ] {
        assert_eq!(complaints(name, value), said, "{name}");
    }
    let found = Schema::of::<Thing>().validate(&Object::new().with("list", null()));
    let details: Vec<_> = found.into_iter().map(|one| one.detail).collect();
    assert_eq!(details, ["list[1] is null. Give it a value, or leave the element out."]);
}

#[test]
fn an_element_that_may_be_null_is_checked_where_it_is_not() {
    let value = Value::List(vec![Value::Null, "long".into()]);
    assert_eq!(complaints("holes", value), ["Long at holes[1]"]);
}

#[test]
fn a_number_that_does_not_fit_is_told_with_its_range() {
    for (name, text, detail) in [
        ("number", "1.5", "number must be a whole number from -9223372036854775808 to 9223372036854775807."),
        ("bytes", "-1", "bytes must be a whole number from 0 to 18446744073709551615."),
        ("bytes", "18446744073709551616", "bytes must be a whole number from 0 to 18446744073709551615."),
    ] {
        let found = Schema::of::<Thing>().validate(&Object::new().with(name, number(text)));
        let found: Vec<_> = found.into_iter().map(|one| (one.summary, one.detail)).collect();
        assert_eq!(found, [("Invalid number".to_owned(), detail.to_owned())], "{name} = {text}");
    }
    let deep = entry(Value::List(vec![number("1"), number("0.5")]));
    assert_eq!(complaints("integers", deep), ["Invalid number at integers[\"k\"][1]"]);
    assert_eq!(complaints("bytes", number("18446744073709551615")), [""; 0]);
    assert_eq!(
        complaints("part", part("a", Value::List(vec![number("0.5")]))),
        ["Invalid number at part.sizes[0]"]
    );
}

#[test]
fn what_is_not_known_passes() {
    let attributes = Thing::attributes();
    for attribute in &attributes {
        for value in [Value::Unknown, Value::Null] {
            assert_eq!(complaints(attribute.name, value), [""; 0], "{}", attribute.name);
        }
    }
    let unknown = || Value::List(vec![Value::Unknown]);
    for name in ["list", "set", "lists", "part_list", "part_set", "blocks"] {
        assert_eq!(complaints(name, unknown()), [""; 0], "{name}");
    }
    for name in ["map", "integers", "part_map"] {
        assert_eq!(complaints(name, entry(Value::Unknown)), [""; 0], "{name}");
    }
    assert_eq!(complaints("part", part(Value::Unknown, unknown())), [""; 0]);
    // What is known beside it is checked all the same.
    assert_eq!(complaints("list", Value::List(vec![Value::Unknown, "long".into()])), ["Long at list[1]"]);
    assert_eq!(
        complaints("part", part(Value::Unknown, Value::List(vec![number("3")]))),
        ["Odd at part.sizes[0]"]
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let object = Object::new()
        .with("text", "long")
        .with("number", number("3"))
        .with("part", part("long", Value::Null));
    let found = Schema::of::<Thing>().validate(&object).into_iter();
    let paths: Vec<_> = found.map(|one| one.path.unwrap().to_string()).collect();
    assert_eq!(paths, ["text", "number", "part.name"], "in the order of the schema");
}
