//! Data sources: what a configuration reads without managing it.

use super::{BoxFuture, Diagnostics, FromObject, Object, Schema, ToObject, bug, validate_object};

/// Something that a configuration reads.
pub trait DataSource: Send + Sync + 'static {
    /// The configuration, whose attributes may be unknown while it is validated.
    type Config: FromObject + Send + Sync;
    /// What was read: the configuration's values and the computed ones.
    type State: ToObject + Send;

    /// The name that HCL uses.
    fn type_name(&self) -> &'static str;

    /// Its attributes.
    fn schema(&self) -> Schema;

    /// Checks that span attributes. Runs without token and network; unknown values pass.
    fn validate(&self, config: &Self::Config) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Reads it. The host waits until the whole configuration is known. Warnings come beside the state.
    fn read(
        &self,
        config: Self::Config,
    ) -> impl Future<Output = Result<(Self::State, Diagnostics), Diagnostics>> + Send;
}

/// [`DataSource`] without its types. Implemented for every data source.
pub trait DynDataSource: Send + Sync {
    /// See [`DataSource::type_name`].
    fn type_name(&self) -> &'static str;
    /// See [`DataSource::schema`].
    fn schema(&self) -> Schema;
    /// The checks of the schema, then those of [`DataSource::validate`].
    fn validate(&self, config: &Object) -> Diagnostics;
    /// See [`DataSource::read`].
    fn read(&self, config: Object) -> BoxFuture<'_, Result<(Object, Diagnostics), Diagnostics>>;
}

impl<D: DataSource> DynDataSource for D {
    fn type_name(&self) -> &'static str {
        DataSource::type_name(self)
    }

    fn schema(&self) -> Schema {
        DataSource::schema(self)
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        let mut diagnostics = validate_object(&DataSource::schema(self), config);
        match parse(self, config) {
            Ok(config) => diagnostics.extend(DataSource::validate(self, &config)),
            Err(errors) => diagnostics.extend(errors),
        }
        diagnostics
    }

    fn read(&self, config: Object) -> BoxFuture<'_, Result<(Object, Diagnostics), Diagnostics>> {
        Box::pin(async move {
            let (state, warnings) = DataSource::read(self, parse(self, &config)?).await?;
            Ok((state.to_object(), warnings))
        })
    }
}

fn parse<D: DataSource>(source: &D, config: &Object) -> Result<D::Config, Diagnostics> {
    D::Config::from_object(config)
        .map_err(|error| bug(format!("{} could not be read: {error}", DataSource::type_name(source))).into())
}
