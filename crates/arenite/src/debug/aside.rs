//! What an allocator has only once it was watched.

#[cfg(feature = "debug")]
use super::Metadata;
#[cfg(feature = "debug")]
use allocator_api2::boxed::Box;
#[cfg(feature = "debug")]
use core::cell::OnceCell;
#[cfg(not(feature = "debug"))]
use core::marker::PhantomData;

/// Room for a `T` that an allocator makes when it is first watched and keeps to its end: in the C heap, so that the
/// allocator itself grows by one word. Without the feature `debug` there never is one, and this has no size.
pub(crate) struct Aside<T> {
    #[cfg(feature = "debug")]
    inner: OnceCell<Box<T, Metadata>>,
    #[cfg(not(feature = "debug"))]
    inner: PhantomData<T>,
}

#[cfg(feature = "debug")]
impl<T> Aside<T> {
    pub(crate) const fn new() -> Self {
        Self { inner: OnceCell::new() }
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.inner.get().map(|inner| &**inner)
    }

    /// The `T`, made now if there is none. `None`: there is no memory for it.
    pub(crate) fn open(&self, make: impl FnOnce() -> T) -> Option<&T> {
        if self.inner.get().is_none() {
            let _ = self.inner.set(Box::try_new_in(make(), Metadata).ok()?);
        }
        self.get()
    }
}

#[cfg(not(feature = "debug"))]
impl<T> Aside<T> {
    pub(crate) const fn new() -> Self {
        Self { inner: PhantomData }
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        None
    }

    pub(crate) fn open(&self, _: impl FnOnce() -> T) -> Option<&T> {
        None
    }
}
