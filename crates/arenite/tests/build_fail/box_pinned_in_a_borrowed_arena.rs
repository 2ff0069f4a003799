//! error: `arena` does not live long enough

fn main() {
    let arena = arenite::Arena::new();
    let _ = allocator_api2::boxed::Box::pin_in(1u64, &arena);
}
