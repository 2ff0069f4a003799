//! Nodes of the lifetime tree: `arenite/node.h`.

use crate::{
    border::enter,
    error::Noted,
    given::{self, Context, Options, null},
    handle::Handle,
    owned::{calling_back, not_in_a_callback},
    registry::{self, held},
};
use arenite_lib::{Budget, Node, NodeStats};
use std::{
    ffi::{c_char, c_uint, c_void},
    ptr::null_mut,
};

held!(Node, Node);

/// `arenite_node *`.
type NodePtr = *mut c_void;

/// `arenite_soft_fn`.
type OnSoft = unsafe extern "C" fn(*mut c_void, usize, usize);

/// `arenite_node_options`.
#[repr(C)]
pub struct NodeOptionsC {
    size: usize,
    name: *const c_char,
    tag: c_uint,
    parent: NodePtr,
    soft_budget: usize,
    hard_budget: usize,
    on_soft: Option<OnSoft>,
    context: *mut c_void,
}

// SAFETY: numbers, pointers and an optional function of C, whose first field is the size.
unsafe impl Options for NodeOptionsC {
    const NAME: &'static str = "arenite_node_options";
}

/// `arenite_node_stats`.
#[repr(C)]
pub struct NodeStatsC {
    charged: usize,
    high_water: usize,
    own: usize,
    used: usize,
    blocks_taken: usize,
    blocks_returned: usize,
    arenas: usize,
}

fn find(node: NodePtr) -> Result<&'static Node, Noted> {
    registry::find(Handle::from_c(node))
}

/// # Safety
/// `options` is NULL or what `arenite/node.h` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_node_create(options: *const NodeOptionsC) -> NodePtr {
    enter("arenite_node_create", null_mut(), || {
        // SAFETY: the caller's promise.
        let (given, name) = unsafe {
            let given = given::options(options)?;
            let name = given::name(given.name)?;
            (given, name)
        };
        given::small_change()?;
        let mut node = Node::new(name.unwrap_or_else(|| String::from("unnamed")));
        if let Some(tag) = given::tag(given.tag)? {
            node = node.tag(tag);
        }
        if !given.parent.is_null() {
            node = node.parent(find(given.parent)?);
        }
        if given.soft_budget > 0 {
            node = node.soft_budget(given.soft_budget);
        }
        if given.hard_budget > 0 {
            node = node.hard_budget(given.hard_budget);
        }
        if let Some(call) = given.on_soft {
            let context = Context(given.context);
            node = node.on_soft(move |crossing| {
                // SAFETY: the caller's callback, by its documentation.
                calling_back(|| unsafe { call(context.get(), crossing.budget, crossing.charged) });
            });
        }
        Ok(registry::insert(node.build())?.to_c())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_node_destroy(node: NodePtr) -> bool {
    enter("arenite_node_destroy", false, || {
        if !node.is_null() {
            drop(registry::remove::<Node>(Handle::from_c(node), |_| not_in_a_callback("a node"))?);
        }
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_node_set_budget(node: NodePtr, soft: usize, hard: usize) -> bool {
    enter("arenite_node_set_budget", false, || {
        let given = |bytes: usize| (bytes > 0).then_some(bytes);
        find(node)?.set_budget(Budget { soft: given(soft), hard: given(hard) });
        Ok(true)
    })
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_node_get_stats(node: NodePtr, stats: *mut NodeStatsC) -> bool {
    enter("arenite_node_get_stats", false, || {
        let NodeStats { charged, high_water, own, used, blocks_taken, blocks_returned, arenas } = find(node)?.stats();
        if stats.is_null() {
            return Err(null("the stats"));
        }
        let (blocks_taken, blocks_returned) = (blocks_taken as usize, blocks_returned as usize);
        let figures = NodeStatsC { charged, high_water, own, used, blocks_taken, blocks_returned, arenas };
        // SAFETY: the caller's promise.
        unsafe { stats.write(figures) };
        Ok(true)
    })
}
