//! Sites that leak reports leave out.

use super::{ENABLED, Metadata, Site};
use crate::sync::Lock;
use allocator_api2::vec::Vec;

/// A file and a line, or the beginning of a file's path.
#[derive(Clone)]
pub(super) struct Pattern {
    file: Vec<u8, Metadata>,
    line: Option<u32>,
}

static PATTERNS: Lock<Vec<Pattern, Metadata>> = Lock::new(Vec::new_in(Metadata));

/// Leaves blocks out of leak reports by where they were allocated: `src/audio.rs:120` is a line of a file, `src/vendor/`
/// everything whose file begins so. Files are named as `file!()` names them; a path ends in the file of a line too.
///
/// For single blocks there is [`this_allocation_is_not_a_leak`](super::this_allocation_is_not_a_leak).
///
/// `false`, and nothing changes: the pattern is empty, or there is no memory for it.
///
/// ```
/// use arenite::debug::suppress_leaks;
/// # #[cfg(not(feature = "debug"))] return;
/// assert!(suppress_leaks("src/vendor/") && suppress_leaks("src/audio.rs:120"));
/// assert!(!suppress_leaks(""));
/// ```
#[inline]
pub fn suppress_leaks(pattern: &str) -> bool {
    if !ENABLED || pattern.is_empty() {
        return false;
    }
    let Some(pattern) = Pattern::new(pattern) else { return false };
    let mut patterns = PATTERNS.lock();
    let room = patterns.try_reserve(1).is_ok();
    if room {
        patterns.push(pattern);
    }
    room
}

/// The patterns so far: copied, so that no lock is held while ledgers are walked.
#[inline]
pub(super) fn list() -> Vec<Pattern, Metadata> {
    PATTERNS.lock().clone()
}

impl Pattern {
    #[inline]
    fn new(pattern: &str) -> Option<Self> {
        let line = pattern.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
        let (name, line) = line.map_or((pattern, None), |(file, line)| (file, Some(line)));
        let mut file = Vec::new_in(Metadata);
        file.try_reserve_exact(name.len()).ok()?;
        file.extend_from_slice(name.as_bytes());
        Some(Self { file, line })
    }

    #[inline]
    pub(super) fn matches(&self, site: Site) -> bool {
        let (Some(file), Some(line)) = (site.file(), site.line()) else { return false };
        match self.line {
            None => file.as_bytes().starts_with(&self.file),
            Some(wanted) => {
                let before = file.as_bytes().strip_suffix(&*self.file);
                wanted == line
                    && before.is_some_and(|path| path.is_empty() || path.ends_with(b"/") || path.ends_with(b"\\"))
            }
        }
    }
}

#[cfg(all(test, feature = "debug"))]
mod tests {
    use super::*;

    #[test]
    fn a_line_matches_the_end_of_a_path_and_a_prefix_its_beginning() {
        let here = Site::here();
        let (file, line) = (here.file().unwrap(), here.line().unwrap());
        let matches = |text: &str| Pattern::new(text).unwrap().matches(here);
        assert!(matches(file) && matches(&file[..5]) && matches(&alloc::format!("{file}:{line}")));
        assert!(matches(&alloc::format!("suppress.rs:{line}")));
        assert!(!matches(&alloc::format!("press.rs:{line}")), "a path ends in whole names");
        assert!(!matches(&alloc::format!("{file}:{}", line + 1)) && !matches("suppress.rs"));
        assert!(!Pattern::new(file).unwrap().matches(Site::UNKNOWN));
    }
}
