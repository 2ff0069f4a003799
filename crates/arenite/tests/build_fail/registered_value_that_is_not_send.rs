//! error: cannot be sent between threads safely

fn main() {
    let arena = arenite::Arena::new();
    arena.alloc_drop(std::rc::Rc::new(1));
}
