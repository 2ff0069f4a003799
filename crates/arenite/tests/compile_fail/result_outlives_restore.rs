fn main() {
    let mut arena = arenite::Arena::new();
    let mark = arena.checkpoint();
    let value = arena.alloc_slice_copy(&[1, 2]);
    arena.restore(mark).unwrap();
    value[0] = 2;
}
