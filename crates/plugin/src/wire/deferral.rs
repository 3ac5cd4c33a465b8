//! Deferral (protocol 6.6): what a host that allows it is told while the provider block is not wholly known.

use super::proto::{ClientCapabilities, Deferred, deferred::Reason};
use framework::{Provider, Readiness};

/// The deferral to answer with, where the provider can't work yet and the host can wait.
pub(super) fn deferred(provider: &impl Provider, host: Option<ClientCapabilities>) -> Option<Deferred> {
    let allowed = host.is_some_and(|host| host.deferral_allowed);
    let waits = provider.readiness() == Readiness::AwaitsConfiguration;
    (allowed && waits).then(|| Deferred { reason: Reason::ProviderConfigUnknown.into() })
}
