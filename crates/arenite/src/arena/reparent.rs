//! An arena that moves to another place in the lifetime tree.

use super::{Arena, core::Core};
use crate::{AllocError, Node, source::AddressMap};

impl Arena {
    /// Moves the arena to another node: its blocks are charged there from now on, and no longer where they were. For
    /// what was loaded in one lifetime and is kept in another. Contents stay where they are. O(blocks).
    ///
    /// ```
    /// use arenite::{ArenaOptions, Node};
    /// let (loading, level) = (Node::new("loading").build(), Node::new("level").build());
    /// let mut arena = ArenaOptions::new().node(&loading).build();
    /// arena.alloc(7u64);
    /// arena.set_node(&level)?;
    /// assert_eq!((loading.stats().charged, level.stats().charged), (0, 4096));
    /// # Ok::<(), arenite::AllocError>(())
    /// ```
    ///
    /// # Errors
    /// A hard budget on the way up from the new node refuses the blocks: nothing has moved. Or the arena has no block yet
    /// and the first is refused.
    pub fn set_node(&mut self, node: &Node) -> Result<(), AllocError> {
        let handle = self.as_handle();
        handle.core_or_create().map_err(|kind| handle.refused(kind))?;
        let mut core = handle.raw_core().expect("made above");
        // SAFETY: `&mut self`: no handle that took over is alive, so nobody else refers to the core.
        let core = unsafe { core.as_mut() };
        let bytes = core.allocated.get();
        node.charge(bytes).map_err(|kind| AllocError::new(kind, bytes, 1, core.node_id()))?;
        core.move_to(node, bytes);
        core.fire();
        Ok(())
    }
}

impl Core {
    /// Lets `node`, which has been charged with all of the arena's `bytes`, take the place of the old one.
    fn move_to(&mut self, node: &Node, bytes: usize) {
        let used = self.published.get();
        self.publish(0);
        node.attach();
        (0..self.chunks.get()).for_each(|_| node.count_taken());
        let id = node.id();
        let first = self.mapped(core::ptr::from_ref(self).addr());
        AddressMap::insert(first.start, first.len(), id);
        let others =
            self.chain.iter().chain(self.own.iter()).chain(self.spare.iter()).filter(|&block| block != self.first);
        for block in others {
            AddressMap::insert(block.taken.addr().get(), block.taken_size, id);
        }
        if let Some(old) = self.node.replace(node.clone()) {
            old.refund(bytes);
            (0..self.chunks.get()).for_each(|_| old.count_returned());
            old.detach();
        }
        self.publish(used);
    }
}
