//! The provider itself: its block, and what it offers.

use super::model::planned;
use super::{
    Diagnostics, DynDataSource, DynEphemeralResource, DynFunction, DynListResource, DynResource, Model,
    Object, Planned, Schema,
};

/// What a plugin serves.
pub trait Provider: Send + Sync + 'static {
    /// The attributes of the provider block.
    type Block: Model;

    /// Checks that span attributes of the provider block. Runs without token and network; unknown values pass.
    fn validate(&self, block: &Planned<Self::Block>) -> Diagnostics {
        let _ = block;
        Diagnostics::none()
    }

    /// Takes in the provider block. Later calls replace what earlier ones set.
    fn configure(&self, block: Planned<Self::Block>) -> Diagnostics;

    /// The host asks to stop what is under way. What was sent must still be seen to its end; pauses between two tries
    /// are over. The next `configure` begins anew: a process under a debugger serves one host after another.
    fn stop(&self) {}

    /// Whether resources can be worked on.
    fn readiness(&self) -> Readiness {
        Readiness::Ready
    }

    /// The resources that it manages, each a [`Managed`](super::Managed).
    fn resources(&self) -> Vec<Box<dyn DynResource>> {
        Vec::new()
    }

    /// The data sources that it reads.
    fn data_sources(&self) -> Vec<Box<dyn DynDataSource>> {
        Vec::new()
    }

    /// The ephemeral resources that it opens.
    fn ephemeral_resources(&self) -> Vec<Box<dyn DynEphemeralResource>> {
        Vec::new()
    }

    /// The functions that it has.
    fn functions(&self) -> Vec<Box<dyn DynFunction>> {
        Vec::new()
    }

    /// The resources whose objects it can find.
    fn list_resources(&self) -> Vec<Box<dyn DynListResource>> {
        Vec::new()
    }
}

/// Whether a provider can work on resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// Its block holds values that are known only after an apply.
    AwaitsConfiguration,
}

/// What is wrong with a provider block: by its schema, and by [`Provider::validate`].
pub fn validate_block<P: Provider>(provider: &P, schema: &Schema, block: Object) -> Diagnostics {
    schema.validate_as::<P::Block>(BLOCK, block, |block| provider.validate(block))
}

/// The provider block as its model has it.
///
/// # Errors
/// A bug of the provider: a block that the host has checked against the schema, and that the model can't hold.
pub fn block<P: Provider>(block: Object) -> Result<Planned<P::Block>, Diagnostics> {
    planned::<P::Block>(BLOCK, block)
}

const BLOCK: &str = "the provider block";
