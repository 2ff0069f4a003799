//! What a core is made of, once it is known.

use super::{ArenaOptions, core::OnEvent, retention::Retention, space::Space};
use crate::{error::ErrorKind, node::Node};

/// Options whose node, range and source were found: all that [`Core::create`](super::core::Core::create) looks at.
///
/// An arena of [`Arena::new`](super::Arena::new) makes its core from [`plain`](Self::plain), which names no node and
/// reserves nothing. So a program that has no other arenas is linked without the code that does (`bench size`).
pub(super) struct Groundwork {
    pub(super) space: Space,
    pub(super) node: Option<Node>,
    pub(super) limit: Option<usize>,
    pub(super) max_request: usize,
    pub(super) retention: Retention,
    pub(super) counting: bool,
    pub(super) grain: usize,
    pub(super) on_event: Option<OnEvent>,
}

impl Groundwork {
    /// That of [`ArenaOptions::new`].
    pub(super) fn plain() -> Result<Self, ErrorKind> {
        Ok(Self {
            space: Space::chained(None, ArenaOptions::INITIAL, None, None, false)?,
            node: None,
            limit: None,
            max_request: ArenaOptions::MAX_REQUEST,
            retention: Retention::KeepAll,
            counting: false,
            grain: crate::bump::MIN_ALIGN,
            on_event: None,
        })
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::Arena;

    #[test]
    fn an_arena_without_options_is_as_one_with_the_default_ones() {
        let (mut plain, mut built) = (Arena::new(), ArenaOptions::new().build());
        let refused = |arena: &Arena| arena.try_alloc_aligned(ArenaOptions::MAX_REQUEST + 1, 1).unwrap_err();
        for _ in 0..2 {
            for arena in [&plain, &built] {
                (0..100).for_each(|_| _ = arena.alloc([7u8; 3000]));
            }
            assert_eq!(refused(&plain), refused(&built));
            let (this, that) = (plain.stats(), built.stats());
            assert_eq!(this, that);
            assert!(this.chunks > 3 && plain.chunk_sizes().eq(built.chunk_sizes()));
            plain.reset();
            built.reset();
        }
    }
}
