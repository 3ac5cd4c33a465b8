//! Terraform's own ideas: types, values, paths, schemas, diagnostics, plans, and the traits that a provider implements.
//!
//! No bytes, no gRPC and no word of any one API: another provider could be built on this room tomorrow. What travels
//! over the wire is `tfplugin6`'s affair.

mod data_source;
mod diagnostic;
mod field;
mod function;
mod identity;
mod list_resource;
mod number;
mod object;
mod path;
mod plan;
mod provider;
mod resource;
mod schema;
mod ty;
mod validate;
mod value;

pub use data_source::{DataSource, DynDataSource};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use field::Field;
pub use function::{Function, FunctionError, Parameter, Signature};
pub use identity::{IdentityAttribute, IdentitySchema, ImportPresence};
pub use list_resource::{DynListResource, ListRequest, ListResource, Listed, ListedObject};
pub use number::{Number, NumberError};
pub use object::{FromObject, Object, ShapeError, ToObject};
pub use path::{AttributePath, Step};
pub use plan::{PlanRequest, PlanResponse};
pub use provider::{Provider, Readiness};
pub use resource::{
    Applied, ApplyResponse, Change, DynResource, ImportResponse, ImportTarget, Lookup, ReadResponse, Resource,
};
pub use schema::{Attribute, AttributeKind, Check, Complaint, Nesting, Presence, Schema};
pub use ty::Type;
pub use validate::{bug, null_element, validate_object};
pub use value::Value;

/// The future of an object-safe trait method.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
