//! Where a tree is built.

use std::{ops::Deref, str::Utf8Error};

use super::{Array, List, Pointer};

/// A handle to the memory of one tree, copied into whatever builds it: the heap, or a reference to an arena.
///
/// `'a` is how long the tree may live: for an arena the borrow that ends before the next reset, for the heap anything.
pub trait Builder<'a>: Copy + 'a {
    /// Text that does not change any more: `String`, `&'a str`.
    type Text: Deref<Target = str> + 'a;
    /// One value: `Box<T>`, `&'a T`.
    type Boxed<T: 'a>: Deref<Target = T> + 'a;
    /// Children that come one after the other while other parts of the tree are built in between: `Vec<T>`, or a chain
    /// whose links lie where they were made, since in an arena a vector that is not the last one moves as it grows.
    type List<T: 'a>: List<T> + 'a;
    /// An array that grows in one go: `Vec<T>`, and the arena's own.
    type Array<T: 'a>: Array<T>;
    /// An array that does not change any more: `Vec<T>`, `&'a [T]`.
    type Slice<T: 'a>: Deref<Target = [T]> + 'a;
    /// A value that a graph's edges point to: `Rc<T>`, `&'a T`.
    type Shared<T: 'a>: Deref<Target = T> + Clone + 'a;
    /// An edge of a graph, which may lead in a circle: `Weak<T>`, `&'a T`.
    type Pointer<T: 'a>: Pointer<T> + 'a;

    /// A copy of `text`.
    fn text(self, text: &str) -> Self::Text;

    /// `bytes` as text.
    ///
    /// # Errors
    /// They are no UTF-8.
    fn text_of(self, bytes: Self::Array<u8>) -> Result<Self::Text, Utf8Error>;

    /// `value` in a place of its own.
    fn boxed<T: 'a>(self, value: T) -> Self::Boxed<T>;

    /// A list without children.
    fn list<T: 'a>(self) -> Self::List<T>;

    /// Appends a child.
    fn push<T: 'a>(self, list: &mut Self::List<T>, value: T);

    /// An array with room for `capacity` elements.
    fn array<T: 'a>(self, capacity: usize) -> Self::Array<T>;

    /// What has been collected in `array`, to be kept.
    fn slice<T: 'a>(self, array: Self::Array<T>) -> Self::Slice<T>;

    /// `value` for edges to point to.
    fn shared<T: 'a>(self, value: T) -> Self::Shared<T>;

    /// An edge to `shared`.
    fn point<T: 'a>(self, shared: &Self::Shared<T>) -> Self::Pointer<T>;
}
