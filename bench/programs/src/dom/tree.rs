//! The memory that a tree is built in.

use super::{in_arena::Node, on_heap::HeapNode};
use arenite::Arena;
use bumpalo::Bump;

/// Makes the nodes of a tree.
pub trait Tree {
    /// A value.
    type Value;
    /// A string of it.
    type Text;

    /// `null`.
    fn null(&self) -> Self::Value;
    /// `true`, `false`.
    fn bool(&self, value: bool) -> Self::Value;
    /// A number.
    fn number(&self, value: f64) -> Self::Value;
    /// A string's bytes.
    fn text(&self, text: &str) -> Self::Text;
    /// A string.
    fn string(&self, text: Self::Text) -> Self::Value;
    /// The list of the values from `start` on, which it takes away.
    fn list(&self, values: &mut Vec<Self::Value>, start: usize) -> Self::Value;
    /// The object of the members from `start` on, which it takes away.
    fn object(&self, members: &mut Vec<(Self::Text, Self::Value)>, start: usize) -> Self::Value;
}

/// The process's heap.
#[derive(Clone, Copy, Debug)]
pub struct Heap;

impl Tree for Heap {
    type Value = HeapNode;
    type Text = String;

    fn null(&self) -> HeapNode {
        HeapNode::Null
    }

    fn bool(&self, value: bool) -> HeapNode {
        HeapNode::Bool(value)
    }

    fn number(&self, value: f64) -> HeapNode {
        HeapNode::Number(value)
    }

    fn text(&self, text: &str) -> String {
        text.to_owned()
    }

    fn string(&self, text: String) -> HeapNode {
        HeapNode::String(text)
    }

    fn list(&self, values: &mut Vec<HeapNode>, start: usize) -> HeapNode {
        HeapNode::List(values.drain(start..).collect())
    }

    fn object(&self, members: &mut Vec<(String, HeapNode)>, start: usize) -> HeapNode {
        HeapNode::Object(members.drain(start..).collect())
    }
}

/// The two arenas differ in the names of two methods.
macro_rules! in_an_arena {
    ($arena:ty, $str:ident, $slice:ident) => {
        impl<'a> Tree for &'a $arena {
            type Value = Node<'a>;
            type Text = &'a str;

            fn null(&self) -> Node<'a> {
                Node::Null
            }

            fn bool(&self, value: bool) -> Node<'a> {
                Node::Bool(value)
            }

            fn number(&self, value: f64) -> Node<'a> {
                Node::Number(value)
            }

            fn text(&self, text: &str) -> &'a str {
                self.$str(text)
            }

            fn string(&self, text: &'a str) -> Node<'a> {
                Node::String(text)
            }

            fn list(&self, values: &mut Vec<Node<'a>>, start: usize) -> Node<'a> {
                let list = self.$slice(&values[start..]);
                values.truncate(start);
                Node::List(list)
            }

            fn object(&self, members: &mut Vec<(&'a str, Node<'a>)>, start: usize) -> Node<'a> {
                let object = self.$slice(&members[start..]);
                members.truncate(start);
                Node::Object(object)
            }
        }
    };
}

in_an_arena!(Bump, alloc_str, alloc_slice_copy);
in_an_arena!(Arena, alloc_str, alloc_slice_copy);
