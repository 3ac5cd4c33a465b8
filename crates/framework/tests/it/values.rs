//! Each Rust type that an attribute can have: read and written, at every depth, known, null and unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use framework::{AttributeType, Convert, DynamicValue, Field, Number, Object, Secret, Type, Value};

framework::model! {
    struct Part, PlannedPart {
        size: i64 = required(),
        note: Option<String> = optional(),
    }
}

framework::model! {
    struct Everything, PlannedEverything {
        switch: bool = required(),
        count: i64 = required(),
        bytes: u64 = required(),
        ratio: Number = required(),
        text: String = required(),
        key: Secret = required(),
        any: DynamicValue = required(),
        list: Vec<String> = required(),
        set: BTreeSet<i64> = required(),
        map: BTreeMap<String, bool> = required(),
        lists: Vec<Vec<String>> = required(),
        part: Part = required(),
        part_list: Vec<Part> = required(),
        part_map: BTreeMap<String, Part> = required(),
        deep: BTreeMap<String, Vec<Part>> = required(),
        maybe_text: Option<String> = optional(),
        maybe_list: Option<Vec<Option<String>>> = optional(),
        maybe_part: Option<Part> = optional(),
    }
}

const SECRETS: [&str; 3] = ["hush", "4711", "true"];

fn number(integer: i64) -> Value {
    Value::Number(integer.into())
}

fn part_value(note: &str) -> Value {
    Object::new().with("size", number(4711)).with("note", note).into()
}

fn everything_value() -> Object {
    let map = |key: &str, value: Value| Value::from(Object::new().with(key, value));
    Object::new()
        .with("switch", Value::Bool(true))
        .with("count", number(4711))
        .with("bytes", number(4711))
        .with("ratio", Value::Number("4711.5".parse().unwrap()))
        .with("text", "hush")
        .with("key", "hush")
        .with("any", Value::dynamic(Type::String, "hush".into()))
        .with("list", Value::strings(["hush", "hush"]))
        .with("set", Value::List(vec![number(1), number(4711)]))
        .with("map", map("k", Value::Bool(true)))
        .with("lists", Value::List(vec![Value::strings(["a"]), Value::strings(["b", "hush"])]))
        .with("part", part_value("hush"))
        .with("part_list", Value::List(vec![part_value("a"), part_value("hush")]))
        .with("part_map", map("k", part_value("hush")))
        .with("deep", map("k", Value::List(vec![part_value("hush")])))
        .with("maybe_text", "hush")
        .with("maybe_list", Value::strings(["hush"]))
        .with("maybe_part", part_value("hush"))
}

fn everything() -> Everything {
    let part = |note: &str| Part { size: 4711, note: Some(note.to_owned()) };
    let hush = || "hush".to_owned();
    Everything {
        switch: true,
        count: 4711,
        bytes: 4711,
        ratio: "4711.5".parse().unwrap(),
        text: hush(),
        key: Secret::new("hush"),
        any: DynamicValue { ty: Type::String, value: "hush".into() },
        list: vec![hush(), hush()],
        set: [4711, 1].into(),
        map: [("k".to_owned(), true)].into(),
        lists: vec![vec!["a".to_owned()], vec!["b".to_owned(), hush()]],
        part: part("hush"),
        part_list: vec![part("a"), part("hush")],
        part_map: [("k".to_owned(), part("hush"))].into(),
        deep: [("k".to_owned(), vec![part("hush")])].into(),
        maybe_text: Some(hush()),
        maybe_list: Some(vec![Some(hush())]),
        maybe_part: Some(part("hush")),
    }
}

/// The places in a value that can be null or unknown, each as a message names it.
fn places(value: &Value) -> Vec<Vec<String>> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::List(elements) => {
            elements.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let within = inner.into_iter().flat_map(|(name, value)| {
        let deeper = places(value).into_iter().map(|rest| [vec![name.clone()], rest].concat());
        std::iter::once(vec![name.clone()]).chain(deeper).collect::<Vec<_>>()
    });
    within.collect()
}

/// The value with another one at a place.
fn with(value: &Value, place: &[String], other: &Value) -> Value {
    let [first, rest @ ..] = place else { return other.clone() };
    match value {
        Value::Object(object) => {
            let inner = object.value(first).clone();
            object.clone().with(first.as_str(), with(&inner, rest, other)).into()
        }
        Value::List(elements) => {
            let mut elements = elements.clone();
            let index: usize = first.parse().unwrap();
            elements[index] = with(&elements[index], rest, other);
            Value::List(elements)
        }
        _ => panic!("there is nothing at {place:?}"),
    }
}

fn may_be_null(place: &[String]) -> bool {
    place[0].starts_with("maybe_") && place.last().unwrap() != "size" || place.last().unwrap() == "note"
}

#[test]
fn a_state_is_read_and_written_as_it_is() {
    assert_eq!(Everything::from_value(everything_value().into()), Ok(everything()));
    assert_eq!(everything().into_value(), everything_value().into());
}

#[test]
fn a_configuration_is_read_and_written_as_it_is_at_every_depth() {
    let value = Value::from(everything_value());
    let places = places(&value);
    assert!(places.len() > 40, "{places:?}");
    for place in places {
        for other in [Value::Null, Value::Unknown] {
            let value = with(&value, &place, &other);
            let planned = PlannedEverything::from_value(value.clone());
            let planned = planned.unwrap_or_else(|error| panic!("{other:?} at {place:?}: {error}"));
            assert_eq!(planned.into_value(), value, "{other:?} at {place:?}");
        }
    }
}

#[test]
fn a_state_has_nothing_unknown_and_null_only_where_it_says_so() {
    let value = Value::from(everything_value());
    for place in places(&value) {
        let name = format!("attribute {:?} is not ", place.join("."));
        let error = Everything::from_value(with(&value, &place, &Value::Unknown)).unwrap_err().to_string();
        assert!(error.starts_with(&name), "unknown at {place:?}: {error}");

        let null = with(&value, &place, &Value::Null);
        match Everything::from_value(null.clone()) {
            Ok(state) => {
                assert!(may_be_null(&place), "{place:?}");
                assert_eq!(state.into_value(), null, "{place:?}");
            }
            Err(error) => {
                assert!(!may_be_null(&place), "{place:?}: {error}");
                assert!(error.to_string().starts_with(&name), "null at {place:?}: {error}");
            }
        }
    }
}

#[test]
fn a_value_of_another_kind_is_told_by_its_place_and_never_shown() {
    let value = Value::from(everything_value());
    let others = [
        Value::Bool(true),
        number(4711),
        "hush".into(),
        Value::strings(["hush"]),
        Object::new().with("x", "hush").into(),
        Value::dynamic(Type::String, "hush".into()),
    ];
    let mut errors = 0;
    for (place, other) in
        places(&value).iter().flat_map(|place| others.iter().map(move |other| (place, other)))
    {
        let value = with(&value, place, other);
        let read = [Everything::from_value(value.clone()).err(), PlannedEverything::from_value(value).err()];
        for error in read.into_iter().flatten().map(|error| error.to_string()) {
            errors += 1;
            assert!(error.starts_with(&format!("attribute \"{}", place.join("."))), "{place:?}: {error}");
            for secret in SECRETS {
                assert!(!error.contains(secret), "{error}");
            }
        }
    }
    assert!(errors > 200, "only {errors}");
}

#[test]
fn what_is_expected_is_said_in_terraform_s_words() {
    #[track_caller]
    fn refuses<T: Convert + Debug>(value: Value, said: &str) {
        assert_eq!(T::from_value(value).unwrap_err().to_string(), said);
    }
    refuses::<bool>("x".into(), "the value is not a known bool");
    refuses::<String>(Value::Unknown, "the value is not a known string");
    refuses::<Secret>(Value::Null, "the value is not a known string");
    refuses::<Number>("1".into(), "the value is not a known number");
    refuses::<i64>("1".into(), "the value is not a whole number that 64 bits can hold");
    refuses::<u64>(number(-1), "the value is not a whole number from 0 that 64 bits can hold");
    refuses::<Object>(Value::Unknown, "the value is not a known object");
    refuses::<DynamicValue>("x".into(), "the value is not a known value");
    refuses::<Vec<String>>(Value::Null, "the value is not a known list");
    refuses::<BTreeSet<String>>(Value::Null, "the value is not a known list");
    refuses::<BTreeMap<String, String>>(Value::Null, "the value is not a known map");
    refuses::<Vec<bool>>(Value::strings(["x"]), "attribute \"0\" is not a known bool");
}

#[test]
fn integers_are_read_to_their_limits_and_no_further() {
    let decimal = |text: &str| Value::Number(text.parse().unwrap());
    for (text, signed, unsigned) in [
        ("0", true, true),
        ("9223372036854775807", true, true),
        ("9223372036854775808", false, true),
        ("-9223372036854775808", true, false),
        ("-9223372036854775809", false, false),
        ("18446744073709551615", false, true),
        ("18446744073709551616", false, false),
        ("1.5", false, false),
        ("-1", true, false),
        ("2.0", true, true),
    ] {
        assert_eq!(i64::from_value(decimal(text)).is_ok(), signed, "{text} as i64");
        assert_eq!(u64::from_value(decimal(text)).is_ok(), unsigned, "{text} as u64");
    }
    assert_eq!(i64::MIN.into_value(), decimal("-9223372036854775808"));
    assert_eq!(u64::MAX.into_value(), decimal("18446744073709551615"));
}

#[test]
fn a_set_is_written_in_order_and_each_element_once() {
    let twice = BTreeSet::<String>::from_value(Value::strings(["b", "a", "b"])).unwrap();
    assert_eq!(twice.into_value(), Value::strings(["a", "b"]));
}

/// They may turn out to differ.
#[test]
fn a_configured_set_has_every_element_that_is_not_known_yet() {
    let value = Value::List(vec![Value::Unknown, Value::Unknown, "a".into()]);
    let planned = <BTreeSet<String> as AttributeType>::Known::from_value(value.clone()).unwrap();
    assert_eq!(planned, [Field::Unknown, Field::Unknown, Field::Known("a".to_owned())]);
    assert_eq!(planned.into_value(), value);
}

#[test]
fn each_rust_type_has_its_type_in_a_schema() {
    #[track_caller]
    fn is<T: AttributeType>(ty: Type) {
        assert_eq!(T::ty(), ty);
    }
    is::<bool>(Type::Bool);
    is::<i64>(Type::Number);
    is::<u64>(Type::Number);
    is::<Number>(Type::Number);
    is::<String>(Type::String);
    is::<Secret>(Type::String);
    is::<DynamicValue>(Type::Dynamic);
    is::<Option<bool>>(Type::Bool);
    is::<Vec<String>>(Type::list(Type::String));
    is::<BTreeSet<i64>>(Type::set(Type::Number));
    is::<BTreeMap<String, Vec<bool>>>(Type::map(Type::list(Type::Bool)));
    is::<Object>(Type::object::<String>([]));
    let part = Type::object([("size", Type::Number), ("note", Type::String)]);
    is::<Part>(part.clone());
    is::<Option<Vec<Part>>>(Type::list(part));
}

#[test]
fn a_field_is_known_null_or_unknown() {
    let fields = [Field::Known(1), Field::Null, Field::Unknown];
    assert_eq!(fields.clone().map(Field::known), [Some(1), None, None]);
    assert_eq!(fields.clone().map(|field| field.is_null()), [false, true, false]);
    assert_eq!(fields.clone().map(|field| field.is_unknown()), [false, false, true]);
    assert_eq!(fields.each_ref().map(Field::as_ref), [Field::Known(&1), Field::Null, Field::Unknown]);
    let half = |number: i32| if number % 2 == 0 { Ok(number / 2) } else { Err("odd") };
    assert_eq!(fields.map(|field| field.try_map(half)), [Err("odd"), Ok(Field::Null), Ok(Field::Unknown)]);
    assert_eq!(Field::Known(2).try_map(half), Ok(Field::Known(1)));
    assert_eq!([Field::from(Some(1)), Field::from(None)], [Field::Known(1), Field::Null]);
}
