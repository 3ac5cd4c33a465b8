//! Ephemeral resources: what a configuration opens for as long as one command runs, and what no plan or state ever
//! holds (protocol 6.7).

use std::time::SystemTime;

use super::model::{into_object, planned};
use super::{BoxFuture, Diagnostics, Model, Object, Planned, Private, Schema};

/// Something that is opened, kept alive and closed within one command.
pub trait EphemeralResource: Send + Sync + 'static {
    /// What is open: the configuration's values and the computed ones.
    type State: Model;

    /// The name that HCL uses.
    fn type_name(&self) -> &'static str;

    /// Checks that span attributes. Runs without token and network; unknown values pass.
    fn validate(&self, config: &Planned<Self::State>) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Opens it. The host opens in a plan and in an apply, each time once the whole configuration is known.
    fn open(
        &self,
        config: Planned<Self::State>,
    ) -> impl Future<Output = Result<Opened<Self::State>, Diagnostics>> + Send;

    /// Keeps it alive. Called at the time that [`Opened::renew_at`] or the last renewal named, and never without one.
    fn renew(&self, private: Private) -> impl Future<Output = Result<Renewed, Diagnostics>> + Send {
        std::future::ready(Ok(Renewed { renew_at: None, private }))
    }

    /// Closes it, when nothing needs it any more.
    fn close(&self, private: Private) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        let _ = private;
        std::future::ready(Ok(()))
    }
}

/// What an open came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened<S> {
    /// The configuration's values, unchanged, and the computed ones.
    pub state: S,
    /// When to renew it; none for never.
    pub renew_at: Option<SystemTime>,
    /// Notes for renewing and closing it.
    pub private: Private,
    /// What the person should know all the same.
    pub warnings: Diagnostics,
}

impl<S> Opened<S> {
    /// Open, with nothing to renew, to note or to tell.
    pub fn new(state: S) -> Self {
        Self { state, renew_at: None, private: Private::default(), warnings: Diagnostics::none() }
    }
}

/// What a renewal came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Renewed {
    /// When to renew it again; none for never.
    pub renew_at: Option<SystemTime>,
    /// Notes for renewing it again and closing it.
    pub private: Private,
}

/// [`EphemeralResource`] without its types. Implemented for every ephemeral resource.
pub trait DynEphemeralResource: Send + Sync {
    /// See [`EphemeralResource::type_name`].
    fn type_name(&self) -> &'static str;
    /// The schema of [`EphemeralResource::State`].
    fn schema(&self) -> Schema;
    /// The checks of the schema, and then those of [`EphemeralResource::validate`].
    fn validate(&self, config: Object) -> Diagnostics;
    /// See [`EphemeralResource::open`].
    fn open(&self, config: Object) -> BoxFuture<'_, Result<Opened<Object>, Diagnostics>>;
    /// See [`EphemeralResource::renew`].
    fn renew(&self, private: Private) -> BoxFuture<'_, Result<Renewed, Diagnostics>>;
    /// See [`EphemeralResource::close`].
    fn close(&self, private: Private) -> BoxFuture<'_, Result<(), Diagnostics>>;
}

impl<E: EphemeralResource> DynEphemeralResource for E {
    fn type_name(&self) -> &'static str {
        EphemeralResource::type_name(self)
    }

    fn schema(&self) -> Schema {
        Schema::of::<E::State>()
    }

    fn validate(&self, config: Object) -> Diagnostics {
        let schema = DynEphemeralResource::schema(self);
        schema.validate_as::<E::State>(EphemeralResource::type_name(self), config, |config| {
            EphemeralResource::validate(self, config)
        })
    }

    fn open(&self, config: Object) -> BoxFuture<'_, Result<Opened<Object>, Diagnostics>> {
        Box::pin(async move {
            let config = planned::<E::State>(EphemeralResource::type_name(self), config)?;
            let Opened { state, renew_at, private, warnings } = EphemeralResource::open(self, config).await?;
            Ok(Opened { state: into_object(state), renew_at, private, warnings })
        })
    }

    fn renew(&self, private: Private) -> BoxFuture<'_, Result<Renewed, Diagnostics>> {
        Box::pin(EphemeralResource::renew(self, private))
    }

    fn close(&self, private: Private) -> BoxFuture<'_, Result<(), Diagnostics>> {
        Box::pin(EphemeralResource::close(self, private))
    }
}
