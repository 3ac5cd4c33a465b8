//! Values as MessagePack, read and written by type.
//!
//! Reading trusts nothing: claimed lengths reserve no memory, depth is bounded, and whatever does not fit is an error
//! that tells the place and never the value.

use rmp::Marker;
use rmp::decode::RmpRead;
use rmp::encode::{self, ByteBuf};
use unicode_normalization::UnicodeNormalization;

use super::error::ValueError;
use super::types;
use framework::{Number, Object, Type, Value};

/// How deep values may nest. A `dynamic` may hold a `dynamic`, so the type alone sets no bound.
const MAX_DEPTH: usize = 128;

/// Reads one value of the type from all of the bytes.
pub(super) fn decode(bytes: &[u8], ty: &Type) -> Result<Value, ValueError> {
    let mut reader = Reader { rest: bytes, depth: 0 };
    let value = reader.value(ty)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(ValueError::new("bytes follow the value")) }
}

/// Writes a value of the type.
pub(super) fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, ValueError> {
    let mut out = ByteBuf::new();
    write(&mut out, value, ty)?;
    Ok(out.into_vec())
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type) -> Result<Value, ValueError> {
        if self.depth == MAX_DEPTH {
            return Err(ValueError::new("the value nests too deep"));
        }
        self.depth += 1;
        let value = self.value_of_marker(ty);
        self.depth -= 1;
        value
    }

    fn value_of_marker(&mut self, ty: &Type) -> Result<Value, ValueError> {
        let marker = self.marker()?;
        match (marker, ty) {
            (Marker::Null, _) => Ok(Value::Null),
            // Ext 0 is a plain unknown, ext 12 a refined one. What refines it is of no use to a provider.
            (marker, _) if is_extension(marker) => self.skip_extension(marker).map(|()| Value::Unknown),
            (Marker::True, Type::Bool) => Ok(Value::Bool(true)),
            (Marker::False, Type::Bool) => Ok(Value::Bool(false)),
            (marker, Type::String) => self.text(marker).map(|text| Value::String(normalized(text))),
            (marker, Type::Number) => self.number(marker).map(Value::Number),
            (marker, Type::List(element)) => self.elements(marker, element).map(Value::List),
            (marker, Type::Set(element)) => self.elements(marker, element).map(Value::set),
            (marker, Type::Tuple(types)) => self.tuple(marker, types),
            (marker, Type::Map(element)) => self.entries(marker, element),
            (marker, Type::Object(attributes)) => {
                self.attributes(marker, |name| attributes.get(name), attributes.len())
            }
            (marker, Type::Dynamic) => self.dynamic(marker),
            (marker, Type::Bool) => Err(ValueError::mismatch("a bool", kind(marker))),
        }
    }

    fn elements(&mut self, marker: Marker, element: &Type) -> Result<Vec<Value>, ValueError> {
        let length = self.array_length(marker)?;
        (0..length)
            .map(|index| self.value(element).map_err(|error| error.inside(format!("[{index}]"))))
            .collect()
    }

    fn tuple(&mut self, marker: Marker, types: &[Type]) -> Result<Value, ValueError> {
        let length = self.array_length(marker)?;
        if length as usize != types.len() {
            return Err(ValueError::new(format!("expected {} elements, found {length}", types.len())));
        }
        let elements = types.iter().enumerate();
        let elements =
            elements.map(|(index, ty)| self.value(ty).map_err(|error| error.inside(format!("[{index}]"))));
        elements.collect::<Result<_, _>>().map(Value::List)
    }

    fn entries(&mut self, marker: Marker, element: &Type) -> Result<Value, ValueError> {
        let length = self.map_length(marker)?;
        let entries = (0..length).map(|_| {
            let key = self.key()?;
            let value = self.value(element).map_err(|error| error.inside(format!("[{key:?}]")))?;
            Ok((key, value))
        });
        entries.collect::<Result<Object, _>>().map(Value::Object)
    }

    fn attributes<'t>(
        &mut self,
        marker: Marker,
        type_of: impl Fn(&str) -> Option<&'t Type>,
        expected: usize,
    ) -> Result<Value, ValueError> {
        let length = self.map_length(marker)? as usize;
        let mut object = Object::new();
        for _ in 0..length {
            let name = self.key()?;
            let ty =
                type_of(&name).ok_or_else(|| ValueError::new(format!("no attribute is named {name:?}")))?;
            let value = self.value(ty).map_err(|error| error.inside(format!(".{name}")))?;
            object.insert(name, value);
        }
        let found = object.iter().count();
        if found != expected || found != length {
            return Err(ValueError::new(format!(
                "expected {expected} attributes, found {found} in {length} entries"
            )));
        }
        Ok(Value::Object(object))
    }

    /// The type as JSON bytes, then the value.
    fn dynamic(&mut self, marker: Marker) -> Result<Value, ValueError> {
        let length = self.array_length(marker)?;
        if length != 2 {
            return Err(ValueError::new(format!("a dynamic value has 2 parts, found {length}")));
        }
        let marker = self.marker()?;
        let ty = types::decode(self.bytes(marker)?)?;
        let value = self.value(&ty)?;
        Ok(Value::dynamic(ty, value))
    }

    fn number(&mut self, marker: Marker) -> Result<Number, ValueError> {
        let number = match marker {
            Marker::FixPos(value) => Number::from(u64::from(value)),
            Marker::FixNeg(value) => Number::from(i64::from(value)),
            Marker::U8 => Number::from(u64::from(self.read(RmpRead::read_data_u8)?)),
            Marker::U16 => Number::from(u64::from(self.read(RmpRead::read_data_u16)?)),
            Marker::U32 => Number::from(u64::from(self.read(RmpRead::read_data_u32)?)),
            Marker::U64 => Number::from(self.read(RmpRead::read_data_u64)?),
            Marker::I8 => Number::from(i64::from(self.read(RmpRead::read_data_i8)?)),
            Marker::I16 => Number::from(i64::from(self.read(RmpRead::read_data_i16)?)),
            Marker::I32 => Number::from(i64::from(self.read(RmpRead::read_data_i32)?)),
            Marker::I64 => Number::from(self.read(RmpRead::read_data_i64)?),
            Marker::F32 => float(f64::from(self.read(RmpRead::read_data_f32)?))?,
            Marker::F64 => float(self.read(RmpRead::read_data_f64)?)?,
            marker => {
                let text = self.text(marker).map_err(|_| ValueError::mismatch("a number", kind(marker)))?;
                text.parse().map_err(|_| ValueError::new("a text is no number within 10^±10000"))?
            }
        };
        Ok(number)
    }

    fn key(&mut self) -> Result<String, ValueError> {
        let marker = self.marker()?;
        self.text(marker).map(normalized)
    }

    fn text(&mut self, marker: Marker) -> Result<&'a str, ValueError> {
        let length = match marker {
            Marker::FixStr(length) => u32::from(length),
            Marker::Str8 => u32::from(self.read(RmpRead::read_data_u8)?),
            Marker::Str16 => u32::from(self.read(RmpRead::read_data_u16)?),
            Marker::Str32 => self.read(RmpRead::read_data_u32)?,
            marker => return Err(ValueError::mismatch("a string", kind(marker))),
        };
        std::str::from_utf8(self.take(length)?).map_err(|_| ValueError::new("a string is not UTF-8"))
    }

    /// Hosts write a type's JSON as binary or as text.
    fn bytes(&mut self, marker: Marker) -> Result<&'a [u8], ValueError> {
        let length = match marker {
            Marker::Bin8 => u32::from(self.read(RmpRead::read_data_u8)?),
            Marker::Bin16 => u32::from(self.read(RmpRead::read_data_u16)?),
            Marker::Bin32 => self.read(RmpRead::read_data_u32)?,
            marker => return self.text(marker).map(str::as_bytes),
        };
        self.take(length)
    }

    fn array_length(&mut self, marker: Marker) -> Result<u32, ValueError> {
        match marker {
            Marker::FixArray(length) => Ok(u32::from(length)),
            Marker::Array16 => self.read(RmpRead::read_data_u16).map(u32::from),
            Marker::Array32 => self.read(RmpRead::read_data_u32),
            marker => Err(ValueError::mismatch("an array", kind(marker))),
        }
    }

    fn map_length(&mut self, marker: Marker) -> Result<u32, ValueError> {
        match marker {
            Marker::FixMap(length) => Ok(u32::from(length)),
            Marker::Map16 => self.read(RmpRead::read_data_u16).map(u32::from),
            Marker::Map32 => self.read(RmpRead::read_data_u32),
            marker => Err(ValueError::mismatch("a map", kind(marker))),
        }
    }

    fn skip_extension(&mut self, marker: Marker) -> Result<(), ValueError> {
        let length = match marker {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => u32::from(self.read(RmpRead::read_data_u8)?),
            Marker::Ext16 => u32::from(self.read(RmpRead::read_data_u16)?),
            _ => self.read(RmpRead::read_data_u32)?,
        };
        self.read(RmpRead::read_data_i8)?;
        self.take(length).map(|_| ())
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], ValueError> {
        let (taken, rest) = self.rest.split_at_checked(length as usize).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn marker(&mut self) -> Result<Marker, ValueError> {
        self.read(RmpRead::read_u8).map(Marker::from_u8)
    }

    fn read<T, E>(&mut self, read: impl FnOnce(&mut &'a [u8]) -> Result<T, E>) -> Result<T, ValueError> {
        read(&mut self.rest).map_err(|_| truncated())
    }
}

fn write(out: &mut ByteBuf, value: &Value, ty: &Type) -> Result<(), ValueError> {
    match (value, ty) {
        (Value::Null, _) => infallible(encode::write_nil(out)),
        (Value::Unknown, _) => {
            infallible(encode::write_ext_meta(out, 1, 0));
            out.as_mut_vec().push(0);
        }
        (Value::Bool(value), Type::Bool) => infallible(encode::write_bool(out, *value)),
        (Value::Number(number), Type::Number) => write_number(out, number),
        (Value::String(text), Type::String) => write_text(out, text),
        (Value::List(elements), Type::List(element) | Type::Set(element)) => {
            infallible(encode::write_array_len(out, length(elements.len())?));
            for (index, value) in elements.iter().enumerate() {
                write(out, value, element).map_err(|error| error.inside(format!("[{index}]")))?;
            }
        }
        (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            infallible(encode::write_array_len(out, length(elements.len())?));
            for (index, (value, ty)) in elements.iter().zip(types).enumerate() {
                write(out, value, ty).map_err(|error| error.inside(format!("[{index}]")))?;
            }
        }
        (Value::Object(entries), Type::Map(element)) => {
            infallible(encode::write_map_len(out, length(entries.iter().count())?));
            for (key, value) in entries.iter() {
                write_text(out, key);
                write(out, value, element).map_err(|error| error.inside(format!("[{key:?}]")))?;
            }
        }
        (Value::Object(object), Type::Object(attributes)) => {
            if let Some((name, _)) = object.iter().find(|(name, _)| !attributes.contains_key(*name)) {
                return Err(ValueError::new(format!("no attribute is named {name:?}")));
            }
            infallible(encode::write_map_len(out, length(attributes.len())?));
            for (name, ty) in attributes {
                write_text(out, name);
                write(out, object.value(name), ty).map_err(|error| error.inside(format!(".{name}")))?;
            }
        }
        (Value::Dynamic(dynamic), Type::Dynamic) => {
            infallible(encode::write_array_len(out, 2));
            infallible(encode::write_bin(out, &types::encode(&dynamic.ty)));
            write(out, &dynamic.value, &dynamic.ty)?;
        }
        (value, ty) => return Err(ValueError::mismatch(&format!("{ty:?}"), name(value))),
    }
    Ok(())
}

/// An integer or a float where one is exact, else decimal text.
fn write_number(out: &mut ByteBuf, number: &Number) {
    if let Some(integer) = number.to_i64_exact() {
        infallible(encode::write_sint(out, integer));
    } else if let Some(float) = number.to_f64_exact() {
        infallible(encode::write_f64(out, float));
    } else {
        infallible(encode::write_str(out, &number.to_string()));
    }
}

fn write_text(out: &mut ByteBuf, text: &str) {
    infallible(encode::write_str(out, &normalized(text)));
}

/// Hosts compare strings in Unicode's normal form C, and hold everything they are sent in it. So two spellings of an
/// element or a key are one here, too.
fn normalized(text: &str) -> String {
    if unicode_normalization::is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

fn infallible<T, E>(written: Result<T, E>) {
    debug_assert!(written.is_ok(), "writing to memory does not fail");
}

fn length(length: usize) -> Result<u32, ValueError> {
    u32::try_from(length).map_err(|_| ValueError::new("too many elements"))
}

fn float(float: f64) -> Result<Number, ValueError> {
    Number::try_from(float).map_err(|error| ValueError::new(error.to_string()))
}

fn truncated() -> ValueError {
    ValueError::new("the value ends too early")
}

fn is_extension(marker: Marker) -> bool {
    use Marker::{Ext8, Ext16, Ext32, FixExt1, FixExt2, FixExt4, FixExt8, FixExt16};
    matches!(marker, Ext8 | Ext16 | Ext32 | FixExt1 | FixExt2 | FixExt4 | FixExt8 | FixExt16)
}

fn kind(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "null",
        Marker::True | Marker::False => "a bool",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a string",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes",
        Marker::Reserved => "a reserved byte",
        marker if is_extension(marker) => "an extension",
        _ => "a number",
    }
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown => "unknown",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Object(_) => "an object",
        Value::Dynamic(_) => "a dynamic value",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::arbitrary::{any_type, typed_value};

    #[test]
    fn refined_unknowns_are_unknown() {
        // Ext 12 with {1: false}: "not null".
        assert_eq!(decode(&[0xc7, 3, 12, 0x81, 1, 0xc2], &Type::String), Ok(Value::Unknown));
        assert_eq!(decode(&[0xd4, 0, 0], &Type::String), Ok(Value::Unknown));
    }

    #[test]
    fn numbers_are_written_in_the_first_form_that_is_exact() {
        for (text, bytes) in [
            ("5", vec![5]),
            ("-1", vec![0xff]),
            ("0.5", vec![0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]),
            ("0.1", vec![0xa3, b'0', b'.', b'1']),
            ("100000000000000000000000000000000000001", {
                let mut bytes = vec![0xd9, 39];
                bytes.extend_from_slice(b"100000000000000000000000000000000000001");
                bytes
            }),
        ] {
            let number = Value::Number(text.parse().unwrap());
            assert_eq!(encode(&number, &Type::Number), Ok(bytes.clone()), "{text}");
            assert_eq!(decode(&bytes, &Type::Number), Ok(number), "{text}");
        }
    }

    #[test]
    fn strings_are_written_in_normal_form_c() {
        let decomposed = Value::from("spa\u{308}t\u{30c}");
        let written = encode(&decomposed, &Type::String).unwrap();
        assert_eq!(decode(&written, &Type::String), Ok(Value::from("spät\u{30c}".nfc().collect::<String>())));
    }

    #[test]
    fn a_set_is_equal_in_any_order() {
        let ty = Type::set(Type::String);
        let one = encode(&Value::strings(["a", "b"]), &ty).unwrap();
        let other = encode(&Value::strings(["b", "a"]), &ty).unwrap();
        assert_eq!(decode(&one, &ty), decode(&other, &ty));
    }

    #[test]
    fn what_does_not_fit_its_type_is_refused_with_its_place() {
        let ty = Type::object([("names", Type::list(Type::String))]);
        for (bytes, message) in [
            (&b"\x81\xa5names\x91\x05"[..], ".names[0]: expected a string, found a number"),
            (b"\x81\xa5other\x90", "no attribute is named \"other\""),
            (b"\x80", "expected 1 attributes, found 0 in 0 entries"),
            (b"\x82\xa5names\x90\xa5names\x90", "expected 1 attributes, found 1 in 2 entries"),
            (b"\x81\xa5names\xdd\xff\xff\xff\xff", ".names[0]: the value ends too early"),
            (b"\x81\xa5names\x90\x00", "bytes follow the value"),
            (b"", "the value ends too early"),
        ] {
            assert_eq!(decode(bytes, &ty).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_dynamic_inside_itself_ends_at_a_bound() {
        let mut bytes = Vec::new();
        for _ in 0..100_000 {
            bytes.extend_from_slice(b"\x92\xc4\x09\"dynamic\"");
        }
        assert!(decode(&bytes, &Type::Dynamic).is_err());
    }

    proptest! {
        #[test]
        fn every_value_survives_the_way_there_and_back((ty, value) in typed_value()) {
            let bytes = encode(&value, &ty).unwrap();
            prop_assert_eq!(decode(&bytes, &ty), Ok(value));
        }

        #[test]
        fn any_bytes_give_a_value_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200), ty in any_type()) {
            let _ = decode(&bytes, &ty);
        }

        #[test]
        fn a_value_with_a_flipped_byte_gives_a_value_or_an_error(
            (ty, value) in typed_value(), at in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let mut bytes = encode(&value, &ty).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = decode(&bytes, &ty);
        }
    }
}
