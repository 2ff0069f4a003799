use arenite::context::{Context, InFuture};

fn main() {
    let task = {
        let arena = arenite::Arena::new();
        async {}.in_context(Context::new().allocator(&arena))
    };
    drop(task);
}
