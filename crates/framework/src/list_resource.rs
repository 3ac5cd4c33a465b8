//! List resources: finding the objects of a resource type that exist (`terraform query`, protocol 6.10).

use super::model::{into_object, planned};
use super::{BoxFuture, Diagnostics, Model, Object, Planned, Schema};

/// A way to find the existing objects of a resource type of the same name.
pub trait ListResource: Send + Sync + 'static {
    /// The attributes of a `list` block's `config`.
    type Config: Model;
    /// A state of the resource.
    type State: Model;

    /// The resource type whose objects it finds.
    fn type_name(&self) -> &'static str;

    /// The objects that exist, in a stable order.
    fn list(
        &self,
        config: Planned<Self::Config>,
    ) -> impl Future<Output = Result<Vec<Listed<Self::State>>, Diagnostics>> + Send;
}

/// One object that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<S> {
    /// What a person knows it by.
    pub display_name: String,
    /// Its state.
    pub state: S,
}

/// One object that exists, without its type.
pub type ListedObject = Listed<Object>;

/// [`ListResource`] without its types. Implemented for every list resource.
pub trait DynListResource: Send + Sync {
    /// See [`ListResource::type_name`].
    fn type_name(&self) -> &'static str;
    /// The schema of [`ListResource::Config`].
    fn schema(&self) -> Schema;
    /// See [`ListResource::list`]. At most `limit` objects.
    fn list(&self, config: Object, limit: usize) -> BoxFuture<'_, Result<Vec<ListedObject>, Diagnostics>>;
}

impl<L: ListResource> DynListResource for L {
    fn type_name(&self) -> &'static str {
        ListResource::type_name(self)
    }

    fn schema(&self) -> Schema {
        Schema::of::<L::Config>()
    }

    fn list(&self, config: Object, limit: usize) -> BoxFuture<'_, Result<Vec<ListedObject>, Diagnostics>> {
        Box::pin(async move {
            let config = planned::<L::Config>(ListResource::type_name(self), config)?;
            let objects = ListResource::list(self, config).await?;
            let objects = objects.into_iter().take(limit);
            Ok(objects
                .map(|Listed { display_name, state }| Listed { display_name, state: into_object(state) })
                .collect())
        })
    }
}
