//! What C holds by a handle and one thread at a time may use.

use crate::{
    error::{Code, Noted, note},
    thread,
};
use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Who may use a thing: a thread's pointer, or 0 for nobody. Shared, so that a thread that ends can give up what it has.
struct Owner(Arc<AtomicUsize>);

impl Owner {
    fn me() -> Self {
        let owner = Arc::new(AtomicUsize::new(thread::pointer()));
        Mine::add(&owner);
        Self(owner)
    }

    /// Relaxed: only this thread writes its own number, and it was this thread's end that released an earlier one's.
    #[inline(always)]
    fn is_me(&self) -> bool {
        self.0.load(Ordering::Relaxed) == thread::pointer()
    }
}

/// What the thread has. At its end it belongs to nobody.
struct Mine(RefCell<Vec<Weak<AtomicUsize>>>);

thread_local! {
    static MINE: Mine = const { Mine(RefCell::new(Vec::new())) };
}

impl Mine {
    fn add(owner: &Arc<AtomicUsize>) {
        // A thread that is ending keeps what it makes: there is nobody to give it up any more.
        let _ = MINE.try_with(|mine| {
            let mut list = mine.0.borrow_mut();
            if list.len() == list.capacity() {
                list.retain(|owner| owner.strong_count() > 0);
            }
            list.push(Arc::downgrade(owner));
        });
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        for owner in self.0.get_mut().iter().filter_map(Weak::upgrade) {
            // Release pairs with the acquire in `adopt`. Another's, where it was given up before.
            let _ = owner.compare_exchange(thread::pointer(), 0, Ordering::Release, Ordering::Relaxed);
        }
    }
}

/// A value that its owner's thread may use.
pub(crate) struct Owned<T> {
    owner: Owner,
    value: T,
}

// SAFETY: `get` lends the value to the owning thread only; it goes to another by a release and an acquire of the owner, and
// is dropped by the thread that owns it (`may_end`), for all of which it is `Send`.
unsafe impl<T: Send> Sync for Owned<T> {}

impl<T> Owned<T> {
    /// The calling thread's.
    pub(crate) fn new(value: T) -> Self {
        Self { owner: Owner::me(), value }
    }

    /// The value, for its thread. `name` says what it is.
    #[inline(always)]
    pub(crate) fn get(&self, name: &'static str) -> Result<&T, Noted> {
        if self.owner.is_me() { Ok(&self.value) } else { Err(self.refuse(name)) }
    }

    /// The same, without a word of why not: for a fast path that has a cold one behind it.
    #[inline(always)]
    pub(crate) fn peek(&self) -> Option<&T> {
        self.owner.is_me().then_some(&self.value)
    }

    #[cold]
    fn refuse(&self, name: &'static str) -> Noted {
        match self.owner.0.load(Ordering::Relaxed) {
            0 => note(
                Code::WrongThread,
                format_args!("this is {name} of no thread: it was released, or its thread ended; adopt it first"),
            ),
            _ => note(
                Code::WrongThread,
                format_args!("this is {name} of another thread; that one releases it, and this one adopts it"),
            ),
        }
    }

    /// Whether the calling thread may destroy it now: it is its own, and no callback is running.
    pub(crate) fn may_end(&self, name: &'static str) -> Result<(), Noted> {
        self.get(name)?;
        not_in_a_callback(name)
    }

    /// The calling thread gives it up.
    pub(crate) fn release(&self, name: &'static str) -> Result<(), Noted> {
        self.may_end(name)?;
        self.owner.0.store(0, Ordering::Release);
        Ok(())
    }

    /// The calling thread takes it, if nobody has it, or has it already.
    pub(crate) fn adopt(&self, name: &'static str) -> Result<(), Noted> {
        if self.owner.is_me() {
            return Ok(());
        }
        match self.owner.0.compare_exchange(0, thread::pointer(), Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => {
                Mine::add(&self.owner.0);
                Ok(())
            }
            Err(_) => Err(self.refuse(name)),
        }
    }
}

thread_local! {
    /// How many callbacks of C's this thread is inside.
    static CALLBACKS: Cell<usize> = const { Cell::new(0) };
}

/// Runs a callback of C's.
pub(crate) fn calling_back<R>(call: impl FnOnce() -> R) -> R {
    struct Back;
    impl Drop for Back {
        fn drop(&mut self) {
            CALLBACKS.set(CALLBACKS.get() - 1);
        }
    }
    CALLBACKS.set(CALLBACKS.get() + 1);
    let _back = Back;
    call()
}

/// How many callbacks of C's the thread is inside.
pub(crate) fn callbacks() -> usize {
    CALLBACKS.get()
}

/// Refuses to end something that a frame further up the stack may be inside.
pub(crate) fn not_in_a_callback(name: &'static str) -> Result<(), Noted> {
    if callbacks() == 0 {
        return Ok(());
    }
    Err(note(
        Code::Busy,
        format_args!(
            "{name} cannot be destroyed or released from within a callback; do it when the call that made it has returned"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::arenite_last_error;
    use std::thread::spawn;

    #[test]
    fn only_its_thread_has_it_until_that_releases_it_or_ends() {
        let mine = Arc::new(Owned::new(Cell::new(1)));
        let theirs = mine.clone();
        spawn(move || {
            assert!(theirs.get("a thing").is_err() && theirs.adopt("a thing").is_err());
            assert_eq!(arenite_last_error(), Code::WrongThread as i32);
        })
        .join()
        .unwrap();
        mine.release("a thing").unwrap();
        assert!(mine.get("a thing").is_err());
        let theirs = mine.clone();
        spawn(move || {
            theirs.adopt("a thing").unwrap();
            theirs.adopt("a thing").unwrap();
            theirs.get("a thing").unwrap().set(2);
        })
        .join()
        .unwrap();
        assert!(mine.get("a thing").is_err(), "nobody's: its thread has ended");
        mine.adopt("a thing").unwrap();
        assert_eq!(mine.get("a thing").unwrap().get(), 2);
    }

    #[test]
    fn nothing_ends_within_a_callback() {
        let mine = Owned::new(());
        calling_back(|| assert!(mine.may_end("a thing").is_err() && mine.release("a thing").is_err()));
        assert!(mine.may_end("a thing").is_ok());
    }
}
