fn main() {
    let arena = arenite::Arena::new();
    arenite::context::with_allocator(&arena, || {
        let kept = arenite::context::current(|memory| {
            let mut numbers = allocator_api2::vec::Vec::new_in(memory);
            numbers.push(1);
            numbers
        });
        drop(kept);
    });
}
