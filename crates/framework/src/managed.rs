//! Resources without their types, for whoever serves a list of them.

use super::model::{self, into_object};
use super::plan::{draft, replacements};
use super::{
    Applied, BoxFuture, Change, Convert as _, Diagnostic, Diagnostics, IdentitySchema, Import, ImportTarget,
    Lookup, Object, Plan, PlanRequest, PlanResponse, Planned, Private, Resource, Schema, ShapeError, Value,
    bug,
};

/// A [`Resource`] as a provider lists it, with what more it can do.
///
/// `Managed::new(Note)`, or `Managed::new(Note).importable()` where `Note` is [`Import`].
#[derive(Debug)]
pub struct Managed<R: Resource> {
    resource: R,
    schema: Schema,
    identity: Option<IdentitySchema>,
    import: Option<ImportOf<R>>,
}

type ImportOf<R> = for<'a> fn(
    &'a R,
    ImportTarget<<R as Resource>::State>,
) -> BoxFuture<'a, Result<<R as Resource>::State, Diagnostics>>;

impl<R: Resource> Managed<R> {
    /// The resource alone.
    pub fn new(resource: R) -> Self {
        let schema = Schema { version: R::SCHEMA_VERSION, ..Schema::of::<R::State>() };
        Self { identity: schema.identity(), resource, schema, import: None }
    }

    /// The resource, whose objects can be imported.
    #[must_use]
    pub fn importable(self) -> Self
    where
        R: Import,
    {
        Self { import: Some(|resource, target| Box::pin(resource.import(target))), ..self }
    }

    fn identity_of(&self, object: Option<&Object>) -> Option<Object> {
        Some(self.identity.as_ref()?.identity_of(object?))
    }

    fn state(&self, state: Object) -> Result<R::State, Diagnostics> {
        R::State::from_value(state.into()).map_err(|error| self.misread(&error))
    }

    fn planned(&self, planned: Object) -> Result<Planned<R::State>, Diagnostics> {
        model::planned::<R::State>(self.resource.type_name(), planned)
    }

    fn misread(&self, error: &ShapeError) -> Diagnostics {
        bug(format!("{} could not be read: {error}", self.resource.type_name())).into()
    }

    /// What a call answers where its arguments can't be read: whatever was recorded stays.
    fn unchanged(&self, state: Option<Object>, private: Private, diagnostics: Diagnostics) -> StateResponse {
        StateResponse { identity: self.identity_of(state.as_ref()), state, private, diagnostics }
    }

    /// What an apply came to. `prior` is what remains where it failed and the resource does not say.
    fn applied(&self, applied: Applied<R::State>, prior: Option<Object>, private: Private) -> StateResponse {
        let (state, diagnostics) = match applied {
            Applied::Done { state, warnings } => (Some(into_object(state)), warnings),
            Applied::Failed { remains, errors } => (remains.map(into_object).or(prior), errors),
        };
        self.unchanged(state, private, diagnostics)
    }

    async fn create(&self, planned: Object, mut private: Private) -> StateResponse {
        match self.planned(planned) {
            Ok(planned) => self.applied(self.resource.create(planned, &mut private).await, None, private),
            Err(errors) => self.unchanged(None, private, errors),
        }
    }

    async fn update(&self, prior: Object, planned: Object, mut private: Private) -> StateResponse {
        match (self.state(prior.clone()), self.planned(planned)) {
            (Ok(state), Ok(planned)) => {
                let updated = self.resource.update(state, planned, &mut private).await;
                self.applied(updated, Some(prior), private)
            }
            (Err(errors), _) | (_, Err(errors)) => self.unchanged(Some(prior), private, errors),
        }
    }

    async fn delete(&self, prior: Object, private: Private) -> StateResponse {
        let deleted = match self.state(prior.clone()) {
            Ok(state) => self.resource.delete(state, &private).await,
            Err(errors) => Err(errors),
        };
        match deleted {
            Ok(()) => self.unchanged(None, private, Diagnostics::none()),
            Err(errors) => self.unchanged(Some(prior), private, errors),
        }
    }

    async fn plan_object(&self, prior: Option<Object>, proposed: Object, request: Aside) -> PlanResponse {
        let config = request.config.unwrap_or_else(|| proposed.clone());
        let mut planned = draft(&self.schema, prior.as_ref(), &config, proposed);
        let mut private = request.private;
        let diagnostics = match self.settle(prior.clone(), config, planned.clone(), private.clone()).await {
            Ok((plan, diagnostics)) => {
                planned = into_object(plan.planned);
                private = plan.private;
                diagnostics
            }
            Err(errors) => errors,
        };
        let is_known = |identity: &Object| identity.values().all(Value::is_wholly_known);
        PlanResponse {
            requires_replace: prior
                .as_ref()
                .map(|prior| replacements(&self.schema, prior, &planned))
                .unwrap_or_default(),
            // An object that exists keeps its identity: a replacement is planned a second time, without a prior state.
            identity: match &prior {
                Some(prior) => request.identity.or_else(|| self.identity_of(Some(prior))),
                None => self.identity_of(Some(&planned)).filter(is_known),
            },
            planned: Some(planned),
            private,
            diagnostics,
        }
    }

    /// Lets the resource fill in what it can know.
    async fn settle(
        &self,
        prior: Option<Object>,
        config: Object,
        draft: Object,
        private: Private,
    ) -> Result<(Plan<R::State>, Diagnostics), Diagnostics> {
        let mut plan = Plan {
            prior: prior.map(|prior| self.state(prior)).transpose()?,
            config: self.planned(config)?,
            planned: self.planned(draft)?,
            private,
        };
        let diagnostics = self.resource.plan(&mut plan).await;
        Ok((plan, diagnostics))
    }
}

/// What a host sends beside the states of a plan.
struct Aside {
    config: Option<Object>,
    identity: Option<Object>,
    private: Private,
}

/// What an apply, a read or an import came to.
#[derive(Debug, Clone, PartialEq)]
pub struct StateResponse {
    /// What exists now, or may exist; none where it is gone. After an error of anything but a create: never none.
    pub state: Option<Object>,
    /// Its identity, where the resource has one.
    pub identity: Option<Object>,
    /// The notes to keep with it.
    pub private: Private,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// What names the object of an import, without the resource's types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportRequest {
    /// An ID.
    Id(String),
    /// The attributes of an identity.
    Identity(Object),
}

/// A resource without its types.
pub trait DynResource: Send + Sync {
    /// See [`Resource::type_name`].
    fn type_name(&self) -> &'static str;
    /// The schema of [`Resource::State`].
    fn schema(&self) -> &Schema;
    /// Whether it is [`Managed::importable`].
    fn is_importable(&self) -> bool;
    /// The checks of the schema, and then those of [`Resource::validate`].
    fn validate(&self, config: Object) -> Diagnostics;
    /// A stored state, brought to the schema's version.
    fn upgrade(&self, version: i64, state: Object) -> Result<Object, Diagnostics>;
    /// The plan for a change.
    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse>;
    /// The change itself.
    fn apply(&self, change: Change, private: Private) -> BoxFuture<'_, StateResponse>;
    /// The object as it is now.
    fn read(&self, state: Object, private: Private) -> BoxFuture<'_, StateResponse>;
    /// The state of an existing object.
    fn import(&self, request: ImportRequest) -> BoxFuture<'_, Result<Object, Diagnostics>>;
    /// What a person would write to get this state.
    fn configuration(&self, state: Object) -> BoxFuture<'_, Result<Object, Diagnostics>>;
}

impl<R: Resource> DynResource for Managed<R> {
    fn type_name(&self) -> &'static str {
        self.resource.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn is_importable(&self) -> bool {
        self.import.is_some()
    }

    fn validate(&self, config: Object) -> Diagnostics {
        self.schema.validate_as::<R::State>(self.resource.type_name(), config, |config| {
            self.resource.validate(config)
        })
    }

    fn upgrade(&self, version: i64, state: Object) -> Result<Object, Diagnostics> {
        if version > R::SCHEMA_VERSION {
            return Err(of_a_newer_provider(self.resource.type_name(), version, R::SCHEMA_VERSION));
        }
        let unusable = |error| stored_unusable(self.resource.type_name(), self.is_importable(), &error);
        let mut stored = <Planned<R::State>>::from_value(state.into()).map_err(unusable)?;
        self.resource.upgrade(version, &mut stored);
        let state = R::State::from_value(stored.into_value()).map_err(unusable)?;
        Ok(into_object(state))
    }

    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        Box::pin(async move {
            let PlanRequest { change, config, identity, private } = request;
            let (prior, proposed) = match change {
                Change::Create { planned } => (None, planned),
                Change::Update { prior, planned } => (Some(prior), planned),
                Change::Delete { prior } => {
                    return PlanResponse {
                        planned: None,
                        requires_replace: Vec::new(),
                        identity: identity.or_else(|| self.identity_of(Some(&prior))),
                        private,
                        diagnostics: Diagnostics::none(),
                    };
                }
            };
            self.plan_object(prior, proposed, Aside { config, identity, private }).await
        })
    }

    fn apply(&self, change: Change, private: Private) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            match change {
                Change::Create { planned } => self.create(planned, private).await,
                Change::Update { prior, planned } => self.update(prior, planned, private).await,
                Change::Delete { prior } => self.delete(prior, private).await,
            }
        })
    }

    fn read(&self, recorded: Object, mut private: Private) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            let lookup = match self.state(recorded.clone()) {
                Ok(state) => self.resource.read(state, &mut private).await,
                Err(errors) => Err(errors),
            };
            match lookup {
                Ok(Lookup::Found(found)) => {
                    self.unchanged(Some(into_object(found)), private, Diagnostics::none())
                }
                Ok(Lookup::Missing) => self.unchanged(None, private, Diagnostics::none()),
                Ok(Lookup::Postponed(found)) | Err(found) => self.unchanged(Some(recorded), private, found),
            }
        })
    }

    fn import(&self, request: ImportRequest) -> BoxFuture<'_, Result<Object, Diagnostics>> {
        Box::pin(async move {
            let Some(import) = self.import else { return Err(not_importable(self.resource.type_name())) };
            let target = match request {
                ImportRequest::Id(id) => ImportTarget::Id(id),
                ImportRequest::Identity(identity) => ImportTarget::Identity(self.planned(identity)?),
            };
            import(&self.resource, target).await.map(into_object)
        })
    }

    fn configuration(&self, state: Object) -> BoxFuture<'_, Result<Object, Diagnostics>> {
        Box::pin(async move {
            let state = self.state(state)?;
            self.resource.configuration(state).await.map(into_object)
        })
    }
}

fn not_importable(type_name: &str) -> Diagnostics {
    let detail =
        format!("Objects of {type_name} can't be imported. Declare a new one, which the next apply creates.");
    Diagnostic::error("Import not supported", detail).into()
}

fn of_a_newer_provider(type_name: &str, version: i64, known: i64) -> Diagnostics {
    let detail = format!(
        "This {type_name} was saved at schema version {version}, and this provider knows versions up to {known}. Use the \
         newer version of the provider that saved it."
    );
    Diagnostic::error("State of a newer provider", detail).into()
}

fn stored_unusable(type_name: &str, is_importable: bool, error: &ShapeError) -> Diagnostics {
    let again = if is_importable { " and import it again" } else { "" };
    let detail = format!(
        "A {type_name} can't be read from its stored state: {error}. Restore the state from a backup, or remove the \
         object from it (terraform state rm){again}."
    );
    Diagnostic::error("Stored state can't be read", detail).into()
}
