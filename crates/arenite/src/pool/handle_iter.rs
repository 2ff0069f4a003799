//! Walking over the values of a pool with handles.

use super::{HandlePool, PoolHandle};
use core::{fmt, iter::FusedIterator, marker::PhantomData};

/// Values with their handles: [`HandlePool::iter`].
pub struct HandleIter<'a, T> {
    pool: &'a HandlePool<T>,
    next: u32,
    left: usize,
}

impl<'a, T> HandleIter<'a, T> {
    pub(super) fn new(pool: &'a HandlePool<T>) -> Self {
        Self { pool, next: 0, left: pool.len() }
    }
}

/// Values to be changed, with their handles: [`HandlePool::iter_mut`].
pub struct HandleIterMut<'a, T> {
    /// Read for places and generations only; values are reached through their slots' pointers.
    pool: &'a HandlePool<T>,
    next: u32,
    left: usize,
    values: PhantomData<&'a mut T>,
}

// SAFETY: it stands for an exclusive borrow of the values, like a slice's; the pool behind it is only read.
unsafe impl<T: Send> Send for HandleIterMut<'_, T> {}

impl<'a, T> HandleIterMut<'a, T> {
    pub(super) fn new(pool: &'a mut HandlePool<T>) -> Self {
        Self { left: pool.len(), pool, next: 0, values: PhantomData }
    }
}

/// The next taken slot from `next` on.
fn taken<T>(pool: &HandlePool<T>, next: &mut u32) -> Option<(PoolHandle<T>, *mut T)> {
    while *next < pool.all_carved() {
        let index = *next;
        *next += 1;
        if let Some((generation, value)) = pool.taken_at(index) {
            return Some((PoolHandle::new(index, generation), value));
        }
    }
    None
}

impl<'a, T> Iterator for HandleIter<'a, T> {
    type Item = (PoolHandle<T>, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        let (handle, value) = taken(self.pool, &mut self.next)?;
        self.left -= 1;
        // SAFETY: the value of a taken slot, and the pool is borrowed for 'a.
        Some((handle, unsafe { &*value }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<'a, T> Iterator for HandleIterMut<'a, T> {
    type Item = (PoolHandle<T>, &'a mut T);

    fn next(&mut self) -> Option<Self::Item> {
        let (handle, value) = taken(self.pool, &mut self.next)?;
        self.left -= 1;
        // SAFETY: as in `HandleIter`; the pool was borrowed exclusively for 'a, and each slot is passed once.
        Some((handle, unsafe { &mut *value }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for HandleIter<'_, T> {}
impl<T> ExactSizeIterator for HandleIterMut<'_, T> {}
impl<T> FusedIterator for HandleIter<'_, T> {}
impl<T> FusedIterator for HandleIterMut<'_, T> {}

impl<T> Clone for HandleIter<'_, T> {
    fn clone(&self) -> Self {
        Self { pool: self.pool, next: self.next, left: self.left }
    }
}

impl<T> fmt::Debug for HandleIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandleIter").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for HandleIterMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandleIterMut").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<'a, T> IntoIterator for &'a HandlePool<T> {
    type Item = (PoolHandle<T>, &'a T);
    type IntoIter = HandleIter<'a, T>;

    fn into_iter(self) -> HandleIter<'a, T> {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut HandlePool<T> {
    type Item = (PoolHandle<T>, &'a mut T);
    type IntoIter = HandleIterMut<'a, T>;

    fn into_iter(self) -> HandleIterMut<'a, T> {
        self.iter_mut()
    }
}
