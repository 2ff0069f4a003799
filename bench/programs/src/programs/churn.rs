//! Nothing but the heap.

use crate::{documents::Documents, program::Call};

const OBJECTS: u64 = 2000;

pub(super) fn run(_: &Documents) -> Call {
    Box::new(|look| {
        let boxes: Vec<Box<[u64; 4]>> = (0..OBJECTS).map(|i| Box::new([i; 4])).collect();
        let strings: Vec<String> = (0..OBJECTS).map(|i| "grains of sand".repeat(1 + i as usize % 3)).collect();
        look.at(&(&boxes, &strings))
    })
}
