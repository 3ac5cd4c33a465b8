//! `turso_jwt_template`: what is refused before it is asked for, what comes back, and what is not believed.

mod access;
mod answer;
mod doubt;
mod method;
mod refused;
mod request;
mod target;

use turso_emulator::Uuid;

use crate::support::{ORGANIZATION, Project};

/// The UUIDs of the real template that people reported.
const DATABASE_ID: &str = "33057661-6f4f-4d3b-8d2e-7c3f0a2b9c11";
const GROUP_ID: &str = "0d7ba8ac-65a8-4c1c-a2c2-2d1c8a4f6d21";
const RID: &str = "b2043790-1c5f-4f0e-9d55-0b8a3c6f7e42";

/// The attributes of a template without limits.
const FULL_ACCESS: &str = "database = \"app\"\n  scope = \"full-access\"";

/// A project with one template of these attributes, a database `app` and its group `default`.
fn template(attributes: &str) -> Project {
    let project = Project::new(&format!("data \"turso_jwt_template\" \"it\" {{\n  {attributes}\n}}\n"));
    project.write("outputs.tf", "output \"it\" {\n  value = data.turso_jwt_template.it\n}\n");
    let uuid = |text: &str| text.parse::<Uuid>().unwrap();
    project.turso().add_database(ORGANIZATION, "app", "default").unwrap();
    project.turso().set_database_ids(ORGANIZATION, "app", uuid(DATABASE_ID), uuid(RID)).unwrap();
    project.turso().set_group_ids(ORGANIZATION, "default", uuid(GROUP_ID), uuid(RID)).unwrap();
    project
}
