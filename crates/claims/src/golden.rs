//! Golden files of what is rendered for identity providers: `UPDATE_GOLDEN=1 cargo test -p claims` renews
//! them.

use std::fs;
use std::path::Path;

pub(super) fn assert_matches(file: &str, rendered: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, rendered).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    assert_eq!(rendered, golden, "{} differs; the module's first line says how to renew it", path.display());
}
