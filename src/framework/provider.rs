//! The provider itself: its block, and what it offers.

use super::{Diagnostics, DynDataSource, DynListResource, DynResource, Function, Object, Schema};

/// What a plugin serves.
pub trait Provider: Send + Sync + 'static {
    /// The attributes of the provider block.
    fn schema(&self) -> Schema;

    /// Checks that span attributes of the provider block. Runs without token and network; unknown values pass.
    fn validate(&self, config: &Object) -> Diagnostics;

    /// Takes in the provider block. Later calls replace what earlier ones set.
    fn configure(&self, block: &Object) -> Diagnostics;

    /// The host asks to stop what is under way. What was sent must still be seen to its end; pauses between two tries
    /// are over. The next `configure` begins anew: a process under a debugger serves one host after another.
    fn stop(&self) {}

    /// Whether resources can be worked on.
    fn readiness(&self) -> Readiness;

    /// The resources that it manages.
    fn resources(&self) -> Vec<Box<dyn DynResource>>;

    /// The data sources that it reads.
    fn data_sources(&self) -> Vec<Box<dyn DynDataSource>>;

    /// The functions that it has.
    fn functions(&self) -> Vec<Box<dyn Function>>;

    /// The resources whose objects it can find.
    fn list_resources(&self) -> Vec<Box<dyn DynListResource>>;
}

/// Whether a provider can work on resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It can.
    Ready,
    /// Its block holds values that are known only after an apply.
    AwaitsConfiguration,
}
