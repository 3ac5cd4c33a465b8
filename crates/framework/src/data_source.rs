//! Data sources: what a configuration reads without managing it.

use super::{BoxFuture, Convert as _, Diagnostics, Model, Object, Planned, Schema, Value, bug};

/// Something that a configuration reads.
pub trait DataSource: Send + Sync + 'static {
    /// What was read: the configuration's values and the computed ones.
    type State: Model;

    /// The name that HCL uses.
    fn type_name(&self) -> &'static str;

    /// Checks that span attributes. Runs without token and network; unknown values pass.
    fn validate(&self, config: &Planned<Self::State>) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Reads it. The host waits until the whole configuration is known. Warnings come beside the state.
    fn read(
        &self,
        config: Planned<Self::State>,
    ) -> impl Future<Output = Result<(Self::State, Diagnostics), Diagnostics>> + Send;
}

/// [`DataSource`] without its types. Implemented for every data source.
pub trait DynDataSource: Send + Sync {
    /// See [`DataSource::type_name`].
    fn type_name(&self) -> &'static str;
    /// The schema of [`DataSource::State`].
    fn schema(&self) -> Schema;
    /// The checks of the schema, and then those of [`DataSource::validate`].
    fn validate(&self, config: Object) -> Diagnostics;
    /// See [`DataSource::read`].
    fn read(&self, config: Object) -> BoxFuture<'_, Result<(Object, Diagnostics), Diagnostics>>;
}

impl<D: DataSource> DynDataSource for D {
    fn type_name(&self) -> &'static str {
        DataSource::type_name(self)
    }

    fn schema(&self) -> Schema {
        Schema::of::<D::State>()
    }

    fn validate(&self, config: Object) -> Diagnostics {
        validated::<D::State>(DataSource::type_name(self), &DynDataSource::schema(self), config, |config| {
            DataSource::validate(self, config)
        })
    }

    fn read(&self, config: Object) -> BoxFuture<'_, Result<(Object, Diagnostics), Diagnostics>> {
        Box::pin(async move {
            let config = configuration::<D::State>(DataSource::type_name(self), config)?;
            let (state, warnings) = DataSource::read(self, config).await?;
            Ok((into_object(state), warnings))
        })
    }
}

/// A configuration as its model has it.
pub(crate) fn configuration<M: Model>(of: &str, config: Object) -> Result<M::Planned, Diagnostics> {
    M::Planned::from_value(config.into())
        .map_err(|error| bug(format!("{of} could not be read: {error}")).into())
}

/// What is wrong with a configuration: by its schema, and by the checks that span attributes.
pub(crate) fn validated<M: Model>(
    of: &str,
    schema: &Schema,
    config: Object,
    spanning: impl FnOnce(&M::Planned) -> Diagnostics,
) -> Diagnostics {
    let mut found = schema.validate(&config);
    match configuration::<M>(of, config) {
        Ok(config) => found.extend(spanning(&config)),
        // What the schema refuses may be what the model can't hold, such as a number that is too large.
        Err(bug) if found == Diagnostics::none() => return bug,
        Err(_) => {}
    }
    found
}

/// A model as an object. Every model is one.
pub(crate) fn into_object(model: impl super::Convert) -> Object {
    match model.into_value() {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
