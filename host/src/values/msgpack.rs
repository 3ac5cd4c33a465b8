//! Values in MessagePack, by type: written as a host writes them, read as strictly as a host must.

use std::collections::BTreeMap;

use rmpv::Value as Packed;

use super::{Number, Refinement, Value, ValueError, normalized};
use crate::types::Type;

/// The extension type of a value of which nothing is known.
const UNKNOWN: i8 = 0;
/// The extension type of an unknown value with a map of what is known of it.
const REFINED: i8 = 12;

impl Value {
    /// The bytes that a host sends for this value where the schema says `ty`.
    pub fn to_msgpack(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &self.packed()).expect("writing to a vector does not fail");
        bytes
    }

    fn packed(&self) -> Packed {
        match self {
            Self::Null => Packed::Nil,
            Self::Unknown(refinement) => packed_unknown(refinement),
            Self::Bool(known) => Packed::Boolean(*known),
            Self::Number(number) => packed_number(number),
            Self::String(text) => Packed::from(text.as_str()),
            Self::Sequence(elements) => Packed::Array(elements.iter().map(Self::packed).collect()),
            Self::Map(entries) => Packed::Map(
                entries.iter().map(|(key, entry)| (Packed::from(key.as_str()), entry.packed())).collect(),
            ),
            Self::Dynamic(ty, value) => {
                let ty = ty.to_json().to_string().into_bytes();
                Packed::Array(vec![Packed::Binary(ty), value.packed()])
            }
        }
    }

    /// Reads the bytes that a provider sent where the schema says `ty`. What is known of an unknown value is
    /// checked and then forgotten: a host compares unknown values without it.
    ///
    /// # Errors
    ///
    /// Where the bytes are not one whole value of exactly that type: attributes missing or not in the type,
    /// strings that are not normalized, a set that holds one element twice, bytes left over.
    pub fn from_msgpack(all: &[u8], ty: &Type) -> Result<Self, ValueError> {
        let mut bytes = all;
        let packed = rmpv::decode::read_value(&mut bytes)
            .map_err(|error| ValueError::new(format!("not MessagePack: {error}")))?;
        let (value, rest) = all.split_at(all.len() - bytes.len());
        if !rest.is_empty() {
            return Err(ValueError::new(format!("{} bytes follow the value", rest.len())));
        }
        if holds_reserved_byte(value) {
            return Err(ValueError::new("not MessagePack: the byte 0xc1 begins nothing"));
        }
        unpacked(packed, ty)
    }
}

/// Whether the one byte that MessagePack never uses stands where a value begins: `rmpv` reads it as null, and
/// hosts refuse it. The elements of a container follow its head, so no level of nesting has to be kept.
fn holds_reserved_byte(mut bytes: &[u8]) -> bool {
    while let Some((&marker, rest)) = bytes.split_first() {
        let counted = |width: usize| {
            let length = rest.iter().take(width).fold(0, |length, byte| length << 8 | usize::from(*byte));
            width + length
        };
        let follows = match marker {
            0xc1 => return true,
            0xa0..=0xbf => usize::from(marker & 0x1f),
            0xc4 | 0xd9 => counted(1),
            0xc5 | 0xda => counted(2),
            0xc6 | 0xdb => counted(4),
            0xc7 => counted(1) + 1,
            0xc8 => counted(2) + 1,
            0xc9 => counted(4) + 1,
            0xcc | 0xd0 => 1,
            0xcd | 0xd1 | 0xdc | 0xde => 2,
            0xca | 0xce | 0xd2 | 0xdd | 0xdf => 4,
            0xcb | 0xcf | 0xd3 => 8,
            0xd4..=0xd8 => (1 << (marker - 0xd4)) + 1,
            _ => 0,
        };
        bytes = rest.get(follows..).unwrap_or_default();
    }
    false
}

fn unpacked(packed: Packed, ty: &Type) -> Result<Value, ValueError> {
    match (ty, packed) {
        (_, Packed::Nil) => Ok(Value::Null),
        (_, Packed::Ext(kind, payload)) => unpacked_unknown(kind, &payload),
        (Type::Dynamic, packed) => unpacked_dynamic(packed),
        (Type::Bool, Packed::Boolean(known)) => Ok(Value::Bool(known)),
        (Type::Number, packed) => unpacked_number(&packed).map(Value::Number),
        (Type::String, Packed::String(text)) => unpacked_text(text).map(Value::String),
        (Type::List(element), Packed::Array(elements)) => {
            unpacked_elements(elements.into_iter().map(|packed| (packed, &**element))).map(Value::Sequence)
        }
        (Type::Set(element), Packed::Array(elements)) => {
            unpacked_set(elements.into_iter().map(|packed| (packed, &**element)))
        }
        (Type::Tuple(types), Packed::Array(elements)) if types.len() == elements.len() => {
            unpacked_elements(elements.into_iter().zip(types)).map(Value::Sequence)
        }
        (Type::Map(element), Packed::Map(entries)) => {
            unpacked_entries(entries, |_| Some(element)).map(Value::Map)
        }
        (Type::Object(attributes), Packed::Map(entries)) => {
            let present = unpacked_entries(entries, |name| attributes.get(name))?;
            match attributes.keys().find(|name| !present.contains_key(*name)) {
                None => Ok(Value::Map(present)),
                Some(missing) => Err(ValueError::new(format!("attribute {missing:?} is missing"))),
            }
        }
        (ty, packed) => Err(ValueError::new(format!("{packed} is not of type {ty}"))),
    }
}

fn unpacked_elements<'t>(
    elements: impl Iterator<Item = (Packed, &'t Type)>,
) -> Result<Vec<Value>, ValueError> {
    elements
        .enumerate()
        .map(|(index, (packed, ty))| {
            unpacked(packed, ty).map_err(|error| error.within(&format!("element {index}")))
        })
        .collect()
}

fn unpacked_set<'t>(elements: impl Iterator<Item = (Packed, &'t Type)>) -> Result<Value, ValueError> {
    let mut elements = unpacked_elements(elements)?;
    elements.sort();
    // Two unknown elements may yet turn out to differ.
    match elements.windows(2).find(|pair| pair[0] == pair[1] && pair[0].is_wholly_known()) {
        None => Ok(Value::Sequence(elements)),
        Some(pair) => Err(ValueError::new(format!("the set holds {} twice", pair[0]))),
    }
}

fn unpacked_entries<'t>(
    entries: Vec<(Packed, Packed)>,
    type_of: impl Fn(&str) -> Option<&'t Type> + 't,
) -> Result<BTreeMap<String, Value>, ValueError> {
    let mut unpacked_entries = BTreeMap::new();
    for (key, packed) in entries {
        let Packed::String(key) = key else {
            return Err(ValueError::new(format!("the key {key} is not a string")));
        };
        let key = unpacked_text(key)?;
        let Some(ty) = type_of(&key) else {
            return Err(ValueError::new(format!("the type has no attribute {key:?}")));
        };
        let value = unpacked(packed, ty).map_err(|error| error.within(&format!("key {key:?}")))?;
        if unpacked_entries.insert(key.clone(), value).is_some() {
            return Err(ValueError::new(format!("the key {key:?} is there twice")));
        }
    }
    Ok(unpacked_entries)
}

fn unpacked_dynamic(packed: Packed) -> Result<Value, ValueError> {
    let parts = match packed {
        Packed::Array(parts) => <[Packed; 2]>::try_from(parts).ok(),
        _ => None,
    };
    let Some([Packed::Binary(ty), value]) = parts else {
        return Err(ValueError::new("a dynamic value is an array of its type, as JSON bytes, and the value"));
    };
    let ty = Type::parse(&ty).map_err(|error| ValueError::new(error.to_string()))?;
    let value = unpacked(value, &ty)?;
    Ok(Value::Dynamic(ty, Box::new(value)))
}

fn unpacked_text(text: rmpv::Utf8String) -> Result<String, ValueError> {
    let text = text.into_str().ok_or_else(|| ValueError::new("a string is not UTF-8"))?;
    normalized(&text)?;
    Ok(text)
}

fn unpacked_number(packed: &Packed) -> Result<Number, ValueError> {
    let number = match packed {
        Packed::Integer(whole) => whole.to_string().parse().ok(),
        Packed::F32(binary) => Number::from_f64(f64::from(*binary)),
        Packed::F64(binary) => Number::from_f64(*binary),
        Packed::String(text) => text.as_str().and_then(|text| text.parse().ok()),
        _ => None,
    };
    number.ok_or_else(|| ValueError::new(format!("{packed} is not a number")))
}

fn unpacked_unknown(kind: i8, payload: &[u8]) -> Result<Value, ValueError> {
    let understood = match kind {
        // A host reads any extension of up to one byte so: the byte only fills the smallest extension there is.
        UNKNOWN => payload.len() <= 1,
        REFINED => {
            payload.len() <= 1
                || matches!(rmpv::decode::read_value(&mut &*payload), Ok(Packed::Map(known))
                    if known.iter().all(|(key, _)| key.is_i64()))
        }
        _ => false,
    };
    match understood {
        true => Ok(Value::Unknown(Refinement::default())),
        false => Err(ValueError::new(format!("the extension {kind} does not stand for an unknown value"))),
    }
}

/// As small as a host makes it: an integer, else a double where it is exact, else the decimal text.
fn packed_number(number: &Number) -> Packed {
    if let Some(whole) = number.as_i64() {
        return Packed::from(whole);
    }
    match number.as_f64() {
        Some(binary) => Packed::F64(binary),
        None => Packed::from(number.to_string()),
    }
}

fn packed_unknown(refinement: &Refinement) -> Packed {
    let Refinement { not_null, prefix, at_least, at_least_long, at_most_long } = refinement;
    let known: Vec<(Packed, Packed)> = [
        not_null.then(|| (1, Packed::Boolean(false))),
        prefix.as_ref().map(|prefix| (2, Packed::from(prefix.as_str()))),
        at_least.as_ref().map(|bound| (3, Packed::Array(vec![packed_number(bound), Packed::Boolean(true)]))),
        at_least_long.map(|count| (5, Packed::from(count))),
        at_most_long.map(|count| (6, Packed::from(count))),
    ]
    .into_iter()
    .flatten()
    .map(|(key, known)| (Packed::from(key), known))
    .collect();
    if known.is_empty() {
        return Packed::Ext(UNKNOWN, vec![0]);
    }
    let mut payload = Vec::new();
    rmpv::encode::write_value(&mut payload, &Packed::Map(known)).expect("writing to a vector does not fail");
    Packed::Ext(REFINED, payload)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::values::{refined_unknown, unknown};

    fn ty(notation: &str) -> Type {
        Type::parse(notation.as_bytes()).unwrap()
    }

    fn written(json: &Json, notation: &str) -> Vec<u8> {
        Value::from_json(json, &ty(notation)).unwrap().to_msgpack()
    }

    fn packed(packed: &Packed) -> Vec<u8> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, packed).unwrap();
        bytes
    }

    #[test]
    fn every_kind_of_value_reads_back_as_it_was_written() {
        let any = json!({ "a": [1, "x", null, true] });
        for (json, notation) in [
            (json!(null), r#""string""#),
            (json!(true), r#""bool""#),
            (json!("späť"), r#""string""#),
            (json!(-7), r#""number""#),
            (json!(["b", "a"]), r#"["list","string"]"#),
            (json!(["a", "b"]), r#"["set","string"]"#),
            (json!({ "k": 1 }), r#"["map","number"]"#),
            (json!([1, "x"]), r#"["tuple",["number","string"]]"#),
            (json!({ "a": null, "b": unknown() }), r#"["object",{"a":"string","b":"bool"}]"#),
            (any, r#""dynamic""#),
            (unknown(), r#""dynamic""#),
        ] {
            let bytes = written(&json, notation);
            assert_eq!(Value::from_msgpack(&bytes, &ty(notation)).unwrap(), json, "{notation}");
        }
    }

    #[test]
    fn numbers_are_written_in_the_smallest_exact_form() {
        for (number, form) in [
            ("7", Packed::from(7)),
            ("-9223372036854775808", Packed::from(i64::MIN)),
            ("9223372036854775808", Packed::F64(9_223_372_036_854_775_808.0)),
            ("0.5", Packed::F64(0.5)),
            ("0.1", Packed::from("0.1")),
            ("123456789012345678901234567890", Packed::from("123456789012345678901234567890")),
        ] {
            let json: Json = number.parse().unwrap();
            let bytes = written(&json, r#""number""#);
            assert_eq!(bytes, packed(&form), "{number}");
            assert_eq!(Value::from_msgpack(&bytes, &Type::Number).unwrap(), json);
        }
    }

    #[test]
    fn unknown_values_are_extensions_0_and_12() {
        assert_eq!(written(&unknown(), r#""string""#), [0xd4, 0, 0]);
        let refinement = Refinement { not_null: true, prefix: Some("h".to_owned()), ..Refinement::default() };
        let bytes = written(&refined_unknown(&refinement), r#""string""#);
        assert_eq!(bytes, [0xc7, 6, 12, 0x82, 1, 0xc2, 2, 0xa1, b'h']);
        let read = Value::from_msgpack(&bytes, &Type::String).unwrap();
        assert_eq!(read, Value::Unknown(Refinement::default()));
    }

    #[test]
    fn what_does_not_have_the_type_exactly_is_refused() {
        let object = r#"["object",{"a":"string"}]"#;
        let entry = |key: &str| (Packed::from(key), Packed::from("x"));
        for (notation, sent, problem) in [
            (object, Packed::Map(vec![]), r#"attribute "a" is missing"#),
            (object, Packed::Map(vec![entry("a"), entry("b")]), r#"no attribute "b""#),
            (object, Packed::Map(vec![entry("a"), entry("a")]), "there twice"),
            (object, Packed::Map(vec![(Packed::from(1), Packed::Nil)]), "is not a string"),
            (object, Packed::Array(vec![]), "is not of type"),
            (r#""string""#, Packed::from(1), "is not of type"),
            (r#""string""#, Packed::from("a\u{308}"), "normalization form C"),
            (r#""string""#, Packed::Binary(b"x".to_vec()), "is not of type"),
            (r#""bool""#, Packed::from("true"), "is not of type"),
            (r#""number""#, Packed::from("seven"), "is not a number"),
            (r#""number""#, Packed::F64(f64::NAN), "is not a number"),
            (r#"["list","string"]"#, Packed::Map(vec![]), "is not of type"),
            (r#"["set","string"]"#, Packed::Array(vec![Packed::from("x"), Packed::from("x")]), "twice"),
            (r#"["tuple",["string"]]"#, Packed::Array(vec![]), "is not of type"),
            (r#""dynamic""#, Packed::from("x"), "array of its type"),
            (
                r#""dynamic""#,
                Packed::Array(vec![Packed::from("\"string\""), Packed::Nil]),
                "array of its type",
            ),
            (
                r#""dynamic""#,
                Packed::Array(vec![Packed::Binary(b"\"text\"".to_vec()), Packed::Nil]),
                "not a type constraint",
            ),
            (r#""string""#, Packed::Ext(5, vec![0, 0]), "extension 5"),
            (r#""string""#, Packed::Ext(12, vec![0xc0, 0xc0]), "extension 12"),
        ] {
            let error = Value::from_msgpack(&packed(&sent), &ty(notation)).unwrap_err().to_string();
            assert!(error.contains(problem), "{error:?} does not say {problem:?}");
        }
    }

    #[test]
    fn the_byte_that_begins_nothing_is_refused_wherever_a_value_begins() {
        // 193 bytes long and the number 193: 0xc1 as a length and as a payload is none of it.
        let notation = r#"["tuple",["dynamic","number","number","string"]]"#;
        let sound = written(&json!([{ "a": "x".repeat(193) }, 193, 0.5, unknown()]), notation);
        assert_eq!(sound.iter().filter(|byte| **byte == 0xc1).count(), 2);
        Value::from_msgpack(&sound, &ty(notation)).unwrap();
        for bytes in [vec![0xc1], vec![0x91, 0xc1], vec![0x92, 0xd4, 0, 0xc1, 0xc1]] {
            let error = Value::from_msgpack(&bytes, &Type::List(Box::new(Type::String))).unwrap_err();
            assert!(error.to_string().contains("0xc1"), "{error}");
        }
    }

    #[test]
    fn bytes_that_are_cut_or_left_over_are_refused() {
        assert!(Value::from_msgpack(&[], &Type::String).is_err());
        assert!(Value::from_msgpack(&[0xa2, b'x'], &Type::String).is_err());
        assert!(Value::from_msgpack(&[0xc0, 0xc0], &Type::String).is_err());
    }
}
