//! Children of a node.

/// Values in the order in which they were appended, by [`Builder::push`](super::Builder::push).
pub trait List<T> {
    /// The values, first to last.
    fn iter<'l>(&'l self) -> impl Iterator<Item = &'l T>
    where
        T: 'l;

    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> List<T> for Vec<T> {
    #[inline]
    fn iter<'l>(&'l self) -> impl Iterator<Item = &'l T>
    where
        T: 'l,
    {
        self.as_slice().iter()
    }

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }
}
