//! How an arena is made.

use super::ArenaPtr;
use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, Context, Options},
    handle::Handle,
    heap,
    owned::calling_back,
    registry, slots,
};
use arenite_lib::{ArenaEvent, ArenaOptions, Heap, Node, Retention, Tag};
use std::{
    ffi::{c_char, c_int, c_uint, c_void},
    ptr::null_mut,
    sync::Arc,
};

/// `arenite_arena_event`.
#[repr(C)]
pub struct ArenaEventC {
    kind: c_int,
    size: usize,
    from: usize,
    limit: usize,
}

/// `arenite_arena_event_fn`.
pub(crate) type OnEvent = unsafe extern "C" fn(*mut c_void, *const ArenaEventC);

/// `arenite_arena_options`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct ArenaOptionsC {
    size: usize,
    name: *const c_char,
    tag: c_uint,
    retention: c_int,
    retained: usize,
    initial_chunk: usize,
    max_chunk: usize,
    limit: usize,
    max_request: usize,
    reserve: usize,
    heap: *mut c_void,
    parent: *mut c_void,
    on_event: Option<OnEvent>,
    context: *mut c_void,
    counting: u8,
    huge_pages: u8,
    prefault: u8,
}

// SAFETY: numbers, pointers and an optional function of C, whose first field is the size.
unsafe impl Options for ArenaOptionsC {
    const NAME: &'static str = "arenite_arena_options";
}

/// The retention of these numbers.
pub(super) fn retention(policy: c_int, value: usize) -> Result<Retention, Noted> {
    match policy {
        0 => Ok(Retention::KeepAll),
        1 => Ok(Retention::KeepBytes(value)),
        2 if (1..=16).contains(&value) => Ok(Retention::HighWater(value as u8)),
        2 => Err(note(Code::BadArgument, format_args!("{value} cycles are to be remembered; 1 to 16 can be"))),
        3 => Ok(Retention::GiveBack),
        _ => Err(note(Code::BadArgument, format_args!("{policy} is no arenite_retention"))),
    }
}

/// How arenas are made, with nothing left to be refused but memory.
pub(crate) struct Plan {
    given: Numbers,
    name: Option<String>,
    tag: Option<Tag>,
    parent: Option<Node>,
    heap: Option<Arc<Heap>>,
    retention: Retention,
    on_event: Option<(OnEvent, Context)>,
}

/// What needs no look.
#[derive(Clone, Copy)]
struct Numbers {
    initial: usize,
    max: usize,
    limit: usize,
    max_request: usize,
    reserve: usize,
    huge_pages: bool,
    prefault: bool,
    counting: bool,
}

impl ArenaOptionsC {
    /// # Safety
    /// The name is NULL or a C string, the callback what it is documented to be.
    pub(crate) unsafe fn plan(self) -> Result<Plan, Noted> {
        // SAFETY: the caller's promise.
        let name = unsafe { given::name(self.name) }?;
        let tag = given::tag(self.tag)?;
        if name.is_some() || tag.is_some() || !self.parent.is_null() || self.on_event.is_some() {
            given::small_change()?;
        }
        if !self.heap.is_null() && self.reserve > 0 {
            let text = "both a heap and a reserved range were given; its memory comes from one of them";
            return Err(note(Code::BadArgument, format_args!("{text}")));
        }
        let heap = |heap| heap::shared(Handle::from_c(heap)).map(Arc::clone);
        let node = |node| registry::find::<Node>(Handle::from_c(node)).cloned();
        Ok(Plan {
            given: Numbers {
                initial: self.initial_chunk,
                max: self.max_chunk,
                limit: self.limit,
                max_request: self.max_request,
                reserve: self.reserve,
                huge_pages: self.huge_pages != 0,
                prefault: self.prefault != 0,
                counting: self.counting != 0,
            },
            name,
            tag,
            parent: (!self.parent.is_null()).then(|| node(self.parent)).transpose()?,
            heap: (!self.heap.is_null()).then(|| heap(self.heap)).transpose()?,
            retention: retention(self.retention, self.retained)?,
            on_event: self.on_event.map(|call| (call, Context(self.context))),
        })
    }
}

impl Plan {
    pub(crate) fn options(&self) -> ArenaOptions {
        let Numbers { initial, max, limit, max_request, reserve, huge_pages, prefault, counting } = self.given;
        let mut options = ArenaOptions::new().grains().retention(self.retention).counting(counting);
        if let Some(name) = &self.name {
            options = options.name(name.clone());
        }
        if let Some(tag) = self.tag {
            options = options.tag(tag);
        }
        if let Some(parent) = &self.parent {
            options = options.parent(parent);
        }
        if initial > 0 {
            options = options.initial(initial);
        }
        if max > 0 {
            options = options.max(max);
        }
        if limit > 0 {
            options = options.limit(limit);
        }
        if max_request > 0 {
            options = options.max_request(max_request);
        }
        if let Some(heap) = &self.heap {
            options = options.source(Arc::clone(heap));
        }
        if reserve > 0 {
            options = options.reserve(reserve).huge_pages(huge_pages).prefault(prefault);
        }
        if let Some((call, context)) = self.on_event {
            options = options.on_event(move |event| {
                let (kind, size, from, limit) = match event {
                    ArenaEvent::BlockTaken { size } => (1, size, 0, 0),
                    ArenaEvent::BlocksReturned { size } => (2, size, 0, 0),
                    ArenaEvent::Growth { from, to } => (3, to, from, 0),
                    ArenaEvent::LimitReached { request, limit } => (4, request, 0, limit),
                    _ => return,
                };
                // SAFETY: the caller's callback, by its documentation.
                calling_back(|| unsafe { call(context.get(), &ArenaEventC { kind, size, from, limit }) });
            });
        }
        options
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_create_default() -> ArenaPtr {
    enter("arenite_arena_create_default", null_mut(), || {
        Ok(slots::insert(ArenaOptions::new().grains().try_build()?)?.to_c())
    })
}

/// # Safety
/// `options` is NULL or what `arenite/arena.h` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_create(options: *const ArenaOptionsC) -> ArenaPtr {
    enter("arenite_arena_create", null_mut(), || {
        // SAFETY: the caller's promise.
        let plan = unsafe { given::options(options)?.plan()? };
        let node = given::node(plan.name.as_deref(), plan.tag, plan.parent.as_ref());
        let mut options = plan.options();
        if let Some(node) = &node {
            // Alive when a refusal names it.
            options = options.node(node);
        }
        Ok(slots::insert(options.try_build()?)?.to_c())
    })
}
