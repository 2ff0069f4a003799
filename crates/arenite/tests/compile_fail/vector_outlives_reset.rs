fn main() {
    let mut arena = arenite::Arena::new();
    let mut list = allocator_api2::vec::Vec::new_in(&arena);
    list.push(1u64);
    arena.reset();
    list.push(2);
}
