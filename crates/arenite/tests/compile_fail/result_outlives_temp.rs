use arenite::context::{temp, with_temp};

fn main() {
    let mut kept = None;
    with_temp(|memory| kept = Some(memory.alloc_str("gone")));
    with_temp(|_| temp(|memory| memory.alloc(1)));
}
