//! An index of words with the standard library's collections.

use crate::{documents::Documents, program::Call};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, DefaultHasher},
};

/// Keys of its own would make each run another one.
type SameHasher = BuildHasherDefault<DefaultHasher>;

pub(super) fn index(documents: &Documents) -> Call {
    let text = documents.changelog.clone();
    Box::new(move |look| {
        let mut lines_of: HashMap<String, Vec<usize>, SameHasher> = HashMap::default();
        for (number, line) in text.lines().enumerate() {
            for word in line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                lines_of.entry(word.to_lowercase()).or_default().push(number);
            }
        }
        let mut by_count: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (word, lines) in &lines_of {
            by_count.entry(lines.len()).or_default().push(word.clone());
        }
        by_count.values_mut().for_each(|words| words.sort_unstable());
        look.at(&by_count)
    })
}
