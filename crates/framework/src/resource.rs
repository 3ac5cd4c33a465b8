//! Managed resources: what a provider writes of one.

use super::{Convert as _, Diagnostics, Field, Model, Object, Planned, Private, Schema, Value};

/// A kind of object that Terraform creates, reads, updates and deletes.
///
/// What more a resource can do is added where it is listed: see [`Managed`](super::Managed). It has an identity where
/// attributes of its model have a part in one.
pub trait Resource: Send + Sync + 'static {
    /// A state.
    type State: Model;

    /// Raised when stored state needs an upgrade.
    const SCHEMA_VERSION: i64 = 0;

    /// The name that HCL uses.
    fn type_name(&self) -> &'static str;

    /// Checks that span attributes. Runs without token and network; unknown values pass.
    fn validate(&self, config: &Planned<Self::State>) -> Diagnostics {
        let _ = config;
        Diagnostics::none()
    }

    /// Brings stored state of an earlier version, or of this one, to the form of today: what it lacks is null.
    fn upgrade(&self, version: i64, stored: &mut Planned<Self::State>) {
        let _ = (version, stored);
    }

    /// Fills in what a plan can know ahead of the apply. It must come to the same result each time it is asked.
    fn plan(&self, plan: &mut Plan<Self::State>) -> impl Future<Output = Diagnostics> + Send {
        let _ = plan;
        std::future::ready(Diagnostics::none())
    }

    /// Creates the object. Whatever may exist afterwards is returned, or it is forgotten.
    fn create(
        &self,
        planned: Planned<Self::State>,
        private: &mut Private,
    ) -> impl Future<Output = Applied<Self::State>> + Send;

    /// Changes the object in place. A resource of which every attribute that a configuration may change
    /// [`replaces`](crate::Declaration::replaces) the object is never asked to.
    fn update(
        &self,
        prior: Self::State,
        planned: Planned<Self::State>,
        private: &mut Private,
    ) -> impl Future<Output = Applied<Self::State>> + Send {
        let _ = (planned, private);
        let errors =
            super::bug(format!("{} has an attribute that changes in place, and no update", self.type_name()));
        std::future::ready(Applied::Failed { remains: Some(prior), errors: errors.into() })
    }

    /// Deletes the object. One that is gone already is deleted.
    fn delete(
        &self,
        prior: Self::State,
        private: &Private,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;

    /// Reads the object as it is now. Only proof of absence is [`Lookup::Missing`].
    fn read(
        &self,
        state: Self::State,
        private: &mut Private,
    ) -> impl Future<Output = Result<Lookup<Self::State>, Diagnostics>> + Send;

    /// What a person would write to get this state: by default, all that a configuration may hold.
    fn configuration(
        &self,
        state: Self::State,
    ) -> impl Future<Output = Result<Planned<Self::State>, Diagnostics>> + Send {
        let mut value = state.into_value();
        if let Value::Object(object) = &mut value {
            for attribute in
                Schema::of::<Self::State>().attributes.iter().filter(|one| !one.is_configurable())
            {
                object.insert(attribute.name, Value::Null);
            }
        }
        let configuration = <Planned<Self::State>>::from_value(value);
        std::future::ready(configuration.map_err(|error| super::bug(error).into()))
    }
}

/// A resource whose existing objects can be brought under management.
pub trait Import: Resource {
    /// Finds an existing object. One that does not exist is an error.
    fn import(
        &self,
        target: ImportTarget<Self::State>,
    ) -> impl Future<Output = Result<Self::State, Diagnostics>> + Send;
}

/// What names the object of an import.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportTarget<S: Model> {
    /// The ID of `terraform import` or of an `import` block.
    Id(String),
    /// The `identity` of an `import` block: the attributes that have a part in it, all others null.
    Identity(S::Planned),
}

/// A plan as it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan<S: Model> {
    /// The object as recorded; none where it is to be created.
    pub prior: Option<S>,
    /// The configuration as written.
    pub config: S::Planned,
    /// The state to expect. What is configured is settled; what is computed may be filled in.
    pub planned: S::Planned,
    /// Notes: those of the last apply or read, or of the first plan of a replacement, and then those of this plan.
    pub private: Private,
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
        /// What exists, or may exist, and must not be forgotten. None after an update means the prior state.
        remains: Option<S>,
        /// Why.
        errors: Diagnostics,
    },
}

impl<S> Applied<S> {
    /// As planned, and nothing to tell.
    pub fn done(state: S) -> Self {
        Self::Done { state, warnings: Diagnostics::none() }
    }
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

/// A change of an object, decided by which of its states there are.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The object is created.
    Create {
        /// The state to expect.
        planned: Object,
    },
    /// The object is changed in place.
    Update {
        /// The state as recorded.
        prior: Object,
        /// The state to expect.
        planned: Object,
    },
    /// The object is deleted.
    Delete {
        /// The state as recorded.
        prior: Object,
    },
}

impl<T> Field<T> {
    /// The value in a plan that is being applied, which is known by then where it is set at all.
    ///
    /// # Errors
    /// The bug of a host that applies what is unknown or null, by the name of the attribute.
    pub fn settled(self, attribute: &str) -> Result<T, Diagnostics> {
        self.known().ok_or_else(|| {
            super::bug(format!("The host asked for work while {attribute:?} is not known")).into()
        })
    }
}
