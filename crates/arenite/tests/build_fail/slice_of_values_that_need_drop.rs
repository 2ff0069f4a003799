//! error: elements that need Drop

fn main() {
    let arena = arenite::Arena::new();
    let _ = arena.try_alloc_slice_fill_with(3, |i| vec![i]);
}
