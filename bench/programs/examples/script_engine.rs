//! Scripts of requests, each run in an arena: rhai, unmodified, whose cache the escape report finds.
//!
//!     cargo run -p programs --example script_engine

use arenite::context::{pinned, scopes_active, with_arena_reported};
use rhai::{Engine, EvalAltResult};

#[global_allocator]
static ALLOCATOR: arenite::Global = arenite::Global::new();

const REQUESTS: usize = 20;

/// Each request brings a script of its own: other names, other words.
fn script(request: usize) -> String {
    format!(
        r#"
        let basket_{request} = [];
        for i in 0..20 {{ basket_{request}.push(#{{ article: "article " + i, price: i * {request} + 100 }}); }}
        let total_{request} = 0;
        for item in basket_{request} {{ if item.price > 110 {{ total_{request} += item.price; }} }}
        total_{request}
        "#
    )
}

/// Runs the scripts, each in a scope; gives the sum of their results and the bytes that outlived each scope.
fn serve(engine: &Engine) -> Result<(i64, Vec<usize>), Box<EvalAltResult>> {
    let mut sum = 0;
    let mut escaped = Vec::with_capacity(REQUESTS);
    for request in 0..REQUESTS {
        let text = script(request);
        let (total, escapes) = with_arena_reported(|| engine.eval::<i64>(&text));
        sum += total?;
        escaped.push(escapes.bytes());
    }
    Ok((sum, escaped))
}

fn main() -> Result<(), Box<EvalAltResult>> {
    if let Err(reason) = scopes_active() {
        println!("{reason}");
    }
    let engine = Engine::new();
    let (sum, escaped) = serve(&engine)?;
    println!("bytes that outlived each script: {escaped:?}");
    println!(
        "  {} chunks are held: the engine keeps names of scripts for the next one (its string interner)",
        pinned().chunks
    );
    drop(engine);
    println!("  and {} when the engine is gone", pinned().chunks);
    assert_eq!(pinned().chunks, 0);

    // The cache is the engine's to keep, and its to be told that it is not wanted.
    let mut engine = Engine::new();
    engine.set_max_strings_interned(0);
    let (again, escaped) = serve(&engine)?;
    println!("without it: {escaped:?}, and {} chunks are held", pinned().chunks);
    assert_eq!(sum, again);
    Ok(())
}
