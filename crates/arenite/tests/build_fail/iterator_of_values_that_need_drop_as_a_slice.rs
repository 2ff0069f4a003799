//! error: elements that need Drop

fn main() {
    let arena = arenite::Arena::new();
    arena.alloc_slice_from_iter([String::new()]);
}
