//! Trees in an arena of Arenite, or in a scope of one.

use std::str::{self, Utf8Error};

use arenite::{ArenaVec, Handle};

use super::{Array, Builder, Chain, chain::Link};

impl<'a> Builder<'a> for &'a Handle {
    type Text = &'a str;
    type Boxed<T: 'a> = &'a T;
    type List<T: 'a> = Chain<'a, T>;
    type Array<T: 'a> = ArenaVec<'a, T>;
    type Slice<T: 'a> = &'a [T];
    type Shared<T: 'a> = &'a T;
    type Pointer<T: 'a> = &'a T;

    #[inline]
    fn text(self, text: &str) -> &'a str {
        self.alloc_str(text)
    }

    #[inline]
    fn text_of(self, bytes: ArenaVec<'a, u8>) -> Result<&'a str, Utf8Error> {
        str::from_utf8(bytes.into_slice())
    }

    #[inline]
    fn boxed<T: 'a>(self, value: T) -> &'a T {
        self.alloc(value)
    }

    #[inline]
    fn list<T: 'a>(self) -> Chain<'a, T> {
        Chain::new()
    }

    #[inline]
    fn push<T: 'a>(self, list: &mut Chain<'a, T>, value: T) {
        list.push(self.alloc(Link::new(value)));
    }

    #[inline]
    fn array<T: 'a>(self, capacity: usize) -> ArenaVec<'a, T> {
        ArenaVec::with_capacity_in(capacity, self)
    }

    #[inline]
    fn slice<T: 'a>(self, array: ArenaVec<'a, T>) -> &'a [T] {
        array.into_slice()
    }

    #[inline]
    fn shared<T: 'a>(self, value: T) -> &'a T {
        self.alloc(value)
    }

    #[inline]
    fn point<T: 'a>(self, shared: &&'a T) -> &'a T {
        shared
    }
}

impl<T> Array<T> for ArenaVec<'_, T> {
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
