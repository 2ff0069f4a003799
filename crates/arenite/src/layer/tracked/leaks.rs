//! What is still live, by place.

use super::Allocation;
use crate::Tag;
use allocator_api2::{alloc::Allocator, vec::Vec};
use core::{fmt, ops::Deref, panic::Location};

/// Live blocks of one place and tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Leak {
    /// Where [`Tracked::here`](super::Tracked::here) was called for them.
    pub place: Option<&'static Location<'static>>,
    /// What they are for.
    pub tag: Option<Tag>,
    /// How many.
    pub blocks: usize,
    /// Their bytes, as asked for.
    pub bytes: usize,
}

/// Every live block of a [`Tracked`](super::Tracked) allocator, by place and tag, the most bytes first. A slice of
/// [`Leak`]s; prints one line for each.
pub struct Leaks<M: Allocator> {
    groups: Vec<Leak, M>,
}

impl<M: Allocator + Clone> Leaks<M> {
    pub(super) fn of(mut live: Vec<Allocation, M>) -> Self {
        let mut groups = Vec::<Leak, M>::new_in(live.allocator().clone());
        live.sort_unstable_by_key(|one| (one.place, one.tag));
        for one in live {
            let bytes = one.layout.size();
            match groups.last_mut() {
                Some(last) if (last.place, last.tag) == (one.place, one.tag) => {
                    last.blocks += 1;
                    last.bytes += bytes;
                }
                _ => groups.push(Leak { place: one.place, tag: one.tag, blocks: 1, bytes }),
            }
        }
        groups.sort_unstable_by_key(|group| (core::cmp::Reverse(group.bytes), group.place, group.tag));
        Self { groups }
    }
}

impl<M: Allocator> Deref for Leaks<M> {
    type Target = [Leak];

    fn deref(&self) -> &[Leak] {
        &self.groups
    }
}

impl<M: Allocator> fmt::Debug for Leaks<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<M: Allocator> fmt::Display for Leaks<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing is live\n");
        }
        for leak in self.iter() {
            write!(f, "{} bytes in {} blocks", leak.bytes, leak.blocks)?;
            match leak.place {
                Some(place) => write!(f, " from {place}")?,
                None => f.write_str(" from an unknown place; allocate through Tracked::here() to know it")?,
            }
            match leak.tag {
                Some(tag) => writeln!(f, " for {tag}")?,
                None => f.write_str("\n")?,
            }
        }
        Ok(())
    }
}
