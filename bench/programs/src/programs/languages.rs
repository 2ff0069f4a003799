//! toml and syn.

use crate::{documents::Documents, program::Call};

pub(super) fn lock(documents: &Documents) -> Call {
    let text = documents.lock.clone();
    Box::new(move |look| {
        let lock: toml::Table = toml::from_str(&text).expect("a lock file from a package");
        match look {
            crate::program::Look::Hash => crate::program::hash(&lock.to_string()),
            crate::program::Look::Away => look.at(&lock.len()),
        }
    })
}

pub(super) fn rust(documents: &Documents) -> Call {
    let text = documents.rust.clone();
    Box::new(move |look| look.at(&syn::parse_file(&text).expect("Rust from a package")))
}
