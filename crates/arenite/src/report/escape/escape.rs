//! A word that points into what is about to die.

use crate::{
    debug::{Datum, Text},
    report::Allocation,
};
use core::fmt;

/// Where such a word stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EscapePlace {
    /// In a live block of a watched allocator.
    Block(Allocation),
    /// In memory of an arena, heap or pool: a node's, whose name this is; no watched live block is known there, so it may
    /// be a leftover.
    Memory(Text),
    /// In a static of the program or of a library.
    Static,
    /// In a thread-local of the scanning thread.
    ThreadLocal,
    /// On the stack of a thread, or in a register that it had there.
    Stack {
        /// The system's number of the thread.
        thread: u32,
        /// Bytes above the call of the scan or of [`safepoint`](crate::debug::safepoint).
        depth: usize,
    },
}

/// A word that points into what is about to die, as far as its value tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Escape {
    /// The word's own address.
    pub at: usize,
    /// What is there.
    pub place: EscapePlace,
    /// The address that the word holds.
    pub to: usize,
    /// The watched live block that it points into, if one is known there.
    pub target: Option<Allocation>,
}

impl Escape {
    /// As JSON. Addresses are text in hexadecimal.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use alloc::string::ToString;
        use serde_json::json;
        let hexadecimal = |address: usize| alloc::format!("{address:#x}");
        let place = match &self.place {
            EscapePlace::Block(allocation) => json!({ "kind": "block", "block": allocation.to_json() }),
            EscapePlace::Memory(name) => json!({ "kind": "memory", "name": &**name }),
            EscapePlace::Static => json!({ "kind": "static", "symbol": Datum(self.at).to_string() }),
            EscapePlace::ThreadLocal => json!({ "kind": "thread local" }),
            EscapePlace::Stack { thread, depth } => json!({ "kind": "stack", "thread": thread, "depth": depth }),
        };
        json!({
            "at": hexadecimal(self.at),
            "place": place,
            "to": hexadecimal(self.to),
            "target": self.target.as_ref().map(Allocation::to_json),
        })
    }
}

impl fmt::Display for Escape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, to, .. } = *self;
        match &self.place {
            EscapePlace::Block(allocation) => {
                write!(f, "byte {} of the block {allocation}", at - allocation.block.address)?;
            }
            EscapePlace::Memory(name) if name.is_empty() => {
                write!(f, "{at:#x} in memory of an allocator without a name")?
            }
            EscapePlace::Memory(name) => write!(f, "{at:#x} in memory of \"{name}\"")?,
            EscapePlace::Static => write!(f, "the static at {}", Datum(at))?,
            EscapePlace::ThreadLocal => write!(f, "a thread-local at {at:#x}")?,
            EscapePlace::Stack { thread, depth } => write!(f, "the stack of thread {thread}, {depth} bytes up")?,
        }
        match &self.target {
            Some(target) => write!(f, "\n    points {} bytes into {target}", to - target.block.address),
            None => write!(f, "\n    points to {to:#x}"),
        }
    }
}
