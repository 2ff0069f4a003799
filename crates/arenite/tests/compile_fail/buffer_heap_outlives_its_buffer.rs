fn main() {
    let heap;
    let mut buffer = vec![std::mem::MaybeUninit::uninit(); 1 << 20];
    heap = arenite::HeapOptions::new().try_build_in(&mut buffer);
}
