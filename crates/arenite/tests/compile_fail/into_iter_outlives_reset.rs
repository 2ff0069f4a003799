fn main() {
    let mut arena = arenite::Arena::new();
    let list = allocator_api2::vec::Vec::<u64, _>::with_capacity_in(4, &arena);
    let mut items = list.into_iter();
    arena.reset();
    items.next();
}
