//! error: cannot be sent between threads safely

fn main() {
    let arena = arenite::Arena::new();
    let shared = std::rc::Rc::new(1);
    arena.cleanup(move || drop(shared));
}
