//! The part of Clerk's Backend API that makes templates and tokens, over HTTP. Anything else is a 404.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{ClerkError, Instance, TemplateRequest};
use crate::lock::lock;

type Answer = Result<Json<Value>, ClerkError>;

pub(super) fn routes(instance: Arc<Instance>) -> Router {
    Router::new()
        .route("/v1/jwt_templates", get(list).post(create))
        .route("/v1/jwt_templates/{id}", get(read).patch(update).delete(delete))
        .route("/v1/sessions/{session}/tokens/{template}", post(token))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&instance), require_secret_key))
        .fallback(async || ClerkError::RouteNotFound)
        .with_state(instance)
}

impl IntoResponse for ClerkError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body())).into_response()
    }
}

async fn require_secret_key(
    State(instance): State<Arc<Instance>>,
    request: Request,
    next: Next,
) -> Result<Response, ClerkError> {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = authorization
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or(ClerkError::MalformedAuthorization)?;
    if key != instance.secret_key.expose() {
        return Err(ClerkError::WrongSecretKey);
    }
    Ok(next.run(request).await)
}

async fn list(State(instance): State<Arc<Instance>>) -> Json<Value> {
    Json(lock(&instance.state).templates.iter().map(|template| template.to_json()).collect())
}

async fn create(State(instance): State<Arc<Instance>>, body: Bytes) -> Answer {
    let template = instance.create_template(parse(&body)?)?;
    Ok(Json(template.to_json()))
}

async fn read(State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Answer {
    Ok(Json(instance.template(&id)?.to_json()))
}

async fn update(State(instance): State<Arc<Instance>>, Path(id): Path<String>, body: Bytes) -> Answer {
    let template = instance.update_template(&id, parse(&body)?)?;
    Ok(Json(template.to_json()))
}

async fn delete(State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Answer {
    let template = instance.delete_template(&id)?;
    Ok(Json(json!({"object": "jwt_template", "id": template.id, "deleted": true})))
}

async fn token(
    State(instance): State<Arc<Instance>>,
    Path((session, template)): Path<(String, String)>,
) -> Answer {
    let jwt = instance.session_token(&session, &template)?;
    Ok(Json(json!({"object": "token", "jwt": jwt})))
}

fn parse(body: &[u8]) -> Result<TemplateRequest, ClerkError> {
    let body = serde_json::from_slice(body).map_err(|_| ClerkError::MalformedBody)?;
    TemplateRequest::parse(&body)
}
