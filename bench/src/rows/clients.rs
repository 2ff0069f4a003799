//! Rows 30 and 31: C libraries that take malloc from their program, with a job each.

use crate::{
    criterion::{Criterion, Measure},
    kernel::{Clock, Count, Kernel, Section, Side, Unit},
};

const OURS: &str = "arenite";
const MIMALLOC: [&str; 2] = ["mimalloc2", "mimalloc3"];
const GLIBC: &str = "glibc";

pub(super) fn sections() -> Vec<Section> {
    let document = |id, title, client, warm, speedup| {
        let mut section = section(id, title, client, warm);
        for other in MIMALLOC {
            section.criteria.push(Criterion::at_least_of(OURS, Measure::Speedup(other), speedup));
            section.criteria.push(Criterion::at_most(OURS, Measure::ResidentRatio(other), 1.1));
        }
        section.criteria.push(Criterion::stated(OURS, Measure::Speedup(GLIBC)));
        section
    };
    let even = |id, title, client, warm| {
        let mut section = section(id, title, client, warm);
        for other in MIMALLOC {
            section.criteria.push(Criterion::at_least_of(OURS, Measure::Speedup(other), 1.0));
        }
        section.criteria.push(Criterion::at_most(OURS, Measure::ResidentRatio(GLIBC), 1.2));
        section.criteria.push(Criterion::stated(OURS, Measure::Speedup(GLIBC)));
        section
    };
    // Not named by the row: what it takes is stated.
    let mut zlib = section("31e", "zlib: 4,000 streams of 1 KB, warm", "zlib", 10);
    zlib.criteria = MIMALLOC.map(|other| Criterion::stated(OURS, Measure::Speedup(other))).into();
    zlib.criteria.push(Criterion::stated(OURS, Measure::ResidentRatio(GLIBC)));
    vec![
        document("30a", "libxml2: 50 MB of XML to a tree and its end, warm", "libxml2", 4, 1.8),
        document("30b", "cJSON: 50 MB of JSON to a tree and its end, warm", "cjson", 4, 1.4),
        document("30c", "expat: 20,000 small messages, a parser each, warm", "expat", 20, 1.45),
        document("30d", "jansson: 50 MB of JSON to a tree and its end, warm", "jansson", 4, 1.35),
        even("31a", "Lua 5.4: trees, text, tables, closures, warm", "lua", 10),
        even("31b", "SQLite in memory: 90,000 inserts, 8,000 selects, warm", "sqlite", 3),
        even("31c", "FreeType: 2,000 glyphs in five sizes, warm", "freetype", 20),
        even("31d", "stb_image: a PNG of 3,000 by 2,000, warm", "stb_image", 20),
        zlib,
    ]
}

fn section(id: &'static str, title: &'static str, client: &'static str, warm: usize) -> Section {
    let mut section = Section::new(id, title);
    section.step = 1;
    section.unit = Unit::Microseconds;
    section.count = Count::Nothing;
    section.clock = Clock::Clients { client, rounds: 3, warm };
    section.kernels = vec![
        Kernel::named(Side::Ours, OURS),
        Kernel::named(Side::Opponent, MIMALLOC[0]),
        Kernel::named(Side::Opponent, MIMALLOC[1]),
        Kernel::named(Side::Opponent, GLIBC),
    ];
    section
}
