//! Terraform's own ideas: types, values, paths, schemas, diagnostics, plans, and the traits that a provider implements.
//!
//! No bytes, no process and no word of any one API: another provider could be built on this crate and on `plugin`, which
//! serves it.
//!
//! # A first resource
//!
//! A [`model!`] declares each attribute once: its name, its Rust type, who sets it, and the text of its docs. A
//! [`Resource`] says what becomes of an object. A [`Provider`] lists what there is.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::{Arc, Mutex};
//!
//! use framework::{
//!     Applied, Diagnostics, DynResource, Field, Lookup, Managed, Model as _, Planned, Private, Provider, Resource,
//! };
//!
//! framework::model! {
//!     /// A note on a board.
//!     pub struct Note, PlannedNote {
//!         /// What the note says.
//!         text: String = required(),
//!         /// Whether it stays on top.
//!         pinned: Option<bool> = optional(),
//!         /// The board's number for it.
//!         id: i64 = computed().keeps_prior(),
//!     }
//! }
//!
//! /// The board: what another provider would have an API for.
//! type Board = Arc<Mutex<BTreeMap<i64, Note>>>;
//!
//! struct NoteResource(Board);
//!
//! impl Resource for NoteResource {
//!     type State = Note;
//!
//!     fn type_name(&self) -> &'static str {
//!         "board_note"
//!     }
//!
//!     async fn create(&self, planned: PlannedNote, _: &mut Private) -> Applied<Note> {
//!         let mut board = self.0.lock().expect("no thread panics with the board in its hands");
//!         let id = board.keys().last().copied().unwrap_or_default() + 1;
//!         match Note::settled(PlannedNote { id: Field::Known(id), ..planned }) {
//!             Ok(note) => {
//!                 board.insert(id, note.clone());
//!                 Applied::done(note)
//!             }
//!             Err(errors) => Applied::Failed { remains: None, errors },
//!         }
//!     }
//!
//!     async fn update(&self, prior: Note, planned: PlannedNote, _: &mut Private) -> Applied<Note> {
//!         match Note::settled(planned) {
//!             Ok(note) => {
//!                 let mut board = self.0.lock().expect("no thread panics with the board in its hands");
//!                 board.insert(note.id, note.clone());
//!                 Applied::done(note)
//!             }
//!             Err(errors) => Applied::Failed { remains: Some(prior), errors },
//!         }
//!     }
//!
//!     async fn delete(&self, prior: Note, _: &Private) -> Result<(), Diagnostics> {
//!         self.0.lock().expect("no thread panics with the board in its hands").remove(&prior.id);
//!         Ok(())
//!     }
//!
//!     async fn read(&self, state: Note, _: &mut Private) -> Result<Lookup<Note>, Diagnostics> {
//!         let board = self.0.lock().expect("no thread panics with the board in its hands");
//!         Ok(board.get(&state.id).cloned().map_or(Lookup::Missing, Lookup::Found))
//!     }
//! }
//!
//! framework::model! {
//!     /// Notes on a board.
//!     pub struct Block, Config {}
//! }
//!
//! #[derive(Default)]
//! struct BoardProvider(Board);
//!
//! impl Provider for BoardProvider {
//!     type Block = Block;
//!
//!     fn configure(&self, _: Planned<Block>) -> Diagnostics {
//!         Diagnostics::none()
//!     }
//!
//!     fn resources(&self) -> Vec<Box<dyn DynResource>> {
//!         vec![Box::new(Managed::new(NoteResource(self.0.clone())))]
//!     }
//! }
//! ```
//!
//! `plugin::serve` makes a binary of it, as in the example `board` of that crate. What more there is: [`DataSource`], [`EphemeralResource`], [`ListResource`] and
//! [`Function`] beside it; [`Import`], an identity and notes in [`Private`] for a resource; checks of values in its
//! [`Declaration`]s.

mod attribute;
mod attribute_type;
mod convert;
mod data_source;
mod declaration;
mod diagnostic;
mod ephemeral_resource;
mod field;
mod function;
mod identity;
mod list_resource;
mod managed;
mod model;
mod number;
mod object;
mod path;
mod plan;
mod private;
mod provider;
mod resource;
mod rule;
mod schema;
mod secret;
mod ty;
mod value;

pub use attribute::{Attribute, AttributeKind, Nesting, Presence};
pub use attribute_type::{AttributeType, Elements};
pub use convert::{Convert, ShapeError};
pub use data_source::{DataSource, DynDataSource};
pub use declaration::Declaration;
pub use diagnostic::{Complaint, Diagnostic, Diagnostics, Severity, bug};
pub use ephemeral_resource::{DynEphemeralResource, EphemeralResource, Opened, Renewed};
pub use field::Field;
pub use function::{DynFunction, Function, FunctionError, Parameter, Signature};
pub use identity::{IdentityAttribute, IdentitySchema, ImportPresence};
pub use list_resource::{DynListResource, ListResource, Listed, ListedObject};
pub use managed::{DynResource, ImportRequest, Managed, StateResponse};
pub use model::{Model, Planned};
#[doc(hidden)]
pub use model::{attribute_name, paragraphs, rule_of};
pub use number::{Number, NumberError};
pub use object::Object;
pub use path::{AttributePath, Step};
pub use plan::{PlanRequest, PlanResponse};
pub use private::Private;
pub use provider::{Provider, Readiness, block, validate_block};
pub use resource::{Applied, Change, Import, ImportTarget, Lookup, Plan, Resource};
pub use rule::{Container, Rule};
pub use schema::Schema;
pub use secret::Secret;
pub use ty::Type;
pub use value::{DynamicValue, Value};

/// The future of an object-safe trait method.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
