//! Does a cycle of the program touch heap or system, or leave anything behind?

#[cfg(feature = "context")]
use crate::context::{HeapCallReport, Listener, heap_is_watched};
use crate::{
    NodeId,
    debug::{LeakReport, Metadata, Text, each_ledger},
    node, source,
};
use allocator_api2::vec::Vec;
use core::fmt;

/// How a cycle is tried: some times to warm up, and then so many times that nothing may come on top.
///
/// What is looked at, over the whole process and so over all its threads:
/// - the library's own calls to the operating system and to the C heap, after each cycle
///   ([`source::system_calls`](crate::source::system_calls), [`source::heap_calls`](crate::source::heap_calls));
/// - each node of the lifetime tree: blocks taken from its source, bytes charged to it;
/// - where the program's `#[global_allocator]` is a [`Global`](crate::Global): the calling thread's calls of the program's
///   heap in the cycles, with their places ([`HeapCallReport`](crate::context::HeapCallReport)), but for those under
///   [`allow_heap`](crate::context::allow_heap);
/// - the live blocks of what is watched ([`Grade::Sites`](crate::debug::Grade::Sites) and above), arena contents too, by place.
///
/// What it does not see: calls of other threads to the program's heap, or of this one where it is no `Global`; other code's
/// calls to the system; and objects that pile up inside a block that an arena has already, until the next block is taken
/// or the arena is watched.
///
/// ```
/// use arenite::{Arena, report::Steady};
/// let mut arena = Arena::new();
/// Steady::new().cycles(100).assert(|| {
///     arena.alloc_slice_fill(10_000, 7u32);
///     arena.reset();
/// });
///
/// let kept = Arena::new();
/// let unsteady = Steady::new().try_run(|| _ = kept.alloc_slice_fill(10_000, 7u32)).unwrap_err();
/// assert!(unsteady.heap_calls() > 0, "{unsteady}");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "`try_run` or `assert` run the cycles"]
pub struct Steady {
    warm_up: usize,
    cycles: usize,
}

/// Runs `cycle` as [`Steady::new`] does, 3 times and then 10 times more.
///
/// # Panics
/// A cycle of the 10 grew or touched heap or system: with the report ([`Unsteady`]).
///
/// ```
/// let mut arena = arenite::Arena::new();
/// arenite::report::assert_steady(|| {
///     arena.alloc(1u64);
///     arena.reset();
/// });
/// ```
#[track_caller]
pub fn assert_steady(cycle: impl FnMut()) {
    Steady::new().assert(cycle);
}

impl Default for Steady {
    fn default() -> Self {
        Self::new()
    }
}

impl Steady {
    /// 3 cycles to warm up, and 10 that must be steady.
    pub const fn new() -> Self {
        Self { warm_up: 3, cycles: 10 }
    }

    /// So many cycles first, in which anything may happen.
    pub const fn warm_up(mut self, cycles: usize) -> Self {
        self.warm_up = cycles;
        self
    }

    /// So many cycles that must be steady.
    pub const fn cycles(mut self, cycles: usize) -> Self {
        self.cycles = cycles;
        self
    }

    /// Runs the cycles. All of them run, also when one was not steady. Beside them: two walks over all nodes and watched
    /// blocks, O(n log n).
    ///
    /// # Errors
    /// What came on top.
    #[allow(clippy::result_large_err, reason = "once for many cycles")]
    pub fn try_run(self, mut cycle: impl FnMut()) -> Result<(), Unsteady> {
        (0..self.warm_up).for_each(|_| cycle());
        let before = Standing::now();
        let start = Calls::now();
        let mut ear = Ear::open();
        let (mut last, mut first_cycle, mut cycles_with_calls) = (start, None, 0);
        for number in 1..=self.cycles {
            ear.listen(&mut cycle);
            let now = Calls::now();
            if now != last {
                first_cycle = first_cycle.or(Some(number));
                cycles_with_calls += 1;
            }
            last = now;
        }
        // Judged by what was counted up to here: looking at the nodes may itself take memory.
        let calls = last.since(start);
        let (nodes, sites) = Standing::now().since(&before);
        let quiet = calls == Calls::default() && nodes.is_empty() && sites.is_empty();
        if quiet && ear.is_quiet() {
            return Ok(());
        }
        Err(Unsteady { cycles: self.cycles, first_cycle, cycles_with_calls, calls, nodes, sites, heard: ear.heard() })
    }

    /// As [`try_run`](Self::try_run).
    ///
    /// # Panics
    /// With its report.
    #[track_caller]
    pub fn assert(self, cycle: impl FnMut()) {
        if let Err(unsteady) = self.try_run(cycle) {
            panic!("{unsteady}");
        }
    }
}

/// One stretch of the program that is meant to be steady, where no closure can be put around it: from its making to
/// [`end`](Self::end). Sees what [`Steady`] sees, but for the calls of the program's heap.
///
/// ```
/// use arenite::{Arena, report::SteadyStretch};
/// let mut arena = Arena::new();
/// arena.alloc(1u64);
/// let stretch = SteadyStretch::begin();
/// for n in 0..100u64 {
///     arena.reset();
///     arena.alloc(n);
/// }
/// assert!(stretch.end().is_ok());
/// ```
pub struct SteadyStretch {
    before: Standing,
    start: Calls,
}

impl SteadyStretch {
    /// Begins one. O(nodes and watched blocks).
    #[must_use]
    pub fn begin() -> Self {
        let before = Standing::now();
        // After it: looking at the nodes may itself take memory.
        Self { before, start: Calls::now() }
    }

    /// Ends it. O(n log n), as [`begin`](Self::begin).
    ///
    /// # Errors
    /// What came on top since it began: as of one cycle.
    #[allow(clippy::result_large_err, reason = "once for a stretch of the program")]
    pub fn end(self) -> Result<(), Unsteady> {
        let calls = Calls::now().since(self.start);
        let (nodes, sites) = Standing::now().since(&self.before);
        let called = calls != Calls::default();
        if !called && nodes.is_empty() && sites.is_empty() {
            return Ok(());
        }
        let first_cycle = called.then_some(1);
        let cycles_with_calls = usize::from(called);
        Err(Unsteady { cycles: 1, first_cycle, cycles_with_calls, calls, nodes, sites, heard: Heard::default() })
    }
}

/// What the library asked of others so far.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Calls {
    system: u64,
    heap: u64,
}

impl Calls {
    fn now() -> Self {
        Self { system: source::system_calls_so_far(), heap: source::heap_calls_so_far() }
    }

    const fn since(self, before: Self) -> Self {
        Self { system: self.system - before.system, heap: self.heap - before.heap }
    }
}

/// What the program's heap is heard by while cycles run.
#[cfg(feature = "context")]
struct Ear(Option<Listener>);

#[cfg(feature = "context")]
type Heard = HeapCallReport;

#[cfg(feature = "context")]
impl Ear {
    /// No listener where there is nothing to hear: a reader of the report is not to take silence for an answer.
    fn open() -> Self {
        Self(heap_is_watched().then(|| Listener::new(false)))
    }

    fn listen(&mut self, cycle: impl FnOnce()) {
        match &self.0 {
            Some(listener) => listener.listen(cycle),
            None => cycle(),
        }
    }

    fn is_quiet(&self) -> bool {
        self.0.as_ref().is_none_or(Listener::is_quiet)
    }

    fn heard(self) -> Heard {
        self.0.map(Listener::into_report).unwrap_or_default()
    }
}

/// Without contexts no program has a `Global`, and nothing is heard.
#[cfg(not(feature = "context"))]
struct Ear;

#[cfg(not(feature = "context"))]
type Heard = ();

#[cfg(not(feature = "context"))]
impl Ear {
    fn open() -> Self {
        Self
    }

    fn listen(&mut self, cycle: impl FnOnce()) {
        cycle();
    }

    fn is_quiet(&self) -> bool {
        true
    }

    fn heard(self) -> Heard {}
}

/// How nodes and watched blocks stand at one moment.
struct Standing {
    /// By number.
    nodes: Vec<NodeGrowth, Metadata>,
    live: LeakReport,
}

/// What came on top at one node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NodeGrowth {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: Text,
    /// Blocks that its allocators took, also those given back since.
    pub blocks_taken: u64,
    /// Bytes that are charged to it beyond those before.
    pub bytes: usize,
}

impl Standing {
    fn now() -> Self {
        let live = LeakReport::of(|add| {
            each_ledger(|owner, _, ledger| ledger.live().for_each(|record| add(owner, record)));
        });
        let mut nodes = Vec::new_in(Metadata);
        nodes.extend(node::live().iter().map(|node| {
            let stats = node.stats();
            let name = Text::new(node.name());
            NodeGrowth { node: node.id(), name, blocks_taken: stats.blocks_taken, bytes: stats.own }
        }));
        Self { nodes, live }
    }

    fn since(mut self, before: &Self) -> (Vec<NodeGrowth, Metadata>, LeakReport) {
        self.nodes.retain_mut(|now| {
            if let Ok(at) = before.nodes.binary_search_by_key(&now.node, |node| node.node) {
                now.blocks_taken -= before.nodes[at].blocks_taken;
                now.bytes = now.bytes.saturating_sub(before.nodes[at].bytes);
            }
            now.blocks_taken > 0 || now.bytes > 0
        });
        (self.nodes, self.live.growth_since(&before.live))
    }
}

/// What came on top while cycles ran that were meant to be steady.
#[derive(Clone)]
pub struct Unsteady {
    cycles: usize,
    first_cycle: Option<usize>,
    cycles_with_calls: usize,
    calls: Calls,
    nodes: Vec<NodeGrowth, Metadata>,
    sites: LeakReport,
    #[cfg_attr(not(feature = "context"), allow(dead_code, reason = "nothing is heard"))]
    heard: Heard,
}

impl Unsteady {
    /// The first cycle, from 1, in which the library called the system or the C heap, if any did.
    #[must_use]
    pub const fn first_cycle(&self) -> Option<usize> {
        self.first_cycle
    }

    /// Calls to the operating system for memory.
    #[must_use]
    pub const fn system_calls(&self) -> u64 {
        self.calls.system
    }

    /// Calls to the C heap: blocks of arenas and their kin taken and given back.
    #[must_use]
    pub const fn heap_calls(&self) -> u64 {
        self.calls.heap
    }

    /// Calls of the program's heap, by place; none where its allocator is no [`Global`](crate::Global).
    #[cfg(feature = "context")]
    #[must_use]
    pub const fn program_heap(&self) -> &HeapCallReport {
        &self.heard
    }

    /// The nodes whose allocators took blocks or hold more bytes.
    #[must_use]
    pub fn nodes(&self) -> &[NodeGrowth] {
        &self.nodes
    }

    /// Watched blocks that came on top and are live, by place.
    #[must_use]
    pub const fn live(&self) -> &LeakReport {
        &self.sites
    }

    /// As JSON. Sizes are bytes. `program_heap` is null in a build without the feature `context`.
    ///
    /// Stable for scripts: fields are added, not renamed.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        #[cfg(feature = "context")]
        let program_heap = self.heard.to_json();
        #[cfg(not(feature = "context"))]
        let program_heap = serde_json::Value::Null;
        let node = |node: &NodeGrowth| {
            serde_json::json!({
                "node": node.node.get(),
                "name": &*node.name,
                "blocks_taken": node.blocks_taken,
                "bytes": node.bytes,
            })
        };
        serde_json::json!({
            "cycles": self.cycles,
            "first_cycle": self.first_cycle,
            "cycles_with_calls": self.cycles_with_calls,
            "system_calls": self.calls.system,
            "heap_calls": self.calls.heap,
            "nodes": self.nodes.iter().map(node).collect::<alloc::vec::Vec<_>>(),
            "live": self.sites.to_json(),
            "program_heap": program_heap,
        })
    }
}

impl fmt::Debug for Unsteady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Unsteady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not steady over {} cycles:", self.cycles)?;
        if let Some(first) = self.first_cycle {
            let Calls { system, heap } = self.calls;
            write!(f, "\n  {system} system calls and {heap} calls to the C heap in {} cycles", self.cycles_with_calls)?;
            write!(f, ", first in cycle {first}")?;
        }
        for node in self.nodes.iter() {
            write!(f, "\n  \"{}\" took {} blocks and holds {} bytes more", node.name, node.blocks_taken, node.bytes)?;
        }
        if !self.sites.is_empty() {
            write!(f, "\n  came on top and stayed: {}", self.sites)?;
        }
        #[cfg(feature = "context")]
        if self.heard.calls().total() > 0 {
            write!(f, "\n  the program's heap was called: {}", self.heard)?;
        }
        f.write_str(
            "\n  to do: reset what the cycle fills, keep its blocks (retention), and warm up for as long as it takes",
        )
    }
}

impl core::error::Error for Unsteady {}
