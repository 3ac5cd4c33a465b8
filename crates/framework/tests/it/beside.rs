//! What there is beside resources: data sources, ephemeral resources, functions, lists and the provider block.

use std::collections::BTreeMap;

use framework::{
    AttributePath, Complaint, DataSource, Diagnostic, Diagnostics, DynDataSource, DynEphemeralResource,
    DynFunction, DynListResource, EphemeralResource, Field, Function, FunctionError, ListResource, Listed,
    Object, Opened, Planned, Private, Provider, Readiness, Renewed, Schema, Severity, Type, Value, bug,
};

framework::model! {
    /// A word and its length.
    struct Word, WordConfig {
        text: String = required(),
        at_most: Option<i64> = optional(),
        length: i64 = computed(),
    }
}

struct Words;

fn too_long(config: &WordConfig) -> Diagnostics {
    match (&config.text, &config.at_most) {
        (Field::Known(text), Field::Known(most)) if length(text) > *most => {
            Diagnostic::error("Long", "Take another.").into()
        }
        _ => Diagnostics::none(),
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap()
}

fn measured(config: WordConfig) -> Result<Word, Diagnostics> {
    let text = config.text.settled("text")?;
    Ok(Word { length: length(&text), text, at_most: config.at_most.known() })
}

impl DataSource for Words {
    type State = Word;

    fn type_name(&self) -> &'static str {
        "test_word"
    }

    fn validate(&self, config: &WordConfig) -> Diagnostics {
        too_long(config)
    }

    async fn read(&self, config: WordConfig) -> Result<(Word, Diagnostics), Diagnostics> {
        Ok((measured(config)?, Diagnostic::warning("Mind", "it").into()))
    }
}

struct OpenWords;

impl EphemeralResource for OpenWords {
    type State = Word;

    fn type_name(&self) -> &'static str {
        "test_open_word"
    }

    fn validate(&self, config: &WordConfig) -> Diagnostics {
        too_long(config)
    }

    async fn open(&self, config: WordConfig) -> Result<Opened<Word>, Diagnostics> {
        measured(config).map(Opened::new)
    }
}

fn config(text: impl Into<Value>, at_most: impl Into<Value>) -> Object {
    Object::new().with("text", text).with("at_most", at_most).with("length", Value::Null)
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn summaries(diagnostics: Diagnostics) -> Vec<String> {
    diagnostics.into_iter().map(|one| one.summary).collect()
}

/// A configuration and what is said of it, whoever is asked.
fn configurations() -> [(Object, Vec<&'static str>); 5] {
    [
        (config("abc", number("3")), vec![]),
        (config("abcd", number("3")), vec!["Long"]),
        (config("abcd", Value::Unknown), vec![]),
        // What the model can't hold is told once, as what it is.
        (config("abc", number("0.5")), vec!["Invalid number"]),
        (config(Value::Bool(true), Value::Null), vec!["Provider bug"]),
    ]
}

#[tokio::test]
async fn a_data_source_checks_and_reads() {
    assert_eq!(DynDataSource::type_name(&Words), "test_word");
    assert_eq!(DynDataSource::schema(&Words).description, "A word and its length.");
    for (config, said) in configurations() {
        assert_eq!(summaries(DynDataSource::validate(&Words, config.clone())), said, "{config:?}");
    }
    let (read, warnings) = DynDataSource::read(&Words, config("abc", number("3"))).await.unwrap();
    assert_eq!(read, config("abc", number("3")).with("length", number("3")));
    assert_eq!(summaries(warnings), ["Mind"]);
    let unread = DynDataSource::read(&Words, config(Value::Bool(true), Value::Null)).await.unwrap_err();
    let details: Vec<_> = unread.into_iter().map(|one| one.detail).collect();
    assert_eq!(
        details,
        [
            "test_word could not be read: attribute \"text\" is not a known string. This is a bug in the provider, please \
         report it."
        ]
    );
}

#[tokio::test]
async fn an_ephemeral_resource_checks_and_opens() {
    assert_eq!(DynEphemeralResource::type_name(&OpenWords), "test_open_word");
    assert_eq!(DynEphemeralResource::schema(&OpenWords).attributes.len(), 3);
    for (config, said) in configurations() {
        assert_eq!(summaries(DynEphemeralResource::validate(&OpenWords, config.clone())), said, "{config:?}");
    }
    let opened = DynEphemeralResource::open(&OpenWords, config("abc", Value::Null)).await.unwrap();
    assert_eq!(opened, Opened::new(config("abc", Value::Null).with("length", number("3"))));
    let misread = DynEphemeralResource::open(&OpenWords, config(Value::Bool(true), Value::Null)).await;
    assert_eq!(summaries(misread.unwrap_err()), ["Provider bug"]);
}

#[tokio::test]
async fn by_default_a_renewal_keeps_the_notes_and_a_close_does_nothing() {
    let notes: Private = [("lease".to_owned(), "17".to_owned())].into_iter().collect();
    let renewed = DynEphemeralResource::renew(&OpenWords, notes.clone()).await;
    assert_eq!(renewed, Ok(Renewed { renew_at: None, private: notes.clone() }));
    assert_eq!(DynEphemeralResource::close(&OpenWords, notes).await, Ok(()));
}

fn short(text: &str) -> Result<(), Complaint> {
    if text.len() <= 3 { Ok(()) } else { Err(Complaint::new("Long", "Write three characters at most.")) }
}

framework::model! {
    /// Repeats words.
    struct Repeated {
        /// How often.
        times: u64 = required(),
        /// What.
        words: Vec<String> = required().check_each(short),
    }
}

struct Repeat;

impl Function for Repeat {
    type Arguments = Repeated;
    type Result = BTreeMap<String, String>;

    fn name(&self) -> &'static str {
        "repeat"
    }

    fn summary(&self) -> &'static str {
        "Repeats"
    }

    fn call(&self, arguments: Repeated) -> Result<Self::Result, FunctionError> {
        if arguments.times == 0 {
            return Err(FunctionError::argument(0, "it is no number of times"));
        }
        let times = usize::try_from(arguments.times).unwrap();
        Ok(arguments.words.into_iter().map(|word| (word.clone(), word.repeat(times))).collect())
    }
}

#[test]
fn a_function_has_the_types_of_its_arguments_and_result() {
    assert_eq!(DynFunction::name(&Repeat), "repeat");
    let signature = Repeat.signature();
    assert_eq!((signature.summary, signature.description.as_str()), ("Repeats", "Repeats words."));
    assert_eq!(signature.returns, Type::map(Type::String));
    let parameters: Vec<_> =
        signature.parameters.iter().map(|one| (one.name, &one.ty, one.description.as_str())).collect();
    assert_eq!(
        parameters,
        [("times", &Type::Number, "How often."), ("words", &Type::list(Type::String), "What.")]
    );
    let called = DynFunction::call(&Repeat, vec![number("2"), Value::strings(["ab"])]);
    assert_eq!(called, Ok(Object::new().with("ab", "abab").into()));
}

#[test]
fn a_function_names_the_argument_at_fault() {
    let words = || Value::strings(["ab"]);
    for (times, words, argument, text) in [
        (number("0"), words(), Some(0), "it is no number of times"),
        (number("0.5"), words(), Some(0), "times must be a whole number from 0 to 18446744073709551615"),
        (
            number("2"),
            Value::List(vec!["a".into(), Value::Null]),
            Some(1),
            "words[1] is null. Give it a value, or leave the element out",
        ),
        (number("2"), Value::strings(["long"]), Some(1), "Write three characters at most"),
        (
            number("2"),
            "ab".into(),
            None,
            "attribute \"words\" is not a known list (this is a bug in the provider, please report it)",
        ),
    ] {
        let error = DynFunction::call(&Repeat, vec![times, words]).unwrap_err();
        assert_eq!(error, FunctionError { text: text.to_owned(), argument });
        assert_eq!(error.to_string(), text);
    }
}

framework::model! {
    /// Looks for words.
    struct Search, SearchConfig {
        prefix: Option<String> = optional(),
    }
}

struct WordList;

impl ListResource for WordList {
    type Config = Search;
    type State = Word;

    fn type_name(&self) -> &'static str {
        "test_word"
    }

    async fn list(&self, config: SearchConfig) -> Result<Vec<Listed<Word>>, Diagnostics> {
        let prefix = config.prefix.known().unwrap_or_default();
        let words = ["ab", "ac", "b"].into_iter().filter(|word| word.starts_with(&prefix));
        let word = |text: &str| Word { text: text.to_owned(), at_most: None, length: length(text) };
        Ok(words.map(|text| Listed { display_name: text.to_uppercase(), state: word(text) }).collect())
    }
}

#[tokio::test]
async fn a_list_has_so_many_objects_at_most() {
    assert_eq!(DynListResource::type_name(&WordList), "test_word");
    assert_eq!(DynListResource::schema(&WordList).description, "Looks for words.");
    let names = |prefix: &'static str, limit| async move {
        let config = Object::new().with("prefix", prefix);
        let listed = DynListResource::list(&WordList, config, limit).await.unwrap();
        assert!(listed.iter().all(|one| one.state.value("text") != &Value::Null));
        listed.into_iter().map(|one| one.display_name).collect::<Vec<_>>()
    };
    assert_eq!(names("", 10).await, ["AB", "AC", "B"]);
    assert_eq!(names("a", 10).await, ["AB", "AC"]);
    assert_eq!(names("", 2).await, ["AB", "AC"]);
    assert_eq!(names("", 0).await, [""; 0]);
    let misread = DynListResource::list(&WordList, Object::new().with("prefix", Value::Bool(true)), 1).await;
    assert_eq!(summaries(misread.unwrap_err()), ["Provider bug"]);
}

struct Nothing;

impl Provider for Nothing {
    type Block = Word;

    fn validate(&self, block: &WordConfig) -> Diagnostics {
        too_long(block)
    }

    fn configure(&self, _: Planned<Word>) -> Diagnostics {
        Diagnostics::none()
    }
}

#[test]
fn a_provider_block_is_checked_and_read() {
    let schema = Schema::of::<Word>();
    for (block, said) in configurations() {
        assert_eq!(summaries(framework::validate_block(&Nothing, &schema, block.clone())), said, "{block:?}");
    }
    let block = framework::block::<Nothing>(config("abc", Value::Unknown)).unwrap();
    assert_eq!((block.text, block.at_most), (Field::Known("abc".to_owned()), Field::Unknown));
    let misread = framework::block::<Nothing>(config(Value::Bool(true), Value::Null)).unwrap_err();
    let details: Vec<_> = misread.into_iter().map(|one| one.detail).collect();
    assert!(
        details[0].starts_with("the provider block could not be read: attribute \"text\""),
        "{details:?}"
    );
}

#[test]
fn a_provider_has_nothing_that_it_does_not_list() {
    assert_eq!(Nothing.readiness(), Readiness::Ready);
    assert!(Nothing.resources().is_empty() && Nothing.data_sources().is_empty());
    assert!(Nothing.functions().is_empty() && Nothing.list_resources().is_empty());
    assert!(Nothing.ephemeral_resources().is_empty());
}

#[test]
fn a_diagnostic_says_what_where_and_how_bad() {
    let path = || AttributePath::root("text");
    let error = Complaint::new("Long", "Take another.").at(path());
    assert_eq!(error, Diagnostic::error("Long", "Take another.").at(path()));
    assert_eq!((error.severity, error.path.clone()), (Severity::Error, Some(path())));
    let warning = Diagnostic::warning("Mind", "it");
    assert_eq!((warning.severity, warning.path.clone()), (Severity::Warning, None));
    assert_eq!(bug("It broke").detail, "It broke. This is a bug in the provider, please report it.");

    let mut found = Diagnostics::from(warning);
    assert_eq!(found.clone().or_errors(), Ok(found.clone()), "a warning stops nothing");
    found.push(error);
    assert_eq!(found.clone().or_errors(), Err(found.clone()));
    assert_eq!(summaries(found), ["Mind", "Long"]);
}
