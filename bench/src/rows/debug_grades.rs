//! Row 28: what the debug grades cost the level maker.

use super::level_maker::levels;
use crate::{
    criterion::{Criterion, Measure},
    kernel::{Clock, Count, Kernel, Section, Unit, Work},
};
use arenite::debug::{self, Grade};
use workloads::memory::{AreniteMemory, PlainMemory};

const OFF: &str = "arenite, off";
const SAMPLED: &str = "sites, 1 in 16";
const GUARD: &str = "guard";
const PAGE: &str = "page";
const GLIBC: &str = "plain heap, glibc";

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("28a", "level maker under a debug grade: a level made and freed, warm");
    section.step = 100;
    section.unit = Unit::Microseconds;
    section.count = Count::Steps(1, 3);
    section.clock = Clock::FreshProcess(9);
    section.kernels = vec![
        Kernel::ours(OFF, levels::<AreniteMemory>),
        graded("count", || under(Grade::Count)),
        graded("sites", || under(Grade::Sites)),
        graded(SAMPLED, || {
            debug::set_sampling(16);
            under(Grade::Sites)
        }),
        graded(GUARD, || under(Grade::Guard)),
        graded("quarantine", || under(Grade::Quarantine)),
        Kernel::opponent(GLIBC, levels::<PlainMemory>),
        Kernel::unmeasured("AddressSanitizer", "a build of its own; about 2 times the plain heap's time, by research"),
        Kernel::unmeasured("Zig SafeAllocator", "84 ns for an allocation, by research"),
    ];
    section.criteria = vec![
        Criterion::at_most(SAMPLED, Measure::TimeRatio(OFF), 1.2),
        Criterion::stated(SAMPLED, Measure::InstructionRatio(OFF)),
        Criterion::at_most(GUARD, Measure::TimeRatio(OFF), 1.5),
        Criterion::stated(GUARD, Measure::InstructionRatio(OFF)),
        Criterion::stated(GUARD, Measure::TimeRatio(GLIBC)),
    ];

    let mut page = Section::new("28b", "the same with each object on pages of its own");
    page.step = 10;
    page.unit = Unit::Microseconds;
    page.count = Count::Nothing;
    page.clock = Clock::FreshProcess(1);
    page.kernels = vec![Kernel::ours(OFF, levels::<AreniteMemory>), graded(PAGE, || under(Grade::Page))];
    page.criteria = vec![Criterion::stated(PAGE, Measure::TimeRatio(OFF))];
    vec![section, page]
}

/// A contender that sets the grade of its process: nothing but its own kernel runs there.
fn graded(name: &'static str, start: fn() -> Work) -> Kernel {
    if cfg!(feature = "debug") {
        Kernel::ours(name, start)
    } else {
        Kernel::unmeasured(name, "needs the feature debug")
    }
}

fn under(grade: Grade) -> Work {
    debug::set_grade(grade);
    levels::<AreniteMemory>()
}
