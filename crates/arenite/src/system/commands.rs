//! Command buffers: recorded in turn, run in turn, cleared after they ran.

use super::{error::SystemError, layout::Area, zone::Zone};
use crate::{ArenaVec, Tag};
use core::{
    alloc::Layout, any::TypeId, any::type_name, cell::Cell, fmt, marker::PhantomData, mem, ptr::NonNull, slice,
};

/// Names a submitted buffer. Numbers rise from 1 and are not reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ticket(u64);

impl Ticket {
    /// The number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    Recording,
    Submitted,
    Running,
}

/// The command buffers of a system, used in a circle.
pub(super) struct Buffers {
    buffers: Box<[Buffer]>,
    record: Cell<usize>,
    run: Cell<usize>,
    tickets: Cell<u64>,
}

struct Buffer {
    zone: Zone,
    state: Cell<State>,
    ticket: Cell<Ticket>,
    commands: Cell<Stored>,
}

/// Submitted commands without their type.
#[derive(Clone, Copy)]
struct Stored {
    start: NonNull<u8>,
    len: usize,
    kind: TypeId,
    name: &'static str,
}

impl Stored {
    fn none() -> Self {
        Self { start: NonNull::dangling(), len: 0, kind: TypeId::of::<()>(), name: "nothing" }
    }
}

impl Buffers {
    pub(super) fn new(zones: impl Iterator<Item = Zone>) -> Self {
        let buffer = |zone| Buffer {
            zone,
            state: Cell::new(State::Free),
            ticket: Cell::new(Ticket(0)),
            commands: Cell::new(Stored::none()),
        };
        Self { buffers: zones.map(buffer).collect(), record: Cell::new(0), run: Cell::new(0), tickets: Cell::new(0) }
    }

    pub(super) fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.buffers.iter().map(|buffer| &buffer.zone)
    }

    /// That of the buffer that is being recorded, or is the next to be.
    pub(super) fn next_zone(&self) -> &Zone {
        &self.buffers[self.record.get()].zone
    }

    /// Whether a recording may begin, or why not.
    pub(super) fn next_is_free(&self) -> Result<(), SystemError> {
        let buffer = &self.buffers[self.record.get()];
        match buffer.state.get() {
            State::Free => Ok(()),
            State::Recording => Err(SystemError::StillOpen(Area::Render)),
            State::Submitted | State::Running => Err(SystemError::NotRunYet(buffer.ticket.get())),
        }
    }

    pub(super) fn begin<C: Copy + 'static>(&self, capacity: usize) -> Result<Commands<'_, C>, SystemError> {
        self.next_is_free()?;
        let buffer = &self.buffers[self.record.get()];
        if !buffer.zone.reenter() {
            return Err(SystemError::StillOpen(Area::Render));
        }
        let list = ArenaVec::try_with_capacity_in(capacity, &buffer.zone.arena).inspect_err(|_| buffer.zone.close())?;
        buffer.state.set(State::Recording);
        self.tickets.set(self.tickets.get() + 1);
        buffer.ticket.set(Ticket(self.tickets.get()));
        Ok(Commands { buffers: self, buffer, list })
    }

    pub(super) fn run<C: Copy + 'static>(&self, mut run: impl FnMut(&C, &Payloads<'_>)) -> Result<usize, SystemError> {
        /// Clears the buffer when its commands ran, or one of them panicked.
        struct Ran<'a>(&'a Buffers, &'a Buffer);
        impl Drop for Ran<'_> {
            fn drop(&mut self) {
                let Self(ring, buffer) = self;
                ring.run.set((ring.run.get() + 1) % ring.buffers.len());
                buffer.commands.set(Stored::none());
                buffer.state.set(State::Free);
                buffer.zone.clear();
                buffer.zone.close();
            }
        }
        let buffer = &self.buffers[self.run.get()];
        if buffer.state.get() != State::Submitted {
            return Err(SystemError::NothingSubmitted);
        }
        let stored = buffer.commands.get();
        if stored.kind != TypeId::of::<C>() {
            return Err(SystemError::OtherCommands { submitted: stored.name, asked: type_name::<C>() });
        }
        buffer.state.set(State::Running);
        let _ran = Ran(self, buffer);
        // SAFETY: `submit` stored `len` initialised values of this type; the buffer is cleared only by `_ran`.
        let commands = unsafe { slice::from_raw_parts(stored.start.cast::<C>().as_ptr(), stored.len) };
        let payloads = Payloads { ticket: buffer.ticket.get(), buffer: PhantomData };
        commands.iter().for_each(|command| run(command, &payloads));
        Ok(stored.len)
    }
}

/// A command buffer that is being recorded. Dropped without [`submit`](Self::submit), its commands are discarded.
pub struct Commands<'m, C: Copy + 'static> {
    buffers: &'m Buffers,
    buffer: &'m Buffer,
    list: ArenaVec<'m, C>,
}

impl<C: Copy + 'static> Commands<'_, C> {
    /// Records a command.
    ///
    /// # Errors
    /// The buffer's part of the render area is full.
    #[inline]
    pub fn push(&mut self, command: C) -> Result<(), SystemError> {
        Ok(self.list.try_push(command)?)
    }

    /// Copies data for commands to refer to: vertices, text. It lives until they ran.
    ///
    /// # Errors
    /// The buffer's part of the render area is full.
    pub fn data<T: Copy + 'static>(&mut self, items: &[T]) -> Result<Payload<T>, SystemError> {
        let copy = self.buffer.zone.arena.try_alloc_slice_copy(items)?;
        Ok(Payload { start: NonNull::from(&mut *copy).cast(), len: copy.len(), ticket: self.buffer.ticket.get() })
    }

    /// As [`data`](Self::data), counted under a tag until the buffer is cleared.
    ///
    /// # Errors
    /// The tag's hard budget, or the buffer's part of the render area is full.
    pub fn data_tagged<T: Copy + 'static>(&mut self, tag: Tag, items: &[T]) -> Result<Payload<T>, SystemError> {
        let copy = self.buffer.zone.push_size_tagged(tag, Layout::for_value(items))?.cast::<T>();
        // SAFETY: fresh memory for as many T, apart from `items`.
        unsafe { copy.copy_from_nonoverlapping(NonNull::from(items).cast(), items.len()) };
        Ok(Payload { start: copy, len: items.len(), ticket: self.buffer.ticket.get() })
    }

    /// Number of commands so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing was recorded yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Hands the buffer over to [`MemorySystem::run_commands`](super::MemorySystem::run_commands).
    pub fn submit(mut self) -> Ticket {
        let buffer = self.buffer;
        // The list is left to the buffer's arena: dropped, it would give its memory back.
        let list = mem::replace(&mut self.list, ArenaVec::new_in(&buffer.zone.arena)).into_slice();
        let (start, len) = (NonNull::from(&mut *list).cast(), list.len());
        buffer.commands.set(Stored { start, len, kind: TypeId::of::<C>(), name: type_name::<C>() });
        buffer.state.set(State::Submitted);
        self.buffers.record.set((self.buffers.record.get() + 1) % self.buffers.buffers.len());
        buffer.ticket.get()
    }
}

impl<C: Copy + 'static> Drop for Commands<'_, C> {
    fn drop(&mut self) {
        if self.buffer.state.get() == State::Recording {
            self.buffer.state.set(State::Free);
            self.buffer.zone.close();
        }
    }
}

impl<C: Copy + 'static> fmt::Debug for Commands<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commands").field("ticket", &self.buffer.ticket.get()).field("len", &self.len()).finish()
    }
}

/// Data recorded beside commands. Plain data: a command carries it, and [`Payloads::get`] reads it.
#[derive(Debug)]
pub struct Payload<T> {
    start: NonNull<T>,
    len: usize,
    ticket: Ticket,
}

impl<T> Clone for Payload<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Payload<T> {}

/// The data of the buffer whose commands are running.
pub struct Payloads<'a> {
    ticket: Ticket,
    buffer: PhantomData<&'a Buffer>,
}

impl Payloads<'_> {
    /// What was recorded as `payload`. `None` when that belongs to another buffer: one that was discarded, has run, or
    /// runs later.
    #[must_use]
    pub fn get<T>(&self, payload: Payload<T>) -> Option<&[T]> {
        // SAFETY: the ticket says that this is the buffer that runs; its memory stays until it ran, which outlasts
        // `self`, and nobody writes to it.
        (payload.ticket == self.ticket).then(|| unsafe { slice::from_raw_parts(payload.start.as_ptr(), payload.len) })
    }
}
