//! A model: the attributes of a block as a Rust struct, from which its schema follows.

use crate::{Attribute, AttributeType, Convert as _, Diagnostics, bug};

/// A struct whose fields are the attributes of a block. [`model!`](crate::model!) writes it.
pub trait Model: AttributeType<Known = Self::Planned> + Send + Sync + 'static {
    /// The same attributes as a configuration or plan has them, each a [`Field`](crate::Field).
    type Planned: crate::Convert + Clone + Send + Sync + 'static;

    /// What the block is for, in Markdown.
    fn description() -> String;

    /// The attributes in the order in which they were written.
    fn attributes() -> Vec<Attribute>;

    /// A plan as the state that it comes to, once nothing in it is unknown: as it is applied, and with what the provider
    /// computes filled in.
    ///
    /// # Errors
    /// The bug of a host that applies what is unknown or null, or of a provider that left out what it computes; by the
    /// name of the attribute.
    fn settled(planned: Self::Planned) -> Result<Self, Diagnostics> {
        Self::from_value(planned.into_value())
            .map_err(|error| bug(format!("A plan is to be applied, and {error}")).into())
    }
}

/// A configuration or plan of a model.
pub type Planned<M> = <M as Model>::Planned;

/// Declares a [`Model`]: each attribute's name, type and text once.
///
/// ```
/// framework::model! {
///     /// A note on a board.
///     ///
///     /// This text is what a person reads about the block, in Markdown.
///     pub struct Note, PlannedNote {
///         /// What the note says.
///         text: String = required(),
///         /// The colours of its pins.
///         pins: Option<Vec<String>> = optional().check_each(a_colour),
///         /// The board's number for it.
///         id: i64 = computed().keeps_prior(),
///     }
/// }
///
/// fn a_colour(word: &str) -> Result<(), framework::Complaint> {
///     match word {
///         "red" | "blue" => Ok(()),
///         _ => Err(framework::Complaint::new("Not a colour", format!("{word:?} is none. Write red or blue."))),
///     }
/// }
/// # use framework::{Field, Model as _};
/// let planned = PlannedNote { text: Field::Known("Hi".to_owned()), pins: Field::Null, id: Field::Unknown };
/// let note = Note { text: "Hi".to_owned(), pins: None, id: 1 };
/// assert_eq!(Note::attributes().len(), 3);
/// ```
///
/// The first struct is a state: all of it is known, and a type is an `Option` where the value may be null. The second
/// is a configuration or plan: each field is a [`Field`](crate::Field), at every depth. A model without a second name
/// has none, and is an [`Object`](crate::Object) where a configuration holds it.
///
/// Behind `=` stands who sets the attribute, and what else there is to say: the methods of
/// [`Declaration`](crate::Declaration). What they say and the type have to go together: an attribute that may be left
/// out may be null, an identity is made of strings, and a check takes what the attribute holds.
///
/// ```compile_fail,E0599
/// framework::model! {
///     struct Note, PlannedNote {
///         text: String = optional(),
///     }
/// }
/// ```
///
/// ```compile_fail,E0599
/// framework::model! {
///     struct Note, PlannedNote {
///         number: i64 = required().identity("Number of the note."),
///     }
/// }
/// ```
///
/// ```compile_fail,E0308
/// fn a_colour(_: &str) -> Result<(), framework::Complaint> {
///     Ok(())
/// }
///
/// framework::model! {
///     struct Note, PlannedNote {
///         pinned: bool = required().check(a_colour),
///     }
/// }
/// ```
#[macro_export]
macro_rules! model {
    (
        $(#[doc = $doc:literal])*
        $visibility:vis struct $State:ident, $Planned:ident { $($attributes:tt)* }
    ) => {
        $crate::model!(@state [$($doc)*] $visibility $State, $Planned { $($attributes)* });
        $crate::model!(@planned $visibility $State, $Planned { $($attributes)* });
    };
    (
        $(#[doc = $doc:literal])*
        $visibility:vis struct $State:ident { $($attributes:tt)* }
    ) => {
        $crate::model!(@state [$($doc)*] $visibility $State, $crate::Object { $($attributes)* });
    };
    (
        @state [$($doc:literal)*] $visibility:vis $State:ident, $Planned:ty {
            $(
                $(#[doc = $text:literal])*
                $name:ident: $type:ty = $presence:ident() $(.$option:ident($($argument:expr),*))*
            ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        $visibility struct $State {
            $( $(#[doc = $text])* $visibility $name: $type, )*
        }

        impl $crate::Model for $State {
            type Planned = $Planned;

            fn description() -> String {
                $crate::paragraphs(&[$($doc),*])
            }

            fn attributes() -> Vec<$crate::Attribute> {
                vec![$(
                    $crate::Declaration::<$type>::$presence(
                        $crate::attribute_name(stringify!($name)),
                        $crate::paragraphs(&[$($text),*]),
                    )$(.$option($($argument),*))*.attribute(),
                )*]
            }
        }

        impl $crate::AttributeType for $State {
            type Known = $Planned;
            const SENSITIVE: bool = false $(|| <$type as $crate::AttributeType>::SENSITIVE)*;

            fn ty() -> $crate::Type {
                let attributes: Vec<(&str, $crate::Type)> = vec![$(
                    ($crate::attribute_name(stringify!($name)), <$type as $crate::AttributeType>::ty()),
                )*];
                $crate::Type::object(attributes)
            }

            fn nested() -> Option<($crate::Nesting, Vec<$crate::Attribute>)> {
                Some(($crate::Nesting::Single, <Self as $crate::Model>::attributes()))
            }

            fn rule() -> $crate::Rule {
                $crate::Rule::of_model::<Self>()
            }
        }

        $crate::model!(@convert $State { $($name)* });
    };
    (
        @planned $visibility:vis $State:ident, $Planned:ident {
            $(
                $(#[doc = $text:literal])*
                $name:ident: $type:ty = $presence:ident() $(.$option:ident($($argument:expr),*))*
            ),* $(,)?
        }
    ) => {
        #[doc = concat!("[`", stringify!($State), "`] in a configuration or plan.")]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        $visibility struct $Planned {
            $(
                $(#[doc = $text])*
                $visibility $name: $crate::Field<<$type as $crate::AttributeType>::Known>,
            )*
        }

        $crate::model!(@convert $Planned { $($name)* });
    };
    (@convert $Struct:ident { $($name:ident)* }) => {
        impl $crate::Convert for $Struct {
            fn from_value(value: $crate::Value) -> Result<Self, $crate::ShapeError> {
                let object = <$crate::Object as $crate::Convert>::from_value(value)?;
                $(
                    let name = $crate::attribute_name(stringify!($name));
                    let (value, object) = object.take(name);
                    let $name = $crate::Convert::from_value(value)
                        .map_err(|error: $crate::ShapeError| error.inside(name))?;
                )*
                drop(object);
                Ok(Self { $($name),* })
            }

            fn into_value(self) -> $crate::Value {
                let object = $crate::Object::new();
                $(
                    let name = $crate::attribute_name(stringify!($name));
                    let object = object.with(name, $crate::Convert::into_value(self.$name));
                )*
                $crate::Value::Object(object)
            }
        }
    };
}

/// The name of an attribute whose Rust name may be a keyword: `r#use` is `use`.
#[doc(hidden)]
pub fn attribute_name(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// The text of doc comments: lines that follow each other are a paragraph or an item of a list, and an empty one ends it.
#[doc(hidden)]
pub fn paragraphs(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        match line {
            "" => text.push_str("\n\n"),
            line if text.is_empty() || text.ends_with('\n') => text.push_str(line),
            item if item.starts_with("- ") || item.starts_with("* ") => text.extend(["\n", item]),
            line => text.extend([" ", line]),
        }
    }
    text
}

/// The path of an attribute of a [`Model`], as in `path!(Note.text)`. One that the model does not have can't compile.
///
/// ```
/// framework::model! {
///     struct Note, PlannedNote {
///         text: Option<String> = optional(),
///     }
/// }
/// assert_eq!(framework::path!(Note.text).to_string(), "text");
/// ```
///
/// ```compile_fail,E0609
/// framework::model! {
///     struct Note, PlannedNote {
///         text: Option<String> = optional(),
///     }
/// }
/// framework::path!(Note.txet);
/// ```
#[macro_export]
macro_rules! path {
    ($Model:ident.$name:ident) => {{
        const _: fn(&$Model) = |model| {
            let _ = &model.$name;
        };
        $crate::AttributePath::root($crate::attribute_name(stringify!($name)))
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_doc_comment_are_paragraphs_and_lists() {
        for (lines, text) in [
            (&[][..], ""),
            (&[" One"], "One"),
            (&[" One", " line"], "One line"),
            (&[" One.", "", " Two", " lines."], "One.\n\nTwo lines."),
            (&[" Either:", "", " - this", "   one", " - that"], "Either:\n\n- this one\n- that"),
            (&[" Either:", " * this", " * that"], "Either:\n* this\n* that"),
            (&[" *Never*", " - or", " -1"], "*Never*\n- or -1"),
        ] {
            assert_eq!(paragraphs(lines), text);
        }
    }

    #[test]
    fn a_keyword_names_an_attribute_without_its_mark() {
        assert_eq!((attribute_name("r#use"), attribute_name("use")), ("use", "use"));
    }
}
