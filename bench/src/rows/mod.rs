//! The rows of TARGETS.md, each in its file.

mod arena_or_heap;
mod c_library;
mod clients;
mod cpp_library;
mod debug_grades;
mod documents;
mod first_touch;
mod format;
mod frame;
mod inputs;
mod interleaved;
mod layout;
mod level_maker;
mod mixed;
mod own_heap;
mod own_heap_threads;
mod pool;
mod reset;
mod scope;
mod scratch;
mod scratch_shared;
mod shared;
mod text;
mod value;
mod vec;

use crate::kernel::Section;

/// Every section, in the order of the rows.
pub(crate) fn all() -> Vec<Section> {
    let rows = [
        value::sections(),
        layout::sections(),
        text::sections(),
        format::sections(),
        vec::sections(),
        interleaved::sections(),
        reset::sections(),
        scope::sections(),
        scratch::sections(),
        scratch_shared::sections(),
        first_touch::sections(),
        mixed::sections(),
        pool::sections(),
        own_heap::sections(),
        own_heap_threads::sections(),
        frame::sections(),
        shared::sections(),
        level_maker::sections(),
        debug_grades::sections(),
        documents::sections(),
        c_library::sections(),
        clients::sections(),
        cpp_library::sections(),
        arena_or_heap::sections(),
    ];
    let mut sections: Vec<Section> = rows.into_iter().flatten().collect();
    // A file may have several rows.
    sections.sort_by_key(Section::row);
    sections
}
