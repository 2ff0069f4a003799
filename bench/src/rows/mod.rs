//! The rows of TARGETS.md, each in its file.

mod first_touch;
mod format;
mod frame;
mod inputs;
mod layout;
mod level_maker;
mod mixed;
mod reset;
mod scope;
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
        reset::sections(),
        scope::sections(),
        first_touch::sections(),
        mixed::sections(),
        frame::sections(),
        level_maker::sections(),
    ];
    rows.into_iter().flatten().collect()
}
