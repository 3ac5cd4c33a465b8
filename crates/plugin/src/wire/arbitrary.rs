//! Types and values at random, for the property tests of this room.

use proptest::prelude::*;

use framework::{Number, Object, Type, Value};

/// Any type, nested a few levels deep.
pub(super) fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            proptest::collection::btree_map("[a-z]{1,3}", inner, 0..3).prop_map(Type::Object),
        ]
    })
}

/// Any type and a value of it.
pub(super) fn typed_value() -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(|ty| value_of(&ty).prop_map(move |value| (ty.clone(), value)))
}

fn value_of(ty: &Type) -> BoxedStrategy<Value> {
    let set = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::String => "[a-zäöü/% ]{0,8}".prop_map(Value::String).boxed(),
        Type::List(element) => {
            proptest::collection::vec(value_of(element), 0..3).prop_map(Value::List).boxed()
        }
        Type::Set(element) => proptest::collection::vec(value_of(element), 0..3).prop_map(Value::set).boxed(),
        Type::Map(element) => proptest::collection::btree_map("[a-z]{1,3}", value_of(element), 0..3)
            .prop_map(|entries| Value::Object(entries.into_iter().collect()))
            .boxed(),
        Type::Tuple(types) => types.iter().map(value_of).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Object(attributes) => {
            let names: Vec<_> = attributes.keys().cloned().collect();
            let values: Vec<_> = attributes.values().map(value_of).collect();
            values
                .prop_map(move |values| names.iter().cloned().zip(values).collect::<Object>().into())
                .boxed()
        }
        Type::Dynamic => prop_oneof![
            any::<bool>().prop_map(|value| Value::dynamic(Type::Bool, Value::Bool(value))),
            "[a-z]{0,4}".prop_map(|text| Value::dynamic(Type::String, text.into())),
            "[a-z]{0,4}".prop_map(|text| Value::dynamic(Type::list(Type::String), Value::strings([text]))),
        ]
        .boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 1 => Just(Value::Unknown), 8 => set].boxed()
}

fn number() -> impl Strategy<Value = Number> {
    let decimal = r"-?[1-9][0-9]{0,40}(\.[0-9]{1,20})?".prop_map(|text| text.parse().expect("a decimal"));
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", |float| Number::try_from(float).ok()),
        decimal,
    ]
}
