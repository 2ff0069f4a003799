//! The library's texts in C's words: what they call by its name in Rust has another one in C.

use std::fmt::{self, Write as _};

/// What the library says, and what C reads. Of two that begin alike the longer comes first.
const WORDS: &[(&str, &str)] = &[
    ("ArenaOptions::max_request", "max_request in arenite_arena_options"),
    ("allow less with ArenaOptions::reserve_at_least", "reserve less"),
    ("allow less with BlockPoolOptions::reserve_at_least", "reserve less"),
    ("ArenaPoolOptions::at_most", "at_most in arenite_arena_pool_options"),
    ("SystemLayout::render_buffers", "render_buffers in arenite_memory_options"),
    ("SystemLayout::budget", "arenite_memory_set_budget"),
    ("give it some with SystemLayout", "give it some in arenite_memory_options"),
    ("isize::MAX", "PTRDIFF_MAX"),
    ("the layout that it was taken with", "the size that it was taken with"),
    ("pass the layout that was pushed", "pass the size that was pushed"),
    ("drop its guard before the next begins (a forgotten guard keeps it open)", "end it before the next begins"),
    ("the subject has not passed an allocator to Test::on", "make has made no allocator"),
    ("; arenite::report::owner names the node whose memory it is", ""),
];

/// Writes on what it is given, in C's words. A word stands in one piece of what is formatted.
pub(crate) struct InC<W>(pub(crate) W);

impl<W: fmt::Write> fmt::Write for InC<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        loop {
            let found = WORDS.iter().filter_map(|(rust, c)| Some((rest.find(rust)?, rust, c)));
            // Of those at one place the first of the list.
            let Some((at, rust, c)) = found.min_by_key(|(at, ..)| *at) else { return self.0.write_str(rest) };
            self.0.write_str(&rest[..at])?;
            self.0.write_str(c)?;
            rest = &rest[at + rust.len()..];
        }
    }
}

/// The text of a value in C's words.
pub(crate) fn in_c(text: impl fmt::Display) -> String {
    let mut words = InC(String::new());
    // A string takes what it is given, and what fails to say itself is cut there.
    let _ = write!(words, "{text}");
    words.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenite_lib::{Arena, ArenaOptions, MemorySystem, Tag, debug::FaultKind, system::SystemLayout};
    use std::alloc::Layout;

    #[test]
    fn refusals_name_what_c_has() {
        let budget = SystemLayout::default().budget(Tag::AI, arenite_lib::Budget { soft: None, hard: Some(8) });
        let memory = MemorySystem::with_layout(budget).unwrap();
        let refused = memory.permanent().push_size_tagged(Tag::AI, Layout::new::<[u64; 9]>()).unwrap_err();
        assert!(
            in_c(&refused).ends_with("free some, or raise it with arenite_memory_set_budget"),
            "{}",
            in_c(&refused)
        );
        let arena = ArenaOptions::new().max_request(64).build();
        let refused = in_c(arena.try_alloc_aligned(100, 8).unwrap_err());
        assert!(refused.ends_with("or raise max_request in arenite_arena_options"), "{refused}");
        let refused = in_c(Arena::new().try_alloc_slice_fill(usize::MAX, 1u64).unwrap_err());
        assert!(refused.contains("PTRDIFF_MAX"), "{refused}");
    }

    #[test]
    fn no_fault_speaks_rust() {
        for kind in FaultKind::ALL {
            assert!(!in_c(kind.remedy()).contains("::"), "{}", in_c(kind.remedy()));
        }
    }

    #[test]
    fn what_is_around_a_word_and_between_two_stays() {
        assert_eq!(in_c("a isize::MAX b isize::MAX c"), "a PTRDIFF_MAX b PTRDIFF_MAX c");
        assert_eq!(in_c(format_args!("{}{}", "SystemLayout::budget", 7)), "arenite_memory_set_budget7");
        assert_eq!(in_c("nothing"), "nothing");
    }
}
