//! The data sources, one file each.

mod jwt_template;

pub(super) use jwt_template::JwtTemplate;
