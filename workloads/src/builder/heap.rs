//! Trees on the plain heap, each node, list and text freed by itself.

use std::{
    rc::{Rc, Weak},
    str::Utf8Error,
};

use super::{Array, Builder};

/// The process's global allocator.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heap;

impl<'a> Builder<'a> for Heap {
    type Text = String;
    type Boxed<T: 'a> = Box<T>;
    type List<T: 'a> = Vec<T>;
    type Array<T: 'a> = Vec<T>;
    type Slice<T: 'a> = Vec<T>;
    type Shared<T: 'a> = Rc<T>;
    type Pointer<T: 'a> = Weak<T>;

    #[inline]
    fn text(self, text: &str) -> String {
        text.to_owned()
    }

    #[inline]
    fn text_of(self, bytes: Vec<u8>) -> Result<String, Utf8Error> {
        String::from_utf8(bytes).map_err(|error| error.utf8_error())
    }

    #[inline]
    fn boxed<T: 'a>(self, value: T) -> Box<T> {
        Box::new(value)
    }

    #[inline]
    fn list<T: 'a>(self) -> Vec<T> {
        Vec::new()
    }

    #[inline]
    fn push<T: 'a>(self, list: &mut Vec<T>, value: T) {
        list.push(value);
    }

    #[inline]
    fn array<T: 'a>(self, capacity: usize) -> Vec<T> {
        Vec::with_capacity(capacity)
    }

    #[inline]
    fn slice<T: 'a>(self, array: Vec<T>) -> Vec<T> {
        array
    }

    #[inline]
    fn shared<T: 'a>(self, value: T) -> Rc<T> {
        Rc::new(value)
    }

    #[inline]
    fn point<T: 'a>(self, shared: &Rc<T>) -> Weak<T> {
        Rc::downgrade(shared)
    }
}

impl<T> Array<T> for Vec<T> {
    #[inline]
    fn push(&mut self, value: T) {
        self.push(value);
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        self.pop()
    }

    #[inline]
    fn truncate(&mut self, len: usize) {
        self.truncate(len);
    }

    #[inline]
    fn extend(&mut self, items: &[T])
    where
        T: Copy,
    {
        self.extend_from_slice(items);
    }
}
