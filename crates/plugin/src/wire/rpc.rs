//! The provider's gRPC service: each RPC is logged here, and decoded, called and encoded in the file of its noun.

use tonic::{Request, Response, Status, async_trait};

use framework::Provider;

use super::list_resource::Events;
use super::proto;
use super::service::Service;

/// Implements the service. A line is an RPC: its name in logs, its method, what that takes of the request (nothing, all of
/// it, or all of it with a field that the log names), and the method of [`Service`] that answers. What follows the lines
/// is written out.
macro_rules! service {
    ($($name:literal $rpc:ident($($taken:tt)*) => $answer:ident,)* $(@ $($written:tt)*)?) => {
        #[async_trait]
        impl<P: Provider> proto::provider_server::Provider for Service<P> {
            $(
                async fn $rpc(
                    &self,
                    request: Request<proto::$rpc::Request>,
                ) -> Result<Response<proto::$rpc::Response>, Status> {
                    let _request = request.into_inner();
                    logged!(self, $name, _request, $answer($($taken)*))
                }
            )*

            $($($written)*)?
        }
    };
}

macro_rules! logged {
    ($service:ident, $name:literal, $request:ident, $answer:ident()) => {
        $service.logged($service.span($name, ""), $service.$answer()).await
    };
    ($service:ident, $name:literal, $request:ident, $answer:ident(request)) => {
        $service.logged($service.span($name, ""), $service.$answer($request)).await
    };
    ($service:ident, $name:literal, $request:ident, $answer:ident(request.$about:ident)) => {
        $service.logged($service.span($name, &$request.$about), $service.$answer($request)).await
    };
}

service! {
    "GetMetadata" get_metadata() => metadata,
    "GetProviderSchema" get_provider_schema() => schemas,
    "GetResourceIdentitySchemas" get_resource_identity_schemas() => identity_schemas,
    "GetFunctions" get_functions() => functions,
    "ValidateProviderConfig" validate_provider_config(request) => validate_provider,
    "ConfigureProvider" configure_provider(request) => configure,
    "ValidateResourceConfig" validate_resource_config(request.type_name) => validate_resource,
    "UpgradeResourceState" upgrade_resource_state(request.type_name) => upgrade_state,
    "UpgradeResourceIdentity" upgrade_resource_identity(request.type_name) => upgrade_identity,
    "ReadResource" read_resource(request.type_name) => read,
    "PlanResourceChange" plan_resource_change(request.type_name) => plan,
    "ApplyResourceChange" apply_resource_change(request.type_name) => apply,
    "ImportResourceState" import_resource_state(request.type_name) => import,
    "MoveResourceState" move_resource_state(request.target_type_name) => move_state,
    "GenerateResourceConfig" generate_resource_config(request.type_name) => generate_config,
    "ValidateDataResourceConfig" validate_data_resource_config(request.type_name) => validate_data_source,
    "ReadDataSource" read_data_source(request.type_name) => read_data,
    "CallFunction" call_function(request.name) => call,
    "ValidateListResourceConfig" validate_list_resource_config(request.type_name) => validate_list,
    "ValidateEphemeralResourceConfig" validate_ephemeral_resource_config(request.type_name) => validate_ephemeral,
    "OpenEphemeralResource" open_ephemeral_resource(request.type_name) => open,
    "RenewEphemeralResource" renew_ephemeral_resource(request.type_name) => renew,
    "CloseEphemeralResource" close_ephemeral_resource(request.type_name) => close,
    @
    type ListResourceStream = Events;

    async fn list_resource(
        &self,
        request: Request<proto::list_resource::Request>,
    ) -> Result<Response<Events>, Status> {
        let request = request.into_inner();
        logged!(self, "ListResource", request, list(request.type_name))
    }

    async fn stop_provider(
        &self,
        _: Request<proto::stop_provider::Request>,
    ) -> Result<Response<proto::stop_provider::Response>, Status> {
        self.provider.stop();
        self.stop.notify_waiters();
        Ok(Response::new(proto::stop_provider::Response::default()))
    }

    async fn validate_action_config(
        &self,
        _: Request<proto::validate_action_config::Request>,
    ) -> Result<Response<proto::validate_action_config::Response>, Status> {
        Err(no_actions())
    }

    async fn plan_action(
        &self,
        _: Request<proto::plan_action::Request>,
    ) -> Result<Response<proto::plan_action::Response>, Status> {
        Err(no_actions())
    }

    type InvokeActionStream = tokio_stream::Empty<Result<proto::invoke_action::Event, Status>>;

    async fn invoke_action(
        &self,
        _: Request<proto::invoke_action::Request>,
    ) -> Result<Response<Self::InvokeActionStream>, Status> {
        Err(no_actions())
    }
}

fn no_actions() -> Status {
    Status::unimplemented("this provider has no actions")
}
