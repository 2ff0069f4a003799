//! A server's request in an arena: serde_json, unmodified, and what the escape report says of it.
//!
//!     cargo run -p programs --example json_requests

use arenite::{
    context::{Escapes, heap, pinned, scopes_active, with_arena_reported},
    debug::{self, Grade},
};
use serde_json::{Value, json};
use std::collections::HashMap;

#[global_allocator]
static ALLOCATOR: arenite::Global = arenite::Global::new();

/// What the server keeps between requests.
#[derive(Default)]
struct Shop {
    /// Pieces sold of each article.
    sold: HashMap<String, u64>,
}

impl Shop {
    /// Parses an order, takes it in, and answers. Nothing of it was written for arenas, but that the answer is `kept`: made
    /// to outlive the request.
    fn serve(&mut self, request: &str, kept: fn(&Value) -> String) -> Result<String, serde_json::Error> {
        let mut order: Value = serde_json::from_str(request)?;
        let mut pieces = 0;
        for item in order["items"].as_array().into_iter().flatten() {
            let quantity = item["quantity"].as_u64().unwrap_or(0);
            pieces += quantity;
            let article = item["sku"].as_str().unwrap_or_default();
            match self.sold.get_mut(article) {
                Some(sold) => *sold += quantity,
                // A key of the map outlives the request, and so does the table that makes room for it.
                None => {
                    heap(|| self.sold.insert(article.to_owned(), quantity));
                }
            }
        }
        order["status"] = json!({ "accepted": true, "pieces": pieces });
        Ok(kept(&order))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Err(reason) = scopes_active() {
        println!("{reason}");
    }
    let requests: Vec<String> = (0..1000)
        .map(|order| {
            let items: Vec<Value> = (0..5)
                .map(|item| json!({ "sku": format!("GR-{}", (order + item) % 40), "quantity": item + 1 }))
                .collect();
            json!({ "id": order, "customer": { "name": "Ada", "city": "London" }, "items": items }).to_string()
        })
        .collect();

    // An answer that the scope's own memory holds: sound, but each holds a chunk of it for as long as it is in use.
    let mut shop = Shop::default();
    let (answer, escapes) = with_arena_reported(|| shop.serve(&requests[0], Value::to_string));
    println!("the answer left in the scope: {escapes}");
    drop(answer);
    assert_eq!(pinned().chunks, 0);

    // The report can say which stack asked for it.
    debug::set_node_grade("with_arena", Grade::Sites);
    let (answer, escapes) = with_arena_reported(|| shop.serve(&requests[0], Value::to_string));
    println!("watched: {escapes}");
    drop(answer);
    debug::set_node_grade("with_arena", Grade::Off);

    // The remedy: what outlives the request is made on the heap.
    let mut escaped = Vec::new();
    let mut bytes = 0;
    for request in &requests {
        let (answer, escapes) = with_arena_reported(|| shop.serve(request, |order| heap(|| order.to_string())));
        bytes += answer?.len();
        if !escapes.is_empty() {
            escaped.push(escapes);
        }
    }
    let kept: usize = escaped.iter().map(Escapes::bytes).sum();
    println!("{} requests, {bytes} bytes of answers; {kept} bytes outlived their scopes", requests.len());
    println!("{} articles; chunks held at the end: {}", shop.sold.len(), pinned().chunks);
    assert_eq!((kept, pinned().chunks), (0, 0));
    Ok(())
}
