//! Managed resources: the trait that a provider writes, and the same trait made object-safe for whoever serves it.

use super::{
    BoxFuture, Diagnostic, Diagnostics, FromObject, IdentitySchema, Object, PlanRequest, PlanResponse,
    Schema, ShapeError, ToObject, Value, bug, validate_object,
};
use crate::plan::{draft, replacements};

/// A kind of object that Terraform creates, reads, updates and deletes.
///
/// Every identity attribute is also an attribute of the resource, of the same name and meaning.
pub trait Resource: Send + Sync + 'static {
    /// A configuration or plan, whose attributes may be unknown.
    type Plan: FromObject + ToObject + Send + Sync;
    /// A state, whose attributes are all known.
    type State: FromObject + ToObject + Send + Sync;

    /// The name that HCL uses.
    fn type_name(&self) -> &'static str;

    /// Its attributes.
    fn schema(&self) -> Schema;

    /// The attributes that name one object for good.
    fn identity_schema(&self) -> IdentitySchema;

    /// Checks that span attributes. Runs without token and network; unknown values pass.
    fn validate(&self, config: &Self::Plan) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Fills in what a plan can know ahead of the apply. It must come to the same result each time it is asked.
    fn plan(
        &self,
        prior: Option<&Self::State>,
        config: &Self::Plan,
        planned: &mut Self::Plan,
    ) -> impl Future<Output = Diagnostics> + Send {
        let _ = (prior, config, planned);
        std::future::ready(Diagnostics::none())
    }

    /// Creates the object. Whatever may exist afterwards is returned, or it is forgotten.
    fn create(&self, planned: Self::Plan) -> impl Future<Output = Applied<Self::State>> + Send;

    /// Changes the object in place.
    fn update(
        &self,
        prior: Self::State,
        planned: Self::Plan,
    ) -> impl Future<Output = Applied<Self::State>> + Send;

    /// Deletes the object. One that is gone already is deleted.
    fn delete(&self, prior: Self::State) -> impl Future<Output = Result<(), Diagnostics>> + Send;

    /// Reads the object as it is now. Only proof of absence is [`Lookup::Missing`].
    fn read(
        &self,
        state: Self::State,
    ) -> impl Future<Output = Result<Lookup<Self::State>, Diagnostics>> + Send;

    /// Finds an existing object. One that does not exist is an error.
    fn import(&self, target: ImportTarget) -> impl Future<Output = Result<Self::State, Diagnostics>> + Send;

    /// What a person would write to get this state.
    fn configuration(&self, state: Self::State) -> impl Future<Output = Object> + Send;
}

/// How an apply ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied<S> {
    /// As planned.
    Done {
        /// The object as it is now.
        state: S,
        /// What the person should know all the same.
        warnings: Diagnostics,
    },
    /// Not as planned.
    Failed {
        /// What exists, or may exist, and must not be forgotten.
        remains: Option<S>,
        /// Why.
        errors: Diagnostics,
    },
}

/// Whether an object was found. Absence is an outcome, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<S> {
    /// It is there.
    Found(S),
    /// It is proved not to be there.
    Missing,
    /// It can't be looked for now, and stays as it was recorded.
    Postponed(Diagnostics),
}

/// What names the object of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportTarget {
    /// The ID of `terraform import` or of an `import` block.
    Id(String),
    /// The `identity` of an `import` block.
    Identity(Object),
}

/// What is to become of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It is to be.
    Create {
        /// Its state to be.
        planned: Object,
    },
    /// It is to be otherwise.
    Update {
        /// Its state as recorded.
        prior: Object,
        /// Its state to be.
        planned: Object,
    },
    /// It is to go.
    Delete {
        /// Its state as recorded.
        prior: Object,
    },
}

/// What an apply came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyResponse {
    /// What exists now, or may exist.
    pub state: Option<Object>,
    /// Its identity.
    pub identity: Option<Object>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// What a read came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadResponse {
    /// The object as it is now; none where it is gone. After an error: as it was recorded.
    pub state: Option<Object>,
    /// Its identity.
    pub identity: Option<Object>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// The object that an import found, with its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportResponse {
    /// Its state.
    pub state: Object,
    /// Its identity.
    pub identity: Object,
}

/// [`Resource`] without its types, for whoever serves a list of them. Implemented for every resource.
pub trait DynResource: Send + Sync {
    /// See [`Resource::type_name`].
    fn type_name(&self) -> &'static str;
    /// See [`Resource::schema`].
    fn schema(&self) -> Schema;
    /// See [`Resource::identity_schema`].
    fn identity_schema(&self) -> IdentitySchema;
    /// The checks of the schema, then those of [`Resource::validate`].
    fn validate(&self, config: &Object) -> Diagnostics;
    /// A stored state, brought to the schema's version.
    fn upgrade(&self, version: i64, state: Object) -> Result<Object, Diagnostics>;
    /// The plan for a change.
    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse>;
    /// The change itself.
    fn apply(&self, change: Change) -> BoxFuture<'_, ApplyResponse>;
    /// The object as it is now.
    fn read(&self, state: Object) -> BoxFuture<'_, ReadResponse>;
    /// An existing object.
    fn import(&self, target: ImportTarget) -> BoxFuture<'_, Result<ImportResponse, Diagnostics>>;
    /// What a person would write to get this state.
    fn configuration(&self, state: Object) -> BoxFuture<'_, Result<Object, Diagnostics>>;
}

impl IdentitySchema {
    /// The identity of an object: its attributes of the same names.
    pub fn identity_of(&self, object: &Object) -> Object {
        self.attributes
            .iter()
            .map(|attribute| (attribute.name, object.value(attribute.name).clone()))
            .collect()
    }
}

impl<R: Resource> DynResource for R {
    fn type_name(&self) -> &'static str {
        Resource::type_name(self)
    }

    fn schema(&self) -> Schema {
        Resource::schema(self)
    }

    fn identity_schema(&self) -> IdentitySchema {
        Resource::identity_schema(self)
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        let mut diagnostics = validate_object(&Resource::schema(self), config);
        match R::Plan::from_object(config) {
            Ok(config) => diagnostics.extend(Resource::validate(self, &config)),
            Err(error) => diagnostics.push(misread(self, &error)),
        }
        diagnostics
    }

    fn upgrade(&self, version: i64, state: Object) -> Result<Object, Diagnostics> {
        let current = Resource::schema(self).version;
        if version > current {
            let name = Resource::type_name(self);
            return Err(Diagnostic::error(
                "State of a newer provider",
                format!(
                    "This {name} was saved at schema version {version}, and this provider knows versions up to {current}. \
                     Use the newer version of the provider that saved it."
                ),
            )
            .into());
        }
        // Through the Rust type: what is computed from other attributes is there again, even where it was not stored.
        let state = R::State::from_object(&state).map_err(|error| unusable(self, &error))?;
        Ok(state.to_object())
    }

    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        Box::pin(async move {
            let recorded = request.identity;
            let (prior, proposed) = match request.change {
                Change::Create { planned } => (None, planned),
                Change::Update { prior, planned } => (Some(prior), planned),
                Change::Delete { prior } => {
                    let identity =
                        recorded.or_else(|| Some(Resource::identity_schema(self).identity_of(&prior)));
                    return PlanResponse {
                        planned: None,
                        requires_replace: Vec::new(),
                        identity,
                        diagnostics: Diagnostics::none(),
                    };
                }
            };
            let config = request.config.unwrap_or_else(|| proposed.clone());
            plan_object(self, prior, config, proposed, recorded).await
        })
    }

    fn apply(&self, change: Change) -> BoxFuture<'_, ApplyResponse> {
        Box::pin(async move {
            match change {
                Change::Create { planned } => match R::Plan::from_object(&planned) {
                    Ok(planned) => applied(self, self.create(planned).await),
                    Err(error) => applied_object(self, None, misread(self, &error).into()),
                },
                Change::Update { prior, planned } => {
                    match (R::State::from_object(&prior), R::Plan::from_object(&planned)) {
                        (Ok(prior), Ok(planned)) => applied(self, self.update(prior, planned).await),
                        (Err(error), _) | (_, Err(error)) => {
                            applied_object(self, Some(prior), misread(self, &error).into())
                        }
                    }
                }
                Change::Delete { prior } => match R::State::from_object(&prior) {
                    Ok(state) => match self.delete(state).await {
                        Ok(()) => applied_object(self, None, Diagnostics::none()),
                        Err(errors) => applied_object(self, Some(prior), errors),
                    },
                    Err(error) => applied_object(self, Some(prior), misread(self, &error).into()),
                },
            }
        })
    }

    fn read(&self, state: Object) -> BoxFuture<'_, ReadResponse> {
        Box::pin(async move {
            let lookup = match R::State::from_object(&state) {
                Ok(state) => Resource::read(self, state).await,
                Err(error) => Err(misread(self, &error).into()),
            };
            let (state, diagnostics) = match lookup {
                Ok(Lookup::Found(found)) => (Some(found.to_object()), Diagnostics::none()),
                Ok(Lookup::Missing) => (None, Diagnostics::none()),
                Ok(Lookup::Postponed(warnings)) => (Some(state), warnings),
                Err(errors) => (Some(state), errors),
            };
            ReadResponse { identity: identity_of(self, state.as_ref()), state, diagnostics }
        })
    }

    fn import(&self, target: ImportTarget) -> BoxFuture<'_, Result<ImportResponse, Diagnostics>> {
        Box::pin(async move {
            let state = Resource::import(self, target).await?.to_object();
            Ok(ImportResponse { identity: Resource::identity_schema(self).identity_of(&state), state })
        })
    }

    fn configuration(&self, state: Object) -> BoxFuture<'_, Result<Object, Diagnostics>> {
        Box::pin(async move {
            let state =
                R::State::from_object(&state).map_err(|error| Diagnostics::from(misread(self, &error)))?;
            Ok(Resource::configuration(self, state).await)
        })
    }
}

async fn plan_object<R: Resource>(
    resource: &R,
    prior: Option<Object>,
    config: Object,
    proposed: Object,
    recorded: Option<Object>,
) -> PlanResponse {
    let schema = Resource::schema(resource);
    let mut planned = draft(&schema, prior.as_ref(), &config, proposed);
    let diagnostics = match settle(resource, prior.as_ref(), &config, &planned).await {
        Ok((settled, diagnostics)) => {
            planned = settled;
            diagnostics
        }
        Err(error) => misread(resource, &error).into(),
    };
    let identity_schema = Resource::identity_schema(resource);
    PlanResponse {
        requires_replace: prior
            .as_ref()
            .map(|prior| replacements(&schema, prior, &planned))
            .unwrap_or_default(),
        // An object that exists keeps its identity: a replacement is planned a second time, without a prior state.
        identity: match &prior {
            Some(prior) => Some(recorded.unwrap_or_else(|| identity_schema.identity_of(prior))),
            None => Some(identity_schema.identity_of(&planned))
                .filter(|identity| identity.values().all(Value::is_wholly_known)),
        },
        planned: Some(planned),
        diagnostics,
    }
}

/// Lets the resource fill in what it can know.
async fn settle<R: Resource>(
    resource: &R,
    prior: Option<&Object>,
    config: &Object,
    draft: &Object,
) -> Result<(Object, Diagnostics), ShapeError> {
    let prior = prior.map(R::State::from_object).transpose()?;
    let config = R::Plan::from_object(config)?;
    let mut planned = R::Plan::from_object(draft)?;
    let diagnostics = Resource::plan(resource, prior.as_ref(), &config, &mut planned).await;
    Ok((planned.to_object(), diagnostics))
}

fn applied<R: Resource>(resource: &R, applied: Applied<R::State>) -> ApplyResponse {
    let (state, diagnostics) = match applied {
        Applied::Done { state, warnings } => (Some(state), warnings),
        Applied::Failed { remains, errors } => (remains, errors),
    };
    applied_object(resource, state.map(|state| state.to_object()), diagnostics)
}

fn applied_object<R: Resource>(
    resource: &R,
    state: Option<Object>,
    diagnostics: Diagnostics,
) -> ApplyResponse {
    ApplyResponse { identity: identity_of(resource, state.as_ref()), state, diagnostics }
}

fn identity_of<R: Resource>(resource: &R, state: Option<&Object>) -> Option<Object> {
    state.map(|state| Resource::identity_schema(resource).identity_of(state))
}

fn unusable<R: Resource>(resource: &R, error: &ShapeError) -> Diagnostics {
    let name = Resource::type_name(resource);
    let detail = format!(
        "A {name} can't be read from its stored state: {error}. Restore the state from a backup, or remove the object \
         from it (terraform state rm) and import it again."
    );
    Diagnostic::error("Stored state can't be read", detail).into()
}

fn misread<R: Resource>(resource: &R, error: &ShapeError) -> Diagnostic {
    bug(format!("{} could not be read: {error}", Resource::type_name(resource)))
}
