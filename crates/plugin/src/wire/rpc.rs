//! The provider's gRPC service: each RPC is logged here, and decoded, called and encoded in the file of its noun.

use tonic::{Request, Response, Status, async_trait};

use framework::Provider;

use super::list_resource::Events;
use super::proto;
use super::service::Service;

/// What is answered for parts of the protocol that this service has nothing of.
fn none_served(what: &str) -> Status {
    Status::unimplemented(format!("this provider has no {what}"))
}

#[async_trait]
impl<P: Provider> proto::provider_server::Provider for Service<P> {
    async fn get_metadata(
        &self,
        _: Request<proto::get_metadata::Request>,
    ) -> Result<Response<proto::get_metadata::Response>, Status> {
        self.logged(self.span("GetMetadata", ""), async { Ok(self.metadata()) }).await
    }

    async fn get_provider_schema(
        &self,
        _: Request<proto::get_provider_schema::Request>,
    ) -> Result<Response<proto::get_provider_schema::Response>, Status> {
        self.logged(self.span("GetProviderSchema", ""), async { Ok(self.schemas()) }).await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<proto::get_resource_identity_schemas::Request>,
    ) -> Result<Response<proto::get_resource_identity_schemas::Response>, Status> {
        self.logged(self.span("GetResourceIdentitySchemas", ""), async { Ok(self.identity_schemas()) }).await
    }

    async fn get_functions(
        &self,
        _: Request<proto::get_functions::Request>,
    ) -> Result<Response<proto::get_functions::Response>, Status> {
        self.logged(self.span("GetFunctions", ""), async { Ok(self.function_signatures()) }).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<proto::validate_provider_config::Request>,
    ) -> Result<Response<proto::validate_provider_config::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ValidateProviderConfig", ""), async { self.validate_provider(request) }).await
    }

    async fn configure_provider(
        &self,
        request: Request<proto::configure_provider::Request>,
    ) -> Result<Response<proto::configure_provider::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ConfigureProvider", ""), async { self.configure(request) }).await
    }

    async fn stop_provider(
        &self,
        _: Request<proto::stop_provider::Request>,
    ) -> Result<Response<proto::stop_provider::Response>, Status> {
        self.provider.stop();
        self.stop.notify_waiters();
        Ok(Response::new(proto::stop_provider::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        request: Request<proto::validate_resource_config::Request>,
    ) -> Result<Response<proto::validate_resource_config::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ValidateResourceConfig", &request.type_name), async {
            self.validate_resource(request)
        })
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<proto::upgrade_resource_state::Request>,
    ) -> Result<Response<proto::upgrade_resource_state::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("UpgradeResourceState", &request.type_name), async {
            self.upgrade_state(request)
        })
        .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<proto::upgrade_resource_identity::Request>,
    ) -> Result<Response<proto::upgrade_resource_identity::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("UpgradeResourceIdentity", &request.type_name), async {
            self.upgrade_identity(request)
        })
        .await
    }

    async fn read_resource(
        &self,
        request: Request<proto::read_resource::Request>,
    ) -> Result<Response<proto::read_resource::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ReadResource", &request.type_name), self.read(request)).await
    }

    async fn plan_resource_change(
        &self,
        request: Request<proto::plan_resource_change::Request>,
    ) -> Result<Response<proto::plan_resource_change::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("PlanResourceChange", &request.type_name), self.plan(request)).await
    }

    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> Result<Response<proto::apply_resource_change::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ApplyResourceChange", &request.type_name), self.apply(request)).await
    }

    async fn import_resource_state(
        &self,
        request: Request<proto::import_resource_state::Request>,
    ) -> Result<Response<proto::import_resource_state::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ImportResourceState", &request.type_name), self.import(request)).await
    }

    async fn move_resource_state(
        &self,
        request: Request<proto::move_resource_state::Request>,
    ) -> Result<Response<proto::move_resource_state::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("MoveResourceState", &request.target_type_name), async {
            self.move_state(request)
        })
        .await
    }

    async fn generate_resource_config(
        &self,
        request: Request<proto::generate_resource_config::Request>,
    ) -> Result<Response<proto::generate_resource_config::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("GenerateResourceConfig", &request.type_name), self.generate_config(request))
            .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<proto::validate_data_resource_config::Request>,
    ) -> Result<Response<proto::validate_data_resource_config::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ValidateDataResourceConfig", &request.type_name), async {
            self.validate_data_source(request)
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<proto::read_data_source::Request>,
    ) -> Result<Response<proto::read_data_source::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ReadDataSource", &request.type_name), self.read_data(request)).await
    }

    async fn call_function(
        &self,
        request: Request<proto::call_function::Request>,
    ) -> Result<Response<proto::call_function::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("CallFunction", &request.name), async { self.call(request) }).await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<proto::validate_list_resource_config::Request>,
    ) -> Result<Response<proto::validate_list_resource_config::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ValidateListResourceConfig", &request.type_name), async {
            self.validate_list(request)
        })
        .await
    }

    type ListResourceStream = Events;

    async fn list_resource(
        &self,
        request: Request<proto::list_resource::Request>,
    ) -> Result<Response<Events>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ListResource", &request.type_name), self.list(request)).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<proto::validate_ephemeral_resource_config::Request>,
    ) -> Result<Response<proto::validate_ephemeral_resource_config::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("ValidateEphemeralResourceConfig", &request.type_name), async {
            self.validate_ephemeral(request)
        })
        .await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<proto::open_ephemeral_resource::Request>,
    ) -> Result<Response<proto::open_ephemeral_resource::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("OpenEphemeralResource", &request.type_name), self.open(request)).await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<proto::renew_ephemeral_resource::Request>,
    ) -> Result<Response<proto::renew_ephemeral_resource::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("RenewEphemeralResource", &request.type_name), self.renew(request)).await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<proto::close_ephemeral_resource::Request>,
    ) -> Result<Response<proto::close_ephemeral_resource::Response>, Status> {
        let request = request.into_inner();
        self.logged(self.span("CloseEphemeralResource", &request.type_name), self.close(request)).await
    }

    async fn validate_action_config(
        &self,
        _: Request<proto::validate_action_config::Request>,
    ) -> Result<Response<proto::validate_action_config::Response>, Status> {
        Err(none_served("actions"))
    }

    async fn plan_action(
        &self,
        _: Request<proto::plan_action::Request>,
    ) -> Result<Response<proto::plan_action::Response>, Status> {
        Err(none_served("actions"))
    }

    type InvokeActionStream = tokio_stream::Empty<Result<proto::invoke_action::Event, Status>>;

    async fn invoke_action(
        &self,
        _: Request<proto::invoke_action::Request>,
    ) -> Result<Response<Self::InvokeActionStream>, Status> {
        Err(none_served("actions"))
    }
}
