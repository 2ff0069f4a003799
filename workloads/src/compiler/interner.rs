//! Names and texts, each kept once.

use crate::{
    builder::{Array, Builder},
    roguelike::StableHash,
};

/// An interned text: equal texts have equal symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbol(u32);

/// All texts of a program, found by their hash in a table with open addressing. Texts, list and table lie in one arena;
/// a table that has become too small stays behind there.
pub(super) struct Interner<'a, B: Builder<'a>> {
    place: B,
    texts: B::Array<B::Text>,
    /// Numbers of texts from 1; 0 is free. The length is a power of two.
    table: B::Array<u32>,
}

impl<'a, B: Builder<'a>> Interner<'a, B> {
    pub(super) fn new(place: B) -> Self {
        Self { place, texts: place.array(32), table: empty(place, 64) }
    }

    pub(super) fn intern(&mut self, text: &str) -> Symbol {
        let slot = self.slot(text);
        if let Some(found) = self.table[slot].checked_sub(1) {
            return Symbol(found);
        }
        let symbol = self.texts.len() as u32;
        self.texts.push(self.place.text(text));
        self.table[slot] = symbol + 1;
        if self.texts.len() * 2 > self.table.len() {
            self.grow();
        }
        Symbol(symbol)
    }

    pub(super) fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Where `text` is, or would be.
    fn slot(&self, text: &str) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = hash(text) as usize & mask;
        while let Some(number) = self.table[slot].checked_sub(1) {
            if *self.texts[number as usize] == *text {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.table = empty(self.place, 2 * self.table.len());
        for number in 0..self.texts.len() {
            let slot = self.slot(&self.texts[number]);
            self.table[slot] = number as u32 + 1;
        }
    }
}

impl Symbol {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

fn empty<'a, B: Builder<'a>>(place: B, length: usize) -> B::Array<u32> {
    let mut table = place.array(length);
    (0..length).for_each(|_| table.push(0));
    table
}

fn hash(text: &str) -> u64 {
    let mut hash = StableHash::new();
    hash.bytes(text.as_bytes());
    hash.value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Heap;

    #[test]
    fn a_text_has_one_symbol_however_the_table_grows() {
        let mut names = Interner::new(Heap);
        let first: Vec<Symbol> = (0..1_000).map(|number| names.intern(&number.to_string())).collect();
        let again: Vec<Symbol> = (0..1_000).map(|number| names.intern(&number.to_string())).collect();
        assert_eq!((first.as_slice(), names.len()), (again.as_slice(), 1_000));
        assert_eq!(names.text(first[77]), "77");
    }
}
