//! Scopes that note each block with the stack that asked for it: from [`Grade::Sites`] on.

use crate::{
    bump::{MIN_ALIGN, round_up},
    debug::{self, Books, Grade, LeakReport, NewBlock, Owner, Site, tools},
    sync::{AtomicUsize, Lock, Ordering},
};
use core::alloc::Layout;

/// How scopes are called: by [`set_node_grade`](debug::set_node_grade), and in reports.
pub(super) const NAME: &str = "with_arena";

static SCOPES: AtomicUsize = AtomicUsize::new(0);

/// One set of books for all scopes: blocks outlive theirs.
static BOOKS: Lock<Option<Books>> = Lock::new(None);

/// The number under which a new scope's blocks are noted, or 0, and whether books or tools are told of them.
pub(super) fn of_scope() -> (usize, bool) {
    let noted = debug::grade_for(None, Some(NAME)) >= Grade::Sites;
    // A tool is told of each block, or it takes them all for freed. Relaxed: a number.
    (if noted { SCOPES.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 }, noted || tools::active())
}

/// Tells tools of a block, and notes it with its stack when the scope has a number.
pub(super) fn allocated(address: usize, layout: Layout, scope: usize) {
    tools::undefined(address, layout.size());
    if scope == 0 {
        return;
    }
    let block = NewBlock {
        address,
        size: layout.size(),
        align: layout.align(),
        tag: None,
        grade: Grade::Sites,
        padding: 0,
        position: scope,
        site: Site::foreign_or_stack(),
    };
    let mut books = BOOKS.lock();
    if books.is_none() {
        *books = Books::open(Owner::new(NAME, None), false);
    }
    if let Some(books) = &*books {
        books.with(|ledger| ledger.insert(block));
    }
}

/// Notes that a block is free.
pub(super) fn freed(address: usize, size: usize) {
    if let Some(books) = &*BOOKS.lock() {
        books.with(|ledger| ledger.forget(address));
    }
    tools::no_access(address, round_up(size, MIN_ALIGN));
}

/// Notes a block's new size.
pub(super) fn resized(address: usize, old: usize, new: usize) {
    if let Some(books) = &*BOOKS.lock() {
        books.with(|ledger| ledger.resize(address, new));
    }
    if new > old {
        tools::undefined(address + old, new - old);
    } else {
        tools::no_access(address + round_up(new, MIN_ALIGN), round_up(old, MIN_ALIGN) - round_up(new, MIN_ALIGN));
    }
}

/// Forgets what is noted of a scope whose blocks have ended with it.
pub(super) fn forget(scope: usize) {
    if let Some(books) = &*BOOKS.lock() {
        books.with(|ledger| ledger.retain(|record| record.position != scope));
    }
}

/// Whether scopes are watched so closely that what has ended is filled.
pub(in super::super) fn fills() -> bool {
    debug::grade_for(None, Some(NAME)) >= Grade::Guard
}

/// What is live of a scope's blocks, by place.
pub(in super::super) fn live_of(scope: usize) -> LeakReport {
    LeakReport::of(|add| {
        if let Some(books) = &*BOOKS.lock() {
            books.with(|ledger| {
                ledger.live().filter(|record| record.position == scope).for_each(|record| add(books.owner(), record));
            });
        }
    })
}
