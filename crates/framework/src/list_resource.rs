//! List resources: finding the objects of a resource type that exist (`terraform query`, protocol 6.10).

use super::{BoxFuture, Diagnostics, FromObject, Object, Schema, ToObject, bug, validate_object};

/// A way to find the existing objects of a resource type of the same name.
pub trait ListResource: Send + Sync + 'static {
    /// The configuration of a `list` block.
    type Config: FromObject + Send + Sync;
    /// A state of the resource.
    type State: ToObject + Send;

    /// The resource type whose objects it finds.
    fn type_name(&self) -> &'static str;

    /// The attributes of a `list` block's `config`.
    fn schema(&self) -> Schema;

    /// The objects that exist, in a stable order.
    fn list(
        &self,
        config: Self::Config,
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

/// What a host asks of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    /// The configuration of the `list` block.
    pub config: Object,
    /// How many objects at the most.
    pub limit: usize,
}

/// [`ListResource`] without its types. Implemented for every list resource.
pub trait DynListResource: Send + Sync {
    /// See [`ListResource::type_name`].
    fn type_name(&self) -> &'static str;
    /// See [`ListResource::schema`].
    fn schema(&self) -> Schema;
    /// The checks of the schema.
    fn validate(&self, config: &Object) -> Diagnostics;
    /// See [`ListResource::list`].
    fn list(&self, request: ListRequest) -> BoxFuture<'_, Result<Vec<ListedObject>, Diagnostics>>;
}

impl<L: ListResource> DynListResource for L {
    fn type_name(&self) -> &'static str {
        ListResource::type_name(self)
    }

    fn schema(&self) -> Schema {
        ListResource::schema(self)
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        validate_object(&ListResource::schema(self), config)
    }

    fn list(&self, request: ListRequest) -> BoxFuture<'_, Result<Vec<ListedObject>, Diagnostics>> {
        Box::pin(async move {
            let config = L::Config::from_object(&request.config).map_err(|error| {
                Diagnostics::from(bug(format!(
                    "the list of {} could not be read: {error}",
                    ListResource::type_name(self)
                )))
            })?;
            let objects = ListResource::list(self, config).await?;
            Ok(objects
                .into_iter()
                .take(request.limit)
                .map(|listed| Listed { display_name: listed.display_name, state: listed.state.to_object() })
                .collect())
        })
    }
}
