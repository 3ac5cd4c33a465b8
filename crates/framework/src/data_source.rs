//! Data sources: what a configuration reads without managing it.

use super::model::{into_object, planned};
use super::{BoxFuture, Diagnostics, Model, Object, Planned, Schema};

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
        let schema = DynDataSource::schema(self);
        schema.validate_as::<D::State>(DataSource::type_name(self), config, |config| {
            DataSource::validate(self, config)
        })
    }

    fn read(&self, config: Object) -> BoxFuture<'_, Result<(Object, Diagnostics), Diagnostics>> {
        Box::pin(async move {
            let config = planned::<D::State>(DataSource::type_name(self), config)?;
            let (state, warnings) = DataSource::read(self, config).await?;
            Ok((into_object(state), warnings))
        })
    }
}
